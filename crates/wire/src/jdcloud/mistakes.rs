//! Why a signature does not verify, in words for the caller's developer.

use std::borrow::Cow;

use jiff::Timestamp;

use super::call::Unverified;
use super::codes::Refusal;
use super::sign::SigningKey;
use crate::request::Request;
use crate::secret::Secret;
use crate::time::Window;

/// A registered caller whose secret may be tried.
#[derive(Debug, Clone, Copy)]
pub struct Candidate<'a> {
    /// The access key.
    pub access_key: &'a str,
    /// Its secret.
    pub secret: &'a Secret,
}

/// One known mistake.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Mistake {
    /// A stable name for logs and scripts.
    pub slug: &'static str,
    /// What to change, in English.
    pub english: &'static str,
    /// What to change, in Chinese.
    pub chinese: &'static str,
}

/// What came of looking for the mistake.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Diagnosis {
    /// The signature is right and so is the clock.
    Verifies,
    /// The signature is right, the moment of signing lies outside the window: seconds from our clock to the caller's.
    Clock {
        /// Positive when the caller's clock is ahead.
        seconds_ahead: i64,
    },
    /// The call lacks a part that a signature needs; the refusal says which.
    Incomplete(Refusal),
    /// No candidate has the access key of the call.
    UnknownAccessKey,
    /// These mistakes, together, are the ones that were made.
    Mistakes(Vec<&'static Mistake>),
    /// None of the known mistakes: the client should print this stage and compare it with ours.
    Unexplained {
        /// The stage to compare.
        compare: Stage,
    },
}

/// A stage of the signature that client and server can compare.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stage {
    /// The canonical request.
    CanonicalRequest,
}

/// Looks for the mistake. `candidates` holds the registered callers that may be tried, the one with the call's access key among
/// them; `clock` is the server's, when it is known.
pub fn diagnose(request: &Request<'_>, candidates: &[Candidate<'_>], clock: Option<(Timestamp, Window)>) -> Diagnosis {
    let call = match Unverified::parse(request) {
        Ok(call) => call,
        Err(refusal) => return Diagnosis::Incomplete(refusal),
    };
    let Some(own) = candidates.iter().find(|candidate| candidate.access_key == call.claimed_access_key()) else {
        return Diagnosis::UnknownAccessKey;
    };
    if call.verify(&SigningKey::derive(own.secret, &call.scope()), None).is_ok() {
        return match clock {
            Some((now, window)) if !window.contains(call.signed_at(), now) => {
                Diagnosis::Clock { seconds_ahead: call.signed_at().as_second() - now.as_second() }
            }
            _ => Diagnosis::Verifies,
        };
    }
    Diagnosis::Unexplained { compare: Stage::CanonicalRequest }
}

impl Diagnosis {
    /// A stable name for logs and scripts; several mistakes are joined by `+`.
    pub fn slug(&self) -> Cow<'static, str> {
        Cow::Borrowed("unexplained")
    }
}
