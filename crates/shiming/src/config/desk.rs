//! `[desk]`: the hosted desk (受理台).

use shiming_server::desk;

use super::values::{PICTURE, choice, within};
use crate::trouble::Trouble;

choice!(
    /// Whose requests count as one peer's.
    Peers {
        /// The other end of the connection's.
        Direct = "direct",
        /// Those that a proxy passes on for one address.
        Forwarded = "forwarded",
    }
);

choice!(
    /// What happens to a person who was verified under the same agreement before.
    VerifiedBefore {
        /// The consent is enough.
        Recognize = "recognize",
        /// They give their details like anybody.
        Ask = "ask",
    }
);

section!("desk", "The hosted desk, where people prove who they are. It is at /desk/ on the doors' address.", Desk {
    /// The base address under which people's browsers reach it, such as `https://id.example.org`. Unset: the one that the caller used.
    base: Option<String> = None,
    /// Who runs it, as people are told.
    operator: Option<String> = None,
    /// The largest photo, in bytes.
    photo_limit: usize = 8 * 1024 * 1024 => within(16 << 10..=64 << 20, PICTURE),
    /// By whom rates are counted: "direct" (the other end of the connection) or "forwarded" (the last address in X-Forwarded-For; only behind a proxy that adds it).
    peers: Peers = Peers::Direct,
    /// A person who was verified under the same agreement before, for the same identity: "recognize" (their consent is enough) or "ask" (they give their details like anybody).
    verified_before: VerifiedBefore = VerifiedBefore::Recognize,
});

impl Desk {
    /// As the desk takes them.
    pub(crate) fn for_desk(&self) -> Result<desk::Settings, Trouble> {
        Ok(desk::Settings {
            base: self.base()?,
            operator: self.operator.clone(),
            photo_limit: self.photo_limit,
            peers: match self.peers {
                Peers::Direct => desk::Peers::Direct,
                Peers::Forwarded => desk::Peers::Forwarded,
            },
            verified_before: match self.verified_before {
                VerifiedBefore::Recognize => desk::VerifiedBefore::Recognized,
                VerifiedBefore::Ask => desk::VerifiedBefore::Asked,
            },
            ..desk::Settings::default()
        })
    }

    /// The base address, without the slash that it may end in.
    pub(crate) fn base(&self) -> Result<Option<String>, Trouble> {
        let Some(base) = &self.base else { return Ok(None) };
        let is_web = ["https://", "http://"].iter().any(|scheme| base.len() > scheme.len() && base.starts_with(scheme));
        let port = base.parse().ok().and_then(|base: http::Uri| base.port_u16());
        if !is_web || base.contains(['?', '#', ' ']) || port == Some(0) {
            return Err(Trouble::usage("[desk] base is not a base address")
                .advice("write it as https://id.example.org, with a path if there is one, and nothing behind"));
        }
        Ok(Some(base.trim_end_matches('/').to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_defaults_are_the_desks() {
        assert_eq!(Desk::default().for_desk().unwrap(), desk::Settings::default());
    }

    #[test]
    fn a_base_is_a_web_address() {
        let base = |text: &str| Desk { base: Some(text.into()), ..Desk::default() }.base();
        assert_eq!(base("https://id.example.org/x/").unwrap().as_deref(), Some("https://id.example.org/x"));
        assert!(
            ["id.example.org", "https://", "ftp://a", "https://a?b", "https://a:0"]
                .iter()
                .all(|text| base(text).is_err())
        );
        assert_eq!(Desk::default().base().unwrap(), None);
    }
}
