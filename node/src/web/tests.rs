//! Pages as somebody without a browser asks for them, and without manners.

mod conflicts;
mod meetings;
mod mine;
mod unheard;

use std::{
    pin::Pin,
    task::{Context, Poll},
};

use axum::{
    body::{Body, Bytes, to_bytes},
    http::{HeaderMap, Method, Request, StatusCode, header},
};
use totp_rs::{Builder, Secret};
use tower::ServiceExt as _;

use super::*;
use crate::{
    api::shape::{ConcernedForm, FileForm, RiskForm, UnitLine, UnitsForm},
    desk::{Officer, tests::County},
    limits::{FILES_LIMIT, FORM_LIMIT},
    second_factor::SecondFactorFor,
};

const PASSPHRASE: &str = "correct horse";
const VILLAGE: &str = "999901.105.201";

/// What a page should never give back as it was given in.
const NASTY: &str = "<script>alert(1)</script>\"'><img src=x onerror=alert(2)>{{7*7}}";

struct Guest {
    pages: Router,
    cookie: Option<String>,
}

struct Answer {
    status: StatusCode,
    headers: HeaderMap,
    text: String,
}

impl Answer {
    fn place(&self) -> &str {
        self.headers.get(header::LOCATION).map_or("", |place| place.to_str().unwrap())
    }

    /// What a hidden field of a form on this page holds.
    fn hidden(&self, name: &str) -> Vec<String> {
        let mark = format!("name=\"{name}\" value=\"");
        let values = self.text.split(&mark).skip(1).filter_map(|rest| rest.split('"').next());
        values.map(str::to_owned).collect()
    }
}

impl Guest {
    fn of(county: &County, rule: SecondFactorFor) -> Guest {
        let web = Web::new(county.desk.clone(), false, vec!["localhost".into()], rule);
        Guest { pages: router(web), cookie: None }
    }

    /// Another browser at the same node.
    fn other(&self) -> Guest {
        Guest { pages: self.pages.clone(), cookie: None }
    }

    async fn asks(&mut self, request: Request<Body>) -> Answer {
        let (mut parts, body) = request.into_parts();
        parts.headers.insert(header::HOST, "localhost".parse().unwrap());
        if let Some(cookie) = &self.cookie {
            parts.headers.insert(header::COOKIE, cookie.parse().unwrap());
        }
        let answer = self.pages.clone().oneshot(Request::from_parts(parts, body)).await.unwrap();
        let (parts, body) = answer.into_parts();
        if let Some(set) = parts.headers.get(header::SET_COOKIE) {
            let set = set.to_str().unwrap();
            assert!(set.contains("HttpOnly") && set.contains("SameSite=Strict"), "{set}");
            self.cookie = set.split(';').next().map(str::to_owned);
        }
        let text = String::from_utf8(to_bytes(body, 16 << 20).await.unwrap().to_vec()).unwrap();
        Answer { status: parts.status, headers: parts.headers, text }
    }

    async fn gets(&mut self, path: &str) -> Answer {
        self.asks(Request::builder().uri(path).body(Body::empty()).unwrap()).await
    }

    async fn asks_bytes(&mut self, path: &str) -> Vec<u8> {
        let request = Request::builder().uri(path).header(header::HOST, "localhost");
        let request = request.header(header::COOKIE, self.cookie.as_deref().unwrap_or_default());
        let answer = self.pages.clone().oneshot(request.body(Body::empty()).unwrap()).await.unwrap();
        assert_eq!(answer.status(), StatusCode::OK);
        to_bytes(answer.into_body(), 16 << 20).await.unwrap().to_vec()
    }

    async fn posts(&mut self, path: &str, fields: &[(&str, &str)]) -> Answer {
        let body = form::query(fields);
        let request = Request::builder().method(Method::POST).uri(path);
        let request = request.header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
        self.asks(request.body(Body::from(body)).unwrap()).await
    }

