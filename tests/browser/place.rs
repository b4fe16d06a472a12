//! The county of the browser's tests: real nodes in one process, each with its pages and the keys of its people.

use std::{collections::BTreeMap, net::SocketAddr, path::Path, time::Duration};

use fangwei_cli::verb::demo::county::{County, Row};
use fangwei_node::{
    api::shape::Passphrase,
    desk::{Desk, Officer},
    keyring::SealCost,
    second_factor::SecondFactorFor,
    session::SessionLimits,
    web::{self, Pages, PagesOptions},
};
use fangwei_protocol::{trust::charter::Role, work::unit::UnitPath};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    time::{Instant, sleep, timeout},
};

pub(crate) const PASSPHRASE: &str = "correct horse battery";

pub(crate) const COUNTY: &str = "370126";
pub(crate) const TOWN: &str = "370126.105";
pub(crate) const VILLAGE: &str = "370126.105.201";
pub(crate) const OTHER: &str = "370126.105.202";

const UNITS: [(&str, &str); 4] = [(COUNTY, "商河示例县"), (TOWN, "青石镇"), (VILLAGE, "柳河村"), (OTHER, "石桥村")];

/// Who works where, in which role.
pub(crate) const PEOPLE: [(&str, Role, &str); 9] = [
    (VILLAGE, Role::REPORTER, "张晓梅"),
    (VILLAGE, Role::POST_HOLDER, "刘会计"),
    (OTHER, Role::REPORTER, "孙玉兰"),
    (TOWN, Role::ANALYST, "李建国"),
    (TOWN, Role::DISCIPLINE_LEAD, "王秀兰"),
    (TOWN, Role::SECRETARY, "陈书记"),
    (TOWN, Role::PARTY_COMMITTEE, "赵书记"),
    (COUNTY, Role::ANALYST, "县预警员"),
    (COUNTY, Role::AUDITOR, "周审计"),
];

/// A county with its pages.
pub(crate) struct Place {
    pub(crate) county: County,
    pub(crate) officers: BTreeMap<&'static str, Officer>,
    pages: BTreeMap<UnitPath, Pages>,
    desks: BTreeMap<UnitPath, Desk>,
}

impl Place {
    pub(crate) async fn found(dir: &Path) -> Place {
        let rows = UNITS.iter().map(|(unit, name)| Row { unit: unit.parse().unwrap(), name: (*name).into() });
        let county = County::found(dir, rows.collect(), |_| {}).await.unwrap();
        let mut officers = BTreeMap::new();
        for (unit, role, name) in PEOPLE {
            officers.insert(name, county.add_officer(&unit.parse().unwrap(), role, name).await.unwrap());
        }
        let mut place = Place { county, officers, pages: BTreeMap::new(), desks: BTreeMap::new() };
        place.settles().await;
        for (unit, _) in UNITS {
            let path: UnitPath = unit.parse().unwrap();
            let node = place.county.node(&path).unwrap().clone();
            let desk = Desk::with(node, SealCost::FLOOR, SessionLimits::default());
            for (_, _, name) in PEOPLE.iter().filter(|(at, ..)| *at == unit) {
                desk.keep_key(&place.officers[name], &Passphrase::new(PASSPHRASE.into())).await.unwrap();
            }
            if unit == COUNTY {
                for (_, officer) in place.county.founders() {
                    desk.keep_key(&officer, &Passphrase::new(PASSPHRASE.into())).await.unwrap();
                }
            }
            let at: SocketAddr = "127.0.0.1:0".parse().unwrap();
            let options = PagesOptions { second_factor: SecondFactorFor::Nobody, ..PagesOptions::default() };
            place.desks.insert(path.clone(), desk.clone());
            let pages = web::serve(desk, at, options).await.unwrap();
            place.pages.insert(path, pages);
        }
        place
    }

    /// The pages of a unit.
    pub(crate) fn url(&self, unit: &str) -> String {
        self.pages[&unit.parse::<UnitPath>().unwrap()].url()
    }

    /// The desk behind them.
    pub(crate) fn desk(&self, unit: &str) -> &Desk {
        &self.desks[&unit.parse::<UnitPath>().unwrap()]
    }

    /// Cuts a node off, or lets it speak again.
    pub(crate) fn links(&self, unit: &str, online: bool) {
        self.county.node(&unit.parse().unwrap()).unwrap().set_online(online);
    }

    /// Waits until everybody holds the same and it is confirmed.
    pub(crate) async fn settles(&self) {
        let began = Instant::now();
        loop {
            let standings = self.county.standings().await.unwrap();
            if standings.iter().all(|one| one.agrees && one.confirmed == one.own) {
                if began.elapsed() > Duration::from_secs(4) {
                    println!("to agree took {:.1} s", began.elapsed().as_secs_f64());
                }
                return;
            }
            assert!(began.elapsed() < Duration::from_secs(60), "the county does not agree: {standings:?}");
            sleep(Duration::from_millis(100)).await;
        }
    }

    pub(crate) async fn stop(self) {
        for pages in self.pages.into_values() {
            pages.stop().await;
        }
        self.county.stop().await;
    }
}

/// One request as it is written, and what came back.
pub(crate) async fn says(url: &str, request: &str) -> String {
    let address = url.trim_start_matches("http://").trim_end_matches('/').to_owned();
    let mut stream = TcpStream::connect(&address).await.unwrap();
    let request = request.replace("HOST", &address).replace('\n', "\r\n");
    let _ = stream.write_all(request.as_bytes()).await;
    let mut answer = Vec::new();
    let _ = timeout(Duration::from_secs(20), stream.read_to_end(&mut answer)).await;
    String::from_utf8_lossy(&answer).into_owned()
}
