//! Why a signature made with a shared secret does not verify, in words for the caller's developer: what the rooms of such vendors
//! share of it.
//!
//! Every known mistake is made on purpose, one at a time and then in pairs of the common ones, until the client's signature comes
//! out: that mistake is then the one the client made, for no other text gives that signature. The work is bounded by the bytes that
//! are hashed, since a text to sign may hold a picture.
//!
//! Sentences name fields, rules and scope words; never a secret, a signature, or a value of a person's.

pub(crate) mod canonical;
pub(crate) mod dates;
pub(crate) mod hosts;
pub(crate) mod pairs;
pub(crate) mod query;
pub(crate) mod reserialise;
pub(crate) mod search;
pub(crate) mod secrets;
pub(crate) mod spelling;
pub(crate) mod words;

use std::borrow::Cow;
use std::fmt;

use jiff::Timestamp;

pub use self::words::ALL;

use crate::secret::Secret;
use crate::time::Window;

/// A parameter's name as it may be shown. A body that is no form is read as one all the same, and a number or a whole JSON text
/// then stands where a name does: what does not look like a name, or holds more digits than names do, is not shown.
pub fn shown_name(name: &[u8]) -> &str {
    const MOST_DIGITS: usize = 4;
    let fit = name.len() <= 64
        && name.first().is_some_and(u8::is_ascii_alphabetic)
        && name.iter().all(|byte| byte.is_ascii_alphanumeric() || b".-_".contains(byte))
        && name.iter().filter(|byte| byte.is_ascii_digit()).count() <= MOST_DIGITS;
    std::str::from_utf8(name).ok().filter(|_| fit).unwrap_or("(…)")
}

/// A registered caller whose secret may be tried.
#[derive(Debug, Clone, Copy)]
pub struct Candidate<'a> {
    /// The access key.
    pub access_key: &'a str,
    /// Its secret.
    pub secret: &'a Secret,
    /// The token bound to the access key, for temporary credentials.
    pub token: Option<&'a Secret>,
}

/// One known mistake.
#[derive(Debug, PartialEq, Eq)]
pub struct Mistake {
    /// A stable name for logs and scripts.
    pub slug: &'static str,
    /// What to change, in English; `{}` stands for the variety.
    pub english: &'static str,
    /// What to change, in Chinese; `{}` stands for the variety.
    pub chinese: &'static str,
}

impl Mistake {
    pub(crate) fn found(&'static self, detail: impl Into<Cow<'static, str>>) -> Finding {
        Finding { mistake: self, detail: detail.into() }
    }
}

/// A mistake that was made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// Which.
    pub mistake: &'static Mistake,
    /// The variety that was found, in words of a program and of no language: `"\n" behind`, `cn-north-1`. May be empty.
    pub detail: Cow<'static, str>,
}

impl Finding {
    /// What the caller's developer should change.
    pub fn english(&self) -> String {
        self.mistake.english.replace("{}", &self.detail)
    }

    /// The same in Chinese.
    pub fn chinese(&self) -> String {
        self.mistake.chinese.replace("{}", &self.detail)
    }
}

/// What to print and compare when no known mistake explains a signature.
#[derive(Debug, PartialEq, Eq)]
pub struct Advice {
    /// In English.
    pub english: &'static str,
    /// In Chinese.
    pub chinese: &'static str,
}

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
        /// The field that holds the moment.
        field: &'static str,
    },
    /// The call lacks a part that a signature needs; the door's own message says which.
    Incomplete(String),
    /// No candidate has the access key of the call.
    UnknownAccessKey,
    /// These mistakes, together, were made.
    Mistakes(Vec<Finding>),
    /// None of the known mistakes: the client should print what the advice names and compare it with ours.
    Unexplained(&'static Advice),
}

impl Diagnosis {
    /// What a clock says of a moment whose signature is right.
    pub(crate) fn of_moment(signed_at: Timestamp, clock: Option<(Timestamp, Window)>, field: &'static str) -> Self {
        match clock {
            Some((now, window)) if !window.contains(signed_at, now) => {
                let seconds_ahead = signed_at.as_second() - now.as_second();
                Self::Clock { seconds_ahead, local_time: is_time_zone(seconds_ahead), field }
            }
            _ => Self::Verifies,
        }
    }

