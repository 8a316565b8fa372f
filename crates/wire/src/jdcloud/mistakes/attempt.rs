//! An attempt at a client's signature, and what can be done wrong in it.

use std::borrow::Cow;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::{Finding, words};
use crate::hex::unhex;
use crate::jdcloud::call::Unverified;
use crate::jdcloud::canonical::{Canonical, Names, Path, Query, Values, text};
use crate::jdcloud::sign::{DATE, Generation, SERVICE, Signature, SigningKey};
use crate::secret::Secret;

/// Everything a signature is computed from, each word free.
#[derive(Clone)]
pub(super) struct Attempt<'a> {
    canonical: Canonical<'a>,
    label: &'a str,
    date: &'a str,
    hash: HashForm,
    /// The scope in the string to sign.
    scope: Words<'a>,
    /// The words of the key.
    key: Words<'a>,
    prefix: &'a str,
    secret: &'a str,
    /// The key, as long as none of its words is changed: deriving it costs more than all the rest.
    derived: Option<SigningKey>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) struct Words<'a> {
    pub(super) date: &'a str,
    pub(super) region: &'a str,
    pub(super) service: &'a str,
    pub(super) terminator: &'a str,
}

/// How the hash of the canonical request stands in the string to sign.
#[derive(Clone, Copy, PartialEq, Eq)]
enum HashForm {
    Lower,
    Upper,
    /// The canonical request itself.
    Text,
}

impl<'a> Attempt<'a> {
    /// The right one, taking the caller's `Authorization` at its word.
    pub(super) fn new(call: &Unverified<'a>, secret: &'a str, payload: &'a [u8; 64]) -> Self {
        let authorization = call.authorization();
        let scope = authorization.scope;
        let words = Words {
            date: scope.date,
            region: scope.region,
            service: scope.service,
            terminator: authorization.terminator,
        };
        let canonical =
            Canonical { host: call.host(), ..Canonical::new(call.request(), call.signed_headers(), text(payload)) };
        let mut plain = Self {
            canonical,
            label: scope.generation.algorithm(),
            date: call.date(),
            hash: HashForm::Lower,
            scope: words,
            key: words,
            prefix: scope.generation.key_prefix(),
            secret,
            derived: None,
        };
        plain.derived = Some(plain.derive());
        plain
    }

    fn derive(&self) -> SigningKey {
        let Words { date, region, service, terminator } = self.key;
        SigningKey::chain(self.prefix, self.secret, date, region, service, terminator)
    }

    /// Where the caller's `Authorization` contradicts itself, its date or this service. The signature may be right all the same.
    pub(super) fn disagreements(&self, call: &Unverified<'_>) -> Vec<Finding> {
        let mut found = Vec::new();
        if self.scope.terminator != call.scope().generation.terminator() {
            found.push(words::TERMINATOR.found(self.scope.terminator.to_owned()));
        }
        if self.scope.service != SERVICE {
            found.push(words::SERVICE_NAME.found(self.scope.service.to_owned()));
        }
        if call.date().get(..8) != Some(self.scope.date) {
            found.push(words::CREDENTIAL_DATE.found(""));
        }
        if !call.scope().has_fit_region() {
            found.push(words::REGION_FORM.found(""));
        }
        found
    }

    /// Whether the signature comes out.
    pub(super) fn gives(&self, given: &Signature) -> bool {
        let fresh;
        let key = if let Some(derived) = &self.derived {
            derived
        } else {
            fresh = self.derive();
            &fresh
        };
        let mut last = Vec::new();
        match self.hash {
            HashForm::Text => {
                self.canonical.write(&mut last);
            }
            HashForm::Lower | HashForm::Upper => {
                let hash = self.canonical.hash_of_what_is_there();
                last.extend_from_slice(&hash);
                if self.hash == HashForm::Upper {
                    last.make_ascii_uppercase();
                }
            }
        }
        let Words { date, region, service, terminator } = self.scope;
        let scope = [date, "/", region, "/", service, "/", terminator].concat();
        let head = [self.label, "\n", self.date, "\n", &scope, "\n"].concat();
        key.sign(&[head.as_bytes(), &last].concat()).matches(given)
    }
}

/// The signature that the client sent, however it wrote it, and the mistake of writing it otherwise than in lower-case digits.
pub(super) fn signature(call: &Unverified<'_>) -> Option<(Signature, Option<Finding>)> {
    let given = call.authorization().signature;
    if let Some(signature) = Signature::parse(given) {
        return Some((signature, None));
    }
    if let Some(bytes) = unhex(given.as_bytes()) {
        return Some((Signature::of(bytes), Some(words::SIGNATURE_FORM.found("ABCDEF"))));
    }
    let bytes = STANDARD.decode(given).ok()?.try_into().ok()?;
    Some((Signature::of(bytes), Some(words::SIGNATURE_FORM.found("base64"))))
}

