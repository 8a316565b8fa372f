//! Every refusal this door can print. Docs: JD Cloud specification, sections 3.2 (gateway) and 3.3 (service).

use std::borrow::Cow;

/// What is refused; each has one [`Row`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[expect(missing_docs, reason = "the row is the documentation: status, class, text and when, side by side")]
pub enum No {
    BlockedByRule,
    BadCredentials,
    UnknownAccessKey,
    NoAuthorization,
    NoCredential,
    NoDate,
    NoSignedHeaders,
    WrongSignature,
    AddressNotAllowed,
    ApiDisabled,
    NoRoute,
    BodyTooLarge,
    UriTooLong,
    TooManyForKey,
    TooManyForApi,
    Internal,
    BadGateway,
    Unavailable,
    UpstreamTimeout,
    StaleDate,
    Replayed,
    Unreadable,
    TooSlow,
    InvalidArgument,
    ServiceNotOpened,
    CheckTypeNotEnabled,
    QuotaUsedUp,
}

/// Who speaks: gateway messages end in `[gw]`, service messages do not.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Voice {
    /// The vendor's gateway, in its documented form `<text>[gw]`.
    Gateway,
    /// The service behind it.
    Service,
}

/// One refusal as it is printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Row {
    /// Which refusal.
    pub no: No,
    /// HTTP status, and `error.code` at the same time.
    pub status: u16,
    /// `error.status`: the class of the refusal.
    pub class: &'static str,
    /// `error.message` without `[gw]`.
    pub text: &'static str,
    /// Who speaks.
    pub voice: Voice,
}

use Voice::{Gateway, Service};

const fn row(no: No, status: u16, class: &'static str, text: &'static str, voice: Voice) -> Row {
    Row { no, status, class, text, voice }
}

/// The rows: the vendor's in the order of its page, then ours.
#[rustfmt::skip]
pub const ROWS: &[Row] = &[
    // "Public error code reference during calling", in page order.
    row(No::BlockedByRule, 400, "HTTP_BAD_REQUEST", "the request blocked by security rules", Gateway),
    row(No::BadCredentials, 401, "ACCESS_ERROR", "Invalid authentication credentials", Gateway),
    row(No::UnknownAccessKey, 401, "ACCESS_ERROR", "Invalid accessKey", Gateway),
    row(No::NoAuthorization, 401, "ACCESS_ERROR", "lack of header authorization", Gateway),
    row(No::NoCredential, 401, "ACCESS_ERROR", "lack of credential in the header authorization", Gateway),
    row(No::NoDate, 401, "ACCESS_ERROR", "lack of header x-jdcloud-date", Gateway),
    row(No::NoSignedHeaders, 401, "ACCESS_ERROR", "lack of header signedHeaders", Gateway),
    row(No::WrongSignature, 401, "ACCESS_ERROR", "sign result is not same", Gateway),
    row(No::AddressNotAllowed, 403, "HTTP_FORBIDDEN", "Your IP address is not allowed", Gateway),
    row(No::ApiDisabled, 403, "HTTP_FORBIDDEN", "api is disabled", Gateway),
    row(No::NoRoute, 404, "NOT_FOUND", "no route and no API found with those values", Gateway),
    row(No::BodyTooLarge, 413, "HTTP_REQUEST_ENTITY_TOO_LARGE", "Payload too large", Gateway),
    row(No::UriTooLong, 414, "HTTP_URI_TOO_LONG", "URI too long", Gateway),
    row(No::TooManyForKey, 429, "HTTP_RATE_LIMIT_EXCEEDED", "minute rate limit exceeded, role:ak", Gateway),
    row(No::TooManyForApi, 429, "HTTP_RATE_LIMIT_EXCEEDED", "minute rate limit exceeded, role:api", Gateway),
    row(No::Internal, 500, "HTTP_INTERNAL_SERVER_ERROR", "An unexpected error occurred", Gateway),
    row(No::BadGateway, 502, "HTTP_BAD_GATEWAY", "An invalid response was received from the upstream server", Gateway),
    row(No::Unavailable, 503, "HTTP_SERVICE_UNAVAILABLE", "The upstream server is currently unavailable", Gateway),
    row(No::UpstreamTimeout, 504, "HTTP_SERVER_TIMING_OUT", "The upstream server is timing out", Gateway),
    // Ours, in the gateway's voice: the vendor publishes no text for these (section 1.8).
    row(No::StaleDate, 401, "ACCESS_ERROR", "request time is out of range", Gateway),
    row(No::Replayed, 401, "ACCESS_ERROR", "request has been used before", Gateway),
    row(No::Unreadable, 400, "HTTP_BAD_REQUEST", "the request cannot be read", Gateway),
    row(No::TooSlow, 408, "HTTP_REQUEST_TIMEOUT", "the request did not arrive in time", Gateway),
    // The service's (section 3.3). INVALID_ARGUMENT always carries its own message.
    row(No::InvalidArgument, 400, "INVALID_ARGUMENT", "invalid argument", Service),
    row(No::ServiceNotOpened, 403, "FAIL", "the service is not opened for this account", Service),
    row(No::CheckTypeNotEnabled, 403, "FAIL", "this check is not enabled for this account", Service),
    row(No::QuotaUsedUp, 403, "FAIL", "the quota of this account is used up", Service),
];

