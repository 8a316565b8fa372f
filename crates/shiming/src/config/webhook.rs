//! `[webhook]`: how callers' systems are told of decisions. Where to is each caller's `webhook_url` and `webhook_secret`.

use shiming_server::webhook;

use super::values::{Span, within};

section!(
    "webhook",
    "Telling callers' systems of decisions (Standard Webhooks). Where to is each caller's setting webhook_url, signed with its secret webhook_secret (whsec_...).",
    Webhook {
        /// How long a receiver may take to answer.
        timeout: Span = Span::secs(20) => within(Span::secs(1)..=Span::secs(300), "a receiver that is slower is asked again all the same"),
        /// How many deliveries are under way at once.
        at_once: usize = 8 => within(1..=1024, "each is a connection to somebody"),
        /// Delivers to http:// addresses of other machines too, where anybody on the way can read what was decided.
        plain_http: bool = false,
    }
);

impl Webhook {
    /// As the sender takes it.
    pub(crate) fn for_sender(&self) -> webhook::Settings {
        webhook::Settings {
            timeout: self.timeout.0,
            at_once: self.at_once,
            plain: if self.plain_http { webhook::Plain::Taken } else { webhook::Plain::Refused },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_defaults_are_the_senders() {
        assert_eq!(Webhook::default().for_sender(), webhook::Settings::default());
    }
}
