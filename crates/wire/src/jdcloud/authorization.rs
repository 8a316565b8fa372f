//! What an `Authorization` header says. Docs: JD Cloud specification, section 1.2.

use super::codes::{No, Refusal};
use super::sign::{Generation, Scope};

/// The header in its parts. What must be there is there; nothing of it is trusted yet.
#[derive(Clone, Copy)]
pub(super) struct Authorization<'a> {
    pub(super) access_key: &'a str,
    pub(super) scope: Scope<'a>,
    /// The last part of the credential, which must agree with the generation.
    pub(super) terminator: &'a str,
    pub(super) signed_headers: &'a str,
    /// The text of the signature; empty when there is none.
    pub(super) signature: &'a str,
}

impl<'a> Authorization<'a> {
    /// `JDCLOUDn-HMAC-SHA256 Credential=<AK>/<date>/<region>/<service>/<terminator>, SignedHeaders=<a;b>, Signature=<hex>`:
    /// parts in any order, blanks around commas optional, unknown parts ignored.
    pub(super) fn parse(value: &'a str) -> Result<Self, Refusal> {
        let (word, parts) = value.trim_ascii().split_once([' ', '\t']).ok_or(No::NoCredential)?;
        let generation = Generation::of_algorithm(word).ok_or(No::NoCredential)?;
        let [mut credential, mut signed_headers, mut signature] = [None; 3];
        for part in parts.split(',') {
            let (name, value) = part.trim_ascii().split_once('=').unwrap_or((part, ""));
            let place = match name.trim_ascii() {
                "Credential" => &mut credential,
                "SignedHeaders" => &mut signed_headers,
                "Signature" => &mut signature,
                _ => continue,
            };
            // Said twice, it is unclear which is meant.
            if place.replace(value.trim_ascii()).is_some() {
                return Err(No::NoCredential.into());
            }
        }
        let mut from_right = credential.ok_or(No::NoCredential)?.rsplitn(5, '/');
        let mut next = || from_right.next().ok_or(Refusal::of(No::NoCredential));
        let (terminator, service, region, date, access_key) = (next()?, next()?, next()?, next()?, next()?);
        if access_key.is_empty() || access_key.contains('/') {
            return Err(No::NoCredential.into());
        }
        let signed_headers = signed_headers.filter(|list| !list.is_empty()).ok_or(No::NoSignedHeaders)?;
        let scope = Scope { generation, date, region, service };
        Ok(Self { access_key, scope, terminator, signed_headers, signature: signature.unwrap_or_default() })
    }
}
