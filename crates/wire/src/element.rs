//! A piece of people's data as it stood on the wire: a name, a number, a picture's text.

use std::borrow::Cow;
use std::fmt;

/// The text of one element, borrowed from the body where the JSON had no escapes. `Debug` hides it.
#[derive(Clone, PartialEq, Eq)]
pub struct Element<'a>(Cow<'a, str>);

impl<'a> Element<'a> {
    /// Wraps a value.
    pub fn new(value: impl Into<Cow<'a, str>>) -> Self {
        Self(value.into())
    }

    /// The text in the clear.
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// Whether the text is borrowed from the body, that is, was not copied.
    #[cfg(test)]
    pub(crate) fn is_borrowed(&self) -> bool {
        matches!(self.0, Cow::Borrowed(_))
    }
}

impl fmt::Debug for Element<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Element(…)")
    }
}
