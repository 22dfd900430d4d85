//! One event of a track, read strictly: what passes here, midly reads without losing anything.

/// The longest delta time of four bytes: 28 bits.
pub(super) const MAX_QUANTITY: u32 = 0x0FFF_FFFF;

/// Status byte of a meta event.
pub(super) const META: u8 = 0xFF;

/// Type byte of the meta event End of Track.
pub(super) const END_OF_TRACK: u8 = 0x2F;

/// Where the parts of an event stand.
#[derive(Clone, Copy, Debug)]
pub(super) struct Shape {
    /// Ticks since the event before it.
    pub(super) delta: u32,
    /// Its first byte after the delta time.
    pub(super) body: usize,
    /// Its status byte, running or written.
    pub(super) status: u8,
    /// Its first data byte, or the first byte of a meta event's or SysEx's contents.
    pub(super) data: usize,
    /// The first byte after it.
    pub(super) end: usize,
}

impl Shape {
    /// The type of a meta event.
    pub(super) fn meta_type(&self, bytes: &[u8]) -> Option<u8> {
        if self.status == META {
            bytes.get(self.body + 1).copied()
        } else {
            None
        }
    }
}

/// Reads the event at `at`, under a running status (0 for none); `None` unless it is sound.
#[inline]
pub(super) fn read_event(bytes: &[u8], at: usize, running: u8) -> Option<Shape> {
    let (delta, body) = quantity(bytes, at)?;
    let first = *bytes.get(body)?;
    let (status, data) = if first < 0x80 {
        (running, body)
    } else {
        (first, body + 1)
    };
    let (data, end) = match status {
        0x80..=0xEF => (data, channel_end(bytes, data, status)?),
        0xF0 | 0xF7 => block(bytes, data)?,
        META => block(bytes, data + 1)?,
        _ => return None,
    };
    Some(Shape {
        delta,
        body,
        status,
        data,
        end,
    })
}

/// How many data bytes follow the status byte of a channel message (MIDI 1.0, table 2).
#[inline]
pub(super) const fn data_length(status: u8) -> usize {
    if matches!(status, 0xC0..=0xDF) { 1 } else { 2 }
}

/// Whether events stand at `at` that need no repair, `enough` of them or up to End of Track, under a running status
/// (0 for none). Each event read is taken from `budget`; without budget nothing is clean.
pub(super) fn is_clean(
    bytes: &[u8],
    mut at: usize,
    mut running: u8,
    enough: usize,
    budget: &mut usize,
) -> bool {
    for _ in 0..enough {
        if *budget == 0 {
            return false;
        }
        *budget -= 1;
        let Some(shape) = read_event(bytes, at, running) else {
            return false;
        };
        if shape.meta_type(bytes) == Some(END_OF_TRACK) {
            return true;
        }
        running = if shape.status < 0xF0 { shape.status } else { 0 };
        at = shape.end;
    }
    true
}

/// A variable-length quantity of at most four bytes, and where it ends (SMF 1.0, "variable-length quantity").
#[inline]
fn quantity(bytes: &[u8], at: usize) -> Option<(u32, usize)> {
    let first = *bytes.get(at)?;
    if first < 0x80 {
        return Some((u32::from(first), at + 1));
    }
    let mut value = u32::from(first & 0x7F);
    for next in at + 1..at + 4 {
        let byte = *bytes.get(next)?;
        value = value << 7 | u32::from(byte & 0x7F);
        if byte < 0x80 {
            return Some((value, next + 1));
        }
    }
    None
}

/// Where the data of a channel message ends, if all of it is there and below 128.
#[inline]
fn channel_end(bytes: &[u8], data: usize, status: u8) -> Option<usize> {
    let end = data + data_length(status);
    let sound = bytes.get(data..end)?.iter().all(|&byte| byte < 0x80);
    sound.then_some(end)
}

/// The contents of a meta event or SysEx whose length stands at `at`.
fn block(bytes: &[u8], at: usize) -> Option<(usize, usize)> {
    let (length, data) = quantity(bytes, at)?;
    let end = data.checked_add(length as usize)?;
    (end <= bytes.len()).then_some((data, end))
}
