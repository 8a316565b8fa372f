//! What `isv.invalid-signature` repeats to the caller. Docs: Alipay gateway specification, section 3.4.

use std::borrow::Cow;

/// The text of `isv.invalid-signature`: the string to sign, as the gateway built it, HTML-escaped (section 3.4).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Echo {
    /// At most so many characters of it; 0 leaves it out.
    pub longest: usize,
    /// Whether what may hold people's data is shown.
    pub content: Content,
}

/// Whether `biz_content` is echoed, and what a client has put beside it that is no public parameter of the vendor's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Content {
    /// `...` stands in its place.
    Hidden,
    /// As the real gateway does.
    Shown,
}

impl Default for Echo {
    fn default() -> Self {
        Self { longest: 1024, content: Content::Hidden }
    }
}

/// Escapes as the real gateway does, so that no quotation mark of the echo can be taken for the end of the node.
pub(in crate::alipay_gateway) fn html_escaped(text: &str) -> Cow<'_, str> {
    if !text.contains(['&', '"', '<', '>']) {
        return Cow::Borrowed(text);
    }
    Cow::Owned(text.replace('&', "&amp;").replace('"', "&quot;").replace('<', "&lt;").replace('>', "&gt;"))
}
