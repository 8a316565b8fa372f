//! `[alipay]`: Alipay's doors, the open gateway (`/gateway.do`) and v3 (`/v3/…`).

use shiming_server::doors::{alipay_gateway, alipay_v3};
use shiming_wire::{
    alipay_gateway::codes::{self, Content},
    alipay_v3::call,
    time::Window,
};

use super::values::{BODY, SIDE, Span, choice, within};
use crate::trouble::Trouble;

choice!(
    /// How much of the string to sign a refused signature repeats (docs: Alipay gateway specification, section 3.4).
    Echo {
        /// Nothing.
        Off = "off",
        /// It, with `...` in place of `biz_content`, which holds people's data.
        Masked = "masked",
        /// All of it, as the vendor does.
        Whole = "whole",
    }
);

choice!(
    /// What a source that is down means to the caller (section 4.6).
    Outage {
        /// 20000 `isp.unknow-error`.
        Unreachable = "unreachable",
        /// 40004 `SYSTEM_ERROR`.
        SystemError = "system_error",
    }
);

choice!(
    /// What `expired_seconds` in v3's Authorization does (docs: Alipay v3 specification, section 1.6).
    ExpiredSeconds {
        /// It narrows the ten minutes.
        Narrow = "narrow",
        /// Nothing.
        Ignore = "ignore",
    }
);

section!("alipay", "Alipay's doors: the open gateway (/gateway.do) and v3 (/v3/...).", Alipay {
    /// Another path at which the gateway answers too, for clients that were set up with one.
    gateway_alias: Option<String> = None,
    /// How far the gateway's timestamp, read as Beijing time, may lie from the clock, either way; "0s" takes any. v3 always takes ten minutes.
    window: Span = Span::secs(24 * 60 * 60) => within(Span::secs(0)..=Span::days(366), "it is 24 hours where the vendor has it"),
    /// Whether expired_seconds in v3's Authorization narrows its ten minutes: "narrow" or "ignore".
    expired_seconds: ExpiredSeconds = ExpiredSeconds::Narrow,
    /// What isv.invalid-signature repeats of the string to sign: "off", "masked" (public parameters alone) or "whole" (with people's data, as the vendor does).
    echo: Echo = Echo::Masked,
    /// How a source that is down is told: "unreachable" (20000 isp.unknow-error) or "system_error" (40004 SYSTEM_ERROR).
    outage: Outage = Outage::Unreachable,
    /// How long a transaction_id is remembered.
    remember: Span = Span::secs(24 * 60 * 60) => within(Span::secs(60)..=Span::days(3660), "a caller that lost an answer asks again within minutes, and each is a row in the database"),
    /// How long a person has for a certification or an authentication, and the caller for its result.
    lifetime: Span = Span::secs(24 * 60 * 60) => within(Span::secs(60)..=Span::days(366), "people need minutes for it, and their details are kept that long"),
    /// The fewest pixels that a portrait may have on a side.
    image_min_side: usize = 40 => within(1..=65_535, SIDE),
    /// The most pixels that it may have on a side.
    image_max_side: usize = 4096 => within(1..=65_535, SIDE),
    /// The largest request body, in bytes.
    body_limit: usize = 4 * 1024 * 1024 => within(4096..=256 << 20, BODY),
});

/// The most characters of the string to sign that are repeated as the vendor does.
const WHOLE_ECHO: usize = 4096;

impl Alipay {
    /// As the gateway takes them.
    pub(crate) fn for_gateway(&self, in_flight_per_caller: usize) -> Result<alipay_gateway::Settings, Trouble> {
        if self.gateway_alias.as_ref().is_some_and(|alias| !alias.starts_with('/')) {
            return Err(Trouble::usage("[alipay] gateway_alias is not a path").advice("a path begins with a slash"));
        }
        if self.image_min_side > self.image_max_side {
            return Err(Trouble::usage("[alipay] image_min_side is larger than image_max_side"));
        }
        let side = |pixels: usize| u32::try_from(pixels).unwrap_or(u32::MAX);
        Ok(alipay_gateway::Settings {
            alias: self.gateway_alias.clone(),
            window: (!self.window.0.is_zero()).then(|| Window::new(self.window.0)),
            echo: match self.echo {
                Echo::Off => codes::Echo { longest: 0, ..codes::Echo::default() },
                Echo::Masked => codes::Echo::default(),
                Echo::Whole => codes::Echo { longest: WHOLE_ECHO, content: Content::Shown },
            },
            body_limit: self.body_limit,
            remember: self.remember.0,
            outage: match self.outage {
                Outage::Unreachable => alipay_gateway::Outage::Unreachable,
                Outage::SystemError => alipay_gateway::Outage::SystemError,
            },
            lifetime: self.lifetime.0,
            portrait_sides: (side(self.image_min_side), side(self.image_max_side)),
            in_flight_per_caller,
            ..alipay_gateway::Settings::default()
        })
    }

    /// As v3 takes them.
    pub(crate) fn for_v3(&self, in_flight_per_caller: usize) -> alipay_v3::Settings {
        alipay_v3::Settings {
            expired: match self.expired_seconds {
                ExpiredSeconds::Narrow => call::ExpiredSeconds::Narrows,
                ExpiredSeconds::Ignore => call::ExpiredSeconds::Ignored,
            },
            body_limit: self.body_limit,
            in_flight_per_caller,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_defaults_are_the_doors() {
        assert_eq!(Alipay::default().for_gateway(256).unwrap(), alipay_gateway::Settings::default());
        assert_eq!(Alipay::default().for_v3(256), alipay_v3::Settings::default());
    }

    #[test]
    fn no_window_takes_any_timestamp_and_no_echo_repeats_nothing() {
        let settings = Alipay { window: Span::secs(0), echo: Echo::Off, ..Alipay::default() }.for_gateway(1).unwrap();
        assert_eq!((settings.window, settings.echo.longest), (None, 0));
    }

    #[test]
    fn an_alias_is_a_path() {
        assert!(Alipay { gateway_alias: Some("gateway".into()), ..Alipay::default() }.for_gateway(1).is_err());
    }
}
