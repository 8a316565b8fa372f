//! Whether a request is for this door. It shares the path `/` with Volcengine's, whose requests carry an Action and a
//! Version too, so what makes them Volcengine's is looked at first. Docs: Alibaba Cloud Domain specification, sections 1.2 and 2.

use http::header;
use memchr::memchr;
use shiming_wire::{
    aliyun::{Version, operations::is_action, parameters::OWN},
    volcengine,
};

use crate::doors::Head;

pub(super) fn is_ours(head: Head<'_>) -> bool {
    let request = head.bare();
    let signed_as =
        |start: &[u8]| head.headers.get(header::AUTHORIZATION).is_some_and(|value| value.as_bytes().starts_with(start));
    if signed_as(b"ACS3-") {
        return true;
    }
    let query = Query::look(request.query().unwrap_or_default());
    if query.volcengine || signed_as(b"HMAC-SHA256 ") {
        return false;
    }
    let named = head.headers.contains_key("x-acs-action") || head.headers.contains_key("x-acs-version");
    if !matches!(request.path(), "/" | "") {
        // Whoever signs like this is ours on a wrong path too, and is told so in words that its SDK reads: Node's older one
        // takes any JSON without a Code for a success.
        return named || query.ours >= 3;
    }
    // All that tells may stand in a form, whatever stands in the query, and then the head says no more than that there is one.
    query.ours > 0 || named || (!query.named_by_volcengine && may_be_a_form(head))
}

fn may_be_a_form(head: Head<'_>) -> bool {
    let Some(kind) = head.headers.get(header::CONTENT_TYPE) else { return head.method == "POST" };
    let kind = kind.as_bytes().split(|&byte| byte == b';').next().unwrap_or_default().trim_ascii();
    kind.eq_ignore_ascii_case(b"application/x-www-form-urlencoded")
}

#[derive(Default)]
struct Query {
    /// How many names are ours.
    ours: usize,
    /// Whether the signature is Volcengine's.
    volcengine: bool,
    /// Whether the operation or its version is.
    named_by_volcengine: bool,
}

impl Query {
    /// Looks at the names as they came: no client escapes these.
    fn look(query: &str) -> Self {
        let mut seen = Self::default();
        for piece in pieces(query) {
            let (name, value) = piece.split_once('=').unwrap_or((piece, ""));
            seen.volcengine |= name == "X-Algorithm";
            seen.named_by_volcengine |= match name {
                "Version" => volcengine::operations::is_version(value),
                "Action" => volcengine::operations::is_action(value),
                _ => false,
            };
            seen.ours += usize::from(match name {
                "Version" => Version::find(value).is_some(),
                // A shell cuts an address at the first `&`, and what is left is an Action alone (section 5).
                "Action" => is_action(value),
                name => OWN.contains(&name),
            });
        }
        seen
    }
}

/// One of the pieces may be a picture: the next `&` is found many bytes at a time.
fn pieces(query: &str) -> impl Iterator<Item = &str> {
    let mut rest = Some(query);
    std::iter::from_fn(move || {
        let text = rest?;
        let end = memchr(b'&', text.as_bytes());
        rest = end.and_then(|at| text.get(at + 1..));
        text.get(..end.unwrap_or(text.len()))
    })
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    fn claimed(method: &str, target: &str, headers: &[(&'static str, &'static str)]) -> bool {
        let headers =
            headers.iter().map(|(name, value)| (http::HeaderName::from_static(name), HeaderValue::from_static(value)));
        is_ours(Head { method, target, headers: &headers.collect() })
    }

    const FORM: (&str, &str) = ("content-type", "application/x-www-form-urlencoded; charset=utf-8");

    #[test]
    fn requests_of_every_sdk_are_ours() {
        for (method, target, headers) in [
            ("GET", "/?AccessKeyId=a&Action=QueryContactTemplate", &[][..]),
            ("GET", "/?Action=QueryContactTemplate&Version=2016-05-11", &[]),
            ("GET", "/?SignatureNonce=1", &[]),
            ("GET", "/?Action=QueryContactTemplate", &[]),
            ("GET", "/?Action=QueryRegistrantProfiles&Version=2019-01-01", &[]),
            ("POST", "http://127.0.0.1:1/?Signature=a", &[FORM]),
            ("POST", "/", &[FORM]),
            ("POST", "/", &[]),
            ("GET", "/", &[FORM]),
            ("POST", "/?ContactTemplateId=1", &[FORM]),
            ("POST", "/?Action=Another", &[FORM]),
            ("POST", "/?ContactTemplateId=1", &[("authorization", "ACS3-HMAC-SHA256 Credential=a")]),
            ("POST", "/elsewhere", &[("authorization", "ACS3-HMAC-SM3 Credential=a")]),
            ("GET", "/?Lang=zh", &[("x-acs-action", "QueryContactTemplate")]),
            ("POST", "/api/", &[FORM, ("x-acs-action", "QueryContactTemplate")]),
            ("GET", "/api/?Signature=a&AccessKeyId=b&Action=QueryContactTemplate&Version=2016-05-11", &[]),
        ] {
            assert!(claimed(method, target, headers), "{method} {target}");
        }
    }

    #[test]
    fn requests_of_others_are_not() {
        for (method, target, headers) in [
            ("GET", "/", &[][..]),
            ("GET", "/?Action=ApplySignatureIdent&Version=2021-01-11", &[]),
            ("POST", "/?Action=ApplySignatureIdent&Version=2021-01-11", &[FORM]),
            ("POST", "/?Action=SendSms&Version=2021-01-11", &[FORM]),
            ("POST", "/?Action=ApplySignatureIdent", &[]),
            ("POST", "/?Action=Another", &[("content-type", "application/json")]),
            ("POST", "/?Action=A&Version=2016-05-11", &[("authorization", "HMAC-SHA256 Credential=a")]),
            ("GET", "/?X-Algorithm=HMAC-SHA256&Signature=a", &[]),
            ("POST", "/", &[("content-type", "application/json")]),
            ("POST", "/gateway.do", &[FORM]),
            ("POST", "/v3/zhima?AccessKeyId=a&Signature=b", &[]),
            ("GET", "/?X-Algorithm=HMAC-SHA256", &[("x-acs-action", "QueryContactTemplate")]),
        ] {
            assert!(!claimed(method, target, headers), "{method} {target}");
        }
    }
}
