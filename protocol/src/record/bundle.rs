//! A bundle: entries with everything that proves them, in one file that needs no node to be checked.
//!
//! A magic line, then items, each with its length before it as frames have it: the genesis first, the entries as the
//! node's log has them, receipts, the end. A body that is not shown is left out: the entry still proves that the chain
//! around what is shown has no gap. Bounded and read item by item; whoever reads says in which order they may come.

use minicbor::{Decode, Encode, bytes::ByteVec};
use thiserror::Error;

use crate::{
    limits::FRAME_BYTES_MAX,
    record::cbor::{self, CborFault},
    records::LogIndex,
    trust::genesis::{GenesisFault, GenesisHash, SignedGenesis},
};

/// Begins every bundle: seventeen bytes.
pub const MAGIC: &[u8] = b"fangwei bundle 1\n";

/// One item.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode)]
pub enum Item {
    /// The signed genesis.
    #[n(0)]
    Genesis(#[n(0)] ByteVec),
    /// An entry.
    #[n(1)]
    Entry(#[n(0)] Kept),
    /// A receipt as it travels.
    #[n(2)]
    Receipt(#[n(0)] ByteVec),
    /// Nothing comes after this.
    #[n(31)]
    End(#[n(0)] Totals),
}

/// An entry as the exporting node keeps it.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode)]
pub struct Kept {
    /// Its place in that node's log.
    #[n(0)]
    pub at: LogIndex,
    /// The COSE_Sign1.
    #[n(1)]
    pub entry: ByteVec,
    /// The body; none if it is not shown, or was lawfully taken away.
    #[n(2)]
    pub body: Option<ByteVec>,
}

/// How much there was, so that a bundle that was cut off is known.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug, Encode, Decode)]
pub struct Totals {
    /// Entries.
    #[n(0)]
    pub entries: u64,
    /// Receipts.
    #[n(1)]
    pub receipts: u64,
}

/// Why a file is not a bundle.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum BundleFault {
    /// It does not begin as bundles do.
    #[error("not a bundle of this version")]
    NotABundle,
    /// It ends before its end.
    #[error("bundle is cut off")]
    CutOff,
    /// An item longer than any may be.
    #[error("an item of {bytes} bytes, at most {FRAME_BYTES_MAX} are allowed")]
    TooLarge {
        /// How long it claims to be.
        bytes: usize,
    },
    /// Not the one encoding of an item.
    #[error("an item is {0}")]
    NotCanonical(#[from] CborFault),
    /// An item where it may not stand.
    #[error("items are out of order: {0}")]
    OutOfOrder(&'static str),
    /// The end counts something else than came.
    #[error("bundle has {found:?}, its end says {said:?}")]
    Totals {
        /// What came.
        found: Totals,
        /// What it says.
        said: Totals,
    },
    /// The genesis.
    #[error(transparent)]
    Genesis(#[from] GenesisFault),
    /// Too few root keys have signed the genesis: nothing of the tree is yet.
    #[error("genesis is not in force")]
    NotInForce,
}

/// Reads a bundle item by item and says where an item may not stand.
#[derive(Debug)]
pub struct Order {
    expected: Option<GenesisHash>,
    has_genesis: bool,
    last: Option<LogIndex>,
    found: Totals,
    ended: bool,
}

/// What an item says, once its place is right.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Said {
    /// Of which tree all this is.
    Genesis(Box<SignedGenesis>),
    /// An entry.
    Entry(Kept),
    /// A receipt.
    Receipt(Vec<u8>),
    /// All is said.
    End,
}

impl Item {
    /// The item with its length before it.
    #[must_use]
    pub fn framed(&self) -> Vec<u8> {
        let item = cbor::encode(self);
        let len = u32::try_from(item.len()).unwrap_or(u32::MAX);
        [len.to_le_bytes().as_slice(), &item].concat()
    }
}

/// The length of the item that follows.
///
/// # Errors
///
/// [`BundleFault::TooLarge`].
pub fn item_bytes(len: [u8; 4]) -> Result<usize, BundleFault> {
    let bytes = usize::try_from(u32::from_le_bytes(len)).unwrap_or(usize::MAX);
    if bytes > FRAME_BYTES_MAX { Err(BundleFault::TooLarge { bytes }) } else { Ok(bytes) }
}

impl Order {
    /// For a bundle of the tree `expected`, or of whatever tree it says.
    #[must_use]
    pub fn new(expected: Option<GenesisHash>) -> Order {
        Order { expected, has_genesis: false, last: None, found: Totals::default(), ended: false }
    }

    /// Reads the next item.
    ///
    /// # Errors
    ///
    /// [`BundleFault`].
    pub fn next(&mut self, item: &[u8]) -> Result<Said, BundleFault> {
        if self.ended {
            return Err(BundleFault::OutOfOrder("something stands behind the end"));
        }
        let item: Item = cbor::decode(item)?;
        if self.has_genesis == matches!(item, Item::Genesis(_)) {
            return Err(BundleFault::OutOfOrder("the genesis comes first, and once"));
        }
        match item {
            Item::Genesis(bytes) => {
                self.has_genesis = true;
                let genesis = match self.expected {
                    Some(expected) => SignedGenesis::parse_expecting(&bytes, expected)?,
                    None => SignedGenesis::parse(&bytes)?,
                };
                if !genesis.is_in_force() {
                    return Err(BundleFault::NotInForce);
                }
                Ok(Said::Genesis(Box::new(genesis)))
            }
            Item::Entry(kept) => {
                if self.found.receipts > 0 {
                    return Err(BundleFault::OutOfOrder("entries come before receipts"));
                }
                if self.last.is_some_and(|last| last >= kept.at) {
                    return Err(BundleFault::OutOfOrder("entries come in log order, and once"));
                }
                self.last = Some(kept.at);
                self.found.entries += 1;
                Ok(Said::Entry(kept))
            }
            Item::Receipt(bytes) => {
                self.found.receipts += 1;
                Ok(Said::Receipt(bytes.into()))
            }
            Item::End(said) if said == self.found => {
                self.ended = true;
                Ok(Said::End)
            }
            Item::End(said) => Err(BundleFault::Totals { found: self.found, said }),
        }
    }

    /// Says whether everything was there, once no more bytes come.
    ///
    /// # Errors
    ///
    /// [`BundleFault::CutOff`].
    pub fn finish(&self) -> Result<(), BundleFault> {
        if self.ended { Ok(()) } else { Err(BundleFault::CutOff) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::trust::charter::{
        Role,
        tests::{certificate, tree},
    };
    use crate::trust::key::KeyPair;

    fn kept(at: u64) -> Item {
        Item::Entry(Kept { at: LogIndex(at), entry: vec![1, 2].into(), body: None })
    }

    fn read(expected: Option<GenesisHash>, items: &[Item]) -> Result<(), BundleFault> {
        let mut order = Order::new(expected);
        for item in items {
            order.next(&cbor::encode(item))?;
        }
        order.finish()
    }

    #[test]
    fn items_stand_in_one_order() {
        let (charter, _) = tree(vec![certificate(3, "370126", &[Role::ADMINISTRATOR], 100)]);
        let genesis = charter.genesis().clone();
        let mut signed = SignedGenesis::new(genesis.clone());
        let unsigned = Item::Genesis(cbor::encode(&signed).into());
        assert_eq!(read(None, &[unsigned]), Err(BundleFault::NotInForce));
        signed.sign(&KeyPair::from_seed(&[200; 32])).unwrap();
        let first = Item::Genesis(cbor::encode(&signed).into());
        let receipt = Item::Receipt(vec![3].into());
        let end = |entries, receipts| Item::End(Totals { entries, receipts });
        let (two, one) = (kept(2), kept(1));
        let all = [first.clone(), one.clone(), two.clone(), receipt.clone(), end(2, 1)];
        assert_eq!(read(Some(genesis.hash()), &all), Ok(()));
        for cut in 0..all.len() {
            assert_eq!(read(None, &all[..cut]), Err(BundleFault::CutOff), "cut after {cut}");
        }
        let out_of_order: [&[Item]; 7] = [
            std::slice::from_ref(&one),
            &[first.clone(), first.clone()],
            &[first.clone(), two.clone(), one.clone()],
            &[first.clone(), one.clone(), one.clone()],
            &[first.clone(), receipt, one.clone()],
            &[first.clone(), end(0, 0), end(0, 0)],
            &[end(0, 0)],
        ];
        for items in out_of_order {
            assert!(matches!(read(None, items), Err(BundleFault::OutOfOrder(_))), "{items:?}");
        }
        assert!(matches!(read(None, &[first.clone(), end(1, 0)]), Err(BundleFault::Totals { .. })));
        let another = GenesisHash(crate::record::entry::Hash([9; 32]));
        let fault = read(Some(another), &[first]);
        assert!(matches!(fault, Err(BundleFault::Genesis(GenesisFault::Another { .. }))));
    }

    #[test]
    fn an_item_has_one_encoding_and_a_bounded_length() {
        let bytes = cbor::encode(&kept(7));
        for cut in 0..bytes.len() {
            assert!(matches!(Order::new(None).next(&bytes[..cut]), Err(BundleFault::NotCanonical(_))));
        }
        assert!(item_bytes((FRAME_BYTES_MAX as u32).to_le_bytes()).is_ok());
        assert!(matches!(item_bytes([0xff; 4]), Err(BundleFault::TooLarge { .. })));
    }
}
