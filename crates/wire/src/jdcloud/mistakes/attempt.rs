//! An attempt at a client's signature, and what can be done wrong in it.

use std::borrow::Cow;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::{Finding, words};
use crate::diagnosis::search;
use crate::hex::unhex;
use crate::jdcloud::call::Unverified;
use crate::jdcloud::canonical::{Canonical, Names, Path, Query, Values, text};
use crate::jdcloud::sign::{DATE, Generation, SERVICE, Signature, SigningKey};
use crate::secret::Secret;

/// Everything a signature is computed from, each word free.
#[derive(Clone)]
pub(super) struct Attempt<'a> {
    /// What has to come out.
    given: &'a Signature,
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
    /// How many bytes are hashed.
    length: usize,
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
    pub(super) fn new(call: &Unverified<'a>, secret: &'a str, payload: &'a [u8; 64], given: &'a Signature) -> Self {
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
        let mut text = Vec::new();
        canonical.write(&mut text);
        let mut plain = Self {
            given,
            canonical,
            label: scope.generation.algorithm(),
            date: call.date(),
            hash: HashForm::Lower,
            scope: words,
            key: words,
            prefix: scope.generation.key_prefix(),
            secret,
            derived: None,
            length: text.len(),
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
enum Place {
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

impl Change<'_> {
    const fn place(&self) -> Place {
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
}

impl<'a> search::Attempt<'a> for Attempt<'a> {
    type Change = Change<'a>;

    fn apply(&mut self, change: &'a Change<'a>) {
        if change.touches_key() {
            self.derived = None;
        }
        let canonical = &mut self.canonical;
        match change {
            Change::Secret(secret) => self.secret = secret,
            Change::Prefix(prefix) => self.prefix = prefix,
            Change::Label(label) => self.label = label,
            Change::Generation(generation) => {
                self.prefix = generation.key_prefix();
                self.label = generation.algorithm();
                self.key.terminator = generation.terminator();
                self.scope.terminator = generation.terminator();
            }
            Change::Words { key, scope } => {
                self.key = key.unwrap_or(self.key);
                self.scope = scope.unwrap_or(self.scope);
            }
            Change::Date { signed, day, in_header } => {
                self.date = signed;
                if let Some(day) = day {
                    self.key.date = day;
                    self.scope.date = day;
                }
                if *in_header {
                    canonical.instead = Some((DATE, signed.as_bytes()));
                }
            }
            Change::Payload(payload) => canonical.payload = payload,
            Change::Tail(tail) => canonical.tail = tail,
            Change::Host(host) => canonical.host = Some(host),
            Change::Path(path) => canonical.path = *path,
            Change::Query(query) => canonical.query = *query,
            Change::Values(values) => canonical.values = *values,
            Change::Names(names) => canonical.names = *names,
            Change::Lines(names) => canonical.listed = names,
            Change::ListLine(names) => canonical.list_line = names,
            Change::LinesAndList(names) => {
                canonical.listed = names;
                canonical.list_line = names;
            }
            Change::NoEmptyLine => canonical.empty_line = false,
            Change::Instead(name, value) => canonical.instead = Some((name, value)),
            Change::Method(method) => canonical.method = method,
            Change::Hash(WrongHash::Upper) => self.hash = HashForm::Upper,
            Change::Hash(WrongHash::Text) => self.hash = HashForm::Text,
        }
    }

    fn gives(&self) -> bool {
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
        key.sign(&[head.as_bytes(), &last].concat()).matches(self.given)
    }

    fn cost(&self) -> usize {
        self.length
    }

    fn in_one_place(one: &Change<'a>, other: &Change<'a>) -> bool {
        one.place() == other.place()
    }
}

/// Whether a call is signed rightly with a secret, scope and all.
impl Unverified<'_> {
    pub(super) fn is_signed_with(&self, secret: &Secret) -> bool {
        self.check_scope().is_ok() && self.check_signature(&SigningKey::derive(secret, &self.scope())).is_ok()
    }
}