    async fn signs_in(&mut self, officer: &Officer, code: &str) -> Answer {
        let id = officer.certificate.to_string();
        self.posts("/sign-in", &[("officer", &id), ("passphrase", PASSPHRASE), ("code", code)]).await
    }

    /// Fills in a form, looks at what would be signed, and signs it. Leads to where it is then.
    async fn signs(&mut self, path: &str, fields: &[(&str, &str)]) -> Answer {
        let token = self.gets("/me").await.hidden("token").remove(0);
        let shown = self.posts(path, &[fields, &[("token", &token)]].concat()).await;
        assert_eq!(shown.status, StatusCode::SEE_OTHER, "{path}: {}", shown.text);
        let review = self.gets(shown.place()).await;
        let hashes = review.hidden("shown");
        assert!(!hashes.is_empty(), "{}", review.text);
        let mut answer: Vec<(&str, &str)> = vec![("token", &token)];
        answer.extend(hashes.iter().map(|hash| ("shown", hash.as_str())));
        let signed = self.posts(shown.place(), &answer).await;
        assert_eq!(signed.status, StatusCode::OK, "{path}: {}", signed.text);
        signed
    }
}

/// The code of what a page showed, so many seconds from now.
fn code(page: &Answer, in_s: u64) -> String {
    let secret = page.text.split("class=\"secret\">").nth(1).unwrap().split('<').next().unwrap().replace(' ', "");
    let totp = Builder::new().with_secret(Secret::try_from_base32(secret).unwrap()).build().unwrap();
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap().as_secs();
    totp.generate(now + in_s).to_string()
}

#[tokio::test]
async fn an_office_sets_up_a_second_factor_before_anything_else_and_a_village_need_not() {
    let county = County::found().await;
    let reporter = county.officer("reporter", VILLAGE, "张三", None).await;
    let mut village = Guest::of(&county, SecondFactorFor::Offices);
    assert!(!village.gets("/sign-in").await.text.contains("name=\"code\""), "nobody has one");
    assert_eq!(village.signs_in(&reporter, "").await.place(), "/");
    assert_eq!(village.gets("/").await.status, StatusCode::OK);

    let mut office = village.other();
    office.signs_in(&county.administrator, "").await;
    for path in ["/", "/reports", "/administration", "/risks/new"] {
        assert_eq!(office.gets(path).await.place(), "/me", "{path}");
    }
    let me = office.gets("/me").await;
    assert!(me.text.contains("<svg") && me.text.contains("须设置手机验证码"), "{}", me.text);
    assert!(!me.text.contains("/me/passphrase"));
    let token = me.hidden("token").remove(0);
    let wrong = office.posts("/me/second-factor", &[("token", &token), ("code", "12")]).await;
    assert_eq!(wrong.status, StatusCode::FORBIDDEN);
    let without_token = office.posts("/me/second-factor", &[("code", &code(&me, 0))]).await;
    assert_eq!(without_token.status, StatusCode::FORBIDDEN);
    let set = office.posts("/me/second-factor", &[("token", &token), ("code", &code(&me, 0))]).await;
    assert_eq!(set.place(), "/me?done=set", "{}", set.text);
    assert_eq!(office.gets("/").await.status, StatusCode::OK);

    let mut again = village.other();
    assert!(again.gets("/sign-in").await.text.contains("name=\"code\""));
    for wrong in ["", "000000", &code(&me, 0)] {
        let answer = again.signs_in(&county.administrator, wrong).await;
        assert_eq!((answer.status, again.cookie.as_deref()), (StatusCode::FORBIDDEN, None), "{wrong}");
    }
    assert_eq!(again.signs_in(&county.administrator, &code(&me, 30)).await.place(), "/");
    // Whoever lost the telephone is helped by whoever administers, and by nobody else.
    let id = county.administrator.certificate.to_string();
    assert!(county.desk.reset_second_factor(&reporter, &id).await.is_err());
    assert!(county.desk.reset_second_factor(&county.secretary, &id).await.is_err());
    county.desk.reset_second_factor(&county.administrator, &id).await.unwrap();
    assert_eq!(again.gets("/").await.place(), "/me");
}

