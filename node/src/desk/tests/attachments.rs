//! What comes with a report: handed in, named, shown to whoever is shown the report, fetched, and gone with the words.

use std::time::Duration;

use fangwei_protocol::limits::{ATTACHMENT_BYTES_MAX, CHUNK_BYTES};

use super::*;
use crate::api::shape::{AttachForm, AttachmentShape, AttachmentShown, FileForm, RedactForm, ReportDeedForm};

fn photograph() -> Vec<u8> {
    (0..CHUNK_BYTES + 1_234).map(|at| (at % 253) as u8).collect()
}

fn named(name: &str) -> AttachForm {
    AttachForm { name: name.into(), media_type: "image/jpeg".into() }
}

fn file(attachments: Vec<AttachmentShape>) -> FileForm {
    FileForm {
        unit: Some(VILLAGE.into()),
        category: Some(7),
        source: Some("petition".into()),
        title: Some("补偿款未公示".into()),
        account: Some("到账两个月仍未公示，见照片。".into()),
        attachments,
        ..FileForm::default()
    }
}

struct Village {
    county: County,
    reporter: Officer,
}

impl Village {
    async fn found() -> Village {
        let county = County::found().await;
        county.name_units().await;
        let reporter = county.officer("reporter", VILLAGE, "张三", None).await;
        Village { county, reporter }
    }

    fn desk(&self) -> &Desk {
        &self.county.desk
    }

    /// A report with a photograph: its document, the entry it was filed with, and the photograph.
    async fn filed(&self) -> (String, String, AttachmentShape) {
        let photograph = self.desk().attach(named("现场.jpg"), photograph()).await.unwrap();
        let filed = self.desk().file_report(&self.reporter, file(vec![photograph.clone()]), EN).await.unwrap();
        let shown = self.desk().report(&filed.written.document, EN).await.unwrap();
        (filed.written.document, shown.filed.unwrap().entry, photograph)
    }

    async fn shown(&self, document: &str, entry: &str) -> Vec<AttachmentShown> {
        let report = self.desk().report(document, EN).await.unwrap();
        report.document.history.into_iter().find(|one| one.id == entry).unwrap().attachments
    }

    async fn content(&self, entry: &str, number: usize) -> Result<Vec<u8>, DeskError> {
        let mut content = self.desk().content(None, entry, number, EN).await?;
        let mut all = Vec::new();
        while let Some(bytes) = content.next().await? {
            all.extend(bytes);
        }
        Ok(all)
    }
}

fn code<T: std::fmt::Debug>(result: Result<T, DeskError>) -> Code {
    result.unwrap_err().code
}

#[tokio::test]
async fn a_photograph_goes_with_a_report_and_is_read_again_as_it_was() {
    let village = Village::found().await;
    let (document, entry, attachment) = village.filed().await;
    assert_eq!((attachment.bytes, attachment.chunks.len()), (CHUNK_BYTES + 1_234, 2));
    let here = attachment.bytes;
    assert_eq!(village.shown(&document, &entry).await, [AttachmentShown { attachment: attachment.clone(), here }]);
    assert_eq!(village.content(&entry, 1).await.unwrap(), photograph());
    assert_eq!(village.content(&entry[..12], 1).await.unwrap(), photograph());
    for number in [0, 2, usize::MAX] {
        assert_eq!(code(village.content(&entry, number).await), Code::NoSuchDocument);
    }
    assert_eq!(code(village.content(&"7".repeat(64), 1).await), Code::NoSuchEntry);
    // More about it comes with more.
    let other = village.desk().attach(named("另一张.jpg"), b"short".to_vec()).await.unwrap();
    let more = ReportDeedForm::Supplement { text: "补一张".into(), question: None, attachments: vec![other] };
    let more = village.desk().do_with_report(&village.reporter, &document, more).await.unwrap();
    assert_eq!(village.content(&more.entry, 1).await.unwrap(), b"short");
    // What a disk loses of it is lacking, and said to be.
    let chunk = attachment.chunks[1].parse().unwrap();
    village.desk().node().chunks().remove(&chunk);
    let shown = village.shown(&document, &entry).await;
    assert_eq!(shown[0].here, CHUNK_BYTES);
    assert_eq!(code(village.content(&entry, 1).await), Code::AttachmentNotHere);
    village.desk().node().stop().await;
}

#[tokio::test]
async fn what_cannot_be_attached_is_refused_and_nothing_is_filed() {
    let village = Village::found().await;
    let attach = |name: &str, bytes: usize| village.desk().attach(named(name), vec![1; bytes]);
    let too_large = usize::try_from(ATTACHMENT_BYTES_MAX).unwrap() + 1;
    assert_eq!(code(attach("空.jpg", 0).await), Code::AttachmentTooLarge);
    assert_eq!(code(attach("大.jpg", too_large).await), Code::AttachmentTooLarge);
    assert_eq!(code(attach(" ", 5).await), Code::AttachmentName);
    let one = attach("一.jpg", 5).await.unwrap();
    let never = AttachmentShape { chunks: vec!["7".repeat(64)], ..one.clone() };
    let odd = AttachmentShape { chunks: vec!["七".into()], ..one.clone() };
    let wrong = AttachmentShape { bytes: CHUNK_BYTES + 1, ..one.clone() };
    for (attachments, expected) in [
        (vec![never], Code::AttachmentNotKept),
        (vec![odd], Code::BadId),
        (vec![wrong], Code::AttachmentChunks),
        (vec![one; 17], Code::TooManyAttachments),
    ] {
        let filed = village.desk().file_report(&village.reporter, file(attachments), EN).await;
        assert_eq!(code(filed), expected);
    }
    assert_eq!(village.desk().reports(&ListQuery::default()).await.unwrap().total, 0);
    village.desk().node().stop().await;
}

#[tokio::test]
async fn what_came_with_words_that_were_taken_out_leaves_the_disk_with_them() {
    let village = Village::found().await;
    let (document, entry, attachment) = village.filed().await;
    // Of two that came with the same content one stays, and with it the content.
    let (_, other, _) = village.filed().await;
    let lead = village.county.officer("discipline_lead", "999901", "赵书记", None).await;
    let redact = async |entry: &str| {
        let form = RedactForm { basis: "第四十七条".into(), words: Vec::new(), all: true, dry_run: false };
        let redacted = village.desk().redact(&lead, entry, form, EN).await.unwrap();
        village.desk().endorse_entry(&village.county.secretary, &redacted.redaction.entry).await.unwrap();
    };
    let is_kept = || {
        let chunks = village.desk().node().chunks();
        attachment.chunks.iter().any(|chunk| chunks.has(&chunk.parse().unwrap()))
    };
    redact(&entry).await;
    assert_eq!(village.shown(&document, &entry).await, []);
    assert_eq!(code(village.content(&entry, 1).await), Code::NoSuchDocument);
    assert_eq!(village.content(&other, 1).await.unwrap(), photograph());
    redact(&other).await;
    for _ in 0..200 {
        if !is_kept() {
            break;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    assert!(!is_kept());
    village.desk().node().stop().await;
}
