//! Verdict or refusal to the exact bytes of an answer. Docs: Alipay gateway specification, sections 2.1 to 2.7.
//!
//! Every SDK cuts the signed text out of the raw answer, each in its own way. So a node is written once, exactly those bytes are
//! signed, and nothing stands between the node and `sign` but `alipay_cert_sn` in certificate mode.

use std::{borrow::Cow, ops::Range};

use super::call::{Frame, Opened, Turned, Verifies};
use super::codes::Refusal;
use crate::alipay::aes::ContentKey;
use crate::alipay::certificate::Chain;
use crate::alipay::keys::{Algorithm, PrivateKey, SigningFailed};
use crate::alipay::text::{Charset, write_ascii_string};
use crate::json::write_string;

/// Who answers: the platform's key, and its certificate chain where certificate mode is offered.
#[derive(Debug)]
pub struct Platform {
    /// The key that signs every answer.
    pub key: PrivateKey,
    /// The certificate of that key, with those above it.
    pub chain: Option<Chain>,
    /// How answers to GBK requests are written.
    pub gbk: GbkAnswers,
}

/// How answers to requests under a charset of the GBK family are written (section 2.6).
///
/// The section holds ASCII for what every SDK reads. All do but Java's: 4.40.734 verifies such an answer, and then takes each
/// hexadecimal letter of `\uXXXX` for another digit. Java reads raw GBK, which Node, Go and PHP do not.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum GbkAnswers {
    /// As the client can read it: raw GBK for Java, which says what it is in `alipay_sdk`, and ASCII for all others.
    #[default]
    Suited,
    /// ASCII with `\uXXXX`: Java reads other characters.
    Ascii,
    /// Raw GBK, as the real gateway; PHP cannot read it.
    Raw,
}

impl GbkAnswers {
    const fn are_ascii(self, frame: &Frame) -> bool {
        matches!(self, Self::Ascii) || matches!(self, Self::Suited) && !frame.java
    }
}

/// One answer: status, headers and body as they go out. The door adds Content-Length.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reply {
    /// Always 200: with any other status every SDK throws before it reads the body.
    pub status: u16,
    /// Content-Type and `trace_id`.
    pub headers: Vec<(&'static str, String)>,
    /// The body.
    pub body: Vec<u8>,
}

/// An answer that lacks but its signature. To sign takes a core a quarter of a millisecond, so it is a step of its own, which may
/// be taken elsewhere.
pub struct Draft {
    /// With what it is signed, where it is.
    signer: Option<(PrivateKey, Algorithm)>,
    /// Where the node lies in the body: what is signed.
    node: Range<usize>,
    /// All but the signature and the last brace.
    reply: Reply,
}

impl Draft {
    /// Whether it will bear a signature.
    pub const fn is_signed(&self) -> bool {
        self.signer.is_some()
    }

    /// Signs it, if it is to be signed, and ends it.
    pub fn sign(self) -> Result<Reply, SigningFailed> {
        let Self { signer, node, mut reply } = self;
        if let Some((key, algorithm)) = signer {
            let signature = key.sign_base64(algorithm, reply.body.get(node).unwrap_or_default())?;
            reply.body.extend_from_slice(b",\"sign\":\"");
            reply.body.extend_from_slice(signature.as_bytes());
            reply.body.push(b'"');
        }
        reply.body.push(b'}');
        Ok(reply)
    }
}

/// The members of a node, in the order they are written. A success begins with code and msg.
#[derive(Clone, PartialEq, Eq)]
pub struct Node<'a>(Vec<(&'a str, Value<'a>)>);

/// A value of a node. The document says that all are strings; two fields of the jobworth family are declared boolean.
#[derive(Clone, PartialEq, Eq)]
pub enum Value<'a> {
    /// A string.
    Text(Cow<'a, str>),
    /// A boolean.
    Bool(bool),
}

impl<'a> Node<'a> {
    /// A success: `code` 10000, then what is added.
    pub fn success() -> Self {
        Self(vec![("code", Value::Text(Cow::Borrowed("10000"))), ("msg", Value::Text(Cow::Borrowed("Success")))])
    }

    /// The node of a refusal.
    pub fn refusal(refusal: &'a Refusal) -> Self {
        let text = |text: &'a str| Value::Text(Cow::Borrowed(text));
        Self(vec![
            ("code", Value::Text(Cow::Owned(refusal.code().to_string()))),
            ("msg", text(refusal.msg())),
            ("sub_code", text(refusal.sub_code())),
            ("sub_msg", text(refusal.sub_msg())),
        ])
    }

    /// Adds a text.
    pub fn text(mut self, name: &'a str, value: impl Into<Cow<'a, str>>) -> Self {
        self.0.push((name, Value::Text(value.into())));
        self
    }

    /// Adds a text where there is one; absent fields are left out.
    pub fn text_if(self, name: &'a str, value: Option<impl Into<Cow<'a, str>>>) -> Self {
        match value {
            Some(value) => self.text(name, value),
            None => self,
        }
    }

    /// Adds a boolean.
    pub fn bool(mut self, name: &'a str, value: bool) -> Self {
        self.0.push((name, Value::Bool(value)));
        self
    }

