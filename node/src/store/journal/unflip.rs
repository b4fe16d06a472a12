//! Turning back a single flipped bit: the checksum says which one it was, and the entry's id that this is right.
//!
//! A checksum is linear: what one flipped bit changes in it depends on how far from the end the bit stands, and on nothing
//! else. So the one that explains the difference is found in one walk. Own entries that no other node has yet come back
//! only this way.

use super::{RECORD_HEAD_BYTES, read_record, segment::RECORD_TYPE_AT};

/// The polynomial of CRC-32C, its bits reversed.
const POLYNOMIAL: u32 = 0x82f6_3b78;

/// The record at the beginning of `bytes` as it was before one bit of it flipped, if that is all that happened to it.
pub(super) fn unflipped(bytes: &[u8]) -> Option<Vec<u8>> {
    let said = u32::from_le_bytes(*bytes.first_chunk::<4>()?) as usize;
    with_length(bytes, said).or_else(|| {
        // Perhaps the flipped bit is one of the length's, and all else is whole.
        (0..u32::BITS).find_map(|bit| {
            let len = said ^ (1 << bit);
            let mut record = bytes.get(..RECORD_HEAD_BYTES.checked_add(len)?)?.to_vec();
            record.get_mut(..4)?.copy_from_slice(&u32::try_from(len).ok()?.to_le_bytes());
            read_record(&record).is_ok().then_some(record)
        })
    })
}

fn with_length(bytes: &[u8], len: usize) -> Option<Vec<u8>> {
    let mut record = bytes.get(..RECORD_HEAD_BYTES.checked_add(len)?)?.to_vec();
    let stored = u32::from_le_bytes(*record.get(4..RECORD_TYPE_AT)?.first_chunk::<4>()?);
    let sum = crc32c::crc32c(record.get(RECORD_TYPE_AT..)?);
    let difference = stored ^ sum;
    if difference.is_power_of_two() {
        record.get_mut(4..RECORD_TYPE_AT)?.copy_from_slice(&sum.to_le_bytes());
    } else {
        let (from_end, bit) = culprit(difference, len + RECORD_HEAD_BYTES - RECORD_TYPE_AT)?;
        let place = record.len().checked_sub(1 + from_end)?;
        *record.get_mut(place)? ^= 1 << bit;
    }
    read_record(&record).is_ok().then_some(record)
}

/// Which bit of so many bytes changes the checksum so: how many bytes stand behind its own, and which of the byte's.
fn culprit(difference: u32, bytes: usize) -> Option<(usize, u32)> {
    let step = |mut sum: u32| {
        for _ in 0..8 {
            sum = if sum & 1 == 1 { sum >> 1 ^ POLYNOMIAL } else { sum >> 1 };
        }
        sum
    };
    let mut changes: [u32; 8] = std::array::from_fn(|bit| step(1 << bit));
    for from_end in 0..bytes {
        if let Some(bit) = (0..).zip(&changes).find(|(_, change)| **change == difference).map(|(bit, _)| bit) {
            return Some((from_end, bit));
        }
        changes = changes.map(step);
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::journal::{RecordKind, segment::push_record};

    #[test]
    fn each_single_bit_of_a_record_is_turned_back() {
        for len in [0, 1, 7, 300] {
            let mut record = Vec::new();
            let payload: Vec<u8> = (0..len).map(|at| (at as u8).wrapping_mul(37)).collect();
            push_record(&mut record, RecordKind::Body, &payload).unwrap();
            let whole = [record.clone(), vec![0x5a; 400]].concat();
            for bit in 0..record.len() * 8 {
                let mut flipped = whole.clone();
                flipped[bit / 8] ^= 1 << (bit % 8);
                assert_eq!(unflipped(&flipped).as_deref(), Some(record.as_slice()), "bit {bit} of {len}");
            }
        }
    }

    #[test]
    fn what_is_damaged_otherwise_is_left() {
        let mut record = Vec::new();
        push_record(&mut record, RecordKind::Body, &[7; 200]).unwrap();
        record[50] ^= 3;
        record[120] ^= 0x40;
        assert_eq!(unflipped(&record), None);
        assert_eq!(unflipped(&[]), None);
        assert_eq!(unflipped(&[0xff; 9]), None);
    }
}
