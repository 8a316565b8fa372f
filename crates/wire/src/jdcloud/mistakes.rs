//! Why a signature does not verify, in words for the caller's developer.
//!
//! No page of the vendor says more than `sign result is not same`. Here every known mistake is made on purpose, one at a time and
//! then in pairs of the common ones, until the client's signature comes out: that mistake is then the one the client made, for no
//! other text gives that signature. The work is bounded: a few hundred hashes of a short text, and none of a long body.
//!
//! Sentences name fields, rules and scope words; never a secret, a signature or anything of a body.

mod attempt;
mod tries;
mod words;

use std::borrow::Cow;
use std::fmt::Write as _;

use jiff::Timestamp;

use self::attempt::Attempt;
use self::tries::tries;
pub use self::words::ALL;
use super::call::Unverified;
use super::canonical::sha256_hex;
use super::codes::Refusal;
use super::sign::CONTENT_SHA256;
use crate::diagnosis::is_time_zone;
use crate::diagnosis::search::merged;
pub use crate::diagnosis::{Candidate, Finding, Mistake};
use crate::request::Request;
use crate::time::Window;

/// What came of looking for the mistake.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Diagnosis {
    /// Signature and token are right, and the clock too, when it is known.
    Verifies,
    /// The signature is right, the moment of signing lies outside the window.
    Clock {
        /// Seconds from our clock to the caller's: positive when the caller's is ahead.
        seconds_ahead: i64,
        /// Whether that is a time zone: the caller wrote local time and called it UTC.
        local_time: bool,
    },
    /// The call lacks a part that a signature needs; the refusal says which.
    Incomplete(Refusal),
    /// No candidate has the access key of the call.
    UnknownAccessKey,
    /// These mistakes, together, were made.
    Mistakes(Vec<Finding>),
    /// None of the known mistakes: the client should print this stage and compare it with ours.
    Unexplained {
        /// The stage to compare.
        compare: Stage,
    },
}

/// A stage of the signature that client and server can compare.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stage {
    /// The hash of the body, last line of the canonical request: the client itself sent another.
    PayloadHash,
    /// The header lines of the canonical request: SignedHeaders lists one that did not arrive.
    HeaderLines,
    /// The canonical request. If it is equal on both sides, the string to sign; if that is too, the secret differs.
    CanonicalRequest,
}

/// Looks for the mistake in a request. `candidates` holds the registered callers that may be tried, the one with the call's access
/// key among them; `clock` is the server's, when it is known.
pub fn diagnose(request: &Request<'_>, candidates: &[Candidate<'_>], clock: Option<(Timestamp, Window)>) -> Diagnosis {
    match Unverified::parse(request) {
        Ok(call) => diagnose_call(&call, candidates, clock),
        Err(refusal) => Diagnosis::Incomplete(refusal),
    }
}

/// Looks for the mistake in a call that has been parsed, and perhaps given the host of a trusted proxy.
pub fn diagnose_call(
    call: &Unverified<'_>,
    candidates: &[Candidate<'_>],
    clock: Option<(Timestamp, Window)>,
) -> Diagnosis {
    let claimed = call.claimed_access_key();
    let Some(own) = candidates.iter().find(|candidate| candidate.access_key == claimed) else {
        return swapped(call, candidates);
    };
    if call.is_signed_with(own.secret) {
        if call.check_token(own.token).is_err() {
            return Diagnosis::Mistakes(vec![words::TOKEN_WRONG.found("")]);
        }
        return match clock {
            Some((now, window)) if !window.contains(call.signed_at(), now) => {
                let seconds_ahead = call.signed_at().as_second() - now.as_second();
                Diagnosis::Clock { seconds_ahead, local_time: is_time_zone(seconds_ahead) }
            }
            _ => Diagnosis::Verifies,
        };
    }
    search(call, own, candidates).map_or_else(|| Diagnosis::Unexplained { compare: stage(call) }, Diagnosis::Mistakes)
}

/// An access key that is somebody's secret was put into the wrong place. Whoever logs such a call must not log its access key.
fn swapped(call: &Unverified<'_>, candidates: &[Candidate<'_>]) -> Diagnosis {
    let claimed = call.claimed_access_key().as_bytes();
    if candidates.iter().any(|candidate| candidate.secret.matches(claimed)) {
        return Diagnosis::Mistakes(vec![words::SWAPPED.found("")]);
    }
    Diagnosis::UnknownAccessKey
}

