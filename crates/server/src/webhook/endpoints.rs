//! Where each caller's notices go.

use std::{collections::HashMap, net::IpAddr, sync::Arc};

use aws_lc_rs::hmac;
use http::Uri;
use parking_lot::Mutex;
use secrecy::ExposeSecret;
use shiming_core::{Caller, CallerState, Callers, CaseKey};

use super::{Plain, message};

/// The caller's setting with the address.
const URL: &str = "webhook_url";
/// The caller's secret with what signs.
const SECRET: &str = "webhook_secret";

/// An address and what signs for it.
pub(super) struct Endpoint {
    /// As the operator wrote it: what is remembered of it.
    pub(super) url: String,
    /// Whether TLS is spoken.
    pub(super) encrypted: bool,
    /// The host, without the brackets of an IPv6 address.
    pub(super) host: String,
    /// The port.
    pub(super) port: u16,
    /// What stands in the header `host`.
    pub(super) authority: String,
    /// Path and query.
    pub(super) path: String,
    /// What signs.
    pub(super) keys: Vec<hmac::Key>,
}

/// What a caller wants.
#[derive(Clone)]
pub(super) enum Wish {
    /// No notices.
    Nothing,
    /// Notices, and what is set does not do.
    Faulty(&'static str),
    /// Notices, there.
    Deliver(Arc<Endpoint>),
}

/// Every caller's wish, read again when a caller has changed.
#[derive(Default)]
pub(super) struct Endpoints(Mutex<Known>);

#[derive(Default)]
struct Known {
    revision: Option<i64>,
    wishes: HashMap<(String, String), Wish>,
}

impl Endpoints {
    /// Reads the callers, if they have changed since.
    pub(super) fn refresh<C: Callers>(&self, callers: &C, plain: Plain) -> Result<(), C::Error> {
        let revision = Some(callers.revision()?);
        let mut known = self.0.lock();
        if known.revision != revision {
            let wishes = callers.all()?.into_iter().map(|caller| {
                let wish = wish(&caller, plain);
                ((caller.door, caller.key_id), wish)
            });
            *known = Known { revision, wishes: wishes.collect() };
        }
        Ok(())
    }

    /// What the caller of a case wants. One that is there no more wants nothing.
    pub(super) fn of(&self, key: &CaseKey) -> Wish {
        let owner = (key.door.clone(), key.caller.clone());
        self.0.lock().wishes.get(&owner).cloned().unwrap_or(Wish::Nothing)
    }
}

fn wish(caller: &Caller, plain: Plain) -> Wish {
    let Some(url) = caller.settings.get(URL).filter(|url| !url.is_empty()) else { return Wish::Nothing };
    if caller.state == CallerState::Disabled {
        return Wish::Faulty("the caller is disabled");
    }
    let Some(keys) = caller.secrets.get(SECRET).and_then(|secret| message::keys(secret.expose_secret())) else {
        return Wish::Faulty("the caller has no webhook_secret of the form whsec_...");
    };
    match taken(url, keys, plain) {
        None => Wish::Faulty("the caller's webhook_url is not an https address"),
        Some(endpoint) => Wish::Deliver(Arc::new(endpoint)),
    }
}

/// Whether notices are sent to this address.
pub fn is_taken(url: &str, plain: Plain) -> bool {
    taken(url, Vec::new(), plain).is_some()
}

fn taken(url: &str, keys: Vec<hmac::Key>, plain: Plain) -> Option<Endpoint> {
    endpoint(url, keys).filter(|it| it.encrypted || plain == Plain::Taken || is_here(&it.host))
}

fn endpoint(url: &str, keys: Vec<hmac::Key>) -> Option<Endpoint> {
    let uri: Uri = url.parse().ok()?;
    let encrypted = match uri.scheme_str()? {
        "https" => true,
        "http" => false,
        _ => return None,
    };
    let authority = uri.authority()?.as_str();
    if authority.contains('@') {
        return None;
    }
    let host = uri.host()?.trim_start_matches('[').trim_end_matches(']');
    Some(Endpoint {
        url: url.to_owned(),
        encrypted,
        host: host.to_owned(),
        port: uri.port_u16().unwrap_or(if encrypted { 443 } else { 80 }),
        authority: authority.to_owned(),
        path: uri.path_and_query().map_or("/", |path| path.as_str()).to_owned(),
        keys,
    })
}

/// Whether a host is this machine.
fn is_here(host: &str) -> bool {
    host == "localhost" || host.parse().is_ok_and(|address: IpAddr| address.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(url: &str, plain: Plain) -> Option<String> {
        let caller = Caller {
            door: "door".into(),
            key_id: "app".into(),
            label: String::new(),
            state: CallerState::Enabled,
            secrets: [(SECRET.to_owned(), "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw".into())].into(),
            settings: [(URL.to_owned(), url.to_owned())].into(),
        };
        match wish(&caller, plain) {
            Wish::Deliver(to) => Some(format!("{} {} {} {} {}", to.encrypted, to.host, to.port, to.authority, to.path)),
            Wish::Nothing | Wish::Faulty(_) => None,
        }
    }

    #[test]
    fn an_address_is_taken_apart() {
        for (url, parts) in [
            ("https://a.example/hook?x=1", "true a.example 443 a.example /hook?x=1"),
            ("https://a.example:8443", "true a.example 8443 a.example:8443 /"),
            ("http://[::1]:80/h", "false ::1 80 [::1]:80 /h"),
            ("http://127.0.0.1:9/h", "false 127.0.0.1 9 127.0.0.1:9 /h"),
            ("http://localhost/h", "false localhost 80 localhost /h"),
        ] {
            assert_eq!(of(url, Plain::Refused).as_deref(), Some(parts));
        }
        for bad in ["a.example/h", "/h", "ftp://a.example/", "https://user@a.example/", "https://a b/", ""] {
            assert_eq!(of(bad, Plain::Taken), None, "{bad}");
        }
    }

    #[test]
    fn another_machine_is_told_in_the_open_only_where_the_operator_says_so() {
        assert_eq!(of("http://a.example/", Plain::Refused), None);
        assert!(of("http://a.example/", Plain::Taken).is_some());
        assert_eq!(of("http://127.0.0.1.a.example/", Plain::Refused), None);
    }
}
