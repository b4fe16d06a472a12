//! The root: its keys, what it is about to decide, and the sheets on which its keys sign away from any node.

use fangwei_protocol::{
    limits::{WITNESS_THRESHOLD_MAX, WITNESSES_MAX},
    record::{
        body::{Act, Witness},
        entry::{CertificateId, DocKey, EntryId, Kind, Scope, Shelf},
        message::Parcel,
    },
    records::{indexes, key},
    trust::{
        authority::{Verdict, VoidReason},
        charter::is_name,
        root::{WitnessPolicy, root_scope},
    },
};

use super::{Code, Desk, DeskError, check_prefix, is_prefix, revoking::reason_of, texts::deed, time::moment};
use crate::{
    api::shape::{
        RootActShown, RootKeyShown, RootShown, SheetForm, SheetText, StandForm, Submitted, WitnessForm, WitnessesShown,
        Written,
    },
    ceremony::{Item, Place, RootKey, Sheet},
    founding::new_document,
    identity::{key_from_text, key_text},
    limits::SHORT_ID_DIGITS,
    run::Sight,
};

impl Desk {
    /// The root now.
    ///
    /// # Errors
    ///
    /// [`Code::NodeStopped`], [`Code::StoreFailed`].
    pub async fn root(&self) -> Result<RootShown, DeskError> {
        let looked = self.node().core().read(|sight| -> Result<RootShown, DeskError> {
            let charter = sight.replica.charter();
            let set = charter.root();
            let keys = set.keys.iter().zip(set.ids()).zip(0..).map(|((key, id), number)| RootKeyShown {
                number,
                key: key_text(key),
                certificate: id.to_string(),
            });
            Ok(RootShown {
                genesis: charter.genesis().hash().0.to_string(),
                origin: set.origin.to_string(),
                threshold: set.threshold,
                keys: keys.collect(),
                witnesses: charter.witness_policy().map(witnesses_shown),
                pending: pending(sight)?,
            })
        });
        looked.await?
    }

    /// Draws up a sheet for the root keys to sign.
    ///
    /// # Errors
    ///
    /// [`Code::FileDamaged`] and the like, [`Code::NoSuchEntry`], [`Code::NoSuchOfficer`], [`Code::BadReason`],
    /// [`Code::BadThreshold`], [`Code::BadWitness`], what a request is refused for.
    pub async fn draw_up_sheet(&self, form: &SheetForm) -> Result<SheetText, DeskError> {
        let root = self.node().genesis().root.clone();
        let acts: Vec<(DocKey, Act)> = match form {
            SheetForm::Endorse { entry } => return self.sheet_of_entry(entry).await,
            SheetForm::Replace { keys, threshold } => {
                let keys = keys.iter().map(|text| text.parse::<RootKey>().map(|root| root.key));
                let keys: Vec<_> = keys.collect::<Result<_, _>>()?;
                if *threshold == 0 || usize::from(*threshold) > keys.len() {
                    return Err(DeskError::new(Code::BadThreshold).with("value", threshold).with("keys", keys.len()));
                }
                vec![(new_document(root_scope(&root), Kind::ROOT), Act::ReplaceRoot { keys, threshold: *threshold })]
            }
            SheetForm::Witnesses { threshold, members } => {
                let act = witnesses_of(*threshold, members)?;
                vec![(new_document(root_scope(&root), Kind::WITNESSES), act)]
            }
            SheetForm::Certify { request, valid_days } => {
                let (certificate, reach) = self.certificate_by_root(request, *valid_days).await?;
                let scope = Scope { home: certificate.unit.clone(), reach, shelf: Shelf::CHARTER };
                vec![(new_document(scope, Kind::CERTIFICATE), Act::Certify(Box::new(certificate)))]
            }
            SheetForm::Revoke { certificate, reason, stand } => {
                let (subject, reason) = (self.certificate(certificate).await?, reason_of(reason)?);
                let mut acts = self.stands_on_sheet(subject, stand).await?;
                let document = self.node().core().read(move |sight| {
                    sight.replica.charter().certificate(&subject).map(|known| known.document.clone())
                });
                let document =
                    document.await?.ok_or_else(|| DeskError::new(Code::NoSuchOfficer).with("id", subject))?;
                acts.push((document, Act::Revoke { subject, reason }));
                acts
            }
        };
        let looked = self.node().core().read(move |sight| -> Result<Sheet, DeskError> {
            let mut sheet = blank(sight);
            for (document, act) in acts {
                let after = sight.replica.heads(&document, sight.store)?;
                let places = places(sight, &document.scope);
                sheet.items.push(Item { document, act, after, places, signed: Vec::new() });
            }
            Ok(sheet)
        });
        Ok(SheetText { sheet: looked.await??.to_string() })
    }