#[tokio::test]
async fn sessions_are_seen_and_ended_and_a_passphrase_changed() {
    let county = County::found().await;
    let reporter = county.officer("reporter", VILLAGE, "张三", None).await;
    county.desk.sessions().lock_all();
    let mut here = Guest::of(&county, SecondFactorFor::Nobody);
    let mut elsewhere = here.other();
    here.signs_in(&reporter, "").await;
    elsewhere.signs_in(&reporter, "").await;
    let mut administrator = here.other();
    administrator.signs_in(&county.administrator, "").await;
    let me = here.gets("/me").await;
    let (token, sessions) = (me.hidden("token").remove(0), me.hidden("session"));
    assert_eq!(sessions.len(), 1, "the own one is not offered, another's not seen");
    let all = administrator.gets("/me").await.hidden("session");
    assert_eq!(all.len(), 2);
    let foreign = all.iter().find(|name| !sessions.contains(name)).unwrap();
    let name = administrator_session(&administrator);
    let refused = here.posts("/me/sessions/end", &[("token", &token), ("session", &name)]).await;
    assert_eq!(refused.status, StatusCode::UNAUTHORIZED, "of somebody else");
    here.posts("/me/sessions/end", &[("token", &token), ("session", &sessions[0])]).await;
    assert!(elsewhere.gets("/").await.place().starts_with("/sign-in"));
    assert_eq!(here.gets("/").await.status, StatusCode::OK);

    let change = [("token", token.as_str()), ("old", PASSPHRASE), ("new", "a longer one"), ("again", "a longer one")];
    let mistyped = [change[0], change[1], change[2], ("again", "a longer on")];
    assert_eq!(here.posts("/me/passphrase", &mistyped).await.status, StatusCode::UNPROCESSABLE_ENTITY);
    let guessed = [change[0], ("old", "wrong horse"), change[2], change[3]];
    assert_eq!(here.posts("/me/passphrase", &guessed).await.status, StatusCode::FORBIDDEN);
    assert_eq!(here.posts("/me/passphrase", &change).await.place(), "/me?done=changed");
    assert_eq!(elsewhere.signs_in(&reporter, "").await.status, StatusCode::FORBIDDEN);

    let token = administrator.gets("/me").await.hidden("token").remove(0);
    administrator.posts("/me/sessions/end", &[("token", &token), ("session", foreign)]).await;
    assert!(here.gets("/").await.place().starts_with("/sign-in"));
}

/// The name of a guest's own session, which no page of another's shows.
fn administrator_session(guest: &Guest) -> String {
    let cookie = guest.cookie.as_deref().unwrap();
    crate::session::Token::name_of(cookie.split_once('=').unwrap().1)
}

#[tokio::test]
async fn nobody_comes_in_by_a_cookie_somebody_else_chose() {
    let county = County::found().await;
    let mut guest = Guest::of(&county, SecondFactorFor::Nobody);
    guest.cookie = Some("fangwei=chosen-by-somebody-else".into());
    guest.signs_in(&county.secretary, "").await;
    let own = guest.cookie.clone().unwrap();
    assert_ne!(own, "fangwei=chosen-by-somebody-else");
    let mut other = guest.other();
    other.cookie = Some("fangwei=chosen-by-somebody-else".into());
    assert!(other.gets("/").await.place().starts_with("/sign-in"));
    let token = guest.gets("/me").await.hidden("token").remove(0);
    guest.posts("/sign-out", &[("token", &token)]).await;
    other.cookie = Some(own);
    assert!(other.gets("/").await.place().starts_with("/sign-in"), "what was signed out stays out");
}

