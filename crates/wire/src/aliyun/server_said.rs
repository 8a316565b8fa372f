//! The vendor's own error answer held against a request: where its string to sign and the one that the request gives part.
//!
//! `SignatureDoesNotMatch` and `IncompleteSignature` carry the text that the server signed (section 6.5), for ACS3 the canonical
//! request too. Where that text is the request's, the secrets differ; where it is not, something happened on the way, or the answer
//! is another request's. No person's value is shown: of one that differs the place, and the one character where it is punctuation.

mod difference;
mod words;

use std::borrow::Cow;

use serde::Deserialize;

pub use self::difference::Difference;
pub use self::words::ALL;
use super::call::MAX_CANONICAL_ECHO;
use super::canonical::{Acs3, lossy};
use super::opened::{Opened, Scheme};
use super::sign::rpc_string_to_sign;
use crate::diagnosis::Finding;
use crate::hex::sha256_hex;

/// What a server said of a signature.
#[derive(Clone, PartialEq, Eq)]
pub struct Said {
    /// Its code.
    pub code: String,
    text: Option<Text>,
}

#[derive(Clone, PartialEq, Eq)]
enum Text {
    Rpc(String),
    Acs3 { string_to_sign: String, canonical_request: Option<String> },
}

/// What came of holding it against a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Compared {
    /// The server signed what the request gives.
    Same(Finding),
    /// It signed something else.
    Differs(Difference),
    /// The answer holds no text.
    Nothing(Finding),
}

impl Compared {
    /// The finding in it.
    pub const fn finding(&self) -> &Finding {
        match self {
            Self::Same(finding) | Self::Nothing(finding) => finding,
            Self::Differs(difference) => &difference.finding,
        }
    }
}

impl Said {
    /// Reads the body of an answer, JSON or XML; `None` when it is no error of this vendor's form.
    pub fn parse(body: &[u8]) -> Option<Self> {
        let text = std::str::from_utf8(body).ok()?.trim_start_matches('\u{feff}').trim();
        let (code, message) = if text.starts_with('{') { of_json(text)? } else { of_xml(text)? };
        Some(Self { text: Text::find(&message), code })
    }

    /// Holds it against a request.
    pub fn compare(&self, opened: &Opened<'_>) -> Compared {
        let code = || self.code.chars().filter(char::is_ascii_graphic).take(64).collect::<String>();
        match (&self.text, opened.scheme()) {
            (None, _) => Compared::Nothing(words::NO_TEXT.found(code())),
            (Some(Text::Rpc(server)), Scheme::Rpc) => {
                let ours = rpc_string_to_sign(opened.request().method, opened.parameters());
                difference::of_rpc(server, &ours).map_or_else(same, Compared::Differs)
            }
            (Some(Text::Acs3 { string_to_sign, canonical_request }), Scheme::Acs3) => {
                let (ours, text) = acs3(opened);
                let found = canonical_request.as_ref().and_then(|server| {
                    let cut = server.len() + 8 >= MAX_CANONICAL_ECHO && ours.starts_with(server.as_str());
                    if cut { None } else { difference::of_acs3(server, &ours) }
                });
                let by_hash = || (string_to_sign.trim() != text).then(|| difference::of_hash(string_to_sign, &text));
                found.or_else(by_hash).map_or_else(same, Compared::Differs)
            }
            (Some(text), _) => Compared::Differs(difference::of_scheme(matches!(text, Text::Rpc(_)))),
        }
    }
}

fn same() -> Compared {
    Compared::Same(words::SAME.found(""))
}

/// The canonical request that a request gives, and the string to sign.
fn acs3(opened: &Opened<'_>) -> (String, String) {
    let (_, parts) = opened.header("authorization").split_once(' ').unwrap_or_default();
    let mut listed = parts.split(',').filter_map(|part| part.trim_ascii().strip_prefix("SignedHeaders="));
    let payload = sha256_hex(opened.request().body);
    let canonical = Acs3 {
        request: opened.request(),
        parameters: opened.parameters(),
        signed_headers: listed.next_back().unwrap_or_default(),
        host: opened.stand_in_host(),
        payload: &payload,
    };
    let mut out = Vec::new();
    canonical.write(&mut out);
    (lossy(out), canonical.string_to_sign())
}

impl Text {
    /// Behind `string to sign is:`, or between the brackets behind `StringToSign is`.
    fn find(message: &str) -> Option<Self> {
        const RPC: &str = "string to sign is:";
        if let Some((_, text)) = message.split_once(RPC) {
            let text = text.trim();
            // This server leaves out a very long one.
            let left_out = text.is_empty() || (text.starts_with('(') && text.ends_with(')'));
            return (!left_out).then(|| Self::Rpc(text.to_owned()));
        }
        let (_, rest) = message.split_once("StringToSign is [")?;
        let (string_to_sign, rest) = rest.split_once(']')?;
        let canonical = rest.split_once("CanonicalRequest is [").map(|(_, text)| {
            let end = text.rfind(']').unwrap_or(text.len());
            text.get(..end).unwrap_or(text).to_owned()
        });
        Some(Self::Acs3 { string_to_sign: string_to_sign.to_owned(), canonical_request: canonical })
    }
}

fn of_json(text: &str) -> Option<(String, String)> {
    #[derive(Deserialize)]
    struct Answer<'a> {
        #[serde(alias = "code", borrow)]
        #[serde(rename = "Code")]
        code: Cow<'a, str>,
        #[serde(alias = "message", borrow, default)]
        #[serde(rename = "Message")]
        message: Cow<'a, str>,
    }
    let answer: Answer<'_> = serde_json::from_str(text).ok()?;
    Some((answer.code.into_owned(), answer.message.into_owned()))
}

fn of_xml(text: &str) -> Option<(String, String)> {
    let element = |name: &str| {
        let (_, rest) = text.split_once(&format!("<{name}>"))?;
        let (inner, _) = rest.split_once(&format!("</{name}>"))?;
        Some(match inner.trim().strip_prefix("<![CDATA[").and_then(|inner| inner.strip_suffix("]]>")) {
            Some(plain) => plain.to_owned(),
            None => unescape(inner),
        })
    };
    Some((element("Code")?, element("Message").unwrap_or_default()))
}

/// The five named entities and numbers; whatever else stays as it is.
fn unescape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((front, behind)) = rest.split_once('&') {
        out.push_str(front);
        let entity = behind.split_once(';').filter(|(name, _)| name.len() <= 8);
        let letter = entity.and_then(|(name, _)| match name {
            "amp" => Some('&'),
            "lt" => Some('<'),
            "gt" => Some('>'),
            "quot" => Some('"'),
            "apos" => Some('\''),
            _ => {
                let number = name.strip_prefix('#')?;
                let hexadecimal = number.strip_prefix(['x', 'X']).map(|digits| u32::from_str_radix(digits, 16));
                char::from_u32(hexadecimal.unwrap_or_else(|| number.parse()).ok()?)
            }
        });
        if let (Some(letter), Some((_, after))) = (letter, entity) {
            out.push(letter);
            rest = after;
        } else {
            out.push('&');
            rest = behind;
        }
    }
    out + rest
}

impl std::fmt::Debug for Said {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Said(…)")
    }
}

#[cfg(test)]
mod tests;
