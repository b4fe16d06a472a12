//! Frames on a stream of bytes: a length in four bytes, least significant first, then as many bytes.
//!
//! The length is judged before anything is allocated, and memory grows with the bytes that came, not with those that
//! were announced: a peer pays for what it makes us hold. Pure; what moves the bytes is in `link`.

use fangwei_protocol::limits::FRAME_BYTES_MAX;

use super::{NetFailure, NetFault};

/// Bytes of the length before each frame.
pub(super) const PREFIX_BYTES: usize = 4;

/// A frame on its way in. Gives it out when whole and begins the next.
#[derive(Debug, Default)]
pub(super) struct Assembly {
    prefix: [u8; PREFIX_BYTES],
    /// Bytes of the prefix that came.
    prefix_found: usize,
    /// The length announced, once the prefix is whole and was judged.
    expected: Option<usize>,
    body: Vec<u8>,
}

impl Assembly {
    /// Bytes that are still missing from the prefix, or from the body: how many to read at most, never zero.
    pub(super) fn wanted(&self) -> usize {
        match self.expected {
            Some(expected) => expected - self.body.len(),
            None => PREFIX_BYTES - self.prefix_found,
        }
    }

    /// Whether a frame has begun and is not whole yet.
    pub(super) fn begun(&self) -> bool {
        self.prefix_found > 0
    }

    /// Takes what was read, at most [`Assembly::wanted`] bytes, and gives the frame when it is whole.
    ///
    /// # Errors
    ///
    /// [`NetFault::FrameTooLong`] as soon as the length is known.
    pub(super) fn take(&mut self, bytes: &[u8]) -> Result<Option<Vec<u8>>, NetFault> {
        assert!(bytes.len() <= self.wanted(), "no more is read than wanted");
        match self.expected {
            Some(_) => self.body.extend_from_slice(bytes),
            None => {
                let missing = self.prefix.iter_mut().skip(self.prefix_found);
                missing.zip(bytes).for_each(|(slot, byte)| *slot = *byte);
                self.prefix_found += bytes.len();
                if self.prefix_found == PREFIX_BYTES {
                    self.expected = Some(judge(u32::from_le_bytes(self.prefix))?);
                }
            }
        }
        if self.expected != Some(self.body.len()) {
            return Ok(None);
        }
        Ok(Some(std::mem::take(self).body))
    }

    /// The stream has ended here.
    ///
    /// # Errors
    ///
    /// [`NetFault::FrameCut`] if that was within a frame.
    pub(super) fn end(&self) -> Result<(), NetFault> {
        if !self.begun() {
            return Ok(());
        }
        let expected = PREFIX_BYTES + self.expected.unwrap_or(0);
        Err(NetFault::FrameCut { expected, found: self.prefix_found + self.body.len() })
    }
}

/// The bytes of `frame` with its length before them.
///
/// # Errors
///
/// [`NetFailure::FrameTooLong`] if no peer would take it.
pub(super) fn framed(frame: &[u8]) -> Result<Vec<u8>, NetFailure> {
    let too_long = NetFailure::FrameTooLong { bytes: frame.len(), most: FRAME_BYTES_MAX };
    let length = match u32::try_from(frame.len()) {
        Ok(length) if frame.len() <= FRAME_BYTES_MAX => length,
        _ => return Err(too_long),
    };
    let mut bytes = Vec::with_capacity(PREFIX_BYTES + frame.len());
    bytes.extend_from_slice(&length.to_le_bytes());
    bytes.extend_from_slice(frame);
    Ok(bytes)
}

fn judge(bytes: u32) -> Result<usize, NetFault> {
    match usize::try_from(bytes) {
        Ok(length) if length <= FRAME_BYTES_MAX => Ok(length),
        _ => Err(NetFault::FrameTooLong { bytes, most: FRAME_BYTES_MAX }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Feeds `stream` in pieces of at most `piece` bytes.
    fn frames(stream: &[u8], piece: usize) -> Result<Vec<Vec<u8>>, NetFault> {
        let (mut assembly, mut found, mut at) = (Assembly::default(), Vec::new(), 0);
        while at < stream.len() {
            let take = assembly.wanted().min(piece).min(stream.len() - at);
            assert!(take > 0);
            found.extend(assembly.take(&stream[at..at + take])?);
            at += take;
        }
        assembly.end().map(|()| found)
    }

    #[test]
    fn frames_come_out_as_they_went_in_whatever_the_pieces() {
        let sent = vec![vec![], vec![1], vec![2; 300], vec![], vec![3; FRAME_BYTES_MAX]];
        let stream: Vec<u8> = sent.iter().flat_map(|frame| framed(frame).unwrap()).collect();
        for piece in [1, 2, 3, 5, 299, 65_536, usize::MAX] {
            assert_eq!(frames(&stream, piece).unwrap(), sent);
        }
    }

    #[test]
    fn a_stream_cut_at_any_byte_of_a_frame_is_a_fault() {
        let stream = framed(&[9; 40]).unwrap();
        assert_eq!(frames(&stream[..0], 7), Ok(vec![]));
        for cut in 1..stream.len() {
            let expected = if cut < PREFIX_BYTES { PREFIX_BYTES } else { stream.len() };
            assert_eq!(frames(&stream[..cut], 7), Err(NetFault::FrameCut { expected, found: cut }));
        }
    }

    #[test]
    fn an_announced_length_allocates_nothing() {
        let mut assembly = Assembly::default();
        let most = FRAME_BYTES_MAX;
        assert_eq!(assembly.take(&[0xff; 4]), Err(NetFault::FrameTooLong { bytes: u32::MAX, most }));
        assert_eq!(assembly.body.capacity(), 0);
        let mut assembly = Assembly::default();
        let beyond = u32::try_from(FRAME_BYTES_MAX).unwrap() + 1;
        assert!(assembly.take(&beyond.to_le_bytes()).is_err());
        let mut assembly = Assembly::default();
        assert_eq!(assembly.take(&(beyond - 1).to_le_bytes()), Ok(None));
        assert_eq!(assembly.body.capacity(), 0);
        assert_eq!(assembly.take(&[1; 10]), Ok(None));
        assert!(assembly.body.capacity() < 100);
    }

    #[test]
    fn what_no_peer_would_take_is_not_framed() {
        let bytes = FRAME_BYTES_MAX + 1;
        assert!(matches!(framed(&vec![0; bytes]), Err(NetFailure::FrameTooLong { bytes: b, .. }) if b == bytes));
    }
}
