//! What those above leave unconfirmed for too long: people are told, and the next one above is dialled directly.
//!
//! A node between could take in what comes from below and keep it from those above. It cannot forge what they confirm, so
//! their silence shows. Silence proves nothing of anybody: links fail too. So nobody is accused or cut off; what lacks a
//! confirmation goes another way as well, until it has one.

use std::{collections::BTreeSet, time::Duration};

use fangwei_protocol::{
    records::RecordsFailure,
    replica::{Replica, Unconfirmed},
    trust::{charter::Role, key::PublicKey},
    work::unit::UnitPath,
};

use super::{Node, Upstream, locked};
use crate::{
    limits::TICK,
    net::{CLOSE_SESSION_FIRST, LinkControl},
    run::Sight,
};

/// A node above that could be dialled.
#[derive(Clone, PartialEq, Eq, Debug)]
struct Above {
    upstream: Upstream,
    /// Where it stands; none if nothing here says so.
    unit: Option<UnitPath>,
    is_linked: bool,
}

/// What units above have not confirmed, where the oldest claims to be older than `limit`.
///
/// # Errors
///
/// [`RecordsFailure`].
pub fn late(sight: &Sight<'_>, limit: Duration) -> Result<Vec<Unconfirmed>, RecordsFailure> {
    let limit_s = i64::try_from(limit.as_secs()).unwrap_or(i64::MAX);
    sight.replica.unconfirmed(sight.now.0.saturating_sub(limit_s), sight.store)
}

/// Whom to dial although a nearer one answers: the next after it that stands where a confirmation is late. Where nobody
/// answers there is nobody to go around.
fn whom_to_dial<'a>(above: &'a [Above], late: &[UnitPath]) -> Option<&'a Upstream> {
    let is_late = |above: &Above| above.unit.as_ref().is_none_or(|unit| late.contains(unit));
    let farther = above.iter().skip_while(|above| !above.is_linked);
    let found = farther.into_iter().find(|above| !above.is_linked && is_late(above));
    found.filter(|_| !late.is_empty()).map(|above| &above.upstream)
}

/// Where the node that holds a key stands.
fn unit_of(replica: &Replica, key: &PublicKey) -> Option<UnitPath> {
    let charter = replica.charter();
    let mut holders = charter.all().filter(|(id, known)| {
        known.complete
            && known.certificate.key == *key
            && known.certificate.has(Role::NODE)
            && charter.dead(id).is_none()
    });
    holders.next().map(|(_, known)| known.certificate.unit.clone())
}

impl Node {
    /// How long those above may leave something unconfirmed.
    #[must_use]
    pub fn unconfirmed_limit(&self) -> Duration {
        self.shared.options.unconfirmed
    }

    /// Whether a link with the holder of a key stands.
    pub(super) fn is_linked(&self, key: &PublicKey) -> bool {
        locked(&self.shared.links).iter().any(|link| link.peer() == *key)
    }

    /// Looks now and then for what is late, tells people, and goes around who stands between.
    pub(super) async fn watch_forever(self) {
        let every = self.shared.options.watch_every;
        let mut told = BTreeSet::new();
        let mut direct: Option<LinkControl> = None;
        loop {
            tokio::time::sleep(if direct.is_some() { every.min(TICK) } else { every }).await;
            let Ok((late, above)) = self.look_above().await else { continue };
            tell(&late, &mut told);
            let late: Vec<UnitPath> = late.into_iter().map(|late| late.unit).collect();
            direct = direct.filter(|link| self.is_linked(&link.peer()));
            if let Some(link) = &direct {
                let reached = above.iter().find(|above| above.upstream.key == link.peer());
                let unit = reached.and_then(|above| above.unit.as_ref());
                if late.is_empty() || unit.is_some_and(|unit| !late.contains(unit)) {
                    tracing::info!(peer = %link.remote_addr(), "confirmed: the direct link to it ends");
                    link.close(CLOSE_SESSION_FIRST, "confirmed");
                    direct = None;
                }
            } else if let Some(upstream) = whom_to_dial(&above, &late) {
                direct = self.dial_directly(upstream).await;
            }
        }
    }

    /// What is late, and those above in the order in which they are dialled.
    async fn look_above(&self) -> Result<(Vec<Unconfirmed>, Vec<Above>), crate::run::Stopped> {
        let (upstream, limit) = (self.upstream(), self.unconfirmed_limit());
        let looked = self.core().read(move |sight| {
            let units = upstream.into_iter().map(|upstream| (unit_of(sight.replica, &upstream.key), upstream));
            (late(sight, limit), units.collect::<Vec<_>>())
        });
        let (late, units) = looked.await?;
        let late = late.unwrap_or_else(|failure| {
            tracing::error!(%failure, "what is not confirmed above could not be read");
            Vec::new()
        });
        let above = units.into_iter().map(|(unit, upstream)| {
            let is_linked = self.is_linked(&upstream.key);
            Above { upstream, unit, is_linked }
        });
        Ok((late, above.collect()))
    }