    /// Takes in what was signed on a sheet. What is here already stays; a sheet can be brought back again and again.
    ///
    /// # Errors
    ///
    /// [`Code::FileDamaged`] and the like, [`Code::RequestOtherTree`], [`Code::NotSigned`], what the rules refuse.
    pub async fn submit_sheet(&self, form: &SheetText) -> Result<Submitted, DeskError> {
        let sheet: Sheet = form.sheet.parse()?;
        if sheet.genesis != self.node().genesis().hash() {
            return Err(DeskError::new(Code::RequestOtherTree).with("found", sheet.genesis.0));
        }
        let mut written = Vec::new();
        let mut firsts = Vec::new();
        for item in &sheet.items {
            for parcel in &item.signed {
                let one = self.node().core().submit(parcel.clone()).await?;
                written.push(Written {
                    document: item.document.doc.to_string(),
                    short: one.id.to_string().chars().take(SHORT_ID_DIGITS).collect(),
                    entry: one.id.to_string(),
                    at: one.at.0,
                });
            }
            firsts.extend(item.first(&sheet.genesis));
        }
        let looked = self.node().core().read(move |sight| -> Result<Vec<RootActShown>, DeskError> {
            let acts = firsts.iter().map(|id| act_shown(sight, id));
            Ok(acts.collect::<Result<Vec<_>, _>>()?.into_iter().flatten().collect())
        });
        Ok(Submitted { written, acts: looked.await?? })
    }

    async fn stands_on_sheet(&self, subject: CertificateId, form: &StandForm) -> Result<Vec<(DocKey, Act)>, DeskError> {
        let plan = self.plan(subject, form).await?;
        Ok(plan.acts(subject).map(|(scope, act)| (new_document(scope, Kind::STAND), act)).collect())
    }

    /// A sheet for an act that is here and that others of its root are asked to endorse.
    async fn sheet_of_entry(&self, prefix: &str) -> Result<SheetText, DeskError> {
        check_prefix(prefix)?;
        let prefix = prefix.to_owned();
        let looked = self.node().core().read(move |sight| -> Result<Sheet, DeskError> {
            let unknown = || DeskError::new(Code::NoSuchEntry).with("id", super::shortened(&prefix));
            let mut found: Vec<EntryId> = root_entries(sight)?;
            found.retain(|id| is_prefix(&prefix, &id.to_string()));
            let [id] = found.as_slice() else { return Err(unknown()) };
            let said = sight.replica.find(id, sight.store)?.ok_or_else(unknown)?;
            let Some(fangwei_protocol::record::body::Content::Act(act)) = said.content() else { return Err(unknown()) };
            let document = said.entry.header().document();
            let mut signed = vec![Parcel::new(said.entry.bytes(), said.bytes.as_ref())];
            for other in sight.replica.history(&document, sight.store)? {
                if matches!(other.act(), Some(Act::Endorse { subject }) if subject == id) {
                    signed.push(Parcel::new(other.entry.bytes(), other.bytes.as_ref()));
                }
            }
            let after = said.entry.header().after().to_vec();
            let places = places(sight, &document.scope);
            let mut sheet = blank(sight);
            sheet.items.push(Item { document, act, after, places, signed });
            Ok(sheet)
        });
        Ok(SheetText { sheet: looked.await??.to_string() })
    }
}

