//! How pages look: photographed at three widths, and never wider than the window.

use std::{fs, path::Path};

use super::{
    place::{COUNTY, OTHER, Place, TOWN, VILLAGE},
    story::as_who,
    window::{Driver, Window},
};

/// A phone, an old PC, and a wide one.
const WIDTHS: [(u32, u32); 3] = [(360, 740), (1024, 768), (1440, 900)];

/// Pages that are there without anything having happened.
const PAGES: [&str; 21] = [
    "",
    "mine",
    "reports",
    "reports/new",
    "cases",
    "cases/board",
    "cases/new",
    "meetings",
    "conflicts",
    "risks",
    "risks/new",
    "papers",
    "units",
    "units/370126.105",
    "statistics",
    "sync",
    "verify",
    "administration",
    "posts",
    "me",
    "developers",
];

/// The pages of what the story left behind: the first of each list.
async fn found(window: &Window, url: &str) -> Vec<String> {
    let mut pages: Vec<String> = PAGES.iter().map(|page| (*page).to_owned()).collect();
    for list in ["reports", "cases", "risks"] {
        window.go(&format!("{url}{list}")).await;
        let first = window.runs("return document.querySelector('td.main a')?.getAttribute('href') || ''").await;
        let first = first.as_str().unwrap_or_default().trim_start_matches('/').to_owned();
        if !first.is_empty() {
            if list == "cases" {
                pages.extend([format!("{first}/papers"), format!("{first}/file")]);
            }
            if list == "risks" {
                pages.push(format!("{first}/edit"));
                window.go(&format!("{url}{first}")).await;
                let entry = "return document.querySelector('a[href^=\"/entries/\"]').getAttribute('href')";
                pages.push(window.runs(entry).await.as_str().unwrap().trim_start_matches('/').to_owned());
            }
            pages.push(first);
        }
    }
    pages
}

/// Every page at every width, under `target/looks`.
pub(crate) async fn photograph(driver: &Driver, place: &Place) {
    let dir = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().join("target/looks");
    let _ = fs::remove_dir_all(&dir);
    fs::create_dir_all(&dir).unwrap();
    for (unit, name, tag) in [
        (TOWN, "王秀兰", "town"),
        (VILLAGE, "张晓梅", "village"),
        (OTHER, "孙玉兰", "warned"),
        (COUNTY, "周审计", "county"),
    ] {
        let window = as_who(driver, place, unit, name).await;
        let url = place.url(unit);
        for page in found(&window, &url).await {
            for (width, height) in WIDTHS {
                window.resizes(width, height).await;
                window.go(&format!("{url}{page}")).await;
                let name: String = page.chars().map(|c| if c == '/' { '-' } else { c }).take(40).collect();
                window.photograph(&dir.join(format!("{tag}-{name}-{width}.png"))).await;
            }
        }
        window.closes().await;
    }
    println!("pictures are in {}", dir.display());
}

/// axe-core finds nothing serious on any page: `FANGWEI_AXE` names its script; without it this is said aloud.
pub(crate) async fn everybody_can_use_them(driver: &Driver, place: &Place) {
    let Ok(axe) = std::env::var("FANGWEI_AXE") else {
        eprintln!("NOT CHECKED: whether everybody can use the pages. FANGWEI_AXE names no axe.min.js");
        return;
    };
    let axe = fs::read_to_string(axe).unwrap();
    let mut faults = Vec::new();
    let url = place.url(TOWN);
    let outside = driver.open().await;
    for page in ["sign-in", "receipt", "nothing"] {
        outside.go(&format!("{url}{page}")).await;
        faults.extend(outside.faults(&axe).await.into_iter().map(|fault| format!("{page}: {fault}")));
    }
    outside.closes().await;
    for (unit, name) in [(TOWN, "陈书记"), (OTHER, "孙玉兰"), (COUNTY, "周审计")] {
        let window = as_who(driver, place, unit, name).await;
        let url = place.url(unit);
        for page in found(&window, &url).await {
            window.go(&format!("{url}{page}")).await;
            faults.extend(window.faults(&axe).await.into_iter().map(|fault| format!("{page}: {fault}")));
        }
        window.closes().await;
    }
    assert!(faults.is_empty(), "{faults:#?}");
}

/// At no width has a page to be moved sideways.
pub(crate) async fn nothing_is_too_wide(driver: &Driver, place: &Place) {
    let window = as_who(driver, place, TOWN, "王秀兰").await;
    let url = place.url(TOWN);
    let pages = found(&window, &url).await;
    assert!(pages.len() > PAGES.len(), "the story left something behind");
    let mut wide = Vec::new();
    for page in pages {
        for (width, height) in WIDTHS {
            window.resizes(width, height).await;
            window.go(&format!("{url}{page}")).await;
            let overflow = window.overflow().await;
            if overflow > 0 {
                wide.push(format!("{page} at {width}: {overflow} too wide"));
            }
        }
    }
    assert!(wide.is_empty(), "{wide:#?}");
    window.closes().await;
}
