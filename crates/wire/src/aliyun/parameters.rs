//! The parameters of a call, from query and body alike. Docs: Alibaba Cloud Domain specification, section 1.4.
//!
//! Names and values are borrowed where nothing is encoded: a picture in a query is up to four megabytes.

use std::borrow::Cow;
use std::fmt;

use http::header::CONTENT_TYPE;
use memchr::{memchr, memchr2};
use serde::de::{Deserializer as _, MapAccess, Visitor};
use serde_json::value::RawValue;

use super::codes::Refusal;
use crate::hex::nibble;
use crate::request::Request;
use crate::runs::{BLOCK, rewrite};

/// No SDK sends more parameters than this.
pub const MAX_PARAMETERS: usize = 512;

/// Parameters that no other vendor's requests have under these names.
pub const OWN: [&str; 5] = ["AccessKeyId", "Signature", "SignatureNonce", "SignatureMethod", "SignatureVersion"];

/// What two operations of 2018-01-29 call the profile, and what the others do: both are one (section 9.1).
pub const PROFILE: [&str; 2] = ["RegistrantProfileID", "RegistrantProfileId"];

/// Where a parameter stood. The RPC signature does not care; the canonical query of ACS3 has those of the query only.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Place {
    /// In the query; one that stands in both places with one value counts as this.
    Query,
    /// In the body.
    Body,
}

/// One parameter, decoded.
struct Parameter<'a> {
    name: Cow<'a, str>,
    value: Cow<'a, str>,
    place: Place,
    /// How Python spells it, where it is a word of a JSON body.
    python: Option<&'static str>,
}

impl<'a> Parameter<'a> {
    const fn text(name: Cow<'a, str>, value: Cow<'a, str>, place: Place) -> Self {
        Self { name, value, place, python: None }
    }

    /// The same with another value.
    fn with<'b>(&'b self, value: &'b str) -> Parameter<'b> {
        Parameter::text(Cow::Borrowed(&*self.name), Cow::Borrowed(value), self.place)
    }
}

/// All parameters, sorted by the bytes of their names, each name once.
pub struct Parameters<'a> {
    all: Vec<Parameter<'a>>,
}

impl<'a> Parameters<'a> {
    /// Reads query and body. Refuses a bad escape, what is not UTF-8, a name with two values, and more than [`MAX_PARAMETERS`].
    pub fn read(request: &Request<'a>) -> Result<Self, Refusal> {
        let mut all = Vec::new();
        if let Some(query) = request.query() {
            read_form(&mut all, query.as_bytes(), Place::Query)?;
        }
        match carrier(request) {
            Carrier::Form => read_form(&mut all, request.body, Place::Body)?,
            Carrier::Json => read_json(&mut all, request.body)?,
            Carrier::Nothing => {}
        }
        Self::sorted(all)
    }

    /// Takes pairs that somebody is about to sign.
    pub fn from_pairs(pairs: &[(&'a str, &'a str)]) -> Result<Self, Refusal> {
        let parameter = |&(name, value)| Parameter::text(Cow::Borrowed(name), Cow::Borrowed(value), Place::Query);
        Self::sorted(pairs.iter().map(parameter).collect())
    }

