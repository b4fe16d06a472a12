//! A county as people use it: real nodes, their pages in a real browser, from a report filed while the link is cut to the
//! warning lifted and the file verified.
//!
//! `cargo test -p tests --test browser`; with the argument `looks` every page is also photographed at three widths,
//! under `target/looks`. Needs Chromium and its driver (Debian: chromium, chromium-driver, fonts-noto-cjk).

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "a test that cannot go on should stop"
)]

mod limits;
mod looks;
mod office;
#[allow(dead_code, reason = "the county is that of tests/api too, which asks more of it")]
mod place;
mod story;
mod window;

use std::env;

use self::{place::Place, window::Driver};

fn main() {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    let _ = tracing_subscriber::fmt().with_max_level(tracing::Level::WARN).with_writer(std::io::stderr).try_init();
    let wants_looks = env::args().any(|argument| argument == "looks");
    runtime.block_on(async {
        let driver = Driver::start().await;
        let dir = tempfile::tempdir().unwrap();
        let place = Place::found(dir.path()).await;
        story::a_report_goes_up_and_a_warning_comes_down(&driver, &place).await;
        story::a_crossing_edit_is_settled_by_a_person(&driver, &place).await;
        story::an_auditor_checks_the_file(&driver, &place).await;
        office::a_meeting_decides_and_an_interview_is_called(&driver, &place).await;
        office::acts_that_crossed_are_settled_by_a_person(&driver, &place).await;
        limits::guessing_is_bounded(&driver, &place).await;
        limits::forms_of_others_are_refused(&place).await;
        limits::nobody_reads_without_signing_in(&place).await;
        limits::long_bodies_are_not_read(&place).await;
        if wants_looks {
            looks::photograph(&driver, &place).await;
        }
        looks::nothing_is_too_wide(&driver, &place).await;
        looks::everybody_can_use_them(&driver, &place).await;
        place.stop().await;
        driver.stop().await;
    });
    println!("every page did what it should");
}
