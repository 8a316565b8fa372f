//! The client's side: a signed request, and the answer cut, verified and decrypted. For upstreams and for tests of the other side.
//!
//! Docs: Alipay gateway specification, sections 1.3, 1.5, 1.7, 1.9 and 2.1 to 2.7. The layout is the one of the official SDKs: system
//! parameters in the query, `biz_content` in the body, text in the charset that is declared.

use std::borrow::Cow;
use std::fmt;

use jiff::Timestamp;
use zeroize::Zeroizing;

use super::call::{PATH, format_timestamp};
use super::operations::node_key;
use super::sign::write;
use crate::alipay::aes::ContentKey;
use crate::alipay::fields::Fields;
use crate::alipay::form::{Escapes, encode};
use crate::alipay::keys::{Algorithm, PrivateKey, PublicKey, SigningFailed};
use crate::alipay::mistake::replaced;
use crate::alipay::signature::signature;
use crate::alipay::text::Charset;
use aws_lc_rs::digest;

/// Who asks, and in what manner.
#[derive(Debug, Clone, Copy)]
pub struct Client<'a> {
    /// The app id.
    pub app_id: &'a str,
    /// The app's private key.
    pub key: &'a PrivateKey,
    /// The algorithm.
    pub algorithm: Algorithm,
    /// The charset of everything.
    pub charset: Charset,
    /// SN of the app's certificate and of the root bundle, in certificate mode.
    pub certificates: Option<(&'a str, &'a str)>,
    /// The content key, where content is encrypted.
    pub content_key: Option<&'a ContentKey>,
}

/// A request to send: POST, with this target and this body.
#[derive(Clone, PartialEq, Eq)]
pub struct Asked {
    /// The target, `/gateway.do?…`.
    pub target: String,
    /// The value of Content-Type.
    pub content_type: String,
    /// The body.
    pub body: Vec<u8>,
}

/// Why a request cannot be made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum AskError {
    /// A character that the charset does not have.
    #[error("a text holds a character that the declared charset does not have")]
    Charset,
    /// The key cannot sign.
    #[error(transparent)]
    Signing(#[from] SigningFailed),
}

impl Client<'_> {
    /// Writes a request. `more` are further parameters such as `app_auth_token` or `notify_url`; they go into the query.
    pub fn ask(
        &self,
        method: &str,
        biz_content: &str,
        more: &[(&str, &str)],
        at: Timestamp,
    ) -> Result<Asked, AskError> {
        let charset = match self.charset {
            Charset::Utf8 => "utf-8",
            Charset::Gbk => "GBK",
        };
        let timestamp = format_timestamp(at);
        let mut query: Vec<(&str, Cow<'_, [u8]>)> = vec![
            ("app_id", Cow::Borrowed(self.app_id.as_bytes())),
            ("method", Cow::Borrowed(method.as_bytes())),
            ("format", Cow::Borrowed(b"json")),
            ("charset", Cow::Borrowed(charset.as_bytes())),
            ("sign_type", Cow::Borrowed(self.algorithm.sign_type().as_bytes())),
            ("timestamp", Cow::Borrowed(timestamp.as_bytes())),
            ("version", Cow::Borrowed(b"1.0")),
        ];
        for (name, value) in more {
            query.push((name, self.charset.encode(value).ok_or(AskError::Charset)?));
        }
        if let Some((app, root)) = self.certificates {
            query.push(("app_cert_sn", Cow::Borrowed(app.as_bytes())));
            query.push(("alipay_root_cert_sn", Cow::Borrowed(root.as_bytes())));
        }
        let content = self.charset.encode(biz_content).ok_or(AskError::Charset)?;
        let content = match self.content_key {
            Some(key) => {
                query.push(("encrypt_type", Cow::Borrowed(b"AES")));
                Cow::Owned(key.encrypt(&content).into_bytes())
            }
            None => content,
        };
        let mut signed: Vec<(&[u8], &[u8])> = query.iter().map(|(name, value)| (name.as_bytes(), &**value)).collect();
        signed.push((b"biz_content", &content));
        signed.retain(|(_, value)| !value.is_empty());
        signed.sort_unstable();
        let mut text = Vec::new();
        write(&signed, |bytes| text.extend_from_slice(bytes));
        query.push(("sign", Cow::Owned(self.key.sign_base64(self.algorithm, &text)?.into_bytes())));
        let mut target = format!("{PATH}?").into_bytes();
        for (index, (name, value)) in query.iter().enumerate() {
            if index > 0 {
                target.push(b'&');
            }
            encode(&mut target, name.as_bytes(), Escapes::Form);
            target.push(b'=');
            encode(&mut target, value, Escapes::Form);
        }
        let mut body = b"biz_content=".to_vec();
        encode(&mut body, &content, Escapes::Form);
        Ok(Asked {
            target: String::from_utf8(target).map_err(|_| AskError::Charset)?,
            content_type: format!("application/x-www-form-urlencoded;charset={charset}"),
            body,
        })
    }

    /// Reads an answer: cuts the node, verifies it with the platform's public key, decrypts it. `charset` is the one that the answer's
    /// Content-Type names.
    pub fn read(
        &self,
        method: &str,
        body: &[u8],
        charset: Charset,
        platform: &PublicKey,
    ) -> Result<Answer, AnswerError> {
        let text = charset.decode(body).ok_or(AnswerError::Unreadable)?;
        let cut = Cut::of(method, &text).ok_or(AnswerError::Unreadable)?;
        let signed = match &cut.sign {
            Some(sign) => {
                let signature = signature(sign.as_bytes()).ok_or(AnswerError::WrongSignature)?;
                let node = charset.encode(cut.node).ok_or(AnswerError::Unreadable)?;
                let verifies = |node: &[u8]| {
                    platform.verifies(self.algorithm, &digest::digest(self.algorithm.hash(), node), &signature)
                };
                // The real gateway has been seen to write \/ and sign /, as Java and PHP know.
                if !verifies(&node) && !verifies(&replaced(&node, b"\\/", b"/")) {
                    return Err(AnswerError::WrongSignature);
                }
                true
            }
            None => false,
        };
        let node = match (cut.node.strip_prefix('"').and_then(|node| node.strip_suffix('"')), self.content_key) {
            (Some(cipher), Some(key)) => key
                .decrypt_text(&replaced(cipher.as_bytes(), b"\\/", b"/"), charset)
                .map_err(|_| AnswerError::Undecryptable)?,
            (Some(_), None) => return Err(AnswerError::Undecryptable),
            (None, _) => Zeroizing::new(cut.node.to_owned()),
        };
        let answer = Answer { node, signed, alipay_cert_sn: cut.alipay_cert_sn };
        // Some refusals come unsigned from the real gateway; a success never does.
        if !signed && answer.code().as_deref() == Some("10000") {
            return Err(AnswerError::Unsigned);
        }
        Ok(answer)
    }
}

