//! Whatever can be read of the bytes of a damaged segment.
//!
//! Behind something that does not check, reading goes on where a record checks again. That may be inside a body somebody
//! wrote on purpose, so from there to the next mark that names its own place only entries are believed, which prove
//! themselves.

use fangwei_protocol::records::Fact;

use super::{
    RECORD_HEAD_BYTES, RecordKind, SEGMENT_HEADER_BYTES, read_record,
    segment::{MARK_BYTES, push_mark},
};

/// The facts that can be read of a segment.
pub(in crate::store) fn pieces(bytes: &[u8], number: u32) -> Vec<Fact> {
    let mut facts = Vec::new();
    let mut at = SEGMENT_HEADER_BYTES as usize;
    let mut body = None;
    let mut is_certain = true;
    while let Some(rest) = bytes.get(at..).filter(|rest| !rest.is_empty()) {
        let Ok(record) = read_record(rest) else {
            (body, is_certain) = (None, false);
            at += 1;
            continue;
        };
        let payload = record.payload;
        let taken = std::mem::take(&mut body);
        let fact = match record.kind {
            RecordKind::Mark => {
                let mut own = Vec::with_capacity(RECORD_HEAD_BYTES + MARK_BYTES);
                is_certain |= push_mark(&mut own, number, u32::try_from(at).unwrap_or(u32::MAX)).is_ok()
                    && rest.starts_with(&own);
                None
            }
            RecordKind::Body => {
                body = Some(payload.into());
                None
            }
            RecordKind::Redacted | RecordKind::Filler => None,
            RecordKind::Entry => Some(Fact::Entry { own: false, entry: payload.into(), body: taken }),
            RecordKind::OwnEntry => Some(Fact::Entry { own: true, entry: payload.into(), body: taken }),
            _ if !is_certain => None,
            RecordKind::Receipt => Some(Fact::Receipt(payload.into())),
            RecordKind::LogEpoch => Some(Fact::LogEpoch(payload.into())),
            RecordKind::Checkpoint => Some(Fact::Checkpoint(payload.into())),
            RecordKind::Evidence => Some(Fact::Evidence(payload.into())),
            RecordKind::Clock => payload.try_into().ok().map(|time_s| Fact::Clock(i64::from_le_bytes(time_s))),
        };
        facts.extend(fact);
        at += RECORD_HEAD_BYTES + payload.len();
    }
    facts
}
