//! The configured certificate: does it fit its key, and until when is it good?

use std::fs;

use jiff::Timestamp;
use rustls::pki_types::{CertificateDer, pem::PemObject};
use shiming_core::UnixTime;
use x509_parser::prelude::{FromDer, X509Certificate};

use super::{Findings, directory::is_open, pair};
use crate::config::Config;

/// Looks at the certificate, if one is configured.
pub(super) fn look(config: &Config, now: UnixTime, findings: &mut Findings) {
    let (cert, key) = match (&config.tls.cert, &config.tls.key) {
        (None, None) => return,
        (Some(cert), Some(key)) => (cert, key),
        _ => return findings.bad("tls", "[tls] has one of cert and key", "give both, or none"),
    };
    if !pair(cert, key, findings) {
        return;
    }
    if fs::metadata(key).is_ok_and(|file| is_open(&file)) {
        findings.bad("tls", format!("{} may be read by others", key.display()), format!("chmod 600 {}", key.display()));
    }
    let first = fs::read(cert).ok().and_then(|pem| CertificateDer::from_pem_slice(&pem).ok());
    let Some(until) = first.and_then(|der| not_after(&der)) else {
        return findings.look(
            "tls",
            "the certificate's end date cannot be read",
            "look at it with `openssl x509 -enddate`",
        );
    };
    let days = (until.as_second() - now.secs()).div_euclid(86_400);
    let what = format!("the certificate is good until {until}");
    match days {
        ..0 => findings.bad("tls", what, "renew it: callers refuse it"),
        0..21 => findings.look("tls", what, "renew it soon"),
        _ => findings.ok("tls", what),
    }
}

fn not_after(der: &[u8]) -> Option<Timestamp> {
    let (_, certificate) = X509Certificate::from_der(der).ok()?;
    Timestamp::from_second(certificate.validity().not_after.timestamp()).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_end_of_a_certificate_is_read() {
        for (year, expected) in [(2031, "2031-02-03T00:00:00Z"), (2060, "2060-02-03T00:00:00Z")] {
            let mut params = rcgen::CertificateParams::new(vec!["localhost".to_owned()]).unwrap();
            params.not_after = rcgen::date_time_ymd(year, 2, 3);
            let made = params.self_signed(&rcgen::KeyPair::generate().unwrap()).unwrap();
            assert_eq!(not_after(made.der()).unwrap().to_string(), expected);
        }
    }

    #[test]
    fn nonsense_is_no_certificate() {
        for bytes in [&b""[..], b"\x30", b"\x30\x84\xff\xff\xff\xff", b"\x30\x02\x30\x00"] {
            assert_eq!(not_after(bytes), None);
        }
    }
}
