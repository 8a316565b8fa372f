//! An app as both doors need it: its keys, parsed once, and what it has contracted.
//!
//! Whatever cannot be read is named in the log and left out; the app is then refused in the words that the vendor has for
//! what is missing, and not as an unknown one.

use std::{collections::BTreeMap, sync::Arc};

use jiff::Timestamp;
use secrecy::{ExposeSecret, SecretString};
use shiming_core::{Caller, CallerState};
use shiming_wire::{
    alipay::{
        aes::ContentKey,
        certificate::Certificate,
        keys::{Algorithm, PublicKey},
        pasted,
    },
    alipay_gateway::{self, Sha1, material},
    alipay_v3,
    secret::Secret,
};

use super::{members::MemberIds, platform::Platform};

/// `identity_type` of a teacher: the one that is documented.
pub const TEACHER: &str = "04";

/// An app and what belongs to it.
#[derive(Debug)]
pub struct AlipayCaller {
    /// The app id.
    pub app_id: String,
    /// What the operator calls it; the desk shows it to people, as who asks.
    pub label: String,
    /// Whether it may call at all.
    pub enabled: bool,
    /// Its public key; none in pure certificate mode, or where nothing was registered.
    pub key: Option<PublicKey>,
    /// Its certificates; a new one may be registered beside the one in use.
    pub certificates: Vec<Certificate>,
    /// Its content key.
    pub content_key: Option<ContentKey>,
    /// A platform key pair of its own.
    pub platform: Option<Arc<Platform>>,
    /// Which of a person's ids it is told.
    pub member_ids: MemberIds,
    sha1: Sha1,
    tokens: Vec<Token>,
    products: Vec<String>,
    biz_codes: Vec<String>,
    services: Vec<String>,
    identities: Vec<String>,
    methods: Option<Vec<String>>,
}

/// A token with which a merchant lets the app act for it (`app_auth_token`).
#[derive(Debug)]
struct Token {
    secret: Secret,
    until: Option<Timestamp>,
    methods: Option<Vec<String>>,
}

/// Why a token does not let an app act.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TokenTrouble {
    /// It is not one of this app's.
    Unknown,
    /// Its time is over.
    Expired,
    /// It is for other methods.
    NotForThis,
}

impl AlipayCaller {
    /// Reads a caller of the store.
    ///
    /// Secrets: `aes_key`; `app_auth_tokens`, one a line, each `TOKEN [until=<RFC 3339>] [methods=<a,b>]`;
    /// `platform_private_key` for a pair of the app's own.
    ///
    /// Settings: `public_key` and `certificates` in any form that can be pasted; `sign_types` (`RSA2`, or `RSA2,RSA` for an
    /// app that cannot be changed); `product_codes`, `biz_codes`, `service_ids`, `identity_types`, `methods`, each with commas
    /// between; `member_ids`, a word of [`MemberIds`]; for a platform pair of its own `platform_chain`, `platform_root`, `gbk_answers`.
    pub fn read(caller: &Caller) -> Option<Self> {
        let reader = Reader { app_id: &caller.key_id, settings: &caller.settings };
        let secret = |name: &str| caller.secrets.get(name);
        let platform = secret("platform_private_key").and_then(|key| reader.platform(key));
        let key = reader.setting("public_key").and_then(|pasted| {
            let own: Vec<_> = platform.iter().map(|platform| platform.public_key()).collect();
            reader.said("public key", PublicKey::parse_for_app(pasted.as_bytes(), &own))
        });
        let sign_types = reader.list("sign_types").unwrap_or_default();
        Some(Self {
            app_id: caller.key_id.clone(),
            label: caller.label.clone(),
            enabled: caller.state == CallerState::Enabled,
            key,
            certificates: reader.setting("certificates").map(|pasted| reader.certificates(pasted)).unwrap_or_default(),
            content_key: secret("aes_key")
                .and_then(|key| reader.said("AES key", ContentKey::parse(&Secret::new(key.expose_secret())))),
            platform,
            member_ids: reader.member_ids(),
            sha1: if sign_types.iter().any(|word| word == Algorithm::Rsa.sign_type()) {
                Sha1::Taken
            } else {
                Sha1::Refused
            },
            tokens: secret("app_auth_tokens").map(|tokens| reader.tokens(tokens.expose_secret())).unwrap_or_default(),
            products: reader.list("product_codes").unwrap_or_else(|| vec![material::PRODUCT_CODE.to_owned()]),
            biz_codes: reader.list("biz_codes").unwrap_or_else(|| {
                [material::FACE_API, "FACE", "SMART_FACE", "CERT_PHOTO", "CERT_PHOTO_FACE"].map(str::to_owned).to_vec()
            }),
            services: reader.list("service_ids").unwrap_or_default(),
            identities: reader.list("identity_types").unwrap_or_else(|| vec![TEACHER.to_owned()]),
            methods: reader.list("methods"),
        })
    }

