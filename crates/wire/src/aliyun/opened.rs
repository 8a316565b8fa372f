//! A request with its parameters read: what it asks for, and in which form it wants its answer, whoever sent it. Steps 1 and 2 of
//! the specification's section 5.

use std::fmt;

use http::header::{AUTHORIZATION, HOST};

use super::codes::{No, Refusal};
use super::parameters::Parameters;
use super::sign::{ACTION, VERSION};
use crate::request::{MAX_TARGET, Request};

/// The largest body: a picture of a megabyte in base64, three characters for each.
pub const MAX_BODY: usize = 6 * 1024 * 1024;

/// The two signatures.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scheme {
    /// RPC 1.0: parameters.
    Rpc,
    /// ACS3: headers.
    Acs3,
}

impl Scheme {
    /// The scheme of a request, by its `Authorization` alone.
    pub fn of(request: &Request<'_>) -> Self {
        let header = request.headers.get(AUTHORIZATION);
        if header.is_some_and(|value| value.as_bytes().starts_with(b"ACS3-")) { Self::Acs3 } else { Self::Rpc }
    }

    /// The form of an answer when nobody asked for one (section 2.1).
    pub const fn default_format(self) -> Format {
        match self {
            Self::Rpc => Format::Xml,
            Self::Acs3 => Format::Json,
        }
    }
}

/// The form of an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// JSON.
    Json,
    /// XML.
    Xml,
}

impl Format {
    fn find(word: &str) -> Option<Self> {
        let is = |known: &str| word.eq_ignore_ascii_case(known);
        if is("json") { Some(Self::Json) } else { is("xml").then_some(Self::Xml) }
    }

    /// The form for a refusal of a request whose parameters could not be read: what `Format` looks like, if it is there, else the
    /// scheme's.
    pub fn of_unread(request: &Request<'_>) -> Self {
        let pieces = |text: &'_ [u8]| {
            let mut formats = text.split(|&byte| byte == b'&').filter_map(|piece| piece.strip_prefix(b"Format="));
            formats.find_map(|word| Self::find(std::str::from_utf8(word).ok()?))
        };
        let query = request.query().and_then(|query| pieces(query.as_bytes()));
        query.or_else(|| pieces(request.body)).unwrap_or_else(|| Scheme::of(request).default_format())
    }
}

/// The endpoint's name for `HostId`: the host without its port. `asked` stands in for `Host` where a trusted proxy passed it on.
pub fn host_id<'a>(request: &Request<'a>, asked: Option<&'a [u8]>) -> &'a str {
    let host = asked.or_else(|| request.headers.get(HOST).map(http::HeaderValue::as_bytes));
    let host = host.and_then(|host| std::str::from_utf8(host).ok()).unwrap_or_default().trim_ascii();
    match host.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => name,
        _ => host,
    }
}

/// The language of an operation's messages (section 6.4).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Lang {
    /// English.
    #[default]
    English,
    /// Chinese.
    Chinese,
}

/// A request with its parameters read; nothing of it is trusted.
pub struct Opened<'a> {
    request: Request<'a>,
    parameters: Parameters<'a>,
    scheme: Scheme,
    host: Option<&'a [u8]>,
}

impl<'a> Opened<'a> {
    /// Reads the parameters: steps 1 and 2. A refusal is to be written in [`Scheme::default_format`].
    pub fn read(request: &Request<'a>) -> Result<Self, Refusal> {
        if request.target.len() > MAX_TARGET {
            return Err(No::TargetTooLong.into());
        }
        if request.body.len() > MAX_BODY {
            return Err(No::BodyTooLarge.into());
        }
        let parameters = Parameters::read(request)?;
        let scheme = if is_anonymous(request, &parameters) { Scheme::Acs3 } else { Scheme::of(request) };
        Ok(Self { request: *request, parameters, scheme, host: None })
    }

    /// The host that the client really asked for, from a trusted proxy: it stands in for `Host`.
    pub const fn with_host(mut self, host: &'a [u8]) -> Self {
        self.host = Some(host);
        self
    }

    /// The form that the caller wants its answer in.
    pub fn format(&self) -> Format {
        self.asked_format().unwrap_or_else(|| self.scheme.default_format())
    }

    pub(super) fn asked_format(&self) -> Option<Format> {
        Format::find(self.parameters.get("Format")?)
    }

    /// The language that the caller wants messages in.
    pub fn lang(&self) -> Lang {
        if self.parameters.get("Lang") == Some("zh") { Lang::Chinese } else { Lang::English }
    }

    /// The endpoint's name for `HostId`.
    pub fn host_id(&self) -> &'a str {
        host_id(&self.request, self.host)
    }

    /// Which signature the call has.
    pub const fn scheme(&self) -> Scheme {
        self.scheme
    }

    /// The parameters.
    pub const fn parameters(&self) -> &Parameters<'a> {
        &self.parameters
    }

    /// The request.
    pub const fn request(&self) -> &Request<'a> {
        &self.request
    }

    pub(super) const fn stand_in_host(&self) -> Option<&'a [u8]> {
        self.host
    }

    pub(super) fn header(&self, name: &str) -> &str {
        self.request.single(name).and_then(|value| value.to_str().ok()).unwrap_or_default().trim_ascii()
    }

    /// Version and action. In ACS3 the headers decide, and parameters of these names must agree with them (section 2).
    pub(super) fn asked(&self) -> Result<(&str, &str), Refusal> {
        let parameter = |name| self.parameters.get(name).unwrap_or_default();
        if self.scheme == Scheme::Rpc {
            return Ok((parameter("Version"), parameter("Action")));
        }
        let asked = (self.header(VERSION), self.header(ACTION));
        for (name, header) in [("Version", asked.0), ("Action", asked.1)] {
            if self.parameters.get(name).is_some_and(|value| value != header) {
                return Err(Refusal::invalid(name));
            }
        }
        Ok(asked)
    }
}

/// Whether a call is of those that the tea SDKs send without credentials: the operation stands in headers, and nothing of a
/// signature anywhere. It ends for want of an access key (section 2), in JSON, because these SDKs read no other form.
fn is_anonymous(request: &Request<'_>, parameters: &Parameters<'_>) -> bool {
    const OF_RPC: [&str; 4] = ["Action", "Version", "AccessKeyId", "Signature"];
    request.headers.contains_key(VERSION)
        && !request.headers.contains_key(AUTHORIZATION)
        && OF_RPC.iter().all(|name| parameters.get(name).is_none())
}

impl fmt::Debug for Opened<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Opened({:?}, {:?})", self.request, self.parameters)
    }
}
