//! Who asks: an operator's key in `Authorization: Bearer …`, and the role that it brings.

use http::{HeaderMap, HeaderValue, header};
use shiming_core::{Operator, Operators, Role};

use super::{
    internal,
    problem::{Kind, Problem},
};

/// Longer than any key of ours.
const LONGEST: usize = 256;

/// The operator behind a request's key, if the role is enough.
pub(super) fn admit(
    operators: &dyn Operators,
    headers: &HeaderMap,
    role: Role,
    request_id: &str,
) -> Result<Operator, Problem> {
    let Some(key) = bearer(headers) else {
        return Err(challenge(Kind::NoKey, "send it as Authorization: Bearer KEY", "Bearer realm=\"shiming\""));
    };
    let known = operators.by_key(key).map_err(|error| internal(request_id, &error))?;
    // Whoever tries keys does not learn that one was right once.
    let Some(operator) = known.filter(|operator| operator.enabled) else {
        let invalid = "Bearer realm=\"shiming\", error=\"invalid_token\"";
        return Err(challenge(Kind::NoKey, "this key is not one that is taken", invalid));
    };
    if operator.may(role) { Ok(operator) } else { Err(not_enough()) }
}

/// The operator is known, and may not.
pub(super) fn not_enough() -> Problem {
    let scope = "Bearer realm=\"shiming\", error=\"insufficient_scope\"";
    challenge(Kind::Role, "the document says which role each operation wants", scope)
}

fn challenge(kind: Kind, detail: &'static str, challenge: &'static str) -> Problem {
    Problem::new(kind, detail).with(header::WWW_AUTHENTICATE, HeaderValue::from_static(challenge))
}

/// The key of a request that has one, and not two.
fn bearer(headers: &HeaderMap) -> Option<&str> {
    let mut all = headers.get_all(header::AUTHORIZATION).iter();
    let (only, None) = (all.next()?, all.next()) else { return None };
    let (scheme, key) = only.to_str().ok()?.split_once(' ')?;
    let key = key.trim_matches(' ');
    (scheme.eq_ignore_ascii_case("bearer") && !key.is_empty() && key.len() <= LONGEST).then_some(key)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(values: &[&str]) -> Option<String> {
        let mut headers = HeaderMap::new();
        for value in values {
            headers.append(header::AUTHORIZATION, HeaderValue::from_bytes(value.as_bytes()).unwrap());
        }
        bearer(&headers).map(str::to_owned)
    }

    #[test]
    fn a_key_is_read_in_one_way() {
        assert_eq!(key(&["Bearer abc"]).as_deref(), Some("abc"));
        assert_eq!(key(&["bearer  abc "]).as_deref(), Some("abc"));
        for none in [&[][..], &["Bearer"], &["Bearer "], &["Basic abc"], &["abc"], &["Bearer a", "Bearer a"], &["王"]]
        {
            assert_eq!(key(none), None, "{none:?}");
        }
        assert_eq!(key(&[&format!("Bearer {}", "a".repeat(257))]), None);
    }
}
