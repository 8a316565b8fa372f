//! What several targets need: keys that are read once, and a moment.

use std::sync::OnceLock;
use std::time::Duration;

use jiff::Timestamp;
use shiming_wire::alipay::aes::ContentKey;
use shiming_wire::alipay::keys::{PrivateKey, PublicKey, Slot};
use shiming_wire::time::Window;

/// The gateway's window.
pub const DAY: Option<Window> = Some(Window::new(Duration::from_hours(24)));

/// When every request arrives.
pub fn now() -> Timestamp {
    Timestamp::from_second(1_795_000_000).expect("in range")
}

/// A key pair whose requests verify.
pub fn own_key() -> &'static PrivateKey {
    static KEY: OnceLock<PrivateKey> = OnceLock::new();
    let pem = include_bytes!("../../vectors/alipay-gateway/keys/app_private_pkcs8.pem");
    KEY.get_or_init(|| PrivateKey::parse(pem, Slot::AppPrivate).expect("a recorded key"))
}

/// A key that signed none of the seeds.
pub fn strangers_key() -> &'static PublicKey {
    static KEY: OnceLock<PublicKey> = OnceLock::new();
    let pem = include_bytes!("../../vectors/alipay-gateway/keys/platform_public.pem");
    KEY.get_or_init(|| PublicKey::parse(pem, Slot::PlatformPublic).expect("a recorded key"))
}

/// A content key.
pub fn content_key() -> &'static ContentKey {
    static KEY: OnceLock<ContentKey> = OnceLock::new();
    KEY.get_or_init(|| ContentKey::from_bytes(&[7; 16]).expect("sixteen bytes"))
}
