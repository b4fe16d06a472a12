//! The same lists as a person sees them: pages of a node, asked for over the loopback by somebody who is signed in.

use std::{
    net::SocketAddr,
    path::Path,
    time::{Duration, Instant},
};

use fangwei_node::{
    api::shape::{ListQuery, Passphrase},
    desk::{Desk, Officer},
    keyring::SealCost,
    second_factor::SecondFactorFor,
    session::SessionLimits,
    store::StoreOptions,
    view::{Summary, lists_of},
    web::{self, PagesOptions},
};
use tests::nodes::County;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

use super::COUNTY;

const PASSPHRASE: &str = "correct horse battery";

/// How often each page is asked for.
const ASKED: usize = 40;

/// What a page may weigh at most, in bytes: ten seconds on the slowest link of a village.
const PAGE_BYTES_MAX: usize = 150 * 1024;

/// Pages with a list, a search or counts. What an officer has to do is measured by `duties`: it depends on what is
/// unfinished, not on what there is.
const PAGES: [&str; 18] = [
    "/reports",
    "/reports?unit=370126.105",
    "/reports?unit=370126.105.201",
    "/reports?category=3",
    "/reports?stage=accepted",
    "/reports?words=%E5%B7%A5%E7%A8%8B",
    "/reports?words=%E8%88%AA%E7%A9%BA",
    "/reports?words=%E5%90%88%E5%90%8C&unit=370126.105.201",
    "/reports?words=%E5%B7%A5%E7%A8%8B+%E6%8B%9B%E6%A0%87+%E9%AA%8C%E6%94%B6",
    "/cases",
    "/cases?level=1",
    "/cases?unit=370126.105&stage=issued",
    "/cases/board",
    "/statistics",
    "/statistics?unit=370126.105",
    "/risks",
    "/units",
    "/sync",
];

/// A node with these in its lists, and how long its pages take: the longest 95th of a hundred.
pub(super) async fn measure(lines: impl Iterator<Item = (Summary, String)>) -> Duration {
    let dir = tempfile::tempdir().unwrap();
    let mut county = County::found(dir.path(), COUNTY, StoreOptions::default()).await;
    let analyst = county.add_analyst(COUNTY).await;
    let officer = Officer { certificate: analyst.certificate, key: analyst.key.clone() };
    let lists = dir.path().join(COUNTY).join("lists.sqlite");
    let desk = |county: &County| Desk::with(county.node(COUNTY).clone(), SealCost::FLOOR, SessionLimits::default());
    {
        let desk = desk(&county);
        desk.keep_key(&officer, &Passphrase::new(PASSPHRASE.into())).await.unwrap();
        desk.cases(None, &ListQuery::default(), desk.language()).await.unwrap();
    }
    county.stop(COUNTY).await;
    fill(&lists, lines).await;
    county.start(COUNTY).await.unwrap();
    let at: SocketAddr = "127.0.0.1:0".parse().unwrap();
    let options = PagesOptions { second_factor: SecondFactorFor::Nobody, ..PagesOptions::default() };
    let pages = web::serve(desk(&county), at, options).await.unwrap();
    let address = pages.address();
    let cookie = sign_in(address, &officer).await;
    println!("{:<62} {:>8} {:>8} {:>8} {:>8}", "pages, milliseconds", "median", "95th", "greatest", "KiB");
    let mut worst = Duration::ZERO;
    for page in PAGES {
        let (mut times, mut bytes) = (Vec::new(), 0);
        for _ in 0..ASKED {
            let request =
                format!("GET {page} HTTP/1.1\r\nHost: {address}\r\nCookie: {cookie}\r\nConnection: close\r\n\r\n");
            let began = Instant::now();
            let answer = ask(address, &request).await;
            times.push(began.elapsed());
            assert!(answer.starts_with(b"HTTP/1.1 200"), "{page}: {}", String::from_utf8_lossy(&answer));
            bytes = bytes.max(answer.len());
        }
        times.sort_unstable();
        let (median, most, greatest) = (times[ASKED / 2], times[ASKED * 95 / 100], times[ASKED - 1]);
        let (median, ms, greatest) = (super::ms(median), super::ms(most), super::ms(greatest));
        println!("{page:<62} {median:>8.2} {ms:>8.2} {greatest:>8.2} {:>8.1}", bytes as f64 / 1024.0);
        assert!(bytes <= PAGE_BYTES_MAX, "{page} weighs {bytes} bytes");
        worst = worst.max(most);
    }
    pages.stop().await;
    county.stop_all().await;
    worst
}

async fn fill(lists: &Path, lines: impl Iterator<Item = (Summary, String)>) {
    let began = Instant::now();
    lists_of(lists, lines).await.unwrap();
    println!("a node's lists filled in {:.1} s", began.elapsed().as_secs_f64());
}

async fn ask(address: SocketAddr, request: &str) -> Vec<u8> {
    let mut stream = TcpStream::connect(address).await.unwrap();
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).await.unwrap();
    answer
}

/// The cookie of a session.
async fn sign_in(address: SocketAddr, officer: &Officer) -> String {
    let body = format!("officer={}&passphrase={}", officer.certificate, PASSPHRASE.replace(' ', "+"));
    let request = format!(
        "POST /sign-in HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\nContent-Type: application/x-www-form-urlencoded\r\n\
         Content-Length: {}\r\n\r\n{body}",
        body.len()
    );
    let answer = String::from_utf8(ask(address, &request).await).unwrap();
    let cookie = answer.lines().find_map(|line| line.strip_prefix("set-cookie: ")).expect("signed in");
    cookie.split(';').next().unwrap().to_owned()
}