#[tokio::test]
async fn what_people_write_is_shown_as_words_on_every_page() {
    let county = County::found().await;
    county.name_units().await;
    let analyst = county.officer("analyst", "999901", NASTY, None).await;
    let mut guest = Guest::of(&county, SecondFactorFor::Nobody);
    guest.signs_in(&analyst, "").await;
    let report = [
        ("title", NASTY),
        ("category", "7"),
        ("source", "petition"),
        ("account", NASTY),
        ("place", NASTY),
        ("concerned.unit", VILLAGE),
        ("concerned.post", NASTY),
        ("origin", "named"),
        ("who", NASTY),
    ];
    guest.signs("/reports/new", &report).await;
    let risk = [
        ("post", NASTY),
        ("kind", "power"),
        ("level", "2"),
        ("description", NASTY),
        ("measures", NASTY),
        ("responsible_post", NASTY),
    ];
    guest.signs("/risks/new", &risk).await;
    let case = [("subject", VILLAGE), ("level", "3"), ("ground", "3.4"), ("facts", NASTY), ("reason", NASTY)];
    guest.signs("/cases/new", &case).await;
    let mut paths: Vec<String> = [
        "/",
        "/reports",
        "/cases",
        "/cases/board",
        "/risks",
        "/papers",
        "/units",
        "/statistics",
        "/sync",
        "/verify",
        "/me",
        "/meetings",
        "/conflicts",
        "/mine",
        "/posts",
    ]
    .map(str::to_owned)
    .to_vec();
    let search = form::query(&[("words", NASTY)]);
    paths.extend(["/reports", "/cases", "/risks"].map(|list| format!("{list}?{search}")));
    for list in ["/reports", "/cases", "/risks"] {
        let page = guest.gets(list).await;
        let mark = format!("href=\"{list}/");
        let ids = page.text.split(&mark).skip(1).filter_map(|rest| rest.split('"').next());
        let id = ids.filter(|id| id.len() >= 32).map(str::to_owned).next().unwrap_or_else(|| panic!("{list}"));
        paths.push(format!("{list}/{id}"));
        if list == "/cases" {
            paths.extend(["file", "papers"].map(|part| format!("{list}/{id}/{part}")));
        }
    }
    let mut seen = 0;
    for path in paths {
        let page = guest.gets(&path).await;
        assert_eq!(page.status, StatusCode::OK, "{path}: {}", page.text);
        for raw in ["<script>alert", "<img src=x", "onerror=alert(2)>", "\"'><"] {
            assert!(!page.text.contains(raw), "{path}: {raw}");
        }
        seen += page.text.matches("&#60;script&#62;").count() + page.text.matches("&lt;script&gt;").count();
        let policy = page.headers[header::CONTENT_SECURITY_POLICY].to_str().unwrap();
        assert!(policy.contains("default-src 'none'") && !policy.contains("unsafe"), "{path}");
    }
    assert!(seen > 20, "it is there, as words: {seen}");
}

