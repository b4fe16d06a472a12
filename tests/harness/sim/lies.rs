//! What a dishonest node says in place of what the protocol had it say: each must end the session where it arrives.

use fangwei_protocol::record::{
    entry::Hash,
    message::{Ack, Frame, Hello},
};

use super::plan::Draw;

/// A frame changed into one that no honest node sends, and what is wrong with it.
pub(crate) fn lie(draw: &mut Draw, frame: Frame) -> (Vec<u8>, &'static str) {
    match frame {
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

/// Entries that are not what their author signed: found once the author is known.
pub(crate) const FORGED: &str = "forged entries";

/// A certificate nobody issued: found when its chain does not come.
pub(crate) const UNPROVED: &str = "a certificate nobody issued";