    fn sorted(mut all: Vec<Parameter<'a>>) -> Result<Self, Refusal> {
        all.sort_by(|one, other| one.name.as_bytes().cmp(other.name.as_bytes()).then(one.place.cmp(&other.place)));
        let twice = |pair: &&[Parameter<'_>]| matches!(pair, [one, other] if one.name == other.name && one.value != other.value);
        if let Some([one, _]) = all.windows(2).find(twice) {
            return Err(invalid(&one.name, one.place));
        }
        all.dedup_by(|later, first| later.name == first.name);
        let all = Self { all };
        match PROFILE.map(|name| all.filled(name)) {
            [Some(one), Some(other)] if one != other => Err(invalid(PROFILE[1], Place::Query)),
            _ => Ok(all),
        }
    }

    /// The value of a parameter; names are case-sensitive.
    pub fn get(&self, name: &str) -> Option<&str> {
        let index = self.all.binary_search_by(|one| one.name.as_bytes().cmp(name.as_bytes())).ok()?;
        self.all.get(index).map(|one| &*one.value)
    }

    /// The same, when it is not empty: a parameter that is empty counts as absent.
    pub fn filled(&self, name: &str) -> Option<&str> {
        self.get(name).filter(|value| !value.is_empty())
    }

    /// Where a parameter stood.
    pub fn place(&self, name: &str) -> Option<Place> {
        self.all.iter().find(|one| one.name == name).map(|one| one.place)
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.all.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.all.is_empty()
    }

    /// Those that are not empty, which is what the newer Java SDKs sign; `None` where none is empty.
    pub fn without_empty(&self) -> Option<Parameters<'_>> {
        let filled = |one: &&Parameter<'_>| !one.value.is_empty();
        let some = !self.all.iter().all(|one| filled(&one));
        some.then(|| Parameters { all: self.all.iter().filter(filled).map(|one| one.with(&one.value)).collect() })
    }

    /// With the words of a JSON body as Python spells them, which is what its older core signs; `None` where there is none.
    pub fn in_python(&self) -> Option<Parameters<'_>> {
        let some = self.all.iter().any(|one| one.python.is_some());
        some.then(|| Parameters {
            all: self.all.iter().map(|one| one.with(one.python.unwrap_or(&one.value))).collect(),
        })
    }

    /// Names and values in order.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.all.iter().map(|one| (&*one.name, &*one.value))
    }

    /// Those of the query.
    pub fn in_query(&self) -> impl Iterator<Item = (&str, &str)> {
        self.all.iter().filter(|one| one.place == Place::Query).map(|one| (&*one.name, &*one.value))
    }
}

impl fmt::Debug for Parameters<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Parameters({})", self.all.len())
    }
}

pub(super) enum Carrier {
    Form,
    Json,
    Nothing,
}

/// How the body is written. A Content-Type is compared without its parameters; a body without one is taken for a form.
pub(super) fn carrier(request: &Request<'_>) -> Carrier {
    if request.body.is_empty() {
        return Carrier::Nothing;
    }
    let Some(written) = request.headers.get(CONTENT_TYPE) else { return Carrier::Form };
    let kind = written.as_bytes().split(|&byte| byte == b';').next().unwrap_or_default().trim_ascii();
    if kind.eq_ignore_ascii_case(b"application/x-www-form-urlencoded") {
        Carrier::Form
    } else if kind.eq_ignore_ascii_case(b"application/json") {
        Carrier::Json
    } else {
        Carrier::Nothing
    }
}

fn read_form<'a>(all: &mut Vec<Parameter<'a>>, text: &'a [u8], place: Place) -> Result<(), Refusal> {
    let mut rest = Some(text);
    while let Some(text) = rest {
        let (piece, after) = split_once(text, b'&');
        rest = after;
        if piece.is_empty() {
            continue;
        }
        let (name, value) = split_once(piece, b'=');
        let name = decode(name).ok_or_else(|| invalid("", place))?;
        let value = decode(value.unwrap_or_default()).ok_or_else(|| invalid(&name, place))?;
        push(all, Parameter::text(name, value, place))?;
    }
    Ok(())
}

fn split_once(text: &[u8], byte: u8) -> (&[u8], Option<&[u8]>) {
    let split = memchr(byte, text).and_then(|at| Some((text.get(..at)?, text.get(at + 1..)?)));
    split.map_or((text, None), |(front, behind)| (front, Some(behind)))
}

fn push<'a>(all: &mut Vec<Parameter<'a>>, one: Parameter<'a>) -> Result<(), Refusal> {
    if all.len() >= MAX_PARAMETERS {
        return Err(invalid("", one.place));
    }
    all.push(one);
    Ok(())
}

