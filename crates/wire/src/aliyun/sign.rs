//! The texts to sign and the signatures. Docs: Alibaba Cloud Domain specification, sections 3 and 4.
//!
//! Both directions share every line. The text of an RPC signature holds the picture encoded twice, so it goes straight into the hash;
//! who must see it has it from [`rpc_string_to_sign`].

use std::fmt;

use aws_lc_rs::constant_time::verify_slices_are_equal;
use aws_lc_rs::hmac;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::header::{AUTHORIZATION, HOST};
use http::{HeaderMap, HeaderValue};
use jiff::Timestamp;
use jiff::tz::TimeZone;
use zeroize::Zeroizing;

use super::canonical::{Acs3, lossy, write_query, write_rpc};
use super::codes::Refusal;
use super::operations::Version;
use super::parameters::Parameters;
use crate::hex::{hex, sha256_hex, unhex};
use crate::request::Request;
use crate::secret::Secret;
use crate::time::parse_basic;

/// The header with the operation's name.
pub const ACTION: &str = "x-acs-action";
/// The header with the version.
pub const VERSION: &str = "x-acs-version";
/// The header with the moment of signing.
pub const DATE: &str = "x-acs-date";
/// The header with the once-used number.
pub const NONCE: &str = "x-acs-signature-nonce";
/// The header with the hash of the body.
pub const CONTENT_SHA256: &str = "x-acs-content-sha256";
/// The header with the token of temporary credentials.
pub const TOKEN: &str = "x-acs-security-token";
/// The only algorithm of the header signature.
pub const ACS3: &str = "ACS3-HMAC-SHA256";

/// The hash of an RPC signature (section 3.4).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Hash {
    /// `HMAC-SHA1`, what every SDK sends.
    Sha1,
    /// `HMAC-SHA256`, from one signer class in an old Java SDK.
    Sha256,
}

impl Hash {
    /// `SignatureMethod`.
    pub const fn method(self) -> &'static str {
        match self {
            Self::Sha1 => "HMAC-SHA1",
            Self::Sha256 => "HMAC-SHA256",
        }
    }

    /// Finds a hash by `SignatureMethod`.
    pub fn find(method: &str) -> Option<Self> {
        [Self::Sha1, Self::Sha256].into_iter().find(|hash| hash.method() == method)
    }

    pub(super) fn key(self, key: &[u8]) -> hmac::Key {
        hmac::Key::new(if self == Self::Sha1 { hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY } else { hmac::HMAC_SHA256 }, key)
    }
}

/// An RPC signature. `Debug` hides it.
pub struct RpcSignature(hmac::Tag);

impl RpcSignature {
    /// Whether a signature as sent, in base64, is this one; the bytes are compared in constant time.
    pub fn matches(&self, given: &str) -> bool {
        STANDARD.decode(given).is_ok_and(|given| verify_slices_are_equal(self.0.as_ref(), &given).is_ok())
    }

    /// The form on the wire.
    pub fn base64(&self) -> String {
        STANDARD.encode(self.0.as_ref())
    }
}

impl fmt::Debug for RpcSignature {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("RpcSignature(…)")
    }
}

/// The RPC signature of a method and parameters; `Signature` among them is left out (section 3.3).
pub fn rpc_signature(hash: Hash, secret: &Secret, method: &str, parameters: &Parameters<'_>) -> RpcSignature {
    let key = Zeroizing::new([secret.expose().as_bytes(), b"&"].concat());
    let mut context = hmac::Context::with_key(&hash.key(&key));
    write_rpc(&mut context, method, parameters);
    RpcSignature(context.sign())
}

/// The string to sign of the RPC signature, whole.
pub fn rpc_string_to_sign(method: &str, parameters: &Parameters<'_>) -> String {
    let mut out = Vec::new();
    write_rpc(&mut out, method, parameters);
    lossy(out)
}

/// A header signature. `Debug` hides it.
pub struct Acs3Signature(hmac::Tag);

impl Acs3Signature {
    pub(super) fn of(secret: &str, string_to_sign: &str) -> Self {
        let key = hmac::Key::new(hmac::HMAC_SHA256, secret.as_bytes());
        Self(hmac::sign(&key, string_to_sign.as_bytes()))
    }

    /// Whether a signature as sent, 64 hexadecimal digits of either case, is this one; compared in constant time.
    pub fn matches(&self, given: &str) -> bool {
        unhex(given.as_bytes()).is_some_and(|given| verify_slices_are_equal(self.0.as_ref(), &given).is_ok())
    }

    /// The form on the wire.
    pub fn hex(&self) -> String {
        hex(self.0.as_ref())
    }
}

impl fmt::Debug for Acs3Signature {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Acs3Signature(…)")
    }
}

