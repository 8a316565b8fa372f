//! The frame of an answer: what of a request decides how it must be answered. Docs: Alipay gateway specification, sections 1.4 and 2.1.

use http::HeaderValue;

use super::super::operations;
use super::super::sign::Parameters;
use crate::alipay::keys::Algorithm;
use crate::alipay::text::Charset;
use crate::request::Request;

/// How a request must be answered: node, charset, algorithm, certificate mode. Follows from the request alone, so that a refusal can
/// be written however little of the request is good.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Frame {
    /// The key of the node; `None` answers as `error_response`.
    pub node_key: Option<String>,
    /// The charset of the answer.
    pub charset: Charset,
    /// The charset's name for Content-Type, as the request spelled it.
    pub charset_name: String,
    /// The algorithm of the answer's signature; RSA2 where the request names none.
    pub algorithm: Algorithm,
    /// Whether the request came in certificate mode and so expects `alipay_cert_sn`.
    pub certificate_mode: bool,
    /// Whether the client says that it is written in Java (`alipay_sdk`), whose SDK misreads `\uXXXX`.
    pub java: bool,
    /// What the client verifies.
    pub verifies: Verifies,
}

/// What a client verifies of an answer. Known by its `User-Agent`, which says the name of its HTTP client or its own; others that use
/// that one verify the bytes, and do not mind how these spell a character (section 2.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verifies {
    /// The node's bytes as they came: all but these.
    Bytes,
    /// What PHP's `json_encode` makes of the node, with slashes as `\/`. Seen of yansongda/pay, 2.10 and 3.8, of Yurun's PaySDK 3.1
    /// and of WeChatDeveloper 1.2, which leaves PHP's curl as it is.
    EncodedAnew,
    /// The bytes up to where the braces are even, those in texts counted too. Seen of python-alipay-sdk 3.4.
    EvenBraces,
}

impl Verifies {
    fn of(request: &Request<'_>) -> Self {
        let header = |name| request.single(name).map(HeaderValue::as_bytes).unwrap_or_default();
        let agent = header("user-agent");
        let says = |name: &str| agent.starts_with(name.as_bytes());
        let is_bare_curl = agent.is_empty() && header("accept") == b"*/*";
        if says("yansongda/") || says("GuzzleHttp/") || says("Mozilla/5.0 YurunHttp/") || is_bare_curl {
            Self::EncodedAnew
        } else if says("Python-urllib/") {
            Self::EvenBraces
        } else {
            Self::Bytes
        }
    }
}

impl Frame {
    /// Reads what it can; whether the declared charset is a known one.
    pub(super) fn of(request: &Request<'_>, parameters: &Parameters<'_>) -> (Self, bool) {
        let declared = parameters.value("charset");
        let charset = declared.map_or(Some(Charset::Utf8), Charset::parse);
        let method = parameters.value("method").and_then(|method| std::str::from_utf8(method).ok());
        let frame = Self {
            node_key: method.and_then(operations::node_key),
            charset: charset.unwrap_or(Charset::Utf8),
            charset_name: match (charset, declared.map(std::str::from_utf8)) {
                (Some(_), Some(Ok(name))) => name.to_owned(),
                _ => "utf-8".to_owned(),
            },
            algorithm: parameters.value("sign_type").and_then(Algorithm::parse).unwrap_or(Algorithm::Rsa2),
            certificate_mode: parameters.value("app_cert_sn").is_some(),
            java: parameters
                .value("alipay_sdk")
                .is_some_and(|sdk| sdk.windows(4).any(|word| word.eq_ignore_ascii_case(b"java"))),
            verifies: Verifies::of(request),
        };
        (frame, charset.is_some())
    }
}
