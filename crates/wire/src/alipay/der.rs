//! As much of DER as telling keys apart needs. What is taken as a key is read again, strictly, by the cryptographic library.

/// INTEGER.
pub(super) const INTEGER: u8 = 0x02;
/// BIT STRING.
pub(super) const BIT_STRING: u8 = 0x03;
/// OCTET STRING.
pub(super) const OCTET_STRING: u8 = 0x04;
/// OBJECT IDENTIFIER.
pub(super) const OID: u8 = 0x06;
/// SEQUENCE.
pub(super) const SEQUENCE: u8 = 0x30;

/// `1.2.840.113549.1.1.1`, rsaEncryption.
pub(super) const RSA_ENCRYPTION: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01];
/// `1.2.840.10045.2.1`, elliptic curves, SM2 among them.
pub(super) const EC_PUBLIC_KEY: &[u8] = &[0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01];
/// `1.2.156.10197.1.301`, the curve of SM2.
pub(super) const SM2_CURVE: &[u8] = &[0x2a, 0x81, 0x1c, 0xcf, 0x55, 0x01, 0x82, 0x2d];

/// Reads elements one behind the other.
#[derive(Clone, Copy)]
pub(super) struct Reader<'a>(pub(super) &'a [u8]);

impl<'a> Reader<'a> {
    /// The next element: its tag and its content. `None` at the end and where the length is malformed or runs over.
    pub(super) fn next(&mut self) -> Option<(u8, &'a [u8])> {
        let (tag, length, header) = header(self.0)?;
        let rest = self.0.get(header..)?;
        let (content, rest) = rest.split_at_checked(length)?;
        self.0 = rest;
        Some((tag, content))
    }

    /// The content of the next element, which must have this tag.
    pub(super) fn expect(&mut self, tag: u8) -> Option<&'a [u8]> {
        self.next().filter(|(found, _)| *found == tag).map(|(_, content)| content)
    }

    /// Whether nothing is left.
    pub(super) const fn is_empty(self) -> bool {
        self.0.is_empty()
    }
}

/// Tag, length of the content and length of the header of the first element.
pub(super) fn header(bytes: &[u8]) -> Option<(u8, usize, usize)> {
    let (&tag, rest) = bytes.split_first()?;
    let (&first, rest) = rest.split_first()?;
    if first < 0x80 {
        return Some((tag, usize::from(first), 2));
    }
    let count = usize::from(first & 0x7f);
    if !(1..=4).contains(&count) {
        return None;
    }
    let length = rest.get(..count)?.iter().fold(0_usize, |length, &byte| length << 8 | usize::from(byte));
    Some((tag, length, 2 + count))
}

/// An element with this content.
pub(super) fn write(tag: u8, content: &[u8]) -> Vec<u8> {
    let mut out = vec![tag];
    let length = content.len().to_be_bytes();
    let significant = length.iter().position(|&byte| byte != 0).and_then(|start| length.get(start..)).unwrap_or(&[0]);
    match significant {
        [short @ 0..0x80] => out.push(*short),
        long => {
            out.push(0x80 | u8::try_from(long.len()).unwrap_or(0));
            out.extend_from_slice(long);
        }
    }
    out.extend_from_slice(content);
    out
}

/// The SPKI form of an RSA public key whose PKCS#1 form this is.
pub(super) fn spki_of_pkcs1(pkcs1: &[u8]) -> Vec<u8> {
    let algorithm = write(SEQUENCE, &[write(OID, RSA_ENCRYPTION), vec![0x05, 0x00]].concat());
    let mut bits = vec![0];
    bits.extend_from_slice(pkcs1);
    write(SEQUENCE, &[algorithm, write(BIT_STRING, &bits)].concat())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_are_written_as_they_are_read() {
        for length in [0, 1, 127, 128, 255, 256, 65_535, 65_536] {
            let element = write(SEQUENCE, &vec![7; length]);
            let mut reader = Reader(&element);
            assert_eq!(reader.expect(SEQUENCE).map(<[u8]>::len), Some(length));
            assert!(reader.is_empty());
        }
    }

    #[test]
    fn a_length_that_runs_over_is_no_element() {
        for wrong in [&[0x30][..], &[0x30, 0x80], &[0x30, 0x85, 1, 1, 1, 1, 1], &[0x30, 0x82, 1], &[0x30, 2, 0]] {
            assert!(Reader(wrong).next().is_none());
        }
    }
}
