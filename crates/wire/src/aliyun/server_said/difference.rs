//! The first difference of two texts to sign, where it stands and what it is.

use std::fmt;

use super::words;
use crate::aliyun::mistakes::is_shown;
use crate::diagnosis::pairs::decoded;
use crate::diagnosis::{Finding, Mistake};

/// Where two texts part.
#[derive(Clone, PartialEq, Eq)]
pub struct Difference {
    /// The first byte that differs, counted from zero, in the server's text.
    pub at: usize,
    /// The server's text around it, values masked.
    pub server: String,
    /// The request's text around it, values masked.
    pub ours: String,
    /// What it is.
    pub finding: Finding,
}

impl fmt::Debug for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Difference({}, {})", self.at, self.finding.mistake.slug)
    }
}

/// A difference without its place.
struct Kind {
    mistake: &'static Mistake,
    detail: String,
    server: String,
    ours: String,
}

/// The first difference of two strings to sign of the RPC signature.
pub(super) fn of_rpc(server: &str, ours: &str) -> Option<Difference> {
    let at = first(server, ours)?;
    let kind = rpc_kind(server, ours).unwrap_or_else(|| plain(&words::TEXT, "", "(…)", "(…)"));
    Some(kind.placed(at))
}

/// The first difference of two canonical requests of ACS3.
pub(super) fn of_acs3(server: &str, ours: &str) -> Option<Difference> {
    let server = server.replace("\r\n", "\n");
    let at = first(&server, ours)?;
    let kind = acs3_kind(&server, ours).unwrap_or_else(|| plain(&words::TEXT, "", "(…)", "(…)"));
    Some(kind.placed(at))
}

/// Two strings to sign of ACS3, which say no more than that their canonical requests differ.
pub(super) fn of_hash(server: &str, ours: &str) -> Difference {
    plain(&words::HASH, "", last_line(server), last_line(ours)).placed(first(server, ours).unwrap_or_default())
}

/// A text of the other scheme.
pub(super) fn of_scheme(server_is_rpc: bool) -> Difference {
    let (server, ours) = if server_is_rpc { ("RPC 1.0", "ACS3") } else { ("ACS3", "RPC 1.0") };
    plain(&words::SCHEME, server, server, ours).placed(0)
}

impl Kind {
    fn placed(self, at: usize) -> Difference {
        Difference { at, server: self.server, ours: self.ours, finding: self.mistake.found(self.detail) }
    }
}

fn plain(mistake: &'static Mistake, detail: impl Into<String>, server: &str, ours: &str) -> Kind {
    Kind { mistake, detail: detail.into(), server: server.to_owned(), ours: ours.to_owned() }
}

/// The first byte in which two texts differ; the shorter one's end counts.
fn first(one: &str, other: &str) -> Option<usize> {
    let shorter = one.len().min(other.len());
    let at = one.bytes().zip(other.bytes()).position(|(one, other)| one != other).unwrap_or(shorter);
    (at < one.len() || at < other.len()).then_some(at)
}

fn last_line(text: &str) -> &str {
    text.trim_end().rsplit('\n').next().unwrap_or_default()
}

/// A word of a stranger's that is no value: a method, a path, a host.
fn word(text: &str) -> String {
    let plain: String = text.chars().filter(char::is_ascii_graphic).take(80).collect();
    if plain.is_empty() { "\"\"".to_owned() } else { plain }
}

/// Two words side by side.
fn both(server: &str, ours: &str) -> String {
    format!("{} <> {}", word(server), word(ours))
}

fn rpc_kind(server: &str, ours: &str) -> Option<Kind> {
    let parts = |text: &'_ str| {
        let mut parts = text.splitn(3, '&');
        let [method, path, canonical] = std::array::from_fn(|_| parts.next().map(str::to_owned));
        Some((method?, path?, canonical?))
    };
    let (server, ours) = (parts(server)?, parts(ours)?);
    if server.0 != ours.0 {
        return Some(plain(&words::METHOD, both(&server.0, &ours.0), &word(&server.0), &word(&ours.0)));
    }
    if server.1 != ours.1 {
        return Some(plain(&words::PATH, both(&server.1, &ours.1), &word(&server.1), &word(&ours.1)));
    }
    pairs_kind(&server.2, &ours.2, "%26", "%3D", 2)
}

