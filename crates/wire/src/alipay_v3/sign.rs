//! The texts to sign, of requests and of answers. Docs: Alipay v3 specification, sections 1.3, 1.4 and 2.2.

use std::fmt;

use aws_lc_rs::digest::{Context, Digest, SHA256};

use super::codes::{No, Refusal};

/// The one scheme of this door.
pub const SCHEME: &str = "ALIPAY-SHA256withRSA";
/// The header with an app authorisation token; not empty, it is a line of the string to sign.
pub const APP_AUTH_TOKEN: &str = "alipay-app-auth-token";
/// The header with the SN of the root bundle, in certificate mode (PHP never sends it).
pub const ROOT_CERT_SN: &str = "alipay-root-cert-sn";
/// The header that says that the body is encrypted, and that the answer must be.
pub const ENCRYPT_TYPE: &str = "alipay-encrypt-type";
/// The header in which the SDKs made from the vendor's OpenAPI document say which they are.
pub const SDK_VERSION: &str = "alipay-sdk-version";

/// The `Authorization` header, taken apart (section 1.3).
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Authorization<'a> {
    /// The first word.
    pub scheme: &'a str,
    /// Everything between scheme and signature, byte for byte: it is signed as it stands.
    pub auth_string: &'a str,
    /// The signature; `None` when the SDK had no private key.
    pub sign: Option<&'a str>,
    /// `app_id`.
    pub app_id: Option<&'a str>,
    /// `app_cert_sn`.
    pub app_cert_sn: Option<&'a str>,
    /// `nonce`.
    pub nonce: Option<&'a str>,
    /// `timestamp`.
    pub timestamp: Option<&'a str>,
    /// `expired_seconds`.
    pub expired_seconds: Option<&'a str>,
}

impl<'a> Authorization<'a> {
    /// Reads the header. A repeated element is `invalid-request-data`.
    pub fn parse(value: &'a str) -> Result<Self, Refusal> {
        let (scheme, rest) = value.split_once(' ').unwrap_or((value, ""));
        // Base64 holds no comma, so the last one of these is the signature's.
        let (auth_string, sign) = match rest.rsplit_once(",sign=") {
            Some((auth_string, sign)) => (auth_string, Some(sign.trim_ascii())),
            None => (rest, None),
        };
        let mut seen = Vec::new();
        let mut found = Self {
            scheme,
            auth_string,
            sign: sign.filter(|sign| !sign.is_empty()),
            app_id: None,
            app_cert_sn: None,
            nonce: None,
            timestamp: None,
            expired_seconds: None,
        };
        for element in auth_string.split(',').filter(|element| !element.is_empty()) {
            let (key, value) = element.split_once('=').unwrap_or((element, ""));
            if seen.contains(&key) || seen.len() == 64 {
                return Err(No::InvalidRequestData.into());
            }
            seen.push(key);
            let place = match key {
                "app_id" => &mut found.app_id,
                "app_cert_sn" => &mut found.app_cert_sn,
                "nonce" => &mut found.nonce,
                "timestamp" => &mut found.timestamp,
                "expired_seconds" => &mut found.expired_seconds,
                _ => continue,
            };
            *place = (!value.is_empty()).then_some(value);
        }
        Ok(found)
    }
}

impl fmt::Debug for Authorization<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Authorization({}, signed: {})", self.scheme, self.sign.is_some())
    }
}

/// The lines of a request's string to sign (section 1.4).
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Lines<'a> {
    /// As received.
    pub auth_string: &'a str,
    /// In upper case.
    pub method: &'a str,
    /// Path and query exactly as they stand in the request line.
    pub target: &'a str,
    /// The raw body; of a multipart body the part named `data`.
    pub body: &'a [u8],
    /// A line of its own when it is there and not empty.
    pub app_auth_token: Option<&'a [u8]>,
}

impl Lines<'_> {
    /// The string to sign.
    pub fn text(&self) -> Vec<u8> {
        let mut out = Vec::with_capacity(self.body.len() + 512);
        self.write(|bytes| out.extend_from_slice(bytes));
        out
    }

    /// The hash of the string to sign, without building it.
    pub fn digest(&self) -> Digest {
        let mut context = Context::new(&SHA256);
        self.write(|bytes| context.update(bytes));
        context.finish()
    }

    fn write(&self, mut put: impl FnMut(&[u8])) {
        let lines = [self.auth_string.as_bytes(), self.method.as_bytes(), self.target.as_bytes(), self.body];
        for line in lines.into_iter().chain(self.app_auth_token.filter(|token| !token.is_empty())) {
            put(line);
            put(b"\n");
        }
    }
}

impl fmt::Debug for Lines<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Lines(…)")
    }
}

/// The string to sign of an answer (section 2.2). Nothing of the body is trimmed.
pub fn answer_text(timestamp: &str, nonce: &str, body: &[u8]) -> Vec<u8> {
    [timestamp.as_bytes(), b"\n", nonce.as_bytes(), b"\n", body, b"\n"].concat()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_header_is_taken_apart_in_any_order() {
        let header = Authorization::parse(
            "ALIPAY-SHA256withRSA app_id=1,timestamp=2,nonce=a=b,expired_seconds=120,x=y,sign=QQ==",
        )
        .unwrap();
        assert_eq!(
            (header.scheme, header.auth_string),
            (SCHEME, "app_id=1,timestamp=2,nonce=a=b,expired_seconds=120,x=y")
        );
        assert_eq!(
            (header.app_id, header.timestamp, header.nonce, header.sign),
            (Some("1"), Some("2"), Some("a=b"), Some("QQ=="))
        );
        let header = Authorization::parse("S app_id=,sign=x,nonce=1,sign=").unwrap();
        assert_eq!((header.app_id, header.sign, header.auth_string), (None, None, "app_id=,sign=x,nonce=1"));
        let blanks = Authorization::parse("S  app_id=1,timestamp=2").unwrap();
        assert_eq!((blanks.app_id, blanks.timestamp, blanks.auth_string), (None, Some("2"), " app_id=1,timestamp=2"));
        let header = Authorization::parse("word").unwrap();
        assert_eq!((header.scheme, header.auth_string, header.sign), ("word", "", None));
    }

    #[test]
    fn a_repeated_element_is_refused() {
        for text in ["S app_id=1,app_id=1", "S x=1,nonce=2,x=3"] {
            assert_eq!(Authorization::parse(text).unwrap_err().no(), Some(No::InvalidRequestData));
        }
    }

    #[test]
    fn every_line_ends_in_one_line_feed() {
        let lines = Lines { auth_string: "a", method: "GET", target: "/t?q", body: b"", app_auth_token: None };
        assert_eq!(lines.text(), b"a\nGET\n/t?q\n\n");
        assert_eq!(Lines { app_auth_token: Some(b""), ..lines }.text(), b"a\nGET\n/t?q\n\n");
        let with = Lines { app_auth_token: Some(b"tok"), body: b"{}\n", ..lines };
        assert_eq!(with.text(), b"a\nGET\n/t?q\n{}\n\ntok\n");
        assert_eq!(with.digest().as_ref(), aws_lc_rs::digest::digest(&SHA256, &with.text()).as_ref());
        assert_eq!(answer_text("1", "n", b"{}\n"), b"1\nn\n{}\n\n");
    }
}