    /// Writes the node as the SDKs can cut it: compact, text in the given manner. A raw GBK text that GBK cannot write is escaped.
    fn write(&self, out: &mut Vec<u8>, frame: &Frame, gbk: GbkAnswers) {
        let string = |out: &mut Vec<u8>, text: &str| match frame.charset {
            Charset::Utf8 => write_string(out, text),
            Charset::Gbk if gbk.are_ascii(frame) => write_ascii_string(out, text),
            Charset::Gbk => {
                let mut utf8 = Vec::new();
                write_string(&mut utf8, text);
                match Charset::Utf8.decode(&utf8).as_deref().and_then(|text| Charset::Gbk.encode(text)) {
                    Some(bytes) => out.extend_from_slice(&bytes),
                    None => write_ascii_string(out, text),
                }
            }
        };
        out.push(b'{');
        for (index, (name, value)) in self.0.iter().enumerate() {
            if index > 0 {
                out.push(b',');
            }
            string(out, name);
            out.push(b':');
            match value {
                Value::Text(text) => string(out, text),
                Value::Bool(true) => out.extend_from_slice(b"true"),
                Value::Bool(false) => out.extend_from_slice(b"false"),
            }
        }
        out.push(b'}');
    }
}

impl std::fmt::Debug for Node<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Node({} members)", self.0.len())
    }
}

impl Platform {
    /// A platform in public-key mode.
    pub const fn new(key: PrivateKey) -> Self {
        Self { key, chain: None, gbk: GbkAnswers::Suited }
    }

    /// Answers a call: a success, or a business refusal found after its content was read. Encrypted when the request was.
    pub fn answer(&self, opened: &Opened<'_>, node: &Node<'_>, trace_id: &str) -> Draft {
        self.write(opened.frame(), node, opened.answer_key(), Signed::Yes, trace_id)
    }

    /// Refuses a call whose content was read: encrypted when the request was (section 2.7).
    pub fn refuse_opened(&self, opened: &Opened<'_>, refusal: &Refusal, trace_id: &str) -> Draft {
        self.answer(opened, &Node::refusal(refusal), trace_id)
    }

    /// Refuses a call before that, in clear text. Signed only when the app is known, and never where the real gateway leaves it
    /// unsigned (section 2.5) or there is no method to name the node by (section 2.1).
    pub fn refuse(&self, turned: &Turned, app: App, trace_id: &str) -> Draft {
        let Turned { refusal, frame } = turned;
        let named = frame.node_key.is_some() && !refusal.is_never_signed();
        let signed = if app == App::Known && named { Signed::Yes } else { Signed::No };
        self.write(frame, &Node::refusal(refusal), None, signed, trace_id)
    }

    /// Writes an answer around a node that has been written already: what all of the above come down to.
    pub fn seal(&self, frame: &Frame, node: &[u8], signed: Signed, trace_id: &str) -> Draft {
        let mut body = Vec::with_capacity(node.len() + 512);
        body.extend_from_slice(b"{\"");
        body.extend_from_slice(frame.node_key.as_deref().unwrap_or("error_response").as_bytes());
        body.extend_from_slice(b"\":");
        let start = body.len();
        body.extend_from_slice(node);
        let node = start..body.len();
        let with = (signed == Signed::Yes).then(|| (self.key.clone(), frame.algorithm));
        if let Some(chain) = self.chain.as_ref().filter(|_| with.is_some() && frame.certificate_mode) {
            body.extend_from_slice(b",\"alipay_cert_sn\":\"");
            body.extend_from_slice(chain.certificate().serial_number().as_bytes());
            body.push(b'"');
        }
        let headers = vec![
            ("content-type", format!("text/html;charset={}", frame.charset_name)),
            ("trace_id", trace_id.to_owned()),
        ];
        Draft { signer: with, node, reply: Reply { status: 200, headers, body } }
    }

    fn write(&self, frame: &Frame, node: &Node<'_>, key: Option<&ContentKey>, signed: Signed, trace_id: &str) -> Draft {
        let mut text = Vec::with_capacity(256);
        node.write(&mut text, frame, self.gbk);
        match frame.verifies {
            Verifies::EncodedAnew => text = with_slashes_escaped(&text),
            Verifies::EvenBraces if frame.charset == Charset::Utf8 => text = with_braces_escaped(&text),
            Verifies::EvenBraces | Verifies::Bytes => {}
        }
        if let Some(key) = key {
            // An encrypted node is a string; its quotation marks are signed with it.
            text = [b"\"", key.encrypt(&text).as_bytes(), b"\""].concat();
        }
        self.seal(frame, &text, signed, trace_id)
    }
}

/// The same JSON with its slashes, which stand in strings alone, as `\/`. No character of GBK has that byte in it.
fn with_slashes_escaped(json: &[u8]) -> Vec<u8> {
    json.iter().flat_map(|byte| if *byte == b'/' { &b"\\/"[..] } else { std::slice::from_ref(byte) }).copied().collect()
}

/// The same node with its braces as `\u007b` and `\u007d`, but for the first and the last: all others stand in strings.
fn with_braces_escaped(node: &[u8]) -> Vec<u8> {
    let last = node.len().saturating_sub(1);
    let spelt = node.iter().enumerate().flat_map(|(at, byte)| match byte {
        b'{' if at > 0 => &b"\\u007b"[..],
        b'}' if at < last => b"\\u007d",
        _ => std::slice::from_ref(byte),
    });
    spelt.copied().collect()
}

/// Whether the app of a refused call is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum App {
    /// It is registered.
    Known,
    /// It is not, or the request names none.
    Unknown,
}

/// Whether an answer carries a signature.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Signed {
    /// It does.
    Yes,
    /// It does not.
    No,
}

#[cfg(test)]
#[path = "reply_tests.rs"]
pub(crate) mod tests;
