//! The client's side: a signed request, and the answer verified and decrypted. For upstreams and for tests of the other side.
//! Docs: Alipay v3 specification, sections 1.2 to 1.8, 2.2 and 2.3.

use std::fmt;

use aws_lc_rs::digest::{SHA256, digest};
use http::HeaderMap;
use jiff::Timestamp;
use zeroize::Zeroizing;

use super::sign::{APP_AUTH_TOKEN, ENCRYPT_TYPE, Lines, ROOT_CERT_SN, SCHEME, answer_text};
use crate::alipay::aes::ContentKey;
use crate::alipay::fields::Fields;
use crate::alipay::keys::{Algorithm, PrivateKey, PublicKey, SigningFailed};
use crate::alipay::signature::signature;

/// Who asks.
#[derive(Debug, Clone, Copy)]
pub struct Client<'a> {
    /// The app id.
    pub app_id: &'a str,
    /// The app's private key.
    pub key: &'a PrivateKey,
    /// SN of the app's certificate and of the root bundle, in certificate mode.
    pub certificates: Option<(&'a str, &'a str)>,
    /// The token of an authorised app.
    pub app_auth_token: Option<&'a str>,
    /// The content key: bodies are encrypted with it, and 200 answers decrypted.
    pub content_key: Option<&'a ContentKey>,
}

/// What to add to a request: headers, and the body to send in place of the plain one.
#[derive(Clone, PartialEq, Eq)]
pub struct Asked {
    /// The headers, names in lower case.
    pub headers: Vec<(&'static str, String)>,
    /// The body.
    pub body: Vec<u8>,
}

impl Client<'_> {
    /// Signs a request. `target` must be what goes into the request line, to the byte; `nonce` must never have been used before.
    pub fn ask(
        &self,
        method: &str,
        target: &str,
        body: &[u8],
        at: Timestamp,
        nonce: &str,
    ) -> Result<Asked, SigningFailed> {
        let mut headers = vec![("accept", "application/json".to_owned())];
        let body = if let Some(key) = self.content_key {
            headers.push((ENCRYPT_TYPE, "AES".to_owned()));
            headers.push(("content-type", "text/plain".to_owned()));
            // Java sends nothing at all for nothing.
            if body.is_empty() { Vec::new() } else { key.encrypt(body).into_bytes() }
        } else {
            if !body.is_empty() {
                headers.push(("content-type", "application/json".to_owned()));
            }
            body.to_vec()
        };
        let certificate = self.certificates.map(|(app, _)| format!(",app_cert_sn={app}")).unwrap_or_default();
        let auth_string =
            format!("app_id={}{certificate},nonce={nonce},timestamp={}", self.app_id, at.as_millisecond());
        let method = method.to_ascii_uppercase();
        let lines = Lines {
            auth_string: &auth_string,
            method: &method,
            target,
            body: &body,
            app_auth_token: self.app_auth_token.map(str::as_bytes),
        };
        let sign = self.key.sign_base64(Algorithm::Rsa2, &lines.text())?;
        headers.push(("authorization", format!("{SCHEME} {auth_string},sign={sign}")));
        if let Some(token) = self.app_auth_token {
            headers.push((APP_AUTH_TOKEN, token.to_owned()));
        }
        if let Some((_, root)) = self.certificates {
            headers.push((ROOT_CERT_SN, root.to_owned()));
        }
        Ok(Asked { headers, body })
    }

    /// Reads an answer: a 200 must be signed by the platform; a refusal may be, and if it is must be so rightly.
    pub fn read(
        &self,
        status: u16,
        headers: &HeaderMap,
        body: &[u8],
        platform: &PublicKey,
    ) -> Result<Answer, AnswerError> {
        let header = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
        match header("alipay-signature").filter(|sign| *sign != "null") {
            Some(sign) => {
                let (Some(timestamp), Some(nonce)) = (header("alipay-timestamp"), header("alipay-nonce")) else {
                    return Err(AnswerError::WrongSignature);
                };
                let given = signature(sign.as_bytes()).ok_or(AnswerError::WrongSignature)?;
                if !platform.verifies(Algorithm::Rsa2, &digest(&SHA256, &answer_text(timestamp, nonce, body)), &given) {
                    return Err(AnswerError::WrongSignature);
                }
            }
            None if status == 200 => return Err(AnswerError::Unsigned),
            None => {}
        }
        let plain = match self.content_key.filter(|_| status == 200) {
            Some(key) => key.decrypt(body).map_err(|_| AnswerError::Undecryptable)?,
            None => Zeroizing::new(body.to_vec()),
        };
        let text = String::from_utf8(plain.to_vec()).map_err(|_| AnswerError::Unreadable)?;
        Fields::parse(&text).map_err(|_| AnswerError::Unreadable)?;
        Ok(Answer { status, body: Zeroizing::new(text) })
    }
}

impl fmt::Debug for Asked {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Asked({} headers, {} bytes)", self.headers.len(), self.body.len())
    }
}

/// An answer: a result (200) or a refusal.
pub struct Answer {
    status: u16,
    body: Zeroizing<String>,
}

impl Answer {
    /// HTTP status.
    pub const fn status(&self) -> u16 {
        self.status
    }

    /// The JSON text, in the clear.
    pub fn expose(&self) -> &str {
        &self.body
    }

    /// A member as text.
    pub fn text(&self, name: &str) -> Option<String> {
        Fields::parse(&self.body).ok()?.text(name).ok().flatten().map(std::borrow::Cow::into_owned)
    }
}

impl fmt::Debug for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Answer({})", self.status)
    }
}

/// Why an answer is not one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum AnswerError {
    /// No JSON object.
    #[error("the answer is no JSON object")]
    Unreadable,
    /// The signature is not the platform's.
    #[error("the answer's signature is not the platform's")]
    WrongSignature,
    /// A 200 without a signature.
    #[error("the answer is a 200 without a signature")]
    Unsigned,
    /// The content cannot be decrypted.
    #[error("the answer cannot be decrypted")]
    Undecryptable,
}

#[cfg(test)]
#[path = "client_tests.rs"]
mod tests;
