//! Undoes a transfer in text mode, which wrote CR LF wherever a file had the byte 0x0A.

use super::chunk::chunk_end;

/// The bytes before the transfer, and where the first CR LF stood; `None` unless that explains the damage: the chunks
/// do not fit the file, every LF follows a CR, and without these CRs the chunks fit.
pub(super) fn restore(bytes: &[u8]) -> Option<(Vec<u8>, usize)> {
    if !bytes.starts_with(b"MThd") || chunks_fit(bytes) {
        return None;
    }
    let first = bytes.windows(2).position(|pair| pair == b"\r\n")?;
    let lone = bytes
        .windows(2)
        .any(|pair| pair[1] == b'\n' && pair[0] != b'\r');
    if lone {
        return None;
    }
    let mut restored = Vec::with_capacity(bytes.len());
    for (at, &byte) in bytes.iter().enumerate() {
        if byte != b'\r' || bytes.get(at + 1) != Some(&b'\n') {
            restored.push(byte);
        }
    }
    chunks_fit(&restored).then_some((restored, first))
}

/// Whether the file is a row of chunks from its first byte to its last.
fn chunks_fit(bytes: &[u8]) -> bool {
    let mut at = 0;
    while at < bytes.len() {
        match chunk_end(bytes, at) {
            Some(end) => at = end,
            None => return false,
        }
    }
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    const WRITTEN: &[u8] = b"MThd\0\0\0\x06\0\0\0\x01\0\x0AMTrk\0\0\0\x04\x0A\xFF\x2F\0";

    #[test]
    fn a_transfer_in_text_mode_is_undone() {
        let sent = b"MThd\0\0\0\x06\0\0\0\x01\0\r\nMTrk\0\0\0\x04\r\n\xFF\x2F\0";
        assert_eq!(restore(sent), Some((WRITTEN.to_vec(), 13)));
    }

    #[test]
    fn a_sound_file_is_left_alone_even_if_every_lf_follows_a_cr() {
        assert_eq!(restore(WRITTEN), None);
        assert_eq!(
            restore(b"MThd\0\0\0\x06\0\0\0\x01\r\nMTrk\0\0\0\x04\0\xFF\x2F\0"),
            None
        );
    }

    #[test]
    fn damage_of_another_kind_is_left_to_the_repairs() {
        assert_eq!(
            restore(b"MThd\0\0\0\x06\0\0\0\x01\r\nMTrk\0\0\0\x09\0\xFF\x2F\0"),
            None
        );
    }
}