    async fn dial_directly(&self, upstream: &Upstream) -> Option<LinkControl> {
        let endpoint = self.shared.endpoint.as_ref()?;
        let address = upstream.address;
        match endpoint.dial(address, Some(upstream.key), &self.shared.identity.key).await {
            Ok(link) => {
                tracing::warn!(%address, "something is not confirmed above: a node farther up is asked directly");
                let (control, node) = (link.control(), self.clone());
                self.spawn(async move {
                    node.carry(link, true).await;
                });
                Some(control)
            }
            Err(failure) => {
                tracing::info!(%address, %failure, "could not reach the node farther up");
                None
            }
        }
    }
}

/// One line when a unit above becomes late, and one when it has caught up.
fn tell(late: &[Unconfirmed], told: &mut BTreeSet<UnitPath>) {
    for Unconfirmed { unit, entries, oldest_s } in late {
        if told.insert(unit.clone()) {
            tracing::warn!(%unit, entries, oldest_s, "a unit above has not confirmed this for too long");
        }
    }
    told.retain(|unit| {
        let is_late = late.iter().any(|late| late.unit == *unit);
        if !is_late {
            tracing::info!(%unit, "a unit above has confirmed what was late");
        }
        is_late
    });
}

#[cfg(test)]
mod tests {
    use fangwei_protocol::trust::key::KeyPair;

    use super::*;

    const TOWN: &str = "999901.105";
    const COUNTY: &str = "999901";

    /// The n-th above, by its unit, `?` where that is not known, and whether it answers.
    fn above(n: u8, (unit, is_linked): (&str, bool)) -> Above {
        let address = ([127, 0, 0, 1], u16::from(n)).into();
        let upstream = Upstream { address, key: KeyPair::from_seed(&[n; 32]).public() };
        Above { upstream, unit: unit.parse().ok(), is_linked }
    }

    fn port_dialled(all: &[(&str, bool)], late: &[&str]) -> Option<u16> {
        let all: Vec<Above> = (1..).zip(all).map(|(n, one)| above(n, *one)).collect();
        let late: Vec<UnitPath> = late.iter().map(|unit| unit.parse().unwrap()).collect();
        whom_to_dial(&all, &late).map(|upstream| upstream.address.port())
    }

    #[test]
    fn who_is_late_is_dialled_around_the_nearer_one_that_answers() {
        let both = [(TOWN, true), (COUNTY, false)];
        assert_eq!(port_dialled(&both, &[COUNTY]), Some(2));
        assert_eq!(port_dialled(&both, &[COUNTY, TOWN]), Some(2));
        assert_eq!(port_dialled(&both, &[]), None, "all is confirmed");
        assert_eq!(port_dialled(&both, &[TOWN]), None, "the county has it and cannot speak for the town");
        assert_eq!(port_dialled(&[(TOWN, true), (COUNTY, true)], &[COUNTY]), None, "it is reached already");
        assert_eq!(port_dialled(&[(TOWN, true)], &[COUNTY]), None, "no address is known");
        assert_eq!(port_dialled(&[(TOWN, true), ("?", false)], &[COUNTY]), Some(2), "it may be the one");
        assert_eq!(port_dialled(&[(TOWN, false), (COUNTY, false)], &[COUNTY]), None, "nobody answers: dialled anyway");
        assert_eq!(port_dialled(&[(TOWN, false), (COUNTY, true)], &[TOWN]), None, "the nearer one has been tried");
        let three = [(TOWN, true), (COUNTY, false), ("9999", false)];
        assert_eq!(port_dialled(&three, &["9999"]), Some(3));
        assert_eq!(port_dialled(&three, &["9999", COUNTY]), Some(2), "the next one first");
    }

    #[test]
    fn each_is_told_once_until_it_has_caught_up() {
        let unit: UnitPath = COUNTY.parse().unwrap();
        let late = [Unconfirmed { unit: unit.clone(), entries: 3, oldest_s: 5 }];
        let mut told = BTreeSet::new();
        tell(&late, &mut told);
        assert_eq!(told, BTreeSet::from([unit]));
        tell(&late, &mut told);
        tell(&[], &mut told);
        assert!(told.is_empty());
    }
}
