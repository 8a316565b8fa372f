//! `[aliyun]`: Alibaba Cloud Domain's door.

use http::HeaderName;
use shiming_server::doors::aliyun_domain::{Protection, Settings};
use shiming_wire::{
    aliyun::{Switches, credential::Limits, opened::MAX_BODY, operations::OPERATIONS},
    time::Window,
};

use super::values::{IN_WORK, PICTURE, Span, WINDOW, within};
use crate::trouble::Trouble;

section!("aliyun", "Alibaba Cloud Domain's door.", Aliyun {
    /// How far a request's moment of signing may lie from the clock, either way.
    window: Span = Span::secs(15 * 60) => within(Span::secs(1)..=Span::days(1), WINDOW),
    /// Takes HMAC-SHA256 as SignatureMethod of RPC 1.0 too; whether the vendor takes it is not known.
    hmac_sha256: bool = false,
    /// Refuses a Format that is neither JSON nor XML with InvalidParameter.Format instead of overlooking it.
    strict_format: bool = false,
    /// Refuses an access key that nobody has as a wrong signature, which does not tell strangers which keys there are.
    hide_unknown_keys: bool = false,
    /// The smallest picture, in decoded bytes: the vendor's 55K.
    image_min_bytes: usize = 55 * 1024 => within(1..=64 << 20, PICTURE),
    /// The largest picture, in decoded bytes: the vendor's 1M.
    image_max_bytes: usize = 1024 * 1024 => within(1..=64 << 20, PICTURE),
    /// The largest request body, in bytes.
    body_limit: usize = MAX_BODY => within(4096..=MAX_BODY, "the largest that the door takes"),
    /// HostId in refusals, such as "domain.aliyuncs.com". Unset: the host that the caller asked for.
    host_id: Option<String> = None,
    /// A header in which a trusted proxy passes on the Host that the caller signed, such as "x-forwarded-host". Unset without such a proxy: anybody can send it.
    forwarded_host: Option<HeaderName> = None,
    /// The hosts that this door answers to; another is refused with InvalidProduct.NotFound. Unset: any.
    domains: Option<Vec<String>> = None,
    /// Refuses calls that did not come over TLS with InvalidProtocol.NeedSsl: all of them where the server speaks plain HTTP, but for those of which forwarded_proto says otherwise.
    tls_only: bool = false,
    /// A header in which a trusted proxy that ends TLS says "https", such as "x-forwarded-proto"; for tls_only. Unset without such a proxy: anybody can send it.
    forwarded_proto: Option<HeaderName> = None,
    /// Operations that nobody may ask for at present; they are refused with Forbidden.RiskControl.
    held_operations: Vec<String> = Vec::new(),
    /// How many verified calls may be in work at once; beyond it one is refused with Throttling.
    in_flight: usize = 2048 => within(1..=1_000_000, IN_WORK),
    /// How many of them for one operation; beyond it one is refused with Throttling.Api. For a caller's see the section limits.
    in_flight_per_operation: usize = 1024 => within(1..=1_000_000, IN_WORK),
});

impl Aliyun {
    /// As the door takes them.
    pub(crate) fn for_door(&self, in_flight_per_caller: usize, scheme: &str) -> Result<Settings, Trouble> {
        if self.image_min_bytes > self.image_max_bytes {
            return Err(Trouble::usage("[aliyun] image_min_bytes is larger than image_max_bytes"));
        }
        if self.domains.as_ref().is_some_and(Vec::is_empty) {
            return Err(Trouble::usage("[aliyun] domains names no host").advice("leave it out to answer to any"));
        }
        if self.held_operations.iter().any(|held| !OPERATIONS.iter().any(|known| known.name == held)) {
            return Err(Trouble::usage("[aliyun] held_operations has a name that is none of this door's operations"));
        }
        let protection = match (self.tls_only, scheme) {
            (false, _) => Protection::Any,
            (true, "https") => Protection::Here,
            (true, _) => Protection::Proxy(self.forwarded_proto.clone()),
        };
        Ok(Settings {
            window: Window::new(self.window.0),
            switches: Switches { hmac_sha256: self.hmac_sha256, strict_format: self.strict_format },
            picture: Limits { min_bytes: self.image_min_bytes, max_bytes: self.image_max_bytes },
            body_limit: self.body_limit,
            forwarded_host: self.forwarded_host.clone(),
            host_id: self.host_id.clone(),
            hide_unknown_keys: self.hide_unknown_keys,
            domains: self.domains.clone(),
            protection,
            held: self.held_operations.clone(),
            in_flight: self.in_flight,
            in_flight_per_operation: self.in_flight_per_operation,
            in_flight_per_caller,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_defaults_are_the_doors() {
        assert_eq!(Aliyun::default().for_door(256, "http").unwrap(), Settings::default());
    }

    #[test]
    fn what_the_door_cannot_do_is_refused() {
        for wrong in [
            Aliyun { image_min_bytes: 2, image_max_bytes: 1, ..Aliyun::default() },
            Aliyun { domains: Some(Vec::new()), ..Aliyun::default() },
            Aliyun { held_operations: vec!["DeleteEverything".into()], ..Aliyun::default() },
        ] {
            assert!(wrong.for_door(1, "http").is_err());
        }
    }

    #[test]
    fn the_door_gets_the_lists() {
        let (domains, held) = (vec!["a.example".to_owned()], vec!["DeleteContactTemplate".to_owned()]);
        let lists = Aliyun { domains: Some(domains.clone()), held_operations: held.clone(), ..Aliyun::default() };
        let settings = lists.for_door(1, "http").unwrap();
        assert_eq!((settings.domains, settings.held), (Some(domains), held));
    }

    #[test]
    fn tls_is_had_here_or_said_by_a_proxy() {
        let proxy = Some(HeaderName::from_static("x-forwarded-proto"));
        let settings = Aliyun { tls_only: true, forwarded_proto: proxy.clone(), ..Aliyun::default() };
        let protection = |scheme| settings.for_door(1, scheme).unwrap().protection;
        assert_eq!(protection("https"), Protection::Here);
        assert_eq!(protection("http"), Protection::Proxy(proxy));
    }
}
