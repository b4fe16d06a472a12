//! An officer's own account on this node: sessions, second factor, passphrase.

use std::time::Instant;

use fangwei_protocol::trust::charter::Role;

use super::{Code, Desk, DeskError, Officer, time::moment};
use crate::{
    api::shape::{Passphrase, SessionShown},
    second_factor::{Begun, SecondFactorFailure, SecondFactorFor},
    session::Token,
};

/// Units of these depths are offices: the county and the townships, with their departments.
const OFFICE_DEPTH_MAX: usize = 2;

impl From<SecondFactorFailure> for DeskError {
    fn from(failure: SecondFactorFailure) -> DeskError {
        match failure {
            SecondFactorFailure::Wanted => Code::SecondFactorWanted.into(),
            SecondFactorFailure::Wrong => Code::WrongSecondFactor.into(),
            SecondFactorFailure::NotBegun => Code::SecondFactorNotBegun.into(),
            SecondFactorFailure::Damaged => Code::SecondFactorDamaged.into(),
            SecondFactorFailure::Busy => Code::Busy.into(),
            SecondFactorFailure::Disk { path, cause } => {
                DeskError::new(Code::DiskFailed).with("path", path.display()).with("reason", cause)
            }
        }
    }
}

impl Desk {
    /// As [`Desk::unlock`], over the network: where a second factor is set up, its code is asked for.
    ///
    /// # Errors
    ///
    /// As [`Desk::unlock`], and [`Code::SecondFactorWanted`], [`Code::WrongSecondFactor`], [`Code::SecondFactorDamaged`].
    pub async fn unlock_with(
        &self,
        officer: &str,
        passphrase: &Passphrase,
        code: Option<String>,
    ) -> Result<(Token, Officer), DeskError> {
        let now_s = self.node().core().read(|sight| sight.now.0).await?;
        let factors = &self.shared.second_factors;
        self.unlock_if(officer, passphrase, |officer| factors.check(officer, code.as_deref(), now_s)).await
    }

    /// Whether anybody with a key here has a second factor: who signs in is asked for a code.
    #[must_use]
    pub fn has_second_factors(&self) -> bool {
        self.shared.second_factors.is_any_set()
    }

    /// Whether this officer has one.
    #[must_use]
    pub fn has_second_factor(&self, officer: &Officer) -> bool {
        self.shared.second_factors.is_set(&officer.certificate)
    }

    /// Whether this officer must set one up before doing anything else.
    ///
    /// # Errors
    ///
    /// [`Code::NodeStopped`], [`Code::NoAuthority`].
    pub async fn lacks_second_factor(&self, officer: &Officer, rule: SecondFactorFor) -> Result<bool, DeskError> {
        if rule == SecondFactorFor::Nobody || self.has_second_factor(officer) {
            return Ok(false);
        }
        Ok(rule == SecondFactorFor::Everybody || self.asker(officer).await?.unit.depth() <= OFFICE_DEPTH_MAX)
    }

    /// Begins a second factor, or shows again what was begun.
    ///
    /// # Errors
    ///
    /// [`Code::NodeStopped`], [`Code::Busy`].
    pub async fn begin_second_factor(&self, officer: &Officer) -> Result<Begun, DeskError> {
        let (certificate, names) = (officer.certificate, self.fresh_view().await?.names());
        let account =
            self.node().core().read(move |sight| names.of_certificate(&certificate, sight).to_owned()).await?;
        // Apps cut long names; the tree tells two counties apart.
        let tree: String = self.node().genesis().hash().0.to_string().chars().take(4).collect();
        let account = if account.is_empty() { certificate.to_string().chars().take(8).collect() } else { account };
        Ok(self.shared.second_factors.begin(officer, &account, &format!("防微 {tree}"))?)
    }

    /// Keeps the one that was begun, if this is its code.
    ///
    /// # Errors
    ///
    /// [`Code::SecondFactorNotBegun`], [`Code::WrongSecondFactor`], [`Code::DiskFailed`].
    pub async fn confirm_second_factor(&self, officer: &Officer, code: &str) -> Result<(), DeskError> {
        let now_s = self.node().core().read(|sight| sight.now.0).await?;
        self.shared.second_factors.confirm(officer, code, now_s)?;
        tracing::info!(certificate = %officer.certificate, "a second factor was set up");
        Ok(())
    }

