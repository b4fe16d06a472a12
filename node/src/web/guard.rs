//! What holds for every request before a page looks at it: under which name it asks, from where a form comes, and what
//! a browser may do with the answer.

use std::time::{Duration, Instant};

use axum::{
    extract::{Request, State},
    http::{
        HeaderMap, HeaderName, HeaderValue, Method, StatusCode,
        header::{
            CACHE_CONTROL, CONTENT_SECURITY_POLICY, HOST, ORIGIN, REFERRER_POLICY, X_CONTENT_TYPE_OPTIONS,
            X_FRAME_OPTIONS,
        },
    },
    middleware::Next,
    response::{IntoResponse, Response},
};

use super::Web;

/// Nothing from elsewhere, no script or style in the page itself, shown in no frame, forms only to where they came from.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; \
     form-action 'self'; frame-ancestors 'none'; base-uri 'none'";

/// A page that takes longer is worth a line in the log.
const SLOW: Duration = Duration::from_secs(2);

/// What a browser says of where a request comes from.
const FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");

pub(super) async fn guard(State(web): State<Web>, request: Request, next: Next) -> Response {
    let headers = request.headers();
    let refusal = if !is_our_name(headers, &web.shared.hosts) {
        Some((StatusCode::MISDIRECTED_REQUEST, "this node is not called that / 主机名不对\n"))
    } else if !is_read(request.method()) && !is_from_here(headers, web.shared.is_secure) {
        Some((StatusCode::FORBIDDEN, "the form came from another site / 表单来自别的网站\n"))
    } else {
        None
    };
    let (began, path) = (Instant::now(), request.uri().path().to_owned());
    let mut response = match refusal {
        Some(refusal) => refusal.into_response(),
        None => next.run(request).await,
    };
    if began.elapsed() > SLOW {
        // Paths hold ids and names of ours, never what somebody wrote.
        tracing::warn!(path, took_ms = began.elapsed().as_millis(), "a page was slow");
    }
    let headers = response.headers_mut();
    headers.insert(CONTENT_SECURITY_POLICY, HeaderValue::from_static(POLICY));
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert(X_FRAME_OPTIONS, HeaderValue::from_static("DENY"));
    headers.insert(REFERRER_POLICY, HeaderValue::from_static("same-origin"));
    headers.insert(HeaderName::from_static("cross-origin-opener-policy"), HeaderValue::from_static("same-origin"));
    headers.insert(HeaderName::from_static("cross-origin-resource-policy"), HeaderValue::from_static("same-origin"));
    // What is read is of one moment and one person.
    headers.entry(CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
    response
}

fn is_read(method: &Method) -> bool {
    [Method::GET, Method::HEAD].contains(method)
}

/// Whether a request asks for this node by a name it goes by.
fn is_our_name(headers: &HeaderMap, hosts: &[String]) -> bool {
    let host = headers.get(HOST).and_then(|value| value.to_str().ok());
    host.is_some_and(|host| {
        let name = without_port(host).to_ascii_lowercase();
        hosts.contains(&name)
    })
}

/// A host without its port; an address of IPv6 keeps its brackets.
pub(super) fn without_port(host: &str) -> &str {
    match host.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|b| b.is_ascii_digit()) => name,
        _ => host,
    }
}

/// Whether a form was sent from one of our own pages. Browsers say so in one way or another; each page's own token is
/// asked for as well.
fn is_from_here(headers: &HeaderMap, is_secure: bool) -> bool {
    let text = |name: &HeaderName| headers.get(name).and_then(|value| value.to_str().ok());
    if text(&FETCH_SITE).is_some_and(|site| !["same-origin", "none"].contains(&site)) {
        return false;
    }
    let scheme = if is_secure { "https" } else { "http" };
    let host = headers.get(HOST).and_then(|value| value.to_str().ok()).unwrap_or_default();
    text(&ORIGIN).is_none_or(|origin| origin == format!("{scheme}://{host}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(of: &[(&'static str, &'static str)]) -> HeaderMap {
        of.iter().map(|(name, value)| (HeaderName::from_static(name), HeaderValue::from_static(value))).collect()
    }

    #[test]
    fn another_name_is_not_ours() {
        let ours = ["127.0.0.1".to_owned(), "[::1]".to_owned(), "localhost".to_owned()];
        for (host, is_ours) in [
            ("127.0.0.1:4980", true),
            ("LOCALHOST", true),
            ("[::1]:4980", true),
            ("evil.example", false),
            ("127.0.0.1.evil.example:4980", false),
            ("evil.example:127.0.0.1", false),
        ] {
            assert_eq!(is_our_name(&headers(&[("host", host)]), &ours), is_ours, "{host}");
        }
        assert!(!is_our_name(&HeaderMap::new(), &ours));
    }

    #[test]
    fn a_form_of_another_site_is_refused() {
        let from = |more: &[(&'static str, &'static str)]| {
            is_from_here(&headers(&[&[("host", "127.0.0.1:4980")], more].concat()), false)
        };
        assert!(from(&[]));
        assert!(from(&[("sec-fetch-site", "same-origin"), ("origin", "http://127.0.0.1:4980")]));
        assert!(!from(&[("sec-fetch-site", "cross-site")]));
        assert!(!from(&[("sec-fetch-site", "same-site")]));
        assert!(!from(&[("origin", "http://127.0.0.1:4981")]));
        assert!(!from(&[("origin", "https://127.0.0.1:4980")]));
        assert!(!from(&[("origin", "null")]));
    }
}
