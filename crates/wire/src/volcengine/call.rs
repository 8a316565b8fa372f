//! From bytes to a call that may be answered, in the order of the specification's section 1.8.
//!
//! [`Unverified::parse`] does steps 1 to 4: what must be there is there. The caller looks up the claimed access key (step 5).
//! [`Unverified::verify`] does steps 6 and 7 and is the only maker of [`Verified`]; [`Verified::within`] does step 8 and is the only
//! maker of [`Admitted`], which the operations ask for. There is no nonce, and an SDK's own retry repeats a signature within the
//! second, so equal signatures are never refused: [`Admitted::invocation_id`] and [`Admitted::body_sha256`] say what is the same
//! call again (sections 1.7 and 3.4).

mod texts;

use std::collections::HashSet;
use std::fmt;
use std::sync::OnceLock;
use std::time::Duration;

use http::header::HeaderValue;
use jiff::Timestamp;

use super::authorization::{Authorization, Form};
use super::canonical::{Param, Values, params};
use super::codes::{No, Refusal};
use super::sign::{CONTENT_SHA256, DATE, Scope, SigningKey, Stages, TOKEN};
use crate::hex::sha256_hex;
use crate::request::Request;
use crate::secret::Secret;
use crate::time::{Window, parse_basic};

/// A call that has all the parts of a signature; nothing of it is trusted yet.
#[derive(Clone)]
pub struct Unverified<'a> {
    request: Request<'a>,
    params: Vec<Param>,
    action: String,
    version: String,
    authorization: Authorization,
    date: String,
    signed_at: Timestamp,
    host: Option<&'a [u8]>,
    /// The hash of the body: of a large one it is most of the work, so it is made once.
    body_hash: OnceLock<String>,
}

impl<'a> Unverified<'a> {
    /// Reads what the signature needs: steps 1 to 4 of section 1.8, each with its own refusal.
    pub fn parse(request: &Request<'a>) -> Result<Self, Refusal> {
        let params = params(request.query().unwrap_or_default());
        // A parameter that is there twice is none: nobody could say which one was meant.
        let needed = |name| match single(&params, name) {
            Some(value) if !value.is_empty() => Ok(value.to_owned()),
            _ => Err(Refusal::filled(No::MissingParameter, [name])),
        };
        let (action, version) = (needed("Action")?, needed("Version")?);
        let authorization = Authorization::of(request, &params)?;
        let date = match authorization.form {
            Form::Header => request.single(DATE).and_then(|date| date.to_str().ok()),
            Form::Query => single(&params, DATE),
        };
        let date = date.map(str::trim_ascii).filter(|date| !date.is_empty());
        let date = date.ok_or_else(|| Refusal::filled(No::MissingRequestInfo, [DATE]))?.to_owned();
        let signed_at = parse_basic(date.as_bytes()).ok_or(No::InvalidTimestamp)?;
        if date.get(..8) != Some(authorization.credential.date.as_str()) {
            return Err(No::InvalidCredential.into());
        }
        Ok(Self {
            request: *request,
            params,
            action,
            version,
            authorization,
            date,
            signed_at,
            host: None,
            body_hash: OnceLock::new(),
        })
    }

    /// The host that the client really asked for, taken from a forwarded header of a trusted proxy: it stands in for `Host`.
    pub fn with_host(mut self, host: &'a [u8]) -> Self {
        self.host = Some(host);
        self
    }

    /// The access key that the caller claims to have.
    pub fn claimed_access_key(&self) -> &str {
        &self.authorization.credential.access_key
    }

    /// The refusal for a claimed access key that nobody has: step 5.
    pub fn unknown_access_key(&self) -> Refusal {
        Refusal::filled(No::InvalidAccessKey, [self.claimed_access_key()])
    }