    /// Makes sure that tokens can be read, before they are stored. The error says in which line what is wrong, and no token.
    pub fn check_tokens(lines: &str) -> Result<(), String> {
        token_lines(lines).try_for_each(|(number, line)| {
            Token::parse(line).map(drop).map_err(|error| format!("line {number}: {error}"))
        })
    }

    /// The keys as the gateway's checker takes them; `claimed` is the certificate that the request names.
    pub fn gateway_keys(&self, claimed: Option<&str>) -> alipay_gateway::AppKeys<'_> {
        let named = claimed.and_then(|sn| self.certificates.iter().find(|known| known.answers_to(sn)));
        alipay_gateway::AppKeys {
            key: self.key.as_ref(),
            certificate: named.or_else(|| self.certificates.first()),
            sha1: self.sha1,
        }
    }

    /// The keys as v3's checker takes them; `root` is the SN of the root bundle that was handed out.
    pub fn v3_keys<'k>(&'k self, root: Option<&'k str>) -> alipay_v3::AppKeys<'k> {
        alipay_v3::AppKeys { key: self.key.as_ref(), certificates: &self.certificates, root_serial_number: root }
    }

    /// Whether a merchant's token lets the app call a method now. The comparison takes the same time for every token.
    pub fn token(&self, given: &[u8], method: &str, now: Timestamp) -> Result<(), TokenTrouble> {
        let found =
            self.tokens.iter().fold(None, |found, known| if known.secret.matches(given) { Some(known) } else { found });
        let token = found.ok_or(TokenTrouble::Unknown)?;
        if token.until.is_some_and(|until| now >= until) {
            return Err(TokenTrouble::Expired);
        }
        let covered = token.methods.as_ref().is_none_or(|methods| methods.iter().any(|known| known == method));
        if covered { Ok(()) } else { Err(TokenTrouble::NotForThis) }
    }

    /// Whether the app may call a method, by its dotted name.
    pub fn may(&self, method: &str) -> bool {
        self.methods.as_ref().is_none_or(|methods| methods.iter().any(|known| known == method))
    }

    /// Whether the app has contracted a product.
    pub fn has_product(&self, code: &str) -> bool {
        self.products.iter().any(|known| known == code)
    }

    /// Whether the app has contracted a scenario.
    pub fn has_biz_code(&self, code: &str) -> bool {
        self.biz_codes.iter().any(|known| known == code)
    }

    /// Whether the app may have an identity proved to it, by its `identity_type`: a teacher's, and what was arranged with
    /// the operator (v3 specification, section 3.1).
    pub fn has_identity(&self, identity: &str) -> bool {
        self.identities.iter().any(|known| known == identity)
    }

    /// Whether a credit service is the app's.
    pub fn has_service(&self, id: &str) -> bool {
        self.services.iter().any(|known| known == id)
    }
}

/// Reads settings, and says in the log what cannot be read.
struct Reader<'c> {
    app_id: &'c str,
    settings: &'c BTreeMap<String, String>,
}

impl Reader<'_> {
    fn setting(&self, name: &str) -> Option<&str> {
        self.settings.get(name).map(String::as_str).filter(|text| !text.trim().is_empty())
    }

    /// Words with commas between.
    fn list(&self, name: &str) -> Option<Vec<String>> {
        self.setting(name).map(words)
    }

    fn member_ids(&self) -> MemberIds {
        let read = self.setting("member_ids").map(|word| MemberIds::from_word(word).ok_or("it is no known word"));
        read.and_then(|read| self.said("choice of member ids", read)).unwrap_or_default()
    }

    fn said<T, E: std::fmt::Display>(&self, what: &str, read: Result<T, E>) -> Option<T> {
        read.inspect_err(|error| tracing::error!(app = self.app_id, %error, "an app's {what} cannot be used")).ok()
    }

    fn platform(&self, key: &SecretString) -> Option<Arc<Platform>> {
        let setting = |name| self.setting(name);
        let platform = Platform::of(key, setting("platform_chain"), setting("platform_root"), setting("gbk_answers"));
        self.said("own platform key", platform).map(Arc::new)
    }

    fn certificates(&self, pasted: &str) -> Vec<Certificate> {
        let blocks = self.said("certificate", pasted::blocks(pasted.as_bytes())).unwrap_or_default();
        blocks.iter().filter_map(|block| self.said("certificate", Certificate::parse(block.expose()))).collect()
    }

    fn tokens(&self, lines: &str) -> Vec<Token> {
        token_lines(lines).filter_map(|(_, line)| self.said("token", Token::parse(line))).collect()
    }
}

/// The lines that hold a token, numbered from 1.
fn token_lines(lines: &str) -> impl Iterator<Item = (usize, &str)> {
    (1..).zip(lines.lines()).filter(|(_, line)| !line.trim().is_empty())
}