fn search(call: &Unverified<'_>, own: &Candidate<'_>, candidates: &[Candidate<'_>]) -> Option<Vec<Finding>> {
    let payload = sha256_hex(call.request().body);
    let (given, encoding) = attempt::signature(call)?;
    let plain = Attempt::new(call, own.secret.expose(), &payload);
    let mut found: Vec<Finding> = plain.disagreements(call);
    found.extend(encoding);
    if plain.gives(&given) {
        return (!found.is_empty()).then_some(found);
    }
    let tries = tries(call, own, candidates);
    for one in &tries.0 {
        let mut attempt = plain.clone();
        one.change.apply(&mut attempt);
        if attempt.gives(&given) {
            found.push(one.finding());
            return Some(merged(found));
        }
    }
    let common: Vec<_> = tries.0.iter().filter(|one| one.common).collect();
    for (index, one) in common.iter().enumerate() {
        let mut first = plain.clone();
        one.change.apply(&mut first);
        for other in common.iter().skip(index + 1).filter(|other| other.change.place() != one.change.place()) {
            let mut attempt = first.clone();
            other.change.apply(&mut attempt);
            if attempt.gives(&given) {
                found.extend([one.finding(), other.finding()]);
                return Some(merged(found));
            }
        }
    }
    None
}

fn stage(call: &Unverified<'_>) -> Stage {
    let stages = call.stages();
    let claimed = call.request().headers.get(CONTENT_SHA256).map(|claimed| claimed.as_bytes().trim_ascii());
    if claimed.is_some_and(|claimed| !claimed.eq_ignore_ascii_case(stages.payload_hash.as_bytes())) {
        Stage::PayloadHash
    } else if stages.missing_headers.is_empty() {
        Stage::CanonicalRequest
    } else {
        Stage::HeaderLines
    }
}

impl Diagnosis {
    /// A stable name for logs and scripts; several mistakes are joined by `+`.
    pub fn slug(&self) -> Cow<'static, str> {
        Cow::Borrowed(match self {
            Self::Verifies => "verifies",
            Self::Clock { local_time: true, .. } => "clock-local-time",
            Self::Clock { .. } => "clock",
            Self::Incomplete(_) => "incomplete",
            Self::UnknownAccessKey => "unknown-access-key",
            Self::Unexplained { .. } => "unexplained",
            Self::Mistakes(found) => {
                return Cow::Owned(found.iter().map(|one| one.mistake.slug).collect::<Vec<_>>().join("+"));
            }
        })
    }

    /// What the caller's developer should do, in English.
    pub fn english(&self) -> String {
        match self {
            Self::Verifies => "The signature is right.".to_owned(),
            Self::Clock { seconds_ahead, local_time } => {
                let (seconds, way) = (seconds_ahead.unsigned_abs(), if *seconds_ahead > 0 { "ahead of" } else { "behind" });
                let zone = if *local_time { " That is a time zone: write x-jdcloud-date in UTC, not in local time." } else { "" };
                format!("The signature is right, but the moment of signing is {seconds} seconds {way} the server's clock; set the client's clock.{zone}")
            }
            Self::Incomplete(refusal) => format!("The request cannot be checked: {}.", refusal.message()),
            Self::UnknownAccessKey => "The access key in Credential is not registered here; check it for a typing error, and that it was registered with this server.".to_owned(),
            Self::Mistakes(found) => joined(found.iter().map(Finding::english), " "),
            Self::Unexplained { compare } => compare.english().to_owned(),
        }
    }

    /// The same in Chinese.
    pub fn chinese(&self) -> String {
        match self {
            Self::Verifies => "签名正确。".to_owned(),
            Self::Clock { seconds_ahead, local_time } => {
                let (seconds, way) = (seconds_ahead.unsigned_abs(), if *seconds_ahead > 0 { "快" } else { "慢" });
                let zone = if *local_time {
                    "差值正好是时区：x-jdcloud-date 必须写 UTC 时间，不能写本地时间。"
                } else {
                    ""
                };
                format!("签名正确，但签名时间比服务器时钟{way} {seconds} 秒，请校准客户端时钟。{zone}")
            }
            Self::Incomplete(refusal) => format!("请求无法验签：{}。", refusal.message()),
            Self::UnknownAccessKey => {
                "Credential 中的 access key 未在本服务登记，请检查是否拼写有误、是否登记在这台服务器上。".to_owned()
            }
            Self::Mistakes(found) => joined(found.iter().map(Finding::chinese), ""),
            Self::Unexplained { compare } => compare.chinese().to_owned(),
        }
    }
}

fn joined(sentences: impl Iterator<Item = String>, between: &str) -> String {
    sentences.enumerate().fold(String::new(), |mut all, (index, sentence)| {
        let _ = write!(all, "{}{sentence}", if index > 0 { between } else { "" });
        all
    })
}

impl Stage {
    /// What to print and compare, in English.
    pub const fn english(self) -> &'static str {
        match self {
            Self::PayloadHash => {
                "No known mistake explains it, but x-jdcloud-content-sha256 is not the hash of the body that arrived: print the exact bytes that the client hashes and the bytes that it sends, and compare."
            }
            Self::HeaderLines => {
                "A header that SignedHeaders lists did not arrive: a proxy removed it, or the client lists one that it does not send. Compare the header lines of the canonical request."
            }
            Self::CanonicalRequest => {
                "No known mistake explains it: print the client's canonical request and compare it line by line with ours; if they are equal, compare the strings to sign; if those are equal too, the secrets differ."
            }
        }
    }

    /// The same in Chinese.
    pub const fn chinese(self) -> &'static str {
        match self {
            Self::PayloadHash => {
                "已知错误都无法解释，但 x-jdcloud-content-sha256 与收到的请求体哈希不一致：请打印客户端计算哈希时的原始字节与实际发送的字节并比较。"
            }
            Self::HeaderLines => {
                "SignedHeaders 列出的某个请求头没有到达：可能被代理删除，或客户端根本没有发送。请比较规范请求中的请求头各行。"
            }
            Self::CanonicalRequest => {
                "已知错误都无法解释：请打印客户端的规范请求（canonical request），与服务端逐行比较；若相同，再比较待签名字符串；若仍相同，则两端密钥不同。"
            }
        }
    }
}

#[cfg(test)]
mod tests;