    /// The claimed scope: with the access key, what a cache of signing keys is keyed by.
    pub fn scope(&self) -> Scope<'_> {
        self.authorization.credential.scope()
    }

    /// The claimed moment of signing.
    pub const fn signed_at(&self) -> Timestamp {
        self.signed_at
    }

    /// Where the signature stands.
    pub const fn form(&self) -> Form {
        self.authorization.form
    }

    /// The names in SignedHeaders, as listed.
    pub fn signed_headers(&self) -> &str {
        &self.authorization.signed_headers
    }

    /// The request.
    pub const fn request(&self) -> &Request<'a> {
        &self.request
    }

    /// Every stage of the signature as text, by the first of the rules that [`Self::verify`] tries.
    pub fn stages(&self) -> Stages {
        let payload = self.payload();
        let query = self.queries().into_iter().next().unwrap_or_default();
        Stages::of(
            &self.canonical(&query, &payload, Values::Trimmed, self.hosts().into_iter().next().flatten()),
            &self.scope(),
            &self.date,
        )
    }

    /// Checks the security token, the body's hash and the signature: steps 6 and 7. `key` must be derived from the caller's secret
    /// for [`Self::scope`]; `caller_token` is the token bound to the access key, for temporary credentials.
    pub fn verify(self, key: &SigningKey, caller_token: Option<&Secret>) -> Result<Verified<'a>, Refusal> {
        self.check_token(caller_token)?;
        self.check_coverage()?;
        self.check_body_hash()?;
        if !self.is_signed_by(key) {
            return Err(No::SignatureDoesNotMatch.into());
        }
        // A signature in the query never covers a body, so none is taken with one: what needs a body is signed in the header
        // (section 1.5).
        if self.form() == Form::Query && !self.request.body.is_empty() {
            return Err(No::InvalidAuthorization.into());
        }
        Ok(Verified(self))
    }

    pub(super) fn check_token(&self, bound: Option<&Secret>) -> Result<(), Refusal> {
        let given: Vec<&[u8]> = match self.authorization.form {
            Form::Header => self.request.headers.get_all(TOKEN).iter().map(HeaderValue::as_bytes).collect(),
            Form::Query => self.named(TOKEN).map(|param| param.value.as_slice()).collect(),
        };
        let given: Vec<&[u8]> = given.into_iter().map(<[u8]>::trim_ascii).filter(|token| !token.is_empty()).collect();
        let message = match (given.as_slice(), bound) {
            ([], None) => return Ok(()),
            ([given], Some(bound)) if bound.matches(given) => return Ok(()),
            ([], Some(_)) => "the access key needs a token",
            (_, None) => "the access key has no token",
            _ => "the token is not the access key's",
        };
        Err(Refusal::filled(No::InvalidSecretToken, [message]))
    }

    /// In the query form a caller chooses what is covered: nothing that decides anything may stay outside (section 1.6).
    pub(super) fn check_coverage(&self) -> Result<(), Refusal> {
        let all = self.authorization.form == Form::Header || self.uncovered().is_empty();
        if all { Ok(()) } else { Err(No::SignatureDoesNotMatch.into()) }
    }

    /// The parameters of a query form that X-SignedQueries leaves out and must not.
    pub(super) fn uncovered(&self) -> Vec<&[u8]> {
        let listed = self.listed();
        let free = |name: &[u8]| FREE.iter().any(|free| free.as_bytes() == name);
        let covers = |name: &[u8]| listed.is_empty() || listed.contains(name) || free(name);
        self.params.iter().map(|param| param.name.as_slice()).filter(|name| !covers(name)).collect()
    }

    pub(super) fn signature(&self) -> &str {
        &self.authorization.signature
    }

    /// The text of `X-Date`.
    pub(super) fn date(&self) -> &str {
        &self.date
    }

    /// The signature covers the header's text only, so the body is hashed in any case.
    pub(super) fn check_body_hash(&self) -> Result<(), Refusal> {
        let mut claimed = self.request.headers.get_all(CONTENT_SHA256).iter().peekable();
        if claimed.peek().is_none() {
            return Ok(());
        }
        let hash = self.body_hash();
        let right = claimed.all(|claimed| claimed.as_bytes().trim_ascii() == hash.as_bytes());
        if right { Ok(()) } else { Err(No::SignatureDoesNotMatch.into()) }
    }

    pub(super) fn payload(&self) -> String {
        match self.authorization.form {
            Form::Header => self.body_hash().to_owned(),
            Form::Query => sha256_hex(b""),
        }
    }

    fn body_hash(&self) -> &str {
        self.body_hash.get_or_init(|| sha256_hex(self.request.body))
    }

    /// The names in X-SignedQueries; empty when it is absent, empty, or the signature stands in the header.
    pub(super) fn listed(&self) -> HashSet<&[u8]> {
        let list = self.authorization.signed_queries.as_bytes();
        list.split(|&byte| byte == b';').filter(|name| !name.is_empty()).collect()
    }

    fn named(&self, name: &'static str) -> impl Iterator<Item = &Param> {
        self.params.iter().filter(move |param| param.name == name.as_bytes())
    }

    /// The validity that the caller asks for, when it is shorter than `most` (section 1.7): the shortest, for whoever holds a
    /// signed address may add a header.
    fn validity(&self, most: Window) -> Result<Window, Refusal> {
        let headers = self.request.headers.get_all("x-expires").into_iter().map(|value| value.to_str().unwrap_or("?"));
        let params = self.named("X-Expires").map(|param| std::str::from_utf8(&param.value).unwrap_or("?"));
        headers.chain(params).try_fold(most, |shortest, asked| {
            let seconds = asked.trim_ascii().parse().map_err(|_| No::InvalidTimestamp)?;
            Ok(Window::new(shortest.either_way().min(Duration::from_secs(seconds))))
        })
    }
}