impl Token {
    /// Reads a line. A token is not taken without a limit that somebody meant to give it.
    fn parse(line: &str) -> Result<Self, &'static str> {
        let mut parts = line.split_ascii_whitespace();
        let mut token =
            Self { secret: Secret::new(parts.next().ok_or("there is no token")?), until: None, methods: None };
        for part in parts {
            match part.split_once('=') {
                Some(("until", moment)) => {
                    token.until =
                        Some(moment.parse().map_err(|_| "until= is not a moment such as 2030-01-01T00:00:00Z")?);
                }
                Some(("methods", methods)) => token.methods = Some(words(methods)),
                _ => return Err("a limit of it is neither until= nor methods="),
            }
        }
        Ok(token)
    }
}

fn words(text: &str) -> Vec<String> {
    text.split(',').map(str::trim).filter(|word| !word.is_empty()).map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn caller(secrets: &[(&str, &str)], settings: &[(&str, &str)]) -> AlipayCaller {
        let owned = |pairs: &[(&str, &str)]| {
            pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect::<BTreeMap<_, _>>()
        };
        let caller = Caller {
            door: super::super::NAME.into(),
            key_id: "9990000000000001".into(),
            label: String::new(),
            state: CallerState::Enabled,
            secrets: owned(secrets).into_iter().map(|(name, value)| (name, value.into())).collect(),
            settings: owned(settings),
        };
        AlipayCaller::read(&caller).expect("an app is known whatever its keys")
    }

    #[test]
    fn an_app_without_a_key_that_can_be_used_is_known_all_the_same() {
        let app = caller(&[("aes_key", "not a key")], &[("public_key", "not a key"), ("certificates", "nor one")]);
        assert!(app.key.is_none() && app.certificates.is_empty() && app.content_key.is_none());
        assert!(app.enabled && app.has_product(material::PRODUCT_CODE) && app.has_biz_code("FACE_API"));
        assert!(!app.has_service("") && app.may("anything"));
    }

    #[test]
    fn a_token_has_the_limits_that_are_given_it_and_none_that_cannot_be_read() {
        let tokens =
            "all\nold until=2020-01-01T00:00:00Z\none methods=a.b,c\nodd methods=a unknown\nworse until=soon\n";
        let app = caller(&[("app_auth_tokens", tokens)], &[]);
        let now = "2026-11-25T00:00:00Z".parse().expect("a moment");
        for (token, method, expected) in [
            ("all", "x", Ok(())),
            ("old", "x", Err(TokenTrouble::Expired)),
            ("one", "a.b", Ok(())),
            ("one", "x", Err(TokenTrouble::NotForThis)),
            ("odd", "a", Err(TokenTrouble::Unknown)),
            ("worse", "a", Err(TokenTrouble::Unknown)),
            ("", "a", Err(TokenTrouble::Unknown)),
        ] {
            assert_eq!(app.token(token.as_bytes(), method, now), expected, "{token}");
        }
        let told = AlipayCaller::check_tokens(tokens).unwrap_err();
        assert_eq!(told, "line 4: a limit of it is neither until= nor methods=");
        assert_eq!(AlipayCaller::check_tokens("\nall\none methods=a.b,c\n"), Ok(()));
    }

    #[test]
    fn what_is_contracted_is_what_is_listed() {
        let app = caller(
            &[],
            &[("biz_codes", "FACE_API, X"), ("service_ids", "1"), ("methods", "a.b"), ("sign_types", "RSA2,RSA")],
        );
        assert!(app.has_identity(TEACHER) && !app.has_identity("05"));
        let arranged = caller(&[], &[("identity_types", "05,06")]);
        assert!(arranged.has_identity("05") && !arranged.has_identity(TEACHER));
        assert!(app.has_biz_code("X") && !app.has_biz_code("FACE") && app.has_service("1") && !app.may("a"));
        assert_eq!(app.gateway_keys(None).sha1, Sha1::Taken);
    }

    #[test]
    fn an_app_is_told_the_ids_that_it_is_set_up_for_and_both_where_that_cannot_be_read() {
        for (settings, expected) in [
            (&[][..], MemberIds::Both),
            (&[("member_ids", "user_id")], MemberIds::UserId),
            (&[("member_ids", "open_id")], MemberIds::OpenId),
            (&[("member_ids", "both")], MemberIds::Both),
            (&[("member_ids", "none")], MemberIds::Both),
        ] {
            assert_eq!(caller(&[], settings).member_ids, expected, "{settings:?}");
        }
    }

    #[test]
    fn debug_shows_no_token_and_no_key() {
        let app = caller(&[("app_auth_tokens", "tokentokentoken"), ("aes_key", "AAECAwQFBgcICQoLDA0ODw==")], &[]);
        let shown = format!("{app:?}");
        assert!(app.content_key.is_some() && !shown.contains("tokentoken") && !shown.contains("AAEC"), "{shown}");
    }
}