#[tokio::test]
async fn an_entry_is_shown_with_what_proves_it_to_whoever_may_read_it() {
    let county = County::found().await;
    county.name_units().await;
    let analyst = county.officer("analyst", "999901", "王工作员", None).await;
    let mut guest = Guest::of(&county, SecondFactorFor::Nobody);
    guest.signs_in(&analyst, "").await;
    let risk = [("post", "出纳"), ("kind", "power"), ("level", "2"), ("description", "一人经手")];
    let signed = guest.signs("/risks/new", &risk).await.text;
    let entry = signed.split("/entries/").nth(1).unwrap().split('"').next().unwrap().to_owned();
    let page = guest.gets(&format!("/entries/{}", entry.to_ascii_uppercase())).await;
    assert_eq!(page.status, StatusCode::OK, "{}", page.text);
    for said in
        ["签名成立", "内容与签名时一致", "在本节点日志中的位置已核验", "王工作员", "创世书所载", "一人经手", &entry]
    {
        assert!(page.text.contains(said), "{said}: {}", page.text);
    }
    assert!(!page.text.contains("✕"));
    assert_eq!(guest.gets(&format!("/entries/{}", "0".repeat(64))).await.status, StatusCode::NOT_FOUND);
    assert_eq!(guest.gets("/entries/nonsense").await.status, StatusCode::BAD_REQUEST);

    let reporter = county.officer("reporter", VILLAGE, "张三", None).await;
    let form = FileForm {
        unit: Some(VILLAGE.into()),
        category: Some(7),
        source: Some("petition".into()),
        title: Some("本村账目".into()),
        account: Some("到账两个月未公示".into()),
        concerned: Some(ConcernedForm { unit: VILLAGE.into(), ..ConcernedForm::default() }),
        ..FileForm::default()
    };
    let filed = county.desk.file_report(&reporter, form, Language::Chinese).await.unwrap().written.entry;
    let shown = guest.gets(&format!("/entries/{filed}")).await;
    assert_eq!(shown.status, StatusCode::OK);
    assert!(!shown.text.contains("本村账目"), "what was reported is on the report's own page");
    let neighbour = county.officer("post_holder", VILLAGE, "王五", None).await;
    let mut village = guest.other();
    village.signs_in(&neighbour, "").await;
    assert_eq!(village.gets(&format!("/entries/{filed}")).await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn numbers_are_those_of_the_lists_and_what_was_never_heard_is_not_zero() {
    let county = County::found().await;
    county.name_units().await;
    let line =
        |line, code: &str, name: &str| UnitLine { line, code: code.into(), name: name.into(), level: "town".into() };
    let rows = vec![line(2, "999901106000", "清风镇"), line(3, "999901107000", "白云镇")];
    let form = UnitsForm { rows, dry_run: false };
    county.desk.import_units(&county.administrator, &form).await.unwrap();
    let analyst = county.officer("analyst", "999901", "王工作员", None).await;
    let reporter = county.officer("reporter", VILLAGE, "张三", None).await;
    let other = county.officer("analyst", "999901.106", "李四", None).await;
    // About the own unit: seen there by its author alone, and counted for those who may see it.
    for about in [None, Some(VILLAGE)] {
        let concerned = about.map(|unit| ConcernedForm { unit: unit.into(), ..ConcernedForm::default() });
        let form = FileForm {
            unit: Some(VILLAGE.into()),
            category: Some(7),
            source: Some("petition".into()),
            title: Some("补偿款未公示".into()),
            account: Some("到账两个月未公示".into()),
            concerned,
            ..FileForm::default()
        };
        county.desk.file_report(&reporter, form, Language::Chinese).await.unwrap();
    }
    let form = RiskForm {
        unit: Some("999901.106".into()),
        post: "出纳".into(),
        kind: "power".into(),
        description: "一人经手".into(),
        measures: Vec::new(),
        level: 2,
        responsible_post: None,
    };
    county.desk.add_risk(&other, form).await.unwrap();
    let mut office = Guest::of(&county, SecondFactorFor::Nobody);
    office.signs_in(&analyst, "").await;
    let case = [("subject", VILLAGE), ("level", "3"), ("ground", "3.4"), ("facts", "补偿款未公示")];
    office.signs("/cases/new", &case).await;
    let neighbour = county.officer("post_holder", VILLAGE, "王五", None).await;
    let mut village = office.other();
    village.signs_in(&neighbour, "").await;

    let counts = async |guest: &mut Guest| {
        let page = guest.gets("/statistics").await.text;
        let cards = page.split("class=\"count\">").skip(1).map(|rest| rest.split('<').next().unwrap().to_owned());
        cards.collect::<Vec<_>>()
    };
    assert_eq!(counts(&mut office).await, ["2", "1"]);
    let page = office.gets("/statistics").await.text;
    let row = |name: &str| page.split("<tr>").find(|row| row.contains(name)).unwrap().to_owned();
    let cells = |row: &str| row.matches(">0<").count();
    assert!(row("清水镇").contains(">2<"), "{}", row("清水镇"));
    assert_eq!((cells(&row("清风镇")), row("清风镇").contains(">?<")), (5, false), "heard, and nothing reported");
    assert_eq!((cells(&row("白云镇")), row("白云镇").matches(">?<").count()), (0, 5), "never heard");
    assert!(page.contains("来自 2/3 个下级单位"), "{page}");
    let this_quarter = page.split("<tr>").filter(|row| row.contains("季度")).map(|row| row.contains(">2<"));
    assert_eq!(this_quarter.filter(|has| *has).count(), 1, "both reports are of this quarter");
    let csv = office.gets("/statistics.csv").await.text;
    assert!(csv.contains("\"白云镇\",\"999901.107\",-,-,-"), "{csv}");
    let sheet = office.asks_bytes("/statistics.xlsx").await;
    assert!(sheet.starts_with(b"PK"));
    assert_eq!(counts(&mut village).await, ["1", "1"], "one is about the village, and not for its eyes");
}

#[tokio::test]
async fn signs_that_turn_text_around_are_refused_or_made_visible() {
    let county = County::found().await;
    let analyst = county.officer("analyst", "999901", "王工作员", None).await;
    let mut guest = Guest::of(&county, SecondFactorFor::Nobody);
    guest.signs_in(&analyst, "").await;
    let token = guest.gets("/me").await.hidden("token").remove(0);
    for bad in ["收据\u{202e}gpj.exe", "行一\u{0}行二", "\u{1b}[31m红", "零\u{200b}宽"] {
        let fields = [("post", bad), ("kind", "power"), ("level", "2"), ("description", "说明"), ("token", &token)];
        let answer = guest.posts("/risks/new", &fields).await;
        if answer.status == StatusCode::SEE_OTHER {
            let shown = guest.gets(answer.place()).await;
            assert!(!shown.text.contains(bad), "{bad:?} is shown as it came");
        }
    }
}

#[tokio::test]
async fn a_form_that_never_comes_to_its_end_is_not_waited_for() {
    let county = County::found().await;
    let mut guest = Guest::of(&county, SecondFactorFor::Nobody);
    guest.signs_in(&county.administrator, "").await;
    // From here on time passes as fast as nothing happens.
    tokio::time::pause();
    for (kind, limit) in
        [("application/x-www-form-urlencoded", FORM_LIMIT), ("multipart/form-data; boundary=x", FILES_LIMIT)]
    {
        let began = tokio::time::Instant::now();
        let request = Request::builder().method(Method::POST).uri("/reports/new").header(header::CONTENT_TYPE, kind);
        let answer = guest.asks(request.body(Body::new(Begun(Some("--x\r\n")))).unwrap()).await;
        assert_eq!(answer.status, StatusCode::REQUEST_TIMEOUT, "{}", answer.text);
        assert!(began.elapsed() >= limit, "{:?}", began.elapsed());
    }
}

/// A body that begins and does not go on.
struct Begun(Option<&'static str>);

impl http_body::Body for Begun {
    type Data = Bytes;
    type Error = std::convert::Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<http_body::Frame<Bytes>, Self::Error>>> {
        match self.0.take() {
            Some(text) => Poll::Ready(Some(Ok(http_body::Frame::data(text.into())))),
            None => Poll::Pending,
        }
    }
}

#[test]
fn only_pictures_of_our_own_are_put_into_pages_unescaped() {
    let dir = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("src/web/templates");
    let mut found = Vec::new();
    for file in std::fs::read_dir(dir).unwrap() {
        let text = std::fs::read_to_string(file.unwrap().path()).unwrap();
        let marked = text.split("{{").skip(1).filter_map(|rest| rest.split("}}").next());
        found.extend(marked.filter(|inner| inner.contains("safe")).map(|inner| inner.trim().to_owned()));
        assert!(!text.contains("escape=\"none\"") && !text.contains("autoescape false"));
    }
    found.sort();
    found.dedup();
    assert!(!found.is_empty() && found.iter().all(|inner| inner.contains("picture")), "{found:?}");
}