impl No {
    /// The row of this refusal.
    pub const fn row(self) -> &'static Row {
        // The table has a row for every variant, in order; a test holds both to it.
        &ROWS[self as usize]
    }
}

/// Whether the two 400 rows of the service become 403 `FAIL`, the only failure that the vendor's page knows (section 3.3).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Document {
    /// 400 `INVALID_ARGUMENT`.
    #[default]
    Plain,
    /// "Strict document mode": 403 `FAIL`.
    Strict,
}

/// A refusal to write: a row, its own message where the row's is not enough, and the field that it is about.
///
/// Messages name fields and rules, never values.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    no: No,
    message: Option<Box<str>>,
    field: Option<(&'static str, Cow<'static, str>)>,
}

impl Refusal {
    /// The row alone.
    pub const fn of(no: No) -> Self {
        Self { no, message: None, field: None }
    }

    /// 400 `INVALID_ARGUMENT` with a message of its own and no field.
    pub fn bad_request(message: impl Into<String>) -> Self {
        Self { no: No::InvalidArgument, message: Some(message.into().into_boxed_str()), field: None }
    }

    /// 400 `INVALID_ARGUMENT` for one field: the message reads `field: rule`, `error.details` says the same in a map.
    ///
    /// `field` is the full path, e.g. `personalSpec.personalUser.idCard`; `rule` says what is wrong and never repeats the value.
    pub fn invalid(field: &'static str, rule: impl Into<Cow<'static, str>>) -> Self {
        let rule = rule.into();
        Self {
            no: No::InvalidArgument,
            message: Some(format!("{field}: {rule}").into_boxed_str()),
            field: Some((field, rule)),
        }
    }

    /// Which refusal.
    pub const fn no(&self) -> No {
        self.no
    }

    /// HTTP status, and `error.code`.
    pub fn status(&self, document: Document) -> u16 {
        if self.is_fail(document) { 403 } else { self.no.row().status }
    }

    /// `error.status`.
    pub fn class(&self, document: Document) -> &'static str {
        if self.is_fail(document) { "FAIL" } else { self.no.row().class }
    }

    fn is_fail(&self, document: Document) -> bool {
        document == Document::Strict && self.no == No::InvalidArgument
    }

    /// `error.message`, `[gw]` included.
    pub fn message(&self) -> Cow<'_, str> {
        let row = self.no.row();
        let text = self.message.as_deref().unwrap_or(row.text);
        match row.voice {
            Gateway => Cow::Owned(format!("{text}[gw]")),
            Service => Cow::Borrowed(text),
        }
    }

    /// The field that is wrong, and the rule that it breaks.
    pub fn field(&self) -> Option<(&'static str, &str)> {
        self.field.as_ref().map(|(field, rule)| (*field, &**rule))
    }
}

