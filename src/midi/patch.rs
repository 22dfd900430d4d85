//! A copy of a track that is only made where it differs: the bytes are borrowed until the first change.

use std::borrow::Cow;
use std::ops::Range;

use super::scan::MAX_QUANTITY;

/// A stretch of bytes with changes, made from front to back.
#[derive(Debug)]
pub(super) struct Patch<'a> {
    source: &'a [u8],
    /// From here on the source is unchanged and not yet copied.
    copied: usize,
    /// The changed bytes up to `copied`; `None` before the first change.
    out: Option<Vec<u8>>,
}

impl<'a> Patch<'a> {
    /// The bytes of `source` from `start` on, unchanged.
    pub(super) const fn new(source: &'a [u8], start: usize) -> Self {
        Self {
            source,
            copied: start,
            out: None,
        }
    }

    /// Takes out a range, which lies behind every earlier change.
    pub(super) fn cut(&mut self, range: Range<usize>) {
        self.replace(range, |_| ());
    }

    /// Takes out a range, which lies behind every earlier change, and writes something in its place.
    pub(super) fn replace(&mut self, range: Range<usize>, write: impl FnOnce(&mut Vec<u8>)) {
        let out = self.out.get_or_insert_default();
        out.extend_from_slice(
            self.source
                .get(self.copied..range.start)
                .unwrap_or_default(),
        );
        write(out);
        self.copied = range.end;
    }

    /// The changed bytes, up to `end` of the source.
    pub(super) fn finish(self, end: usize) -> Cow<'a, [u8]> {
        let rest = self.source.get(self.copied..end).unwrap_or_default();
        match self.out {
            None => Cow::Borrowed(rest),
            Some(mut out) => {
                out.extend_from_slice(rest);
                Cow::Owned(out)
            }
        }
    }
}

/// Writes a variable-length quantity of at most 28 bits.
pub(super) fn write_quantity(out: &mut Vec<u8>, value: u32) {
    for shift in [21, 14, 7] {
        if value >> shift > 0 {
            out.push(0x80 | (value >> shift & 0x7F) as u8);
        }
    }
    out.push((value & 0x7F) as u8);
}

/// Writes a delta time of any length: what four bytes cannot hold goes before empty text events.
pub(super) fn write_delta(out: &mut Vec<u8>, mut ticks: u64) {
    while ticks > u64::from(MAX_QUANTITY) {
        write_quantity(out, MAX_QUANTITY);
        out.extend_from_slice(&[0xFF, 0x01, 0x00]);
        ticks -= u64::from(MAX_QUANTITY);
    }
    write_quantity(out, ticks as u32);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantities_are_written_as_the_standard_shows_them() {
        // SMF 1.0, "Some examples of numbers represented as variable-length quantities".
        let check = |value, expected: &[u8]| {
            let mut out = Vec::new();
            write_quantity(&mut out, value);
            assert_eq!(out, expected, "{value:#x}");
        };
        check(0, &[0x00]);
        check(0x7F, &[0x7F]);
        check(0x80, &[0x81, 0x00]);
        check(0x2000, &[0xC0, 0x00]);
        check(0x1F_FFFF, &[0xFF, 0xFF, 0x7F]);
        check(0x0FFF_FFFF, &[0xFF, 0xFF, 0xFF, 0x7F]);
    }

    #[test]
    fn a_patch_without_changes_borrows() {
        assert!(matches!(
            Patch::new(b"abc", 1).finish(3),
            Cow::Borrowed(b"bc")
        ));
    }

    #[test]
    fn a_patch_copies_around_its_changes() {
        let mut patch = Patch::new(b"abcdef", 1);
        patch.cut(2..3);
        patch.replace(4..5, |out| out.push(b'-'));
        assert_eq!(patch.finish(6).as_ref(), b"bd-f");
    }
}