fn acs3_kind(server: &str, ours: &str) -> Option<Kind> {
    let lines = |text: &'_ str| text.split('\n').map(str::to_owned).collect::<Vec<_>>();
    let (server, ours) = (lines(server), lines(ours));
    let line = |lines: &[String], index: usize| lines.get(index).cloned().unwrap_or_default();
    for (index, mistake) in [(0, &words::METHOD), (1, &words::PATH)] {
        let (server, ours) = (line(&server, index), line(&ours, index));
        if server != ours {
            return Some(plain(mistake, both(&server, &ours), &word(&server), &word(&ours)));
        }
    }
    if line(&server, 2) != line(&ours, 2) {
        return pairs_kind(&line(&server, 2), &line(&ours, 2), "&", "=", 1);
    }
    let index = (3..server.len().max(ours.len())).find(|&index| server.get(index) != ours.get(index))?;
    let (server_line, our_line) = (line(&server, index), line(&ours, index));
    // The last line is the body's hash, the one before it the list of headers.
    if index + 1 == ours.len() {
        return Some(plain(&words::BODY, "", &word(&server_line), &word(&our_line)));
    }
    if index + 2 == ours.len() {
        return Some(plain(&words::LIST, "", &word(&server_line), &word(&our_line)));
    }
    let name = |line: &str| line.split_once(':').map_or_else(String::new, |(name, _)| word(name));
    let (server_name, our_name) = (name(&server_line), name(&our_line));
    if server_name == "host" && our_name == "host" {
        let detail = both(server_line.trim_start_matches("host:"), our_line.trim_start_matches("host:"));
        return Some(plain(&words::HOST, detail, &word(&server_line), &word(&our_line)));
    }
    let changing = ["x-acs-signature-nonce", "x-acs-date"].contains(&our_name.as_str());
    if changing && server_name == our_name {
        return Some(plain(&words::ANOTHER, our_name, &word(&server_line), &word(&our_line)));
    }
    let masked = |line: &str| line.split_once(':').map_or_else(|| word(line), |(name, _)| format!("{}:…", word(name)));
    let told = if our_name.is_empty() { server_name } else { our_name };
    Some(plain(&words::HEADER, told, &masked(&server_line), &masked(&our_line)))
}

/// Two canonical queries: `times` says how often they are encoded.
fn pairs_kind(server: &str, ours: &str, between: &str, equals: &str, times: u8) -> Option<Kind> {
    let pairs = |text: &str| -> Vec<(String, String)> {
        let pair = |pair: &str| {
            let (name, value) = pair.split_once(equals).unwrap_or((pair, ""));
            (name.to_owned(), value.to_owned())
        };
        text.split(between).filter(|pair| !pair.is_empty()).map(pair).collect()
    };
    let (server, ours) = (pairs(server), pairs(ours));
    let has = |pairs: &[(String, String)], name: &str| pairs.iter().any(|pair| pair.0 == name);
    let index = (0..server.len().max(ours.len())).find(|&index| server.get(index) != ours.get(index))?;
    let side = |pairs: &[(String, String)], value: Option<&str>| context(pairs, index, equals, between, value);
    let told = |mistake, name: &str, server_value: Option<&str>, our_value: Option<&str>| Kind {
        mistake,
        detail: shown(name),
        server: side(&server, server_value),
        ours: side(&ours, our_value),
    };
    match (server.get(index), ours.get(index)) {
        (Some(one), Some(other)) if one.0 == other.0 => {
            let (mistake, at) = value_kind(&one.0, &one.1, &other.1, times);
            let (server_value, our_value) = (unit(&one.0, &one.1, at, times), unit(&one.0, &other.1, at, times));
            Some(told(mistake, &one.0, Some(&server_value), Some(&our_value)))
        }
        (_, Some(other)) if !has(&server, &other.0) => Some(told(&words::MISSING, &other.0, None, None)),
        (Some(one), _) if !has(&ours, &one.0) => Some(told(&words::ADDED, &one.0, None, None)),
        (Some(one), _) => Some(told(&words::ORDER, &one.0, None, None)),
        _ => None,
    }
}

