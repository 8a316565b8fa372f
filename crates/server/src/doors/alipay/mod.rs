//! What both of Alipay's doors share: the open gateway and v3 know the same apps, sign with the same platform keys and
//! keep the same memory.
//!
//! An app (应用) is a caller of door `alipay`. The platform, whose key signs every answer, is a caller of door
//! `alipay-platform`: it signs too, so its key is kept, wrapped and rotated as everybody's is.

mod caller;
pub mod jobworth;
mod members;
mod numbers;
mod platform;
mod refused;

use std::{sync::Arc, time::Duration};

use bytes::Bytes;
use http::{HeaderName, HeaderValue, StatusCode};
use shiming_core::{Checker, Clock, Ledger, Redeemer};

pub use caller::{AlipayCaller, TEACHER, TokenTrouble};
pub use members::{Member, MemberIds};
pub use numbers::Numbers;
pub use platform::{INSTALLATION, Platform};
pub use refused::{Knowledge, json as masked_json};
pub(super) use refused::{Refused, certificate_expired, content_stage, key_of, key_stage, put_together, unread};

use crate::{
    Random,
    doors::{Answer, Outcome},
    keyring::Keyring,
    refusals::Refusals,
};

/// The door's name in callers and in the ledger: an app is one caller, whichever protocol it speaks.
pub const NAME: &str = "alipay";
/// The name under which platform keys are kept among the callers.
pub const PLATFORM: &str = "alipay-platform";

/// What both doors work with.
pub struct Tools {
    /// The verb *check*.
    pub checker: Arc<Checker>,
    /// The verb *redeem*.
    pub redeemer: Arc<Redeemer>,
    /// The apps.
    pub callers: Arc<Keyring<AlipayCaller>>,
    /// The platform's keys.
    pub platforms: Arc<Keyring<Arc<Platform>>>,
    /// What time it is.
    pub clock: Arc<dyn Clock>,
    /// For trace ids and nonces.
    pub random: Arc<dyn Random>,
    /// The memory of refused calls.
    pub refusals: Arc<Refusals>,
}

/// How long the number of a business call (`transaction_id`) is remembered: the specification asks for at least a day.
pub const REMEMBER_TRANSACTION: Duration = Duration::from_hours(24);

/// An empty keyring for apps.
pub fn callers() -> Keyring<AlipayCaller> {
    Keyring::new(NAME, AlipayCaller::read)
}

/// An empty keyring for platform keys.
pub fn platforms() -> Keyring<Arc<Platform>> {
    Keyring::new(PLATFORM, Platform::read)
}

impl Tools {
    /// For what is spent, and for keyed hashes of it: the checker's.
    pub fn ledger(&self) -> &dyn Ledger {
        self.checker.ledger()
    }

    /// The platform that answers an app: the app's own key pair where it has one, else the installation's.
    pub(crate) fn platform_of(&self, caller: Option<&AlipayCaller>) -> Option<Arc<Platform>> {
        let own = caller.and_then(|caller| caller.platform.clone());
        own.or_else(|| self.platforms.find(INSTALLATION).map(|held| Arc::clone(&held.caller)))
    }

    /// Random bytes as lower-case hexadecimal.
    pub(crate) fn random_hex(&self) -> String {
        let mut bytes = [0; 16];
        self.random.fill(&mut bytes);
        hex(&bytes)
    }
}

/// Whether a person's browser may be led to a caller's address: to a web page or into the vendor's app, and never to a script.
pub(crate) fn may_lead_to(address: &str) -> bool {
    let scheme = address.split_once("://").map_or("", |(scheme, _)| scheme);
    ["https", "http", "alipays"].iter().any(|known| scheme.eq_ignore_ascii_case(known))
        && !address.chars().any(char::is_control)
}

/// Lower-case hexadecimal.
pub(crate) fn hex(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    bytes.iter().flat_map(|byte| [byte >> 4, byte & 15]).map(|half| char::from(DIGITS[usize::from(half)])).collect()
}

/// Status, headers and body of a reply, as the intake writes them.
pub(super) fn write(status: u16, headers: &[(&'static str, String)], body: Vec<u8>, outcome: Outcome) -> Answer {
    let headers = headers.iter().filter_map(|(name, value)| {
        Some((HeaderName::from_bytes(name.as_bytes()).ok()?, HeaderValue::from_str(value).ok()?))
    });
    Answer {
        status: StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR),
        headers: headers.collect(),
        body: Bytes::from(body),
        outcome,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_way_back_never_leads_to_a_script() {
        for good in ["https://a.test/", "HTTP://a.test", "alipays://platformapi/startapp?appId=1"] {
            assert!(may_lead_to(good), "{good}");
        }
        for bad in
            ["", "/here", "javascript:alert(1)", "javascript://a.test/%0aalert(1)", "data:text/html,x", "https://a\n"]
        {
            assert!(!may_lead_to(bad), "{bad}");
        }
    }

    #[test]
    fn hexadecimal_is_lower_case() {
        assert_eq!(hex(&[0, 0x9f, 0xff]), "009fff");
    }
}