/// `+` is a blank, in a query too; then percent escapes, then UTF-8.
pub(super) fn decode(text: &[u8]) -> Option<Cow<'_, str>> {
    if memchr2(b'%', b'+', text).is_none() {
        return std::str::from_utf8(text).ok().map(Cow::Borrowed);
    }
    // A block more than the text: so much is copied at once.
    let mut out = Vec::with_capacity(text.len() + BLOCK);
    rewrite(&mut out, text, is_coded, |out, rest| match *rest {
        [b'%', high, low, ..] => {
            out.push(nibble(high)? << 4 | nibble(low)?);
            Some(3)
        }
        [b'+', ..] => {
            out.push(b' ');
            Some(1)
        }
        _ => None,
    })?;
    String::from_utf8(out).ok().map(Cow::Owned)
}

#[expect(
    clippy::needless_bitwise_bool,
    reason = "without branches for the compiler to put many bytes into one instruction"
)]
const fn is_coded(byte: u8) -> bool {
    (byte == b'%') | (byte == b'+')
}

/// Each top-level member is one parameter: a string as it is, anything else in its JSON spelling, `null` empty.
fn read_json<'a>(all: &mut Vec<Parameter<'a>>, body: &'a [u8]) -> Result<(), Refusal> {
    let refused = || invalid("", Place::Body);
    let mut reader = serde_json::Deserializer::from_slice(body);
    let members = reader.deserialize_map(Members).map_err(|_| refused())?;
    reader.end().map_err(|_| refused())?;
    for (name, raw) in members {
        let text = raw.get();
        let value = if text.starts_with('"') {
            match serde_json::from_str::<&'a str>(text) {
                Ok(plain) => Cow::Borrowed(plain),
                Err(_) => Cow::Owned(serde_json::from_str(text).map_err(|_| invalid(&name, Place::Body))?),
            }
        } else if text == "null" {
            Cow::Borrowed("")
        } else {
            Cow::Borrowed(text)
        };
        let python = match text {
            "true" => Some("True"),
            "false" => Some("False"),
            "null" => Some("None"),
            _ => None,
        };
        push(all, Parameter { python, ..Parameter::text(Cow::Owned(name), value, Place::Body) })?;
    }
    Ok(())
}

struct Members;

impl<'de> Visitor<'de> for Members {
    type Value = Vec<(String, &'de RawValue)>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut members = Vec::new();
        while let Some(member) = map.next_entry()? {
            if members.len() >= MAX_PARAMETERS {
                return Err(serde::de::Error::custom("too many members"));
            }
            members.push(member);
        }
        Ok(members)
    }
}

/// Only a name that looks like one is repeated to the caller.
fn invalid(name: &str, place: Place) -> Refusal {
    let fit = (1..=64).contains(&name.len()) && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'.');
    let whole = if place == Place::Query { "Query" } else { "Body" };
    Refusal::invalid(if fit { name } else { whole }.to_owned())
}

#[cfg(test)]
mod tests {
    use http::{HeaderMap, HeaderValue};
    use proptest::prelude::*;

    use super::*;

    type Read = Result<Vec<(String, String)>, String>;

    fn read(query: &str, kind: Option<&str>, body: &[u8]) -> Read {
        let target = format!("/?{query}");
        let mut headers = HeaderMap::new();
        if let Some(kind) = kind {
            headers.insert(CONTENT_TYPE, HeaderValue::from_str(kind).unwrap());
        }
        let request = Request { method: "POST", target: &target, headers: &headers, body };
        let owned = |(name, value): (&str, &str)| (name.to_owned(), value.to_owned());
        Parameters::read(&request).map(|all| all.iter().map(owned).collect()).map_err(|refusal| refusal.to_string())
    }

    fn pairs(pairs: &[(&str, &str)]) -> Read {
        pairs.iter().map(|&(name, value)| Ok((name.to_owned(), value.to_owned()))).collect()
    }