impl From<No> for Refusal {
    fn from(no: No) -> Self {
        Self::of(no)
    }
}

impl std::fmt::Display for Refusal {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} {}", self.no.row().status, self.message())
    }
}

impl std::error::Error for Refusal {}

#[cfg(test)]
mod tests {
    use super::*;

    /// The page's table, copied by hand in its own columns, so that a slip in `ROWS` shows.
    const PAGE: &str = "\
400 HTTP_BAD_REQUEST the request blocked by security rules
401 ACCESS_ERROR Invalid authentication credentials
401 ACCESS_ERROR Invalid accessKey
401 ACCESS_ERROR lack of header authorization
401 ACCESS_ERROR lack of credential in the header authorization
401 ACCESS_ERROR lack of header x-jdcloud-date
401 ACCESS_ERROR lack of header signedHeaders
401 ACCESS_ERROR sign result is not same
403 HTTP_FORBIDDEN Your IP address is not allowed
403 HTTP_FORBIDDEN api is disabled
404 NOT_FOUND no route and no API found with those values
413 HTTP_REQUEST_ENTITY_TOO_LARGE Payload too large
414 HTTP_URI_TOO_LONG URI too long
429 HTTP_RATE_LIMIT_EXCEEDED minute rate limit exceeded, role:ak
429 HTTP_RATE_LIMIT_EXCEEDED minute rate limit exceeded, role:api
500 HTTP_INTERNAL_SERVER_ERROR An unexpected error occurred
502 HTTP_BAD_GATEWAY An invalid response was received from the upstream server
503 HTTP_SERVICE_UNAVAILABLE The upstream server is currently unavailable
504 HTTP_SERVER_TIMING_OUT The upstream server is timing out";

    #[test]
    fn the_rows_are_the_pages_rows_in_the_pages_order() {
        let lines = PAGE.lines().collect::<Vec<_>>();
        for (line, row) in lines.iter().zip(ROWS) {
            assert_eq!(*line, format!("{} {} {}", row.status, row.class, row.text));
            assert_eq!(row.voice, Gateway);
        }
        assert_eq!(lines.len(), 19);
        assert_eq!(ROWS[19].no, No::StaleDate, "ours follow");
    }

    #[test]
    fn every_refusal_finds_its_own_row() {
        for (index, row) in ROWS.iter().enumerate() {
            assert_eq!(row.no as usize, index);
            assert_eq!(row.no.row(), row);
            assert!(row.status >= 400, "a client that never looks at the status needs a code that is not zero");
            let message = Refusal::of(row.no).message().into_owned();
            assert_eq!(message.ends_with("[gw]"), row.voice == Gateway, "{message}");
        }
        assert_eq!(No::QuotaUsedUp as usize + 1, ROWS.len());
    }

    #[test]
    fn strict_document_mode_turns_invalid_arguments_into_fail_and_nothing_else() {
        for row in ROWS {
            let refusal = Refusal::of(row.no);
            let strict = (refusal.status(Document::Strict), refusal.class(Document::Strict));
            let expected = if row.class == "INVALID_ARGUMENT" { (403, "FAIL") } else { (row.status, row.class) };
            assert_eq!(strict, expected);
            assert_eq!((refusal.status(Document::Plain), refusal.class(Document::Plain)), (row.status, row.class));
        }
    }

    #[test]
    fn an_invalid_field_is_named_in_the_message_and_by_itself() {
        let refusal = Refusal::invalid("personalSpec.checkType", "is required");
        assert_eq!(refusal.message(), "personalSpec.checkType: is required");
        assert_eq!(refusal.field(), Some(("personalSpec.checkType", "is required")));
    }
}
