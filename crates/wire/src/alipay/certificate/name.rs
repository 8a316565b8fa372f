//! The name in a certificate as a text, as the SDKs write it: what is hashed depends on every letter. Docs: Alipay gateway
//! specification, section 1.9.

use x509_parser::prelude::{AttributeTypeAndValue, X509Name};

use crate::alipay::der;
use crate::hex::hex;

/// How special characters, and attributes without a short name, are written.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Escapes {
    /// Plainly, as most SDKs do.
    No,
    /// As RFC 2253 has it, and Java.
    Rfc2253,
}

/// A name with its parts reversed, `type=value` joined with commas and no blanks.
pub(super) fn name(name: &X509Name<'_>, escapes: Escapes) -> String {
    let mut parts: Vec<String> = Vec::new();
    for part in name.iter_rdn() {
        let attributes: Vec<String> = part.iter().map(|one| attribute(one, escapes)).collect();
        parts.push(attributes.join("+"));
    }
    parts.reverse();
    parts.join(",")
}

fn attribute(one: &AttributeTypeAndValue<'_>, escapes: Escapes) -> String {
    let (oid, tag, bytes) = (one.attr_type().to_id_string(), one.attr_value().header.tag().0, one.as_slice());
    let name = short_name(&oid);
    match escapes {
        Escapes::No => format!("{name}={}", text(tag, bytes)),
        Escapes::Rfc2253 if RFC2253_NAMES.contains(&name) => format!("{name}={}", escaped(&text(tag, bytes))),
        // Java knows no other names here, and writes what DER has.
        Escapes::Rfc2253 => format!("{oid}=#{}", hex(&der::write(u8::try_from(tag).unwrap_or_default(), bytes))),
    }
}

fn text(tag: u32, bytes: &[u8]) -> String {
    /// As old tools wrote Chinese names.
    const BMP_STRING: u32 = 30;
    if tag != BMP_STRING {
        return String::from_utf8_lossy(bytes).into_owned();
    }
    let units: Vec<u16> = bytes.chunks_exact(2).map(|pair| u16::from_be_bytes([pair[0], pair[1]])).collect();
    String::from_utf16_lossy(&units)
}

/// The names that RFC 2253 has for attributes.
const RFC2253_NAMES: [&str; 9] = ["CN", "C", "L", "ST", "STREET", "O", "OU", "UID", "DC"];

fn escaped(value: &str) -> String {
    let mut out = String::with_capacity(value.len());
    let last = value.chars().count().saturating_sub(1);
    for (at, letter) in value.chars().enumerate() {
        let outer_blank = letter == ' ' && (at == 0 || at == last);
        if matches!(letter, ',' | '+' | '"' | '\\' | '<' | '>' | ';') || outer_blank || (letter == '#' && at == 0) {
            out.push('\\');
        }
        out.push(letter);
    }
    out
}

fn short_name(oid: &str) -> &str {
    match oid {
        "2.5.4.3" => "CN",
        "2.5.4.6" => "C",
        "2.5.4.7" => "L",
        "2.5.4.8" => "ST",
        "2.5.4.9" => "STREET",
        "2.5.4.10" => "O",
        "2.5.4.11" => "OU",
        "0.9.2342.19200300.100.1.1" => "UID",
        "0.9.2342.19200300.100.1.25" => "DC",
        "1.2.840.113549.1.9.1" => "emailAddress",
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn special_characters_are_escaped_as_java_does() {
        assert_eq!(escaped("#a, b+c\\ "), "\\#a\\, b\\+c\\\\\\ ");
        assert_eq!(escaped("plain 名"), "plain 名");
    }
}