    /// Of an access key that nobody has: one that is somebody's secret was put into the wrong place. Whoever logs such a call must
    /// not log its access key.
    pub(crate) fn of_stranger(claimed: &str, candidates: &[Candidate<'_>]) -> Self {
        if candidates.iter().any(|candidate| candidate.secret.matches(claimed.as_bytes())) {
            return Self::Mistakes(vec![words::SWAPPED.found("")]);
        }
        Self::UnknownAccessKey
    }

    /// Whether it is a mistake with a name.
    pub const fn is_named(&self) -> bool {
        !matches!(self, Self::Verifies | Self::Unexplained(_))
    }

    /// A stable name for logs and scripts; several mistakes are joined by `+`.
    pub fn slug(&self) -> Cow<'static, str> {
        Cow::Borrowed(match self {
            Self::Verifies => "verifies",
            Self::Clock { local_time: true, .. } => "clock-local-time",
            Self::Clock { .. } => "clock",
            Self::Incomplete(_) => "incomplete",
            Self::UnknownAccessKey => "unknown-access-key",
            Self::Unexplained(_) => "unexplained",
            Self::Mistakes(found) => {
                return Cow::Owned(found.iter().map(|one| one.mistake.slug).collect::<Vec<_>>().join("+"));
            }
        })
    }

    /// What the caller's developer should do, in English.
    pub fn english(&self) -> String {
        match self {
            Self::Verifies => "The signature is right.".to_owned(),
            Self::Clock { seconds_ahead, local_time, field } => {
                let (seconds, way) = (seconds_ahead.unsigned_abs(), if *seconds_ahead > 0 { "ahead of" } else { "behind" });
                let zone = if *local_time { format!(" That is a time zone: write {field} in UTC, not in local time.") } else { String::new() };
                format!("The signature is right, but the moment of signing is {seconds} seconds {way} the server's clock; set the client's clock.{zone}")
            }
            Self::Incomplete(message) => format!("The request cannot be checked: {}.", message.trim_end_matches('.')),
            Self::UnknownAccessKey => "The access key is not registered here; check it for a typing error, and that it was registered with this server.".to_owned(),
            Self::Mistakes(found) => found.iter().map(Finding::english).collect::<Vec<_>>().join(" "),
            Self::Unexplained(advice) => advice.english.to_owned(),
        }
    }

    /// The same in Chinese.
    pub fn chinese(&self) -> String {
        match self {
            Self::Verifies => "签名正确。".to_owned(),
            Self::Clock { seconds_ahead, local_time, field } => {
                let (seconds, way) = (seconds_ahead.unsigned_abs(), if *seconds_ahead > 0 { "快" } else { "慢" });
                let zone = if *local_time {
                    format!("差值正好是时区：{field} 必须写 UTC 时间，不能写本地时间。")
                } else {
                    String::new()
                };
                format!("签名正确，但签名时间比服务器时钟{way} {seconds} 秒，请校准客户端时钟。{zone}")
            }
            Self::Incomplete(message) => format!("请求无法验签：{}。", message.trim_end_matches(['.', '。'])),
            Self::UnknownAccessKey => {
                "该 access key 未在本服务登记，请检查是否拼写有误、是否登记在这台服务器上。".to_owned()
            }
            Self::Mistakes(found) => found.iter().map(Finding::chinese).collect(),
            Self::Unexplained(advice) => advice.chinese.to_owned(),
        }
    }
}

/// Whether a difference is a whole number of quarter hours, two minutes more or less, and neither smaller nor larger than time
/// zones are: a clock that is half an hour off is wrong.
pub(crate) fn is_time_zone(seconds: i64) -> bool {
    const QUARTER: i64 = 15 * 60;
    let off = (seconds.abs() + QUARTER / 2) % QUARTER - QUARTER / 2;
    off.abs() <= 120 && (3600 - 120..=14 * 3600 + 120).contains(&seconds.abs())
}

/// A stage of a signature for a person to compare: a name, and the text with people's values and tokens masked.
#[derive(Clone, PartialEq, Eq)]
pub struct Stage {
    /// The vendor's name for it.
    pub name: &'static str,
    /// The text as it may be shown.
    pub text: String,
}

impl Stage {
    pub(crate) fn new(name: &'static str, text: impl Into<String>) -> Self {
        Self { name, text: text.into() }
    }
}

impl fmt::Debug for Stage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Stage({})", self.name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_zone_is_a_whole_number_of_quarter_hours_from_one_hour_to_fourteen() {
        for zone in [3600, -3600, 28_800, -28_795, 19_800, 20_700, 50_400, 3500, 28_910] {
            assert!(is_time_zone(zone), "{zone}");
        }
        for clock in [0, 900, 1800, -2700, 3400, 4000, 29_000, 54_000] {
            assert!(!is_time_zone(clock), "{clock}");
        }
    }

    #[test]
    fn a_name_is_shown_and_a_value_in_its_place_is_not() {
        for name in ["biz_content", "X-Sdk-Invocation-Id", "x-content-sha256", "CertificationId.1", "p1024"] {
            assert_eq!(shown_name(name.as_bytes()), name);
        }
        let long = "a".repeat(65);
        for value in
            ["", "110101190001010014", "a13800000000", "E12345678", "{\"cert_name\":\"x\"", "样例甲", "a b", &long]
        {
            assert_eq!(shown_name(value.as_bytes()), "(…)", "{value}");
        }
        assert_eq!(shown_name(b"a\xff"), "(…)");
    }
}