/// Reads `yyyy-MM-ddTHH:mm:ssZ` in UTC (section 3.5). A fraction of up to nine digits after the seconds is passed over: the Rust core
/// `aliyun-openapi-core-rust-sdk`, whose own tests are of the vendor's servers, writes one, and so does Node's `waliyun`.
pub fn parse_timestamp(text: &str) -> Option<Timestamp> {
    let (whole, rest) = text.as_bytes().split_at_checked(19)?;
    let [y1, y2, y3, y4, b'-', mo1, mo2, b'-', d1, d2, b'T', h1, h2, b':', mi1, mi2, b':', s1, s2] = *whole else {
        return None;
    };
    let ends = match rest {
        [b'Z'] => true,
        [b'.', digits @ .., b'Z'] => (1..=9).contains(&digits.len()) && digits.iter().all(u8::is_ascii_digit),
        _ => false,
    };
    if !ends {
        return None;
    }
    parse_basic(&[y1, y2, y3, y4, mo1, mo2, d1, d2, b'T', h1, h2, mi1, mi2, s1, s2, b'Z'])
}

/// Writes `yyyy-MM-ddTHH:mm:ssZ`.
pub fn format_timestamp(moment: Timestamp) -> String {
    let at = TimeZone::UTC.to_datetime(moment);
    let (year, month, day) = (at.year(), at.month(), at.day());
    format!("{year:04}-{month:02}-{day:02}T{:02}:{:02}:{:02}Z", at.hour(), at.minute(), at.second())
}

/// Who signs.
#[derive(Debug, Clone, Copy)]
pub struct Client<'a> {
    /// The access key.
    pub access_key: &'a str,
    /// The secret.
    pub secret: &'a Secret,
    /// The token of temporary credentials.
    pub token: Option<&'a Secret>,
}

/// Signs an RPC call as a client does: `business` (with Action, Version and, if wanted, Format) becomes the text of a query or a form
/// body, common parameters and `Signature` included. Refuses a name that is there with two values.
pub fn sign_rpc(
    client: &Client<'_>,
    hash: Hash,
    method: &str,
    business: &[(&str, &str)],
    at: Timestamp,
    nonce: &str,
) -> Result<String, Refusal> {
    let timestamp = format_timestamp(at);
    let mut pairs = business.to_vec();
    pairs.extend([
        ("AccessKeyId", client.access_key),
        ("SignatureMethod", hash.method()),
        ("SignatureVersion", "1.0"),
        ("SignatureNonce", nonce),
        ("Timestamp", &timestamp),
    ]);
    pairs.extend(client.token.map(|token| ("SecurityToken", token.expose())));
    let parameters = Parameters::from_pairs(&pairs)?;
    let signature = rpc_signature(hash, client.secret, method, &parameters).base64();
    let mut out = Vec::new();
    write_query(&mut out, parameters.iter().chain([("Signature", &*signature)]));
    Ok(lossy(out))
}

