//! Policy packs: published from their text, in parts, once they are sound.
//!
//! What was written before a publication broke off counts for nothing and hides nothing, so there is nothing to undo.

use fangwei_protocol::{
    record::{
        body::{Act, Content},
        entry::{Kind, Reach, Scope, Shelf},
    },
    replica::Draft,
    work::{
        pack::{
            Pack, PackFault,
            check::check,
            published::{parts, publication},
        },
        unit::UnitPath,
    },
};

use super::{Code, Desk, DeskError, Officer, shortened};
use crate::{
    api::shape::{PackForm, PackPublished},
    founding::new_document,
    words::Language,
};

/// A pack by its name and version, as people know it.
pub(super) fn named(pack: &Pack, language: Language) -> String {
    let (name, version) = (pack.name.clone(), pack.version);
    match language {
        Language::Chinese => format!("{}（第 {version} 版）", name.zh),
        Language::English => format!("{} (version {version})", name.en),
    }
}

impl Desk {
    /// Publishes a pack for a unit and everything below it, or only says whether it could be.
    ///
    /// # Errors
    ///
    /// [`Code::BadUnit`], [`Code::PackUnreadable`], [`Code::PackUnsound`], what the rules refuse, [`Code::NodeStopped`].
    pub async fn publish_pack(&self, officer: &Officer, form: &PackForm) -> Result<PackPublished, DeskError> {
        let bad_unit = || DeskError::new(Code::BadUnit).with("value", shortened(&form.unit));
        let unit: UnitPath = form.unit.trim().parse().map_err(|_| bad_unit())?;
        if !self.node().genesis().root.contains(&unit) {
            return Err(bad_unit());
        }
        let pack = Pack::from_toml(&form.text).map_err(|fault| {
            let line = if let PackFault::Text(text) = &fault { text.line } else { 0 };
            DeskError::new(Code::PackUnreadable).with("line", line).with("reason", fault)
        })?;
        let found = check(&pack);
        if let Some(first) = found.first() {
            let unsound = DeskError::new(Code::PackUnsound).with("count", found.len());
            return Err(unsound.with("place", shortened(&first.place)).with("rule", first.rule.code()));
        }
        let author = officer.certificate;
        let parts = parts(&pack);
        let published = PackPublished {
            dry_run: form.dry_run,
            unit: unit.to_string(),
            id: pack.id.clone(),
            version: pack.version,
            applies_from: pack.applies_from.to_string(),
            hash: pack.hash().to_string(),
            parts: parts.len() as u64,
        };
        let scope = Scope { home: unit, reach: Reach::DOWN, shelf: Shelf::CHARTER };
        let document = new_document(scope, Kind::PACK);
        let mut ids = Vec::new();
        for bytes in parts {
            let content = Content::Act(Act::PackPart { bytes: bytes.into() });
            let draft = Draft { author, document: document.clone(), after: None, content };
            if form.dry_run {
                // Who may write one part may write all, and what publishes them.
                self.could_write(draft).await?;
                return Ok(published);
            }
            ids.push(self.write(officer, move |_| Ok(draft)).await?.id);
        }
        let content = Content::Act(Act::PublishPack(Box::new(publication(&pack, ids))));
        let draft = Draft { author, document, after: None, content };
        self.write(officer, move |_| Ok(draft)).await?;
        Ok(published)
    }
}
