//! What a dishonest node says in place of what the protocol had it say: each must end the session where it arrives.

use fangwei_protocol::{
    record::{
        entry::{CertificateId, Claim, EntryId, Hash},
        message::{Ack, Frame, Hello, Parcel, Shown},
    },
    trust::{
        checkpoint::{Checkpoint, Note},
        genesis::GenesisHash,
        key::KeyPair,
    },
};

use super::plan::Draw;
use crate::world::Officer;

/// What a liar has at hand.
pub(crate) struct Means<'a> {
    pub(crate) genesis: GenesisHash,
    /// Its own certificate and key.
    pub(crate) node: CertificateId,
    pub(crate) key: &'a KeyPair,
    /// The epoch of its log that the other end holds a checkpoint of: with the next one anything may begin.
    pub(crate) shown_epoch: Option<u32>,
    /// Officers whose keys somebody gave it.
    pub(crate) officer: &'a dyn Fn(&CertificateId) -> Option<Officer>,
}

/// A frame changed into one that no honest node sends, and what is wrong with it.
pub(crate) fn lie(draw: &mut Draw, frame: Frame, means: &Means<'_>) -> (Vec<u8>, &'static str) {
    match frame {
        Frame::Checkpoint(shown) if is_next_shown(&shown, means) => {
            let note = Note::parse(&shown.note).unwrap();
            let mut claimed: Checkpoint = *note.claimed();
            (claimed.head.size, claimed.head.root) = (claimed.head.size + 1_000_000, Hash(draw.bytes()));
            let note = claimed.sign(means.key).to_bytes().into();
            (Frame::Checkpoint(Shown { note, ..shown }).to_bytes(), "a checkpoint that follows from none")
        }
        Frame::Give(parcels) if draw.percent(30) && forge_gap(draw, &parcels[0], means).is_some() => {
            let gap = forge_gap(draw, &parcels[0], means).unwrap_or_else(|| parcels[0].clone());
            (Frame::Give(vec![gap]).to_bytes(), GAP)
        }
        Frame::Hello(hello) => match draw.below(3) {
            0 => (Frame::Hello(Hello { version: hello.version + 1, ..hello }).to_bytes(), "another version"),
            1 => {
                let genesis = fangwei_protocol::trust::genesis::GenesisHash(Hash(draw.bytes()));
                (Frame::Hello(Hello { genesis, ..hello }).to_bytes(), "another tree")
            }
            _ => {
                let certificate = fangwei_protocol::record::entry::EntryId(Hash(draw.bytes()));
                (Frame::Hello(Hello { certificate, ..hello }).to_bytes(), UNPROVED)
            }
        },
        Frame::Give(mut parcels) if draw.percent(80) => {
            let at = usize::try_from(draw.below(parcels.len() as u64)).unwrap_or(0);
            let parcel = &mut parcels[at];
            match &mut parcel.body {
                Some(body) if draw.percent(50) => {
                    let mut bytes = body.to_vec();
                    bytes.iter_mut().last().into_iter().for_each(|byte| *byte ^= 1);
                    *body = bytes.into();
                    (Frame::Give(parcels).to_bytes(), FORGED)
                }
                _ => {
                    let mut bytes = parcel.entry.to_vec();
                    bytes.iter_mut().last().into_iter().for_each(|byte| *byte ^= 1);
                    parcel.entry = bytes.into();
                    (Frame::Give(parcels).to_bytes(), FORGED)
                }
            }
        }
        Frame::Ack(ack) if draw.percent(80) => {
            (Frame::Ack(Ack { frames: ack.frames + 1_000_000, ..ack }).to_bytes(), "acknowledges what was not given")
        }
        frame => {
            let mut bytes = frame.to_bytes();
            match draw.below(3) {
                0 => bytes.push(0),
                1 => drop(bytes.pop()),
                _ => bytes.insert(0, 0xff),
            }
            (bytes, "no frame")
        }
    }
}

/// Whether it is its own checkpoint, which must follow from one that the other end holds and was shown in this session:
/// what it learned by the way of another it does not hold a showing against.
fn is_next_shown(shown: &Shown, means: &Means<'_>) -> bool {
    if shown.since == 0 {
        return false;
    }
    let log = Note::parse(&shown.note).map(|note| note.claimed().log);
    log.is_ok_and(|log| log.node == means.node && means.shown_epoch == Some(log.epoch))
}

/// An entry an officer did sign, behind one nobody has.
fn forge_gap(draw: &mut Draw, like: &Parcel, means: &Means<'_>) -> Option<Parcel> {
    let claim = Claim::parse(&like.entry).ok()?;
    let officer = (means.officer)(&claim.claimed_author())?;
    let mut header = claim.reopen(&means.genesis).header().clone();
    (header.prev, header.seq) = (Some(EntryId(Hash(draw.bytes()))), header.seq + 7);
    header.after.get_or_insert_default();
    let entry = header.sign(&means.genesis, &officer.key).ok()?;
    Some(Parcel { entry: entry.bytes().to_vec().into(), ..like.clone() })
}

/// An entry behind one nobody has: found once its author is known.
pub(crate) const GAP: &str = "an entry behind one nobody has";

/// Entries that are not what their author signed: found once the author is known.
pub(crate) const FORGED: &str = "forged entries";

/// A certificate nobody issued: found when its chain does not come.
pub(crate) const UNPROVED: &str = "a certificate nobody issued";
