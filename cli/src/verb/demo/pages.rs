//! The demo's pages: every node serves its own, with keys of ready-made officers of each role.

use std::net::{Ipv4Addr, SocketAddr};

use fangwei_node::{
    api::shape::Passphrase,
    desk::{Desk, DeskError, Officer},
    second_factor::SecondFactorFor,
    web::{self, Pages, PagesOptions, ServeFailure},
};
use fangwei_protocol::{trust::charter::Role, work::unit::UnitPath};
use thiserror::Error;

use super::{
    Teller,
    county::{County, CountyFailure},
    story::Story,
};

/// Counties with more nodes than this are for watching, not for clicking.
const NODES_MAX: usize = 24;

/// What every key of the demo is sealed under. These keys are good for nothing else.
pub const PASSPHRASE: &str = "fangwei demo";

/// Where pages are looked for first, one port for each node.
const FIRST_PORT: u16 = 4981;

/// Why pages are not served.
#[derive(Debug, Error)]
pub enum PagesFailure {
    /// An officer was not made.
    #[error(transparent)]
    County(#[from] CountyFailure),
    /// A key was not kept.
    #[error(transparent)]
    Desk(#[from] DeskError),
    /// Nobody listens.
    #[error(transparent)]
    Serve(#[from] ServeFailure),
}

/// The pages of one node.
struct Place {
    unit: UnitPath,
    pages: Pages,
    /// Names to sign in with.
    names: Vec<String>,
}

/// All pages, until they are stopped.
pub struct All(Vec<Place>);

impl All {
    /// Makes the officers and serves the pages; none where there are too many nodes.
    ///
    /// # Errors
    ///
    /// [`PagesFailure`].
    pub async fn serve(county: &County, story: &Story<'_>) -> Result<All, PagesFailure> {
        let mut all = Vec::new();
        if county.nodes.len() > NODES_MAX {
            return Ok(All(all));
        }
        let deepest = county.rows.iter().map(|row| row.unit.depth()).max().unwrap_or(0);
        for (at, row) in county.rows.iter().enumerate() {
            let mut people: Vec<(String, Officer)> = story.people_at(&row.unit);
            let depth = row.unit.depth();
            let further: &[(Role, &str)] = match depth {
                1 => &[
                    (Role::ANALYST, "县预警员"),
                    (Role::DISCIPLINE_LEAD, "县纪委副书记"),
                    (Role::PARTY_COMMITTEE, "县委领导"),
                    (Role::AUDITOR, "县审计员"),
                ],
                _ if depth == deepest => &[(Role::POST_HOLDER, "村岗位人员")],
                _ => &[(Role::SECRETARY, "镇纪委书记"), (Role::PARTY_COMMITTEE, "镇党委书记")],
            };
            for (role, name) in further {
                let officer = county.add_officer(&row.unit, *role, name).await?;
                people.push(((*name).to_owned(), officer));
            }
            if depth == 1 {
                people.extend(county.founders());
            }
            let desk = Desk::new(county.node(&row.unit)?.clone());
            for (_, officer) in &people {
                desk.keep_key(officer, &Passphrase::new(PASSPHRASE.to_owned())).await?;
            }
            let names = people.into_iter().map(|(name, _)| name).collect();
            all.push(Place { unit: row.unit.clone(), pages: serve_at(desk, at).await?, names });
        }
        Ok(All(all))
    }

    /// Says where they are.
    pub fn say(&self, county: &County, teller: &Teller<'_>) {
        if self.0.is_empty() {
            return;
        }
        teller.say("demo-pages", &[("passphrase", PASSPHRASE.into())]);
        for place in &self.0 {
            let with = [
                ("unit", county.name_of(&place.unit).to_owned()),
                ("url", place.pages.url()),
                ("names", place.names.join("、")),
            ];
            teller.say("demo-page", &with);
        }
    }

    /// Takes no more.
    pub async fn stop(self) {
        for place in self.0 {
            place.pages.stop().await;
        }
    }
}

/// At its own port if that is free, else at any.
async fn serve_at(desk: Desk, number: usize) -> Result<Pages, ServeFailure> {
    let port = FIRST_PORT.saturating_add(u16::try_from(number).unwrap_or(0));
    let at = |port| SocketAddr::from((Ipv4Addr::LOCALHOST, port));
    // Whoever tries it out has one telephone and a dozen officers.
    let options = || PagesOptions { second_factor: SecondFactorFor::Nobody, ..PagesOptions::default() };
    match web::serve(desk.clone(), at(port), options()).await {
        Ok(pages) => Ok(pages),
        Err(_) => web::serve(desk, at(0), options()).await,
    }
}
