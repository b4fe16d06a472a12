//! What pages refuse.

use fangwei_node::limits::SESSION_ATTEMPTS_MAX;

use super::{
    place::{Place, TOWN, VILLAGE, says},
    window::Driver,
};

/// After so many wrong passphrases the right one waits too.
pub(crate) async fn guessing_is_bounded(driver: &Driver, place: &Place) {
    let window = driver.open().await;
    for _ in 0..SESSION_ATTEMPTS_MAX {
        window.signs_in(&place.url(VILLAGE), "刘会计", "wrong").await;
        window.sees("口令不对").await;
    }
    window.signs_in(&place.url(VILLAGE), "刘会计", super::place::PASSPHRASE).await;
    window.sees("试错次数过多").await;
    window.closes().await;
}

/// A form that no page of the session sent, or another site, does nothing.
pub(crate) async fn forms_of_others_are_refused(place: &Place) {
    let url = place.url(TOWN);
    let post = |more: &str, body: &str| {
        format!(
            "POST /sign-in HTTP/1.1\nHost: HOST\nConnection: close\nContent-Type: application/x-www-form-urlencoded\n{more}Content-Length: {}\n\n{body}",
            body.len()
        )
    };
    let answer = says(&url, &post("Origin: https://evil.example\n", "officer=x")).await;
    assert!(answer.starts_with("HTTP/1.1 403"), "{answer}");
    let answer = says(&url, &post("Sec-Fetch-Site: cross-site\n", "officer=x")).await;
    assert!(answer.starts_with("HTTP/1.1 403"), "{answer}");
    let answer = says(&url, "GET / HTTP/1.1\nHost: evil.example\nConnection: close\n\n").await;
    assert!(answer.starts_with("HTTP/1.1 421"), "{answer}");
}

/// A body longer than any form is not read, whether it says how long it is or not.
pub(crate) async fn long_bodies_are_not_read(place: &Place) {
    let url = place.url(TOWN);
    let head =
        "POST /receipt HTTP/1.1\nHost: HOST\nConnection: close\nContent-Type: application/x-www-form-urlencoded\n";
    let answer = says(&url, &format!("{head}Content-Length: 900000000\n\ncode=")).await;
    assert!(answer.starts_with("HTTP/1.1 413"), "{answer}");
    let chunk = format!("10000\n{}\n", "a".repeat(0x10000));
    let answer = says(&url, &format!("{head}Transfer-Encoding: chunked\n\n{}0\n\n", chunk.repeat(80))).await;
    // Whoever goes on writing may find the line closed before they hear why.
    assert!(
        answer.is_empty() || answer.starts_with("HTTP/1.1 413"),
        "{}",
        answer.chars().take(300).collect::<String>()
    );
}

/// Whoever did not sign in is led to where one does, and sees nothing of what is kept.
pub(crate) async fn nobody_reads_without_signing_in(place: &Place) {
    let url = place.url(TOWN);
    for path in [
        "/",
        "/mine",
        "/meetings",
        "/conflicts",
        "/reports",
        "/cases",
        "/cases/board",
        "/risks",
        "/papers",
        "/units",
        "/statistics",
        "/sync",
        "/verify",
        "/administration",
        "/posts",
    ] {
        let answer = says(&url, &format!("GET {path} HTTP/1.1\nHost: HOST\nConnection: close\n\n")).await;
        assert!(answer.starts_with("HTTP/1.1 303") && answer.contains("location: /sign-in"), "{path}: {answer}");
        assert!(answer.contains("frame-ancestors 'none'"), "{path}");
    }
    for path in ["/assets/../Cargo.toml", "/assets/%2e%2e/%2e%2e/etc/passwd", "/nothing"] {
        let answer = says(&url, &format!("GET {path} HTTP/1.1\nHost: HOST\nConnection: close\n\n")).await;
        assert!(answer.starts_with("HTTP/1.1 404"), "{path}: {answer}");
    }
}