/// Signs a call in headers as a client does: gives back the request's headers with all of ACS3 added. `None` when the query cannot be
/// read or an argument is unfit for a header value.
pub fn sign_acs3(
    request: &Request<'_>,
    client: &Client<'_>,
    operation: (Version, &str),
    at: Timestamp,
    nonce: &str,
) -> Option<HeaderMap> {
    let payload = sha256_hex(request.body);
    let date = format_timestamp(at);
    let mut headers = request.headers.clone();
    let (version, action) = operation;
    for (name, value) in
        [(ACTION, action), (VERSION, version.as_str()), (DATE, &date), (NONCE, nonce), (CONTENT_SHA256, &payload)]
    {
        headers.insert(name, HeaderValue::from_str(value).ok()?);
    }
    if let Some(token) = client.token {
        headers.insert(TOKEN, HeaderValue::from_str(token.expose()).ok()?);
    }
    let signed = |name: &&str| *name == HOST.as_str() || *name == "content-type" || name.starts_with("x-acs-");
    let mut listed: Vec<&str> = headers.keys().map(http::HeaderName::as_str).filter(signed).collect();
    listed.sort_unstable();
    let listed = listed.join(";");
    let request = Request { headers: &headers, ..*request };
    let parameters = Parameters::read(&request).ok()?;
    let canonical =
        Acs3 { request: &request, parameters: &parameters, signed_headers: &listed, host: None, payload: &payload };
    let signature = Acs3Signature::of(client.secret.expose(), &canonical.string_to_sign()).hex();
    let value = format!("{ACS3} Credential={},SignedHeaders={listed},Signature={signature}", client.access_key);
    let value = HeaderValue::from_str(&value).ok()?;
    headers.insert(AUTHORIZATION, value);
    Some(headers)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Section 12.1, published by the vendor.
    #[test]
    fn the_rpc_example_comes_out() {
        let parameters = Parameters::from_pairs(&[
            ("AccessKeyId", "testid"),
            ("Action", "DescribeRegions"),
            ("Format", "XML"),
            ("SignatureMethod", "HMAC-SHA1"),
            ("SignatureNonce", "3ee8c1b8-83d3-44af-a94f-4e0ad82fd6cf"),
            ("SignatureVersion", "1.0"),
            ("Timestamp", "2016-02-23T12:46:24Z"),
            ("Version", "2014-05-26"),
        ])
        .unwrap();
        let expected = "GET&%2F&AccessKeyId%3Dtestid%26Action%3DDescribeRegions%26Format%3DXML%26SignatureMethod%3DHMAC-SHA1%26SignatureNonce%3D3ee8c1b8-83d3-44af-a94f-4e0ad82fd6cf%26SignatureVersion%3D1.0%26Timestamp%3D2016-02-23T12%253A46%253A24Z%26Version%3D2014-05-26";
        assert_eq!(rpc_string_to_sign("GET", &parameters), expected);
        let signature = rpc_signature(Hash::Sha1, &Secret::new("testsecret"), "GET", &parameters);
        assert_eq!(signature.base64(), "OLeaidS1JvxuMvnyHOwuJ+uX5qY=");
        assert!(signature.matches("OLeaidS1JvxuMvnyHOwuJ+uX5qY="));
        for wrong in
            ["OLeaidS1JvxuMvnyHOwuJ uX5qY=", "OLeaidS1JvxuMvnyHOwuJ+uX5qY", "", "OLeaidS1JvxuMvnyHOwuJ+uX5q==", "!"]
        {
            assert!(!signature.matches(wrong), "{wrong}");
        }
        assert_eq!(format!("{signature:?}"), "RpcSignature(…)");
    }

    /// Section 12.2, published by the vendor.
    #[test]
    fn the_acs3_example_comes_out() {
        const EMPTY: &str = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
        let mut headers = HeaderMap::new();
        for (name, value) in [
            ("host", "ecs.cn-shanghai.aliyuncs.com"),
            (ACTION, "RunInstances"),
            (DATE, "2023-10-26T10:22:32Z"),
            (NONCE, "3156853299f313e23d1673dc12e1703d"),
            (VERSION, "2014-05-26"),
            (CONTENT_SHA256, EMPTY),
        ] {
            headers.insert(name, HeaderValue::from_static(value));
        }
        let target = "/?RegionId=cn-shanghai&ImageId=win2019_1809_x64_dtc_zh-cn_40G_alibase_20230811.vhd";
        let request = Request { method: "POST", target, headers: &headers, body: b"" };
        let parameters = Parameters::read(&request).unwrap();
        let signed_headers = "host;x-acs-action;x-acs-content-sha256;x-acs-date;x-acs-signature-nonce;x-acs-version";
        assert_eq!(sha256_hex(b""), EMPTY);
        let canonical = Acs3 { request: &request, parameters: &parameters, signed_headers, host: None, payload: EMPTY };
        let text = canonical.string_to_sign();
        assert_eq!(text, "ACS3-HMAC-SHA256\n7ea06492da5221eba5297e897ce16e55f964061054b7695beedaac1145b1e259");
        let signature = Acs3Signature::of("YourAccessKeySecret", &text);
        let expected = "06563a9e1b43f5dfe96b81484da74bceab24a1d853912eee15083a6f0f3283c0";
        assert_eq!(signature.hex(), expected);
        assert!(signature.matches(expected) && signature.matches(&expected.to_uppercase()));
        assert!(!signature.matches(&expected[1..]) && !signature.matches(""));
    }

    /// Section 12.3.
    #[test]
    fn an_awkward_value_is_encoded_by_the_rule() {
        let parameters = Parameters::from_pairs(&[("CCompany", "测试 公司*~+&=%/(甲)")]).unwrap();
        let mut once = Vec::new();
        write_query(&mut once, parameters.iter());
        let expected = "CCompany=%E6%B5%8B%E8%AF%95%20%E5%85%AC%E5%8F%B8%2A~%2B%26%3D%25%2F%28%E7%94%B2%29";
        assert_eq!(lossy(once), expected);
        let twice = expected.replace('%', "%25").replace('=', "%3D");
        assert_eq!(rpc_string_to_sign("GET", &parameters), format!("GET&%2F&{twice}"));
    }

    #[test]
    fn a_timestamp_has_whole_seconds_and_perhaps_a_fraction_that_is_passed_over() {
        let moment = parse_timestamp("2026-11-21T20:19:06Z").unwrap();
        assert_eq!(format_timestamp(moment), "2026-11-21T20:19:06Z");
        for fraction in ["2026-11-21T20:19:06.9Z", "2026-11-21T20:19:06.000Z", "2026-11-21T20:19:06.123456789Z"] {
            assert_eq!(parse_timestamp(fraction), Some(moment), "{fraction}");
        }
        for wrong in [
            "",
            "2026-11-21 20:00:00",
            "2026-11-21T20:19:06",
            "2026-11-21T20:19:06z",
            "2026-11-21T20:19:06.Z",
            "2026-11-21T20:19:06.1",
            "2026-11-21T20:19:06,1Z",
            "2026-11-21T20:19:06.1x3Z",
            "2026-11-21T20:19:06.1234567890Z",
            "2026-11-21T20:19:06+00:00",
            "2026-11-21T20:19:0६Z",
            "2026-13-21T20:19:06Z",
            "2026-11-21T20-19-06Z",
        ] {
            assert_eq!(parse_timestamp(wrong), None, "{wrong}");
        }
    }
}