    /// Takes an officer's own second factor away, before another telephone gets one.
    ///
    /// # Errors
    ///
    /// [`Code::WrongSecondFactor`], [`Code::TooManyAttempts`], [`Code::DiskFailed`].
    pub async fn remove_second_factor(&self, officer: &Officer, code: &str) -> Result<(), DeskError> {
        let now_s = self.node().core().read(|sight| sight.now.0).await?;
        self.sessions().count_attempt(officer.certificate, Instant::now())?;
        self.shared.second_factors.check(officer, Some(code), now_s)?;
        Ok(self.shared.second_factors.remove(&officer.certificate)?)
    }

    /// Takes the second factor of the officer named away, for whoever lost the telephone: the officer signs in with the
    /// passphrase alone and sets up another.
    ///
    /// # Errors
    ///
    /// [`Code::NoAuthority`] unless `officer` administers a unit at or above the other's, [`Code::NoSuchKey`],
    /// [`Code::AmbiguousId`], [`Code::DiskFailed`].
    pub async fn reset_second_factor(&self, officer: &Officer, named: &str) -> Result<(), DeskError> {
        let certificate = self.officer_with_key(named).await?;
        let asker = self.asker(officer).await?;
        let unit = self.node().core().read(move |sight| {
            sight.replica.charter().certificate(&certificate).map(|one| one.certificate.unit.clone())
        });
        let is_below = unit.await?.is_some_and(|unit| asker.unit.contains(&unit));
        if !asker.roles.contains(&Role::ADMINISTRATOR) || !is_below {
            return Err(Code::NoAuthority.into());
        }
        self.shared.second_factors.remove(&certificate)?;
        tracing::warn!(%certificate, by = %officer.certificate, "a second factor was taken away");
        Ok(())
    }

    /// Seals an officer's key here under another passphrase. Whoever asks shows that they know the old one.
    ///
    /// # Errors
    ///
    /// [`Code::WrongPassphrase`], [`Code::WeakPassphrase`], [`Code::TooManyAttempts`], [`Code::DiskFailed`].
    pub async fn change_passphrase(
        &self,
        officer: &Officer,
        old: &Passphrase,
        new: &Passphrase,
    ) -> Result<(), DeskError> {
        self.prove_passphrase(officer, old).await?;
        self.keep_key(officer, new).await
    }

    /// Lets an officer who is signed in show once more that they know the passphrase: whoever finds an open page does not.
    ///
    /// # Errors
    ///
    /// [`Code::WrongPassphrase`], [`Code::TooManyAttempts`].
    pub async fn prove_passphrase(&self, officer: &Officer, passphrase: &Passphrase) -> Result<(), DeskError> {
        // An attempt like any other, or an open page would be a place to guess at.
        let (token, _) = self.unlock(&officer.certificate.to_string(), passphrase).await?;
        Ok(self.sessions().lock(token.expose())?)
    }

    /// The sessions on this node that whoever asks may see: their own, and an administrator's all.
    ///
    /// # Errors
    ///
    /// [`Code::NodeStopped`], [`Code::NoAuthority`].
    pub async fn sessions_shown(&self, officer: &Officer) -> Result<Vec<SessionShown>, DeskError> {
        let sees_all = self.asker(officer).await?.roles.contains(&Role::ADMINISTRATOR);
        let names = self.fresh_view().await?.names();
        let lines = self.sessions().list(Instant::now());
        let own = officer.certificate;
        let shown = self.node().core().read(move |sight| {
            let lines = lines.into_iter().filter(|line| sees_all || line.certificate == own);
            let ago = |since: std::time::Duration| moment(sight.now.0.saturating_sub_unsigned(since.as_secs()));
            let shown = lines.map(|line| SessionShown {
                officer: names.of_certificate(&line.certificate, sight).to_owned(),
                certificate: line.certificate.to_string(),
                own: line.certificate == own,
                began: ago(line.began),
                used: ago(line.used),
                name: line.name,
            });
            shown.collect()
        });
        Ok(shown.await?)
    }

    /// Ends one of these.
    ///
    /// # Errors
    ///
    /// [`Code::NoSession`], also where it is not for whoever asks to see, and those of [`Desk::sessions_shown`].
    pub async fn end_session(&self, officer: &Officer, name: &str) -> Result<(), DeskError> {
        if !self.sessions_shown(officer).await?.iter().any(|line| line.name == name) {
            return Err(Code::NoSession.into());
        }
        Ok(self.sessions().lock_named(name)?)
    }
}
