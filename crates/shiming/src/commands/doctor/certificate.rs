//! The configured certificate: does it fit its key, and until when is it good?

use std::fs;

use rustls::pki_types::{CertificateDer, pem::PemObject};
use shiming_core::UnixTime;

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
    let Some(until) = first.as_ref().and_then(|der| not_after(der)) else {
        return findings.look(
            "tls",
            "the certificate's end date cannot be read",
            "look at it with `openssl x509 -enddate`",
        );
    };
    let days = (until.secs() - now.secs()).div_euclid(86_400);
    let what = format!("the certificate is good until {}", until.timestamp());
    match days {
        ..0 => findings.bad("tls", what, "renew it: callers refuse it"),
        0..21 => findings.look("tls", what, "renew it soon"),
        _ => findings.ok("tls", what),
    }
}

/// The end of validity in a certificate (RFC 5280, section 4.1): the third and following fields of the signed part are
/// the serial number, an algorithm, the issuer and the validity, after a version that may be absent.
fn not_after(der: &[u8]) -> Option<UnixTime> {
    const SEQUENCE: u8 = 0x30;
    const VERSION: u8 = 0xA0;
    let (_, certificate, _) = element(der)?;
    let (_, mut signed, _) = element(certificate)?;
    if signed.first() == Some(&VERSION) {
        signed = element(signed)?.2;
    }
    for _ in ["serial number", "algorithm", "issuer"] {
        signed = element(signed)?.2;
    }
    let (tag, validity, _) = element(signed)?;
    if tag != SEQUENCE {
        return None;
    }
    let (tag, end, _) = element(element(validity)?.2)?;
    time(tag, std::str::from_utf8(end).ok()?)
}

/// Tag, content and what follows.
fn element(der: &[u8]) -> Option<(u8, &[u8], &[u8])> {
    let (&tag, rest) = der.split_first()?;
    let (&first, rest) = rest.split_first()?;
    let (length, rest) = match first {
        0..=0x7F => (usize::from(first), rest),
        0x81..=0x84 => {
            let (bytes, rest) = rest.split_at_checked(usize::from(first & 0x7F))?;
            (bytes.iter().fold(0, |length, byte| length << 8 | usize::from(*byte)), rest)
        }
        _ => return None,
    };
    let (content, rest) = rest.split_at_checked(length)?;
    Some((tag, content, rest))
}

/// UTCTime has a year of two digits, up to 49 in this century; GeneralizedTime one of four.
fn time(tag: u8, text: &str) -> Option<UnixTime> {
    const UTC_TIME: u8 = 0x17;
    const GENERALIZED_TIME: u8 = 0x18;
    let full = match tag {
        UTC_TIME => format!("{}{text}", if *text.as_bytes().first()? < b'5' { "20" } else { "19" }),
        GENERALIZED_TIME => text.to_owned(),
        _ => return None,
    };
    let (day, clock) = full.split_at_checked(8)?;
    let at = shiming_wire::time::parse_basic(format!("{day}T{clock}").as_bytes())?;
    Some(UnixTime(at.as_millisecond()))
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
            assert_eq!(not_after(made.der()).unwrap().timestamp().to_string(), expected);
        }
    }

    #[test]
    fn nonsense_is_no_certificate() {
        for bytes in [&b""[..], b"\x30", b"\x30\x84\xff\xff\xff\xff", b"\x30\x02\x30\x00"] {
            assert_eq!(not_after(bytes), None);
        }
    }
}
