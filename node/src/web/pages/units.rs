//! Units: the tree with how each stands, and one unit's page.

use std::collections::BTreeSet;

use askama::Template;
use axum::{
    Router,
    extract::{Path, State},
    response::Response,
    routing::get,
};

use fangwei_protocol::work::unit::UnitPath;

use super::{
    super::{
        Here, Web,
        frame::{Frame, Oops, named},
        visit::Member,
    },
    page,
};
use crate::{
    api::shape::{CaseLine, ListQuery, NodeShown, NodesQuery, Officer, OfficersQuery, ReportLine, UnitShown},
    desk::{Code, DeskError},
};

pub(super) fn routes() -> Router<Web> {
    Router::new().route("/units", get(tree)).route("/units/{unit}", get(one))
}

/// A unit in the tree.
struct Branch {
    unit: UnitShown,
    depth: usize,
    /// How its node stands: `here`, `connected`, `apart` or `none`; a node that stands apart may be well all the same.
    state: &'static str,
    /// Whether anything that somebody of it, or below it, wrote is kept here; if not, nothing is known of it.
    heard: bool,
}

#[derive(Template)]
#[template(path = "units.html")]
struct UnitsPage {
    f: Frame,
    branches: Vec<Branch>,
    nodes: usize,
    connected: usize,
    heard: usize,
}

async fn nodes(web: &Web, f: &Frame) -> Result<Vec<NodeShown>, DeskError> {
    let nodes = web.desk.nodes(&NodesQuery::default(), f.language).await?.nodes;
    Ok(nodes.into_iter().filter(|node| node.line.complete && node.line.dead.is_none()).collect())
}

fn state(unit: &str, nodes: &[NodeShown]) -> &'static str {
    let of_unit: Vec<&NodeShown> = nodes.iter().filter(|node| node.line.unit == unit).collect();
    if of_unit.is_empty() {
        "none"
    } else if of_unit.iter().any(|node| node.is_this) {
        "here"
    } else if of_unit.iter().any(|node| node.is_connected) {
        "connected"
    } else {
        "apart"
    }
}

/// Whether something is kept here that somebody of a unit, or below it, wrote.
fn is_heard(unit: &str, heard: &BTreeSet<UnitPath>) -> bool {
    unit.parse::<UnitPath>().is_ok_and(|unit| heard.iter().any(|who| unit.contains(who)))
}

async fn tree(State(web): Here, member: Member) -> Result<Response, Oops> {
    page(&web, &member, "units", async |f| {
        let nodes = nodes(&web, f).await?;
        let (units, heard) = (web.desk.units().await?.units, web.desk.heard().await?);
        let root = units.iter().map(|unit| unit.unit.matches('.').count()).min().unwrap_or(0);
        let branches: Vec<Branch> = units
            .into_iter()
            .map(|unit| Branch {
                depth: unit.unit.matches('.').count() - root,
                state: state(&unit.unit, &nodes),
                heard: is_heard(&unit.unit, &heard),
                unit,
            })
            .collect();
        let connected = branches.iter().filter(|one| one.state == "connected").count();
        let heard = branches.iter().filter(|one| one.heard).count();
        Ok(UnitsPage { f: f.clone(), branches, nodes: nodes.len(), connected, heard })
    })
    .await
}

#[derive(Template)]
#[template(path = "unit.html")]
struct UnitPage {
    f: Frame,
    unit: UnitShown,
    name: String,
    state: &'static str,
    heard: bool,
    officers: Vec<Officer>,
    reports: Vec<ReportLine>,
    report_count: u64,
    cases: Vec<CaseLine>,
    case_count: u64,
}

impl UnitPage {
    /// A number; nothing is not none where nobody there was ever heard.
    fn known(&self, count: &u64) -> String {
        if *count == 0 && !self.heard { "?".into() } else { count.to_string() }
    }
}

async fn one(State(web): Here, member: Member, Path(unit): Path<String>) -> Result<Response, Oops> {
    page(&web, &member, "units", async |f| {
        let units = web.desk.units().await?.units;
        let found = units.into_iter().find(|one| one.unit == unit);
        let found = found.ok_or_else(|| DeskError::from(Code::NoSuchPage))?;
        let query = ListQuery { unit: Some(unit.clone()), limit: Some(10), ..ListQuery::default() };
        let reports = web.desk.reports_for(Some(member.officer()), &query, f.language).await?;
        let cases = web.desk.cases(Some(member.officer()), &query, f.language).await?;
        let officers = OfficersQuery { unit: Some(unit.clone()), all: false, pending: false };
        Ok(UnitPage {
            name: named(&found.name, &found.unit),
            state: state(&unit, &nodes(&web, f).await?),
            heard: is_heard(&unit, &web.desk.heard().await?),
            officers: web.desk.officers(&officers, f.language).await?.officers,
            unit: found,
            reports: reports.reports,
            report_count: reports.total,
            cases: cases.cases,
            case_count: cases.total,
            f: f.clone(),
        })
    })
    .await
}
