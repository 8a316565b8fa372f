//! The header `Host`, as RFC 9112, section 3.2 wants it of every request, whatever its path.

use http::{HeaderMap, HeaderValue, StatusCode, Version, header::HOST, uri::Authority};

/// Status, word and message of the refusal.
pub(super) const REFUSAL: (StatusCode, &str, &str) =
    (StatusCode::BAD_REQUEST, "bad_host", "The header Host is missing, comes more than once or cannot be read.");

/// Whether a request names its host as it must: once and in order; one of HTTP/1.0 may leave it out.
pub(super) fn is_named(version: Version, headers: &HeaderMap) -> bool {
    let mut hosts = headers.get_all(HOST).iter();
    match (hosts.next(), hosts.next()) {
        (None, _) => version < Version::HTTP_11,
        (Some(host), None) => is_host(host),
        (Some(_), Some(_)) => false,
    }
}

/// Empty where the target has no authority; else a host, with or without a port, and nobody's name before it.
fn is_host(value: &HeaderValue) -> bool {
    value.is_empty() || (!value.as_bytes().contains(&b'@') && Authority::try_from(value.as_bytes()).is_ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn named(version: Version, hosts: &[&'static str]) -> bool {
        let values = hosts.iter().map(|host| (HOST, HeaderValue::from_static(host)));
        is_named(version, &values.collect())
    }

    #[test]
    fn a_host_is_named_once() {
        assert!(named(Version::HTTP_11, &["localhost:8080"]));
        assert!(!named(Version::HTTP_11, &[]));
        assert!(!named(Version::HTTP_11, &["a", "a"]));
        assert!(named(Version::HTTP_10, &[]));
        assert!(!named(Version::HTTP_10, &["a", "b"]));
    }

    #[test]
    fn a_host_is_a_name_or_an_address_and_may_have_a_port() {
        for host in ["", "a", "my_host", "a.b:8080", "127.0.0.1", "[::1]:80", "a:"] {
            assert!(named(Version::HTTP_11, &[host]), "{host}");
        }
        for host in ["a b", "a/b", "u@a", "a:b:c", "[::1", "http://a"] {
            assert!(!named(Version::HTTP_11, &[host]), "{host}");
        }
    }
}