impl fmt::Debug for Asked {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Asked({} + {} bytes)", self.target.len(), self.body.len())
    }
}

/// The parts of a raw answer.
pub(super) struct Cut<'a> {
    /// The node as it stands there.
    pub node: &'a str,
    pub sign: Option<String>,
    pub alipay_cert_sn: Option<String>,
}

impl<'a> Cut<'a> {
    pub(super) fn of(method: &str, text: &'a str) -> Option<Self> {
        let fields = Fields::parse(text.trim_ascii()).ok()?;
        let node = node_key(method).and_then(|key| fields.raw(&key)).or_else(|| fields.raw("error_response"))?;
        let text = |name| fields.text(name).ok().flatten().map(Cow::into_owned);
        Some(Self { node, sign: text("sign"), alipay_cert_sn: text("alipay_cert_sn") })
    }
}

/// An answer that may be believed as far as [`Answer::is_signed`] says.
pub struct Answer {
    node: Zeroizing<String>,
    signed: bool,
    alipay_cert_sn: Option<String>,
}

impl Answer {
    /// The node's JSON text, in the clear.
    pub fn expose(&self) -> &str {
        &self.node
    }

    /// Whether a signature was there (then it was right). Only refusals come without one.
    pub const fn is_signed(&self) -> bool {
        self.signed
    }

    /// The SN of the platform's certificate, in certificate mode.
    pub fn alipay_cert_sn(&self) -> Option<&str> {
        self.alipay_cert_sn.as_deref()
    }

    /// `code`.
    pub fn code(&self) -> Option<String> {
        self.text("code")
    }

    /// `sub_code`.
    pub fn sub_code(&self) -> Option<String> {
        self.text("sub_code")
    }

    /// A member of the node as text.
    pub fn text(&self, name: &str) -> Option<String> {
        Fields::parse(&self.node).ok()?.text(name).ok().flatten().map(Cow::into_owned)
    }
}

impl fmt::Debug for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Answer({})", if self.signed { "signed" } else { "unsigned" })
    }
}

/// Why an answer is not one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum AnswerError {
    /// No JSON, or no node of this method.
    #[error("the answer is no JSON object with a node of this method")]
    Unreadable,
    /// The signature is not the platform's.
    #[error("the answer's signature is not the platform's")]
    WrongSignature,
    /// A success without a signature.
    #[error("the answer is a success without a signature")]
    Unsigned,
    /// The content cannot be decrypted.
    #[error("the answer cannot be decrypted")]
    Undecryptable,
}

#[cfg(test)]
#[path = "client_tests.rs"]
mod tests;