/// Parameters of the signature itself that may stand outside X-SignedQueries: Node does not cover the list, three SDKs not the
/// token (which is compared with the caller's own), X-Expires only shortens, and the others say how the text was made, so that
/// another value of theirs gives another text or none.
const FREE: [&str; 7] =
    ["X-Signature", "X-SignedQueries", TOKEN, "X-Algorithm", "X-NotSignBody", "X-SignedHeaders", "X-Expires"];

/// The value of a parameter that is there once, as text.
pub(super) fn single<'p>(params: &'p [Param], name: &str) -> Option<&'p str> {
    let mut values = params.iter().filter(|param| param.name == name.as_bytes());
    let first = values.next()?;
    values.next().is_none().then_some(std::str::from_utf8(&first.value).ok()?)
}

impl fmt::Debug for Unverified<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Unverified({:?}, {})", self.request, self.scope())
    }
}

/// A call whose token, body hash and signature are right; its date has not been looked at.
#[derive(Clone)]
pub struct Verified<'a>(Unverified<'a>);

impl<'a> Verified<'a> {
    /// Checks the date window, inclusive at the edge: step 8. The caller may have asked for less than `most`, never for more.
    pub fn within(self, now: Timestamp, most: Window) -> Result<Admitted<'a>, Refusal> {
        let window = self.0.validity(most)?;
        if window.contains(self.0.signed_at, now) { Ok(Admitted(self)) } else { Err(No::InvalidTimestamp.into()) }
    }

    /// The call, as it was before.
    pub const fn call(&self) -> &Unverified<'a> {
        &self.0
    }
}

impl fmt::Debug for Verified<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Verified({:?})", self.0)
    }
}

/// A call whose signature, token and date are right: what the operations ask for.
#[derive(Clone)]
pub struct Admitted<'a>(Verified<'a>);

impl<'a> Admitted<'a> {
    /// The access key, no longer only claimed.
    pub fn access_key(&self) -> &str {
        self.call().claimed_access_key()
    }

    /// The operation asked for.
    pub fn action(&self) -> &str {
        &self.call().action
    }

    /// Its version.
    pub fn version(&self) -> &str {
        &self.call().version
    }

    /// Where the signature stands.
    pub const fn form(&self) -> Form {
        self.call().form()
    }

    /// The region, as the answer's envelope repeats it.
    pub fn region(&self) -> &str {
        self.call().scope().region
    }

    /// The body; empty in the query form.
    pub const fn body(&self) -> &'a [u8] {
        self.call().request.body
    }

    /// The method.
    pub const fn method(&self) -> &'a str {
        self.call().request.method
    }

    /// The moment of signing.
    pub const fn signed_at(&self) -> Timestamp {
        self.call().signed_at
    }

    /// `X-Sdk-Invocation-Id`, which an SDK's retries repeat; `None` when SignedHeaders does not list it.
    pub fn invocation_id(&self) -> Option<&'a str> {
        const NAME: &str = "x-sdk-invocation-id";
        let signed = self.call().signed_headers().split(';').any(|name| name.eq_ignore_ascii_case(NAME));
        self.call().request.single(NAME)?.to_str().ok().map(str::trim_ascii).filter(|id| signed && !id.is_empty())
    }

    /// The lower-case hexadecimal SHA-256 of the body: the same call again, for clients that send no id.
    pub fn body_sha256(&self) -> &str {
        self.call().body_hash()
    }

    /// The query as it stands on the wire.
    pub fn raw_query(&self) -> &'a str {
        self.call().request.query().unwrap_or_default()
    }

    /// The values of a query parameter, in the order of the wire; such as are no UTF-8 are left out.
    pub fn query(&self, name: &'static str) -> impl Iterator<Item = &str> {
        self.call().named(name).filter_map(|param| std::str::from_utf8(&param.value).ok())
    }

    /// The values of a query parameter that is a list, in the order of the wire: repeated names, as section 4.1 has them, or names
    /// with a number, as the vendor's newer SDKs for Node, PHP and Python flatten lists (`ids.1`), and as PHP's HTTP client does
    /// (`ids[0]`).
    pub fn query_list(&self, name: &'static str) -> impl Iterator<Item = &str> {
        let items = self.call().params.iter().filter(move |param| is_item(&param.name, name));
        items.filter_map(|param| std::str::from_utf8(&param.value).ok())
    }

    const fn call(&self) -> &Unverified<'a> {
        &self.0.0
    }
}

/// Whether a parameter is an item of the list of this name.
fn is_item(param: &[u8], list: &str) -> bool {
    let all_digits = |text: &[u8]| text.iter().all(u8::is_ascii_digit);
    match param.strip_prefix(list.as_bytes()) {
        Some([]) => true,
        Some([b'.', number @ ..]) => !number.is_empty() && all_digits(number),
        Some([b'[', number @ .., b']']) => all_digits(number),
        _ => false,
    }
}

impl fmt::Debug for Admitted<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Admitted({:?})", self.0.0)
    }
}

#[cfg(test)]
#[path = "call_tests.rs"]
mod tests;
