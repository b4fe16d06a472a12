//! Deterministic CBOR, strictly: one value has one encoding, so one statement can never have two ids.
//!
//! Every format of this crate derives its encoding (integers shortest, lengths definite, map keys ascending); reading
//! is decoding and comparing the re-encoding with what came. Whatever differs, unknown keys included, is refused.

use minicbor::{Decode, Decoder, Encode};
use thiserror::Error;

/// Why bytes are not the one encoding of a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum CborFault {
    /// Not CBOR of this shape at all: truncated, of another type, a length beyond the input, an unknown code.
    #[error("not well-formed at byte {at}")]
    Malformed {
        /// Offset of the first byte that does not fit, as far as known.
        at: usize,
    },
    /// A value, but not its deterministic encoding: longer integers, indefinite lengths, unsorted, doubled or unknown
    /// keys, bytes behind the end.
    #[error("not the deterministic encoding")]
    NotCanonical,
}

/// The one encoding of `value`.
pub fn encode<T: Encode<()>>(value: &T) -> Vec<u8> {
    let mut bytes = Vec::new();
    // Writing to a Vec cannot fail, and derived encoders have no errors of their own.
    if minicbor::encode(value, &mut bytes).is_err() {
        unreachable!("encoding into memory does not fail");
    }
    bytes
}

/// Reads a value and refuses every encoding but the one [`encode`] gives.
///
/// # Errors
///
/// [`CborFault::Malformed`] if it cannot be read, [`CborFault::NotCanonical`] if re-encoding gives other bytes.
pub fn decode<'b, T: Decode<'b, ()> + Encode<()>>(bytes: &'b [u8]) -> Result<T, CborFault> {
    let mut decoder = minicbor::Decoder::new(bytes);
    let value: T = decoder.decode().map_err(|_| CborFault::Malformed { at: decoder.position() })?;
    if encode(&value) == bytes { Ok(value) } else { Err(CborFault::NotCanonical) }
}

/// Reads a list of at most so many items, counted before the first is read: for items that cost much to check.
///
/// # Errors
///
/// More, no list, or an item that cannot be read.
pub(crate) fn at_most<'b, C, T: Decode<'b, C>>(
    items_max: usize,
    d: &mut Decoder<'b>,
    context: &mut C,
) -> Result<Vec<T>, minicbor::decode::Error> {
    let at = d.position();
    if d.probe().array()?.is_none_or(|items| items > items_max as u64) {
        return Err(minicbor::decode::Error::message("a list of more items than there may be").at(at));
    }
    Vec::decode(d, context)
}