/// What the difference of two encoded values is, and the byte of it.
fn value_kind(name: &str, server: &str, ours: &str, times: u8) -> (&'static Mistake, usize) {
    let at = first(server, ours).unwrap_or_default();
    let open = |value: &str| (0..times).fold(value.as_bytes().to_vec(), |value, _| decoded(&value));
    let (one, other) = (open(server), open(ours));
    let replaced = |value: &[u8], from: u8, to: u8| -> Vec<u8> {
        value.iter().map(|&byte| if byte == from { to } else { byte }).collect()
    };
    let mistake = if one == other {
        &words::ENCODING
    } else if matches!(name, "SignatureNonce" | "Timestamp") {
        &words::ANOTHER
    } else if std::str::from_utf8(&one).is_err() != std::str::from_utf8(&other).is_err() {
        &words::CHARSET
    } else if replaced(&other, b'+', b' ') == one {
        &words::PLUS_LOST
    } else if replaced(&other, b' ', b'+') == one {
        &words::BLANK_LOST
    } else if decoded(&one) == other {
        &words::TWICE
    } else if decoded(&other) == one {
        &words::ONCE
    } else if one.eq_ignore_ascii_case(&other) {
        &words::CASE
    } else if other.starts_with(&one) {
        &words::CUT
    } else {
        &words::VALUE
    };
    (mistake, at)
}

/// A pair with its neighbours, masked. `value` stands for the value of the one that differs.
fn context(pairs: &[(String, String)], index: usize, equals: &str, between: &str, value: Option<&str>) -> String {
    let from = index.saturating_sub(1);
    let near = pairs.iter().enumerate().skip(from).take(index + 2 - from);
    let told = near.map(|(at, (name, own))| match value.filter(|_| at == index) {
        Some(value) => format!("{}{equals}{value}", shown(name)),
        None if is_shown(name) => format!("{name}{equals}{}", word(own)),
        None => format!("{}{equals}…", shown(name)),
    });
    let told = told.collect::<Vec<_>>().join(between);
    let front = if from > 0 { format!("…{between}") } else { String::new() };
    let behind = if index + 2 < pairs.len() { format!("{between}…") } else { String::new() };
    format!("{front}{told}{behind}")
}

/// The value that differs: whole if it is nobody's, else the byte and the character there if that is punctuation.
fn unit(name: &str, value: &str, at: usize, times: u8) -> String {
    if is_shown(name) {
        return word(value);
    }
    if at >= value.len() {
        return format!("…(ends after {} bytes)", value.len());
    }
    // An escape is looked at from its front: `%`, or `%25` where all is encoded twice.
    let longest = if times == 2 { 5 } else { 3 };
    let start = (at.saturating_sub(longest - 1)..=at).find(|&start| {
        value.get(start..).is_some_and(|rest| rest.starts_with('%') && start + escape(rest, longest) > at)
    });
    let start = start.unwrap_or(at);
    let rest = value.get(start..).unwrap_or_default();
    let length =
        if rest.starts_with('%') { escape(rest, longest) } else { rest.chars().next().map_or(0, char::len_utf8) };
    let piece = rest.get(..length).unwrap_or_default();
    let plain = (0..times).fold(piece.as_bytes().to_vec(), |piece, _| decoded(&piece));
    let harmless = plain.len() == 1 && plain.iter().all(|byte| byte.is_ascii_punctuation() || *byte == b' ');
    let piece = if harmless { piece } else { "?" };
    format!("…[{piece} at byte {at} of the value]…")
}

/// How long the escape is with which a text begins.
fn escape(text: &str, longest: usize) -> usize {
    let long = longest == 5 && text.starts_with("%25") && text.len() >= 5;
    if long { 5 } else { text.len().min(3) }
}

/// A parameter's name as it may be shown.
fn shown(name: &str) -> String {
    let fit = (1..=64).contains(&name.len())
        && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b".-_".contains(&byte));
    if fit { name.to_owned() } else { "(…)".to_owned() }
}