    const FORM: Option<&str> = Some("Application/X-WWW-Form-UrlEncoded; charset=UTF-8");

    #[test]
    fn query_and_body_are_decoded_alike_and_sorted_by_bytes() {
        assert_eq!(
            read("b=1&&a=x+y%2B%e5%bc%a0&C", FORM, b"D=&A=%3d=&"),
            pairs(&[("A", "=="), ("C", ""), ("D", ""), ("a", "x y+张"), ("b", "1")])
        );
        assert_eq!(read("", None, b"a=1"), pairs(&[("a", "1")]));
        assert_eq!(read("a=1", Some("text/plain"), b"b=1"), pairs(&[("a", "1")]));
    }

    #[test]
    fn a_json_body_gives_its_members() {
        let body = br#" {"S":"x\u5f20","N":1.50,"B":true,"Z":null,"L":[1, {"a":2}],"P":"plain"} "#;
        let expected =
            pairs(&[("B", "true"), ("L", "[1, {\"a\":2}]"), ("N", "1.50"), ("P", "plain"), ("S", "x张"), ("Z", "")]);
        assert_eq!(read("", Some("application/json; charset=utf-8"), body), expected);
        for wrong in ["[1]", "{", "{} x", "1", "{\"a\":\"\\ud800\"}"] {
            assert!(read("", Some("application/json"), wrong.as_bytes()).is_err(), "{wrong}");
        }
    }

    #[test]
    fn equal_repetitions_collapse_and_others_are_refused() {
        assert_eq!(read("a=1&a=%31", FORM, b"a=1"), pairs(&[("a", "1")]));
        let refused = Err("400 InvalidParameter".to_owned());
        assert_eq!(read("a=1&a=2", None, b""), refused);
        assert_eq!(read("a=1", FORM, b"a=2"), refused);
        assert_eq!(read("", Some("application/json"), br#"{"a":"1","a":"2"}"#), refused);
        let [one, other] = PROFILE;
        for (query, good) in [("7", true), ("", true), ("8", false)] {
            assert_eq!(read(&format!("{one}=7&{other}={query}"), None, b"").is_ok(), good, "{query}");
        }
    }

    #[test]
    fn bad_escapes_bad_text_and_too_many_are_refused() {
        for wrong in ["a=%", "a=%4", "a=%zz", "a=%ff", "%c3=1"] {
            assert!(read(wrong, None, b"").is_err(), "{wrong}");
            assert!(read("", FORM, wrong.as_bytes()).is_err(), "{wrong}");
        }
        assert!(read("", FORM, b"a=\xff").is_err());
        let many = |count: usize| (0..count).map(|n| format!("p{n}=")).collect::<Vec<_>>().join("&");
        assert_eq!(read(&many(MAX_PARAMETERS), None, b"").unwrap().len(), MAX_PARAMETERS);
        assert!(read(&many(MAX_PARAMETERS + 1), None, b"").is_err());
        assert!(read(&many(MAX_PARAMETERS), FORM, b"x=1").is_err());
    }

    #[test]
    fn what_is_not_encoded_is_borrowed() {
        let headers = HeaderMap::new();
        let request = Request { method: "GET", target: "/?a=plain&b=x%20", headers: &headers, body: b"" };
        let all = Parameters::read(&request).unwrap();
        assert!(matches!(all.all[0].value, Cow::Borrowed("plain")) && matches!(all.all[1].value, Cow::Owned(_)));
        assert_eq!(format!("{all:?}"), "Parameters(2)");
    }

    proptest! {
        #[test]
        fn no_bytes_panic(query in "[a-c=&%+0-9é]{0,40}", body in any::<Vec<u8>>(), json: bool) {
            let _ = read(&query, Some(if json { "application/json" } else { "application/x-www-form-urlencoded" }), &body);
        }
    }
}