/// What is done otherwise.
pub(super) enum Change<'a> {
    Secret(Cow<'a, str>),
    Prefix(&'static str),
    Label(&'static str),
    /// Prefix, label and terminator together.
    Generation(Generation),
    /// Words of the key, of the scope in the string to sign, or of both.
    Words {
        key: Option<Words<'a>>,
        scope: Option<Words<'a>>,
    },
    /// The date in the string to sign, and in the header line.
    Date {
        signed: String,
        day: Option<String>,
        in_header: bool,
    },
    Payload(Cow<'a, str>),
    Tail(&'static str),
    Host(Vec<u8>),
    Path(Path),
    Query(Query),
    Values(Values),
    Names(Names),
    Lines(String),
    ListLine(String),
    LinesAndList(String),
    NoEmptyLine,
    Instead(&'static str, Vec<u8>),
    Method(Cow<'a, str>),
    Hash(WrongHash),
}

/// The wrong forms of the hash in the string to sign.
#[derive(Clone, Copy)]
pub(super) enum WrongHash {
    Upper,
    Text,
}

/// Which part of the attempt a change touches: a pair takes two different parts.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    Secret,
    Scope,
    Date,
    Payload,
    Host,
    Path,
    Query,
    Lines,
    Method,
    Hash,
}

impl<'a> Change<'a> {
    pub(super) const fn place(&self) -> Place {
        match self {
            Self::Secret(_) => Place::Secret,
            Self::Prefix(_) | Self::Label(_) | Self::Generation(_) | Self::Words { .. } => Place::Scope,
            Self::Date { .. } => Place::Date,
            Self::Payload(_) | Self::Tail(_) => Place::Payload,
            Self::Host(_) => Place::Host,
            Self::Path(_) => Place::Path,
            Self::Query(_) => Place::Query,
            Self::Values(_)
            | Self::Names(_)
            | Self::Lines(_)
            | Self::ListLine(_)
            | Self::LinesAndList(_)
            | Self::NoEmptyLine
            | Self::Instead(..) => Place::Lines,
            Self::Method(_) => Place::Method,
            Self::Hash(_) => Place::Hash,
        }
    }

    const fn touches_key(&self) -> bool {
        matches!(
            self,
            Self::Secret(_)
                | Self::Prefix(_)
                | Self::Generation(_)
                | Self::Words { key: Some(_), .. }
                | Self::Date { day: Some(_), .. }
        )
    }

    /// Does it wrong.
    pub(super) fn apply<'b>(&'b self, attempt: &mut Attempt<'b>)
    where
        'a: 'b,
    {
        if self.touches_key() {
            attempt.derived = None;
        }
        let canonical = &mut attempt.canonical;
        match self {
            Self::Secret(secret) => attempt.secret = secret,
            Self::Prefix(prefix) => attempt.prefix = prefix,
            Self::Label(label) => attempt.label = label,
            Self::Generation(generation) => {
                attempt.prefix = generation.key_prefix();
                attempt.label = generation.algorithm();
                attempt.key.terminator = generation.terminator();
                attempt.scope.terminator = generation.terminator();
            }
            Self::Words { key, scope } => {
                attempt.key = key.unwrap_or(attempt.key);
                attempt.scope = scope.unwrap_or(attempt.scope);
            }
            Self::Date { signed, day, in_header } => {
                attempt.date = signed;
                if let Some(day) = day {
                    attempt.key.date = day;
                    attempt.scope.date = day;
                }
                if *in_header {
                    canonical.instead = Some((DATE, signed.as_bytes()));
                }
            }
            Self::Payload(payload) => canonical.payload = payload,
            Self::Tail(tail) => canonical.tail = tail,
            Self::Host(host) => canonical.host = Some(host),
            Self::Path(path) => canonical.path = *path,
            Self::Query(query) => canonical.query = *query,
            Self::Values(values) => canonical.values = *values,
            Self::Names(names) => canonical.names = *names,
            Self::Lines(names) => canonical.listed = names,
            Self::ListLine(names) => canonical.list_line = names,
            Self::LinesAndList(names) => {
                canonical.listed = names;
                canonical.list_line = names;
            }
            Self::NoEmptyLine => canonical.empty_line = false,
            Self::Instead(name, value) => canonical.instead = Some((name, value)),
            Self::Method(method) => canonical.method = method,
            Self::Hash(WrongHash::Upper) => attempt.hash = HashForm::Upper,
            Self::Hash(WrongHash::Text) => attempt.hash = HashForm::Text,
        }
    }
}

/// Whether a call is signed rightly with a secret, scope and all.
impl Unverified<'_> {
    pub(super) fn is_signed_with(&self, secret: &Secret) -> bool {
        self.check_scope().is_ok() && self.check_signature(&SigningKey::derive(secret, &self.scope())).is_ok()
    }
}
