//! `[aliyun]`: Alibaba Cloud Domain's door.

use http::HeaderName;
use shiming_server::doors::aliyun_domain::Settings;
use shiming_wire::{
    aliyun::{Switches, call::MAX_BODY, credential::Limits},
    time::Window,
};

use super::values::Span;
use crate::trouble::Trouble;

section!("aliyun", "Alibaba Cloud Domain's door.", Aliyun {
    /// How far a request's moment of signing may lie from the clock, either way.
    window: Span = Span::secs(15 * 60),
    /// Takes HMAC-SHA256 as SignatureMethod of RPC 1.0 too; whether the vendor takes it is not known.
    hmac_sha256: bool = false,
    /// Refuses a Format that is neither JSON nor XML with InvalidParameter.Format instead of overlooking it.
    strict_format: bool = false,
    /// Refuses an access key that nobody has as a wrong signature, which does not tell strangers which keys there are.
    hide_unknown_keys: bool = false,
    /// The smallest picture, in decoded bytes: the vendor's 55K.
    image_min_bytes: usize = 55 * 1024,
    /// The largest picture, in decoded bytes: the vendor's 1M.
    image_max_bytes: usize = 1024 * 1024,
    /// The largest request body, in bytes; at most 6 MiB.
    body_limit: usize = MAX_BODY,
    /// HostId in refusals, such as "domain.aliyuncs.com". Unset: the host that the caller asked for.
    host_id: Option<String> = None,
    /// A header in which a trusted proxy passes on the Host that the caller signed, such as "x-forwarded-host". Unset without such a proxy: anybody can send it.
    forwarded_host: Option<String> = None,
});

impl Aliyun {
    /// As the door takes them.
    pub(crate) fn for_door(&self, in_flight_per_caller: usize) -> Result<Settings, Trouble> {
        if self.body_limit > MAX_BODY {
            return Err(
                Trouble::usage("[aliyun] body_limit is larger than the door takes").advice("6291456 is the most")
            );
        }
        if self.image_min_bytes > self.image_max_bytes {
            return Err(Trouble::usage("[aliyun] image_min_bytes is larger than image_max_bytes"));
        }
        let forwarded_host = self.forwarded_host.as_deref().map(|name| {
            HeaderName::from_bytes(name.as_bytes())
                .map_err(|error| Trouble::usage("[aliyun] forwarded_host is not a header's name").because(error))
        });
        Ok(Settings {
            window: Window::new(self.window.0),
            switches: Switches { hmac_sha256: self.hmac_sha256, strict_format: self.strict_format },
            picture: Limits { min_bytes: self.image_min_bytes, max_bytes: self.image_max_bytes },
            body_limit: self.body_limit,
            forwarded_host: forwarded_host.transpose()?,
            host_id: self.host_id.clone(),
            hide_unknown_keys: self.hide_unknown_keys,
            in_flight_per_caller,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_defaults_are_the_doors() {
        assert_eq!(Aliyun::default().for_door(256).unwrap(), Settings::default());
    }

    #[test]
    fn what_the_door_cannot_do_is_refused() {
        for wrong in [
            Aliyun { body_limit: MAX_BODY + 1, ..Aliyun::default() },
            Aliyun { image_min_bytes: 2, image_max_bytes: 1, ..Aliyun::default() },
            Aliyun { forwarded_host: Some("a b".into()), ..Aliyun::default() },
        ] {
            assert!(wrong.for_door(1).is_err());
        }
    }
}
