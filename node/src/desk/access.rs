//! Access tokens: made by an officer for a program that works as that officer, taken back by them or an administrator.

use std::collections::BTreeSet;

use fangwei_protocol::trust::charter::Role;

use super::{Code, Desk, DeskError, Officer, time::moment};
use crate::{
    access::{AccessFailure, Opened, Scope},
    api::shape::{AccessCreated, AccessForm, AccessShown, AccessTokensShown},
    limits::{ACCESS_DAYS_MAX, ACCESS_LABEL_CHARS_MAX, ACCESS_TOKENS_MAX, IDEMPOTENCY_KEY_CHARS_MAX},
    replies::{Replies, ReplyFailure},
};

/// Seconds of a day.
const DAY_S: i64 = 24 * 60 * 60;

impl From<AccessFailure> for DeskError {
    fn from(failure: AccessFailure) -> DeskError {
        match failure {
            AccessFailure::Unknown | AccessFailure::Damaged { .. } => Code::NoAccess.into(),
            AccessFailure::TooMany => DeskError::new(Code::TooManyAccessTokens).with("max", ACCESS_TOKENS_MAX),
            AccessFailure::Label => DeskError::new(Code::BadLabel).with("max", ACCESS_LABEL_CHARS_MAX),
            AccessFailure::Disk { path, cause } => {
                DeskError::new(Code::DiskFailed).with("path", path.display()).with("reason", cause)
            }
        }
    }
}

impl From<ReplyFailure> for DeskError {
    fn from(failure: ReplyFailure) -> DeskError {
        match failure {
            ReplyFailure::Reused => Code::IdempotencyKeyReused.into(),
            ReplyFailure::Running => Code::RequestUnderWay.into(),
            ReplyFailure::InDoubt => Code::RequestInDoubt.into(),
            ReplyFailure::TooMany => Code::TooManyIdempotencyKeys.into(),
            ReplyFailure::Disk { path, cause } => {
                DeskError::new(Code::DiskFailed).with("path", path.display()).with("reason", cause)
            }
        }
    }
}

impl Desk {
    /// Makes an access token for an officer.
    ///
    /// # Errors
    ///
    /// [`Code::BadScope`], [`Code::BadLabel`], [`Code::BadValidity`], [`Code::TooManyAccessTokens`],
    /// [`Code::DiskFailed`].
    pub async fn create_access_token(&self, officer: &Officer, form: &AccessForm) -> Result<AccessCreated, DeskError> {
        let scope = |name: &String| {
            name.parse().map_err(|_| DeskError::new(Code::BadScope).with("value", super::shortened(name)))
        };
        let scopes = form.scopes.iter().map(scope).collect::<Result<BTreeSet<Scope>, DeskError>>()?;
        if scopes.is_empty() {
            return Err(DeskError::new(Code::BadScope).with("value", ""));
        }
        if form.days == 0 || form.days > ACCESS_DAYS_MAX {
            return Err(DeskError::new(Code::BadValidity).with("value", form.days));
        }
        let now_s = self.node().core().read(|sight| sight.now.0).await?;
        let ends_s = now_s.saturating_add(i64::from(form.days) * DAY_S);
        let token = self.shared.access.create(officer, &form.label, scopes, now_s, ends_s)?;
        tracing::info!(certificate = %officer.certificate, "an access token was made");
        Ok(AccessCreated {
            token: token.expose().to_owned(),
            label: form.label.trim().to_owned(),
            ends: moment(ends_s),
        })
    }

    /// What a token opens now, if its officer's certificate is in force.
    ///
    /// # Errors
    ///
    /// [`Code::NoAccess`], [`Code::NodeStopped`], [`Code::DiskFailed`].
    pub async fn open_access(&self, token: &str) -> Result<Opened, DeskError> {
        let now_s = self.node().core().read(|sight| sight.now.0).await?;
        let opened = self.shared.access.open(token, now_s)?;
        let certificate = opened.officer.certificate;
        let is_alive = self.node().core().read(move |sight| {
            let charter = sight.replica.charter();
            charter.complete(&certificate).is_some() && charter.dead(&certificate).is_none()
        });
        if is_alive.await? { Ok(opened) } else { Err(Code::NoAccess.into()) }
    }

    /// The access tokens of this node that whoever asks may see: their own, and an administrator's all.
    ///
    /// # Errors
    ///
    /// [`Code::NodeStopped`], [`Code::NoAuthority`], [`Code::DiskFailed`].
    pub async fn access_tokens(&self, officer: &Officer) -> Result<AccessTokensShown, DeskError> {
        let sees_all = self.asker(officer).await?.roles.contains(&Role::ADMINISTRATOR);
        let names = self.fresh_view().await?.names();
        let lines = self.shared.access.list()?;
        let own = officer.certificate;
        let shown = self.node().core().read(move |sight| {
            let lines = lines.into_iter().filter(|line| sees_all || line.certificate == own);
            let tokens = lines.map(|line| AccessShown {
                officer: names.of_certificate(&line.certificate, sight).to_owned(),
                own: line.certificate == own,
                scopes: line.grant.scopes.iter().map(|scope| scope.name().to_owned()).collect(),
                created: moment(line.grant.created_s),
                ends: moment(line.grant.ends_s),
                over: sight.now.0 >= line.grant.ends_s,
                used: line.used_s.map(moment),
                certificate: line.grant.certificate,
                label: line.grant.label,
                name: line.name,
            });
            AccessTokensShown { tokens: tokens.collect() }
        });
        Ok(shown.await?)
    }

    /// Takes one of these back.
    ///
    /// # Errors
    ///
    /// [`Code::NoSuchAccessToken`], also where it is not for whoever asks to see, and those of [`Desk::access_tokens`].
    pub async fn remove_access_token(&self, officer: &Officer, name: &str) -> Result<(), DeskError> {
        if !self.access_tokens(officer).await?.tokens.iter().any(|token| token.name == name) {
            return Err(Code::NoSuchAccessToken.into());
        }
        match self.shared.access.remove(name) {
            Err(AccessFailure::Unknown) => return Err(Code::NoSuchAccessToken.into()),
            removed => removed?,
        }
        tracing::info!(name, by = %officer.certificate, "an access token was taken back");
        Ok(())
    }

    /// What came of requests with an idempotency key.
    #[must_use]
    pub fn replies(&self) -> &Replies {
        &self.shared.replies
    }
}

/// Whether this can be an idempotency key: visible ASCII, not too long.
///
/// # Errors
///
/// [`Code::BadIdempotencyKey`].
pub(crate) fn idempotency_key(text: &[u8]) -> Result<String, DeskError> {
    let is_visible = text.iter().all(u8::is_ascii_graphic);
    let key = String::from_utf8(text.to_vec()).ok();
    let key = key.filter(|key| is_visible && (1..=IDEMPOTENCY_KEY_CHARS_MAX).contains(&key.len()));
    key.ok_or_else(|| DeskError::new(Code::BadIdempotencyKey).with("max", IDEMPOTENCY_KEY_CHARS_MAX))
}
