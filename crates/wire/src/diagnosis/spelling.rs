//! The ways in which libraries percent-encode: one is right, and each of the others is somebody's default.

/// A way to percent-encode.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Spelling {
    /// RFC 3986: `A-Z a-z 0-9 - _ . ~` stay, all else is `%XX` with upper-case digits.
    Right,
    /// A blank is `+`, all else is right: Python's `quote_plus`, Go's `QueryEscape`.
    BlankAsPlus,
    /// `*` stays, all else is right: Java after a half repair.
    StarKept,
    /// `~` is `%7E`, all else is right: Python before 3.7.
    TildeEncoded,
    /// Blank `+`, `*` stays, `~` encoded: Java's `URLEncoder`, HTML forms.
    Form,
    /// Blank `+`, `~` encoded: PHP's `urlencode`.
    Php,
    /// `! ' ( ) *` stay: JavaScript's `encodeURIComponent`.
    Script,
    /// `/` stays: Python's `quote`.
    SlashKept,
    /// Lower-case digits, all else right: .NET's `Uri` helpers of old.
    Lower,
    /// Lower-case digits, blank `+`, `! ( ) *` stay: .NET's `HttpUtility.UrlEncode`.
    DotNet,
    /// Nothing is encoded.
    Nothing,
}

impl Spelling {
    const fn keeps(self, byte: u8) -> bool {
        let plain = byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_');
        let tilde = byte == b'~';
        plain
            || match self {
                Self::Right | Self::BlankAsPlus | Self::Lower => tilde,
                Self::StarKept => tilde || byte == b'*',
                Self::TildeEncoded | Self::Php => false,
                Self::Form => byte == b'*',
                Self::Script => tilde || matches!(byte, b'!' | b'\'' | b'(' | b')' | b'*'),
                Self::SlashKept => tilde || byte == b'/',
                Self::DotNet => matches!(byte, b'!' | b'(' | b')' | b'*'),
                Self::Nothing => true,
            }
    }

    const fn blank_is_plus(self) -> bool {
        matches!(self, Self::BlankAsPlus | Self::Form | Self::Php | Self::DotNet)
    }

    /// Whether a text comes out otherwise than by the right way.
    pub(crate) fn differs_for(self, text: &[u8]) -> bool {
        text.iter().any(|&byte| {
            let escaped = !self.keeps(byte);
            (self.blank_is_plus() && byte == b' ')
                || escaped == Self::Right.keeps(byte)
                || (escaped && matches!(self, Self::Lower | Self::DotNet) && has_letter(byte))
        })
    }

    /// Writes a text in this way.
    pub(crate) fn write(self, text: &[u8], put: &mut dyn FnMut(&[u8])) {
        let digits: &[u8; 16] =
            if matches!(self, Self::Lower | Self::DotNet) { b"0123456789abcdef" } else { b"0123456789ABCDEF" };
        let mut rest = text;
        loop {
            // What stays as it is goes through in one piece.
            let same = rest.iter().position(|&byte| !self.keeps(byte)).unwrap_or(rest.len());
            let (front, behind) = rest.split_at(same);
            put(front);
            let Some((byte, after)) = behind.split_first() else { return };
            if *byte == b' ' && self.blank_is_plus() {
                put(b"+");
            } else {
                put(&[b'%', digits[usize::from(byte >> 4)], digits[usize::from(byte & 15)]]);
            }
            rest = after;
        }
    }
}

/// Whether a byte in hexadecimal has a letter.
const fn has_letter(byte: u8) -> bool {
    byte >> 4 > 9 || byte & 15 > 9
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_way_writes_what_its_library_writes() {
        const TEXT: &str = "a b*~/!'()+é";
        for (spelling, expected) in [
            (Spelling::Right, "a%20b%2A~%2F%21%27%28%29%2B%C3%A9"),
            (Spelling::BlankAsPlus, "a+b%2A~%2F%21%27%28%29%2B%C3%A9"),
            (Spelling::StarKept, "a%20b*~%2F%21%27%28%29%2B%C3%A9"),
            (Spelling::TildeEncoded, "a%20b%2A%7E%2F%21%27%28%29%2B%C3%A9"),
            (Spelling::Form, "a+b*%7E%2F%21%27%28%29%2B%C3%A9"),
            (Spelling::Php, "a+b%2A%7E%2F%21%27%28%29%2B%C3%A9"),
            (Spelling::Script, "a%20b*~%2F!'()%2B%C3%A9"),
            (Spelling::SlashKept, "a%20b%2A~/%21%27%28%29%2B%C3%A9"),
            (Spelling::Lower, "a%20b%2a~%2f%21%27%28%29%2b%c3%a9"),
            (Spelling::DotNet, "a+b*%7e%2f!%27()%2b%c3%a9"),
            (Spelling::Nothing, TEXT),
        ] {
            let mut out = Vec::new();
            spelling.write(TEXT.as_bytes(), &mut |piece| out.extend_from_slice(piece));
            assert_eq!(String::from_utf8(out).unwrap(), expected, "{spelling:?}");
            assert_eq!(spelling.differs_for(TEXT.as_bytes()), spelling != Spelling::Right, "{spelling:?}");
            assert!(!spelling.differs_for(b"plain-Text_1."), "{spelling:?}");
        }
    }
}
