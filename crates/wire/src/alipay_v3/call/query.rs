//! The parameters of a request target, decoded.

use std::fmt;

use zeroize::Zeroizing;

use super::super::codes::{No, Refusal};
use crate::alipay::form;

/// The parameters of a query, decoded. Holds people's data.
#[derive(Clone)]
pub struct Query(Vec<(String, Zeroizing<String>)>);

impl Query {
    /// Reads the parameters of these names; see [`super::Opened::query`].
    pub(super) fn read(raw: &[u8], names: &[&str]) -> Result<Self, Refusal> {
        if !form::is_well_escaped(raw) {
            return Err(No::InvalidEncoding.into());
        }
        let text = |bytes: &[u8]| {
            std::str::from_utf8(bytes).map(str::to_owned).map_err(|_| Refusal::from(No::InvalidEncoding))
        };
        let mut pairs: Vec<(String, Zeroizing<String>)> = Vec::new();
        for field in form::fields(raw) {
            let (name, value) = (text(&field.name)?, Zeroizing::new(text(&field.value)?));
            // Two values tell already that there are several, however many follow.
            if names.contains(&name.as_str()) && pairs.iter().filter(|(known, _)| *known == name).count() < 2 {
                pairs.push((name, value));
            }
        }
        Ok(Self(pairs))
    }

    /// The value of a parameter; `None` when it is absent, `Err` when it is there more than once.
    pub fn value(&self, name: &str) -> Result<Option<&str>, Repeated> {
        let mut values = self.0.iter().filter(|(known, _)| known == name).map(|(_, value)| value.as_str());
        let first = values.next();
        if values.next().is_some() { Err(Repeated) } else { Ok(first) }
    }
}

impl fmt::Debug for Query {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Query({})", self.0.len())
    }
}

/// A parameter stands there more than once.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a parameter stands there more than once")]
pub struct Repeated;