/// A sheet without acts.
fn blank(sight: &Sight<'_>) -> Sheet {
    let charter = sight.replica.charter();
    let (genesis, threshold) = (charter.genesis(), charter.root().threshold);
    Sheet { genesis: genesis.hash(), tree: genesis.name.clone(), threshold, items: Vec::new() }
}

/// Who is to witness, if that can be said at all.
fn witnesses_of(threshold: u8, members: &[WitnessForm]) -> Result<Act, DeskError> {
    let mut witnesses: Vec<Witness> = Vec::new();
    for WitnessForm { name, key, outside } in members {
        let bad = || DeskError::new(Code::BadWitness).with("value", super::shortened(name));
        let key = key_from_text(key).map_err(|_| bad())?;
        if !is_name(name) || witnesses.iter().any(|other| other.key == key || other.name == *name) {
            return Err(bad());
        }
        witnesses.push(Witness { name: name.clone(), key, outside: *outside });
    }
    let asked = usize::from(threshold);
    let can_agree = asked <= witnesses.len() && (asked > 0 || witnesses.is_empty());
    if !can_agree || asked > WITNESS_THRESHOLD_MAX || witnesses.len() > WITNESSES_MAX {
        return Err(DeskError::new(Code::BadThreshold).with("value", threshold).with("keys", witnesses.len()));
    }
    Ok(Act::Witnesses { threshold, members: witnesses })
}

fn witnesses_shown(policy: &WitnessPolicy) -> WitnessesShown {
    let members = policy.members.iter().map(|Witness { name, key, outside }| WitnessForm {
        name: name.clone(),
        key: key_text(key),
        outside: *outside,
    });
    WitnessesShown {
        entry: policy.id.to_string(),
        since: moment(policy.claimed_time_s),
        threshold: policy.threshold,
        members: members.collect(),
    }
}

/// Where the root's keys go on in a scope: after the last of each.
fn places(sight: &Sight<'_>, scope: &Scope) -> Vec<Place> {
    let set = sight.replica.charter().root();
    let each = set.keys.iter().zip(set.ids()).map(|(key, certificate)| {
        let last = sight.replica.frontier().feed(scope, &certificate).and_then(|feed| feed.last().cloned());
        let (seq, prev) = last.map_or((0, None), |tip| (tip.seq + 1, Some(tip.id)));
        Place { certificate, key: *key, seq, prev }
    });
    each.collect()
}

/// Everything root keys ever said that is here.
fn root_entries(sight: &Sight<'_>) -> Result<Vec<EntryId>, DeskError> {
    let (charter, frontier) = (sight.replica.charter(), sight.replica.frontier());
    let mut entries = Vec::new();
    for scope in frontier.scopes() {
        for (author, feed) in frontier.feeds(&scope) {
            if charter.root_set_of(author).is_none() {
                continue;
            }
            for at in indexes(sight.store, &key::feed_log_prefix(&feed.key))? {
                entries.push(sight.replica.entry(at, sight.store)?.id());
            }
        }
    }
    Ok(entries)
}

/// Acts of root keys that too few have said.
fn pending(sight: &Sight<'_>) -> Result<Vec<RootActShown>, DeskError> {
    let mut pending = Vec::new();
    for id in root_entries(sight)? {
        let said = sight.replica.find(&id, sight.store)?;
        if said.is_some_and(|said| matches!(said.verdict(), Verdict::Void(VoidReason::Pending(_)))) {
            pending.extend(act_shown(sight, &id)?);
        }
    }
    Ok(pending)
}

fn act_shown(sight: &Sight<'_>, id: &EntryId) -> Result<Option<RootActShown>, DeskError> {
    let Some(said) = sight.replica.find(id, sight.store)? else { return Ok(None) };
    let header = said.entry.header();
    let agreement = sight.replica.charter().agreement(id, &header.author, &header.document());
    Ok(agreement.map(|agreement| RootActShown {
        entry: id.to_string(),
        deed: said.content().as_ref().map_or("unknown", deed).into(),
        have: agreement.have,
        need: agreement.need,
    }))
}
