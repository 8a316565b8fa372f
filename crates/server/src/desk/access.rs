//! What a browser has to show: where its request came from, and which secrets it keeps.
//!
//! Three cookies, all for the desk's path alone:
//!
//! * the *knock*, given with the page that a link opens. The link is used up only by a form that carries the knock's
//!   proof, so that nobody can put somebody else's browser into a session of their own making;
//! * the *seat*, given for the link ([`DeskSecret`]). Who has it sits at the desk;
//! * the language. It says nothing, and is read by nothing else.
//!
//! A form must also come from our own page. Browsers say so in `Sec-Fetch-Site`; older ones in `Origin`, which is `null`
//! here because the pages send no referrer, so that for them the proof alone decides.

use std::fmt::Write as _;

use http::{
    HeaderMap, HeaderValue,
    header::{COOKIE, HOST, ORIGIN},
};
use shiming_core::redeem::DeskSecret;

/// Names of cookies, and where they are valid.
#[derive(Clone, Debug)]
pub(super) struct Cookies {
    path: String,
    plain: bool,
}

/// A cookie of ours.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Cookie {
    Knock,
    Seat,
    Lang,
}

impl Cookies {
    /// Those of a desk at a base address. They go over TLS alone (browsers count this machine's own addresses as safe),
    /// unless the operator has said that the desk is at an `http` address.
    pub(super) fn of(base: Option<&str>) -> Self {
        let (scheme, rest) = base.and_then(|base| base.split_once("://")).unwrap_or(("https", ""));
        let folder = rest.find('/').and_then(|at| rest.get(at..)).unwrap_or("");
        Self { path: format!("{}/desk", folder.trim_end_matches('/')), plain: scheme.eq_ignore_ascii_case("http") }
    }

    fn name(&self, cookie: Cookie) -> &'static str {
        match (cookie, self.plain) {
            (Cookie::Knock, false) => "__Secure-desk-knock",
            (Cookie::Knock, true) => "desk-knock",
            (Cookie::Seat, false) => "__Secure-desk-seat",
            (Cookie::Seat, true) => "desk-seat",
            (Cookie::Lang, false) => "__Secure-desk-lang",
            (Cookie::Lang, true) => "desk-lang",
        }
    }

    /// What a browser keeps under a name; the first, where there are several.
    pub(super) fn read<'h>(&self, headers: &'h HeaderMap, cookie: Cookie) -> Option<&'h str> {
        headers.get_all(COOKIE).iter().filter_map(|line| line.to_str().ok()).flat_map(|line| line.split(';')).find_map(
            |pair| {
                let (name, value) = pair.trim().split_once('=')?;
                (name == self.name(cookie)).then_some(value)
            },
        )
    }

    /// A secret that a browser keeps.
    pub(super) fn secret(&self, headers: &HeaderMap, cookie: Cookie) -> Option<DeskSecret> {
        self.read(headers, cookie).filter(|text| is_secret(text)).map(DeskSecret::new)
    }

    /// A `Set-Cookie` line; with no seconds left the browser forgets it.
    pub(super) fn set(&self, cookie: Cookie, value: &str, seconds: i64) -> Option<HeaderValue> {
        let mut line = format!(
            "{}={value}; Path={}; Max-Age={}; HttpOnly; SameSite=Strict",
            self.name(cookie),
            self.path,
            seconds.max(0)
        );
        if !self.plain {
            let _ = write!(line, "; Secure");
        }
        let mut value = HeaderValue::from_str(&line).ok()?;
        value.set_sensitive(true);
        Some(value)
    }
}

/// Whether a text has the form of a link or a seat: 43 characters of base64url.
pub(super) fn is_secret(text: &str) -> bool {
    text.len() == 43 && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'))
}

/// Whether a form was sent by one of our own pages, as far as the browser says.
pub(super) fn is_our_own(headers: &HeaderMap) -> bool {
    if let Some(site) = headers.get("sec-fetch-site") {
        return site == "same-origin";
    }
    let Some(origin) = headers.get(ORIGIN) else { return true };
    let (origin, host) = (origin.as_bytes(), headers.get(HOST).map(HeaderValue::as_bytes));
    let authority = origin.strip_prefix(b"https://").or_else(|| origin.strip_prefix(b"http://"));
    origin == b"null" || (authority.is_some() && authority == host)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(pairs: &[(&'static str, &'static str)]) -> HeaderMap {
        pairs.iter().map(|(name, value)| (name.parse().unwrap(), HeaderValue::from_static(value))).collect()
    }

    #[test]
    fn a_form_of_another_site_is_not_ours() {
        for (given, ours) in [
            (headers(&[("sec-fetch-site", "same-origin"), ("origin", "null")]), true),
            (headers(&[("sec-fetch-site", "same-site")]), false),
            (headers(&[("sec-fetch-site", "cross-site")]), false),
            (headers(&[("sec-fetch-site", "none")]), false),
            (headers(&[]), true),
            (headers(&[("origin", "null"), ("host", "id.test")]), true),
            (headers(&[("origin", "https://id.test"), ("host", "id.test")]), true),
            (headers(&[("origin", "https://id.test.evil.test"), ("host", "id.test")]), false),
            (headers(&[("origin", "https://evil.test"), ("host", "id.test")]), false),
            (headers(&[("origin", "file://"), ("host", "")]), false),
        ] {
            assert_eq!(is_our_own(&given), ours, "{given:?}");
        }
    }

    #[test]
    fn cookies_go_over_tls_alone_and_to_the_desk_alone() {
        let set = |base| Cookies::of(base).set(Cookie::Seat, "x", 60).unwrap().to_str().unwrap().to_owned();
        assert_eq!(set(None), "__Secure-desk-seat=x; Path=/desk; Max-Age=60; HttpOnly; SameSite=Strict; Secure");
        assert_eq!(set(Some("https://a.test")), set(None));
        assert!(set(Some("https://a.test/id/")).contains("; Path=/id/desk;"));
        assert_eq!(set(Some("http://a.test:81")), "desk-seat=x; Path=/desk; Max-Age=60; HttpOnly; SameSite=Strict");
    }

    #[test]
    fn a_cookie_is_found_among_others_and_only_where_it_can_be_a_secret() {
        let long = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNO-_";
        assert!(is_secret(long) && !is_secret(&long[1..]) && !is_secret(&long.replace('a', "/")));
        let cookies = Cookies::of(None);
        let given = headers(&[("cookie", "a=b; __Secure-desk-seat=abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNO-_; c")]);
        assert_eq!(cookies.secret(&given, Cookie::Seat), Some(DeskSecret::new(long)));
        assert_eq!(cookies.secret(&given, Cookie::Knock), None);
        assert_eq!(cookies.secret(&headers(&[("cookie", "__Secure-desk-seat=short")]), Cookie::Seat), None);
    }
}
