//! What goes back: pages that nobody may keep, frame or load anything into, redirects, and the two assets.

use bytes::Bytes;
use http::{
    HeaderName, HeaderValue, StatusCode,
    header::{
        CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, LOCATION, REFERRER_POLICY, SET_COOKIE, VARY,
        X_CONTENT_TYPE_OPTIONS, X_FRAME_OPTIONS,
    },
};
use maud::Markup;

use super::NAME;
use crate::doors::{Answer, Outcome};

/// No inline script or style, nothing from elsewhere, no frame, no form to elsewhere.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; form-action 'self'; base-uri 'none'; \
                      frame-ancestors 'none'; require-trusted-types-for 'script'";
/// What only the camera page needs.
const PERMISSIONS: &str = "camera=(self), microphone=(), geolocation=(), display-capture=(), payment=(), usb=()";

/// A page.
pub(super) struct Page {
    status: StatusCode,
    markup: Markup,
    word: &'static str,
}

impl Page {
    pub(super) fn new(status: StatusCode, markup: Markup, word: &'static str) -> Self {
        Self { status, markup, word }
    }
}

/// An answer, but for the operation.
pub(super) struct Said {
    status: StatusCode,
    headers: Vec<(HeaderName, HeaderValue)>,
    body: Bytes,
    word: &'static str,
}

impl From<Page> for Said {
    fn from(page: Page) -> Self {
        let said = Self::new(page.status, Bytes::from(page.markup.into_string()), page.word);
        said.with(CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8"))
    }
}

impl Said {
    fn new(status: StatusCode, body: Bytes, word: &'static str) -> Self {
        let said = Self { status, headers: Vec::with_capacity(12), body, word };
        said.with(CACHE_CONTROL, HeaderValue::from_static("no-store"))
            .with(VARY, HeaderValue::from_static("accept-language, cookie"))
            .guarded()
    }

    fn guarded(self) -> Self {
        self.with(CONTENT_SECURITY_POLICY, HeaderValue::from_static(POLICY))
            .with(REFERRER_POLICY, HeaderValue::from_static("no-referrer"))
            .with(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"))
            .with(X_FRAME_OPTIONS, HeaderValue::from_static("DENY"))
            .with(HeaderName::from_static("permissions-policy"), HeaderValue::from_static(PERMISSIONS))
            .with(HeaderName::from_static("cross-origin-opener-policy"), HeaderValue::from_static("same-origin"))
            .with(HeaderName::from_static("cross-origin-resource-policy"), HeaderValue::from_static("same-origin"))
    }

    /// On to another page of the desk. The address is relative: what stands in front of it is a proxy's affair.
    pub(super) fn to(address: &'static str, word: &'static str) -> Self {
        let said = Self::new(StatusCode::SEE_OTHER, Bytes::new(), word);
        said.with(LOCATION, HeaderValue::from_static(address))
            .with(CONTENT_TYPE, HeaderValue::from_static("text/plain; charset=utf-8"))
    }

    /// A file whose name changes with its content.
    pub(super) fn asset(content: &'static str, media_type: &'static str) -> Self {
        let said = Self {
            status: StatusCode::OK,
            headers: Vec::new(),
            body: Bytes::from_static(content.as_bytes()),
            word: "asset",
        };
        said.with(CACHE_CONTROL, HeaderValue::from_static("public, max-age=31536000, immutable"))
            .with(CONTENT_TYPE, HeaderValue::from_static(media_type))
            .guarded()
    }

    pub(super) fn with(mut self, name: HeaderName, value: HeaderValue) -> Self {
        self.headers.push((name, value));
        self
    }

    pub(super) fn with_cookie(self, cookie: Option<HeaderValue>) -> Self {
        match cookie {
            Some(cookie) => self.with(SET_COOKIE, cookie),
            None => self,
        }
    }

    pub(super) fn write(self, operation: &'static str) -> Answer {
        let Self { status, headers, body, word } = self;
        let admitted = status.is_success() || status.is_redirection();
        Answer { status, headers, body, outcome: Outcome { door: NAME, operation, admitted, word } }
    }
}
