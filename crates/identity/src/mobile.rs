//! Mobile telephone numbers (手机号) of the mainland.
//!
//! Source: identity rules, section 5. A number is never refused by its segment: lists go stale. The segment table gives
//! the original assignment only, because numbers have been portable (携号转网) since 2019-12-01.

use crate::fold::{Folded, all_digits, value};
use crate::{Flaw, Parsed, Warning, Warnings, mask, secret};
use zeroize::{Zeroize, ZeroizeOnDrop};

/// A mobile number: 11 digits, the first 1, the second 3 to 9.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Zeroize, ZeroizeOnDrop)]
pub struct Mobile([u8; 11]);

secret::hide!(Mobile);

impl Mobile {
    /// Reads a number: width folded; blanks, hyphens and brackets removed; one of `+86`, `0086`, `86` stripped.
    ///
    /// A trunk `0` and landlines are LEADING_ZERO; Hong Kong, Macao, Taiwan and foreign numbers, and segments that are
    /// not mobile, are UNSUPPORTED_DOC.
    ///
    /// ```
    /// use shiming_identity::{Flaw, Mobile};
    ///
    /// let mobile = Mobile::parse("+86 138-0000-0000")?.value;
    /// assert_eq!(mobile.expose(), "13800000000");
    /// assert_eq!(mobile.e164(), "+8613800000000");
    /// # Ok::<(), Flaw>(())
    /// ```
    pub fn parse(text: &str) -> Result<Parsed<Self>, Flaw> {
        if let Ok(plain) = <&[u8; 11]>::try_from(text.as_bytes())
            && all_digits(plain)
        {
            return Self::admit(plain);
        }
        let folded = Folded::compact(text, |c| matches!(c, '-' | '(' | ')'))?;
        Self::admit(national(folded.as_bytes())?)
    }

    fn admit(number: &[u8]) -> Result<Parsed<Self>, Flaw> {
        if !all_digits(number) {
            return Err(Flaw::Charset);
        }
        if number.starts_with(b"0") {
            return Err(Flaw::LeadingZero);
        }
        let digits: [u8; 11] = number.try_into().map_err(|_| Flaw::Length)?;
        if !matches!(digits, [b'1', b'3'..=b'9', ..]) {
            return Err(Flaw::UnsupportedDoc);
        }
        let mut warnings = Warnings::NONE;
        warnings.insert_if(segment(&digits).is_none(), Warning::RangeUnknown);
        Ok(Parsed { value: Self(digits), warnings })
    }

    /// The national form, 11 digits. Never log it.
    pub fn expose(&self) -> &str {
        secret::text(&self.0)
    }

    /// The international form, `+86…`. Never log it.
    pub fn e164(&self) -> String {
        format!("+86{}", self.expose())
    }

    /// First three and last four digits.
    pub fn masked(&self) -> String {
        mask::mobile(self.expose(), mask::MobileStyle::default())
    }

    /// To whom the number's segment was first given; advisory. `None` comes with [`Warning::RangeUnknown`].
    pub fn segment(&self) -> Option<Segment> {
        segment(&self.0)
    }
}

/// The original assignment of a number segment.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Segment {
    /// The network, unless the segment stands outside the four carriers.
    pub carrier: Option<Carrier>,
    /// What the segment is used for.
    pub usage: SegmentUse,
}

/// A mobile network.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Carrier {
    /// 中国移动 (CMCC)
    ChinaMobile,
    /// 中国联通 (CUCC)
    ChinaUnicom,
    /// 中国电信 (CTCC)
    ChinaTelecom,
    /// 中国广电 (CBN)
    ChinaBroadnet,
}

impl Carrier {
    /// The four letters that vendors print.
    pub const fn code(self) -> &'static str {
        match self {
            Self::ChinaMobile => "CMCC",
            Self::ChinaUnicom => "CUCC",
            Self::ChinaTelecom => "CTCC",
            Self::ChinaBroadnet => "CBN",
        }
    }
}

/// What a number segment is used for.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum SegmentUse {
    /// A carrier's own customers.
    Ordinary,
    /// A virtual operator's customers (虚拟运营商); several products refuse them.
    Virtual,
    /// Satellite telephones.
    Satellite,
    /// Emergency service of the ministry.
    Emergency,
}

#[expect(clippy::inconsistent_digit_grouping, reason = "split where the three-digit segment ends")]
/// Section 5.2, as ranges of the first five digits, both ends included.
const SEGMENTS: &[(u32, u32, Option<Carrier>, SegmentUse)] = {
    use Carrier::{ChinaBroadnet, ChinaMobile, ChinaTelecom, ChinaUnicom};
    use SegmentUse::{Emergency, Ordinary, Satellite, Virtual};
    &[
        (130_00, 132_99, Some(ChinaUnicom), Ordinary),
        (133_00, 133_99, Some(ChinaTelecom), Ordinary),
        (134_00, 134_89, Some(ChinaMobile), Ordinary),
        (134_90, 134_99, Some(ChinaTelecom), Satellite),
        (135_00, 139_99, Some(ChinaMobile), Ordinary),
        (145_00, 145_99, Some(ChinaUnicom), Ordinary),
        (147_00, 147_99, Some(ChinaMobile), Ordinary),
        (149_00, 149_99, Some(ChinaTelecom), Ordinary),
        (150_00, 152_99, Some(ChinaMobile), Ordinary),
        (153_00, 153_99, Some(ChinaTelecom), Ordinary),
        (155_00, 156_99, Some(ChinaUnicom), Ordinary),
        (157_00, 159_99, Some(ChinaMobile), Ordinary),
        (162_00, 162_99, Some(ChinaTelecom), Virtual),
        (165_00, 165_99, Some(ChinaMobile), Virtual),
        (166_00, 166_99, Some(ChinaUnicom), Ordinary),
        (167_00, 167_99, Some(ChinaUnicom), Virtual),
        (170_00, 170_29, Some(ChinaTelecom), Virtual),
        (170_30, 170_39, Some(ChinaMobile), Virtual),
        (170_40, 170_49, Some(ChinaUnicom), Virtual),
        (170_50, 170_69, Some(ChinaMobile), Virtual),
        (170_70, 171_99, Some(ChinaUnicom), Virtual),
        (172_00, 172_99, Some(ChinaMobile), Ordinary),
        (173_00, 173_99, Some(ChinaTelecom), Ordinary),
        (174_00, 174_05, Some(ChinaTelecom), Satellite),
        (174_06, 174_12, None, Emergency),
        (174_90, 174_99, None, Satellite),
        (175_00, 176_99, Some(ChinaUnicom), Ordinary),
        (177_00, 177_99, Some(ChinaTelecom), Ordinary),
        (178_00, 178_99, Some(ChinaMobile), Ordinary),
        (180_00, 181_99, Some(ChinaTelecom), Ordinary),
        (182_00, 184_99, Some(ChinaMobile), Ordinary),
        (185_00, 186_99, Some(ChinaUnicom), Ordinary),
        (187_00, 188_99, Some(ChinaMobile), Ordinary),
        (189_00, 191_99, Some(ChinaTelecom), Ordinary),
        (192_00, 192_99, Some(ChinaBroadnet), Ordinary),
        (193_00, 193_99, Some(ChinaTelecom), Ordinary),
        (195_00, 195_99, Some(ChinaMobile), Ordinary),
        (196_00, 196_99, Some(ChinaUnicom), Ordinary),
        (197_00, 198_99, Some(ChinaMobile), Ordinary),
        (199_00, 199_99, Some(ChinaTelecom), Ordinary),
    ]
};

fn segment(digits: &[u8; 11]) -> Option<Segment> {
    let prefix = value(&digits[..5]);
    let at = SEGMENTS.partition_point(|row| row.1 < prefix);
    let (from, _, carrier, usage) = *SEGMENTS.get(at)?;
    (from <= prefix).then_some(Segment { carrier, usage })
}

/// The number without its country code. Only a whole number may follow a bare `86`, because no sign marks it.
fn national(number: &[u8]) -> Result<&[u8], Flaw> {
    let abroad = number.strip_prefix(b"+").or_else(|| number.strip_prefix(b"00"));
    match (abroad, number) {
        (Some([b'8', b'6', rest @ ..]), _) => Ok(rest),
        (Some(rest), _) if all_digits(rest) && !rest.is_empty() => Err(Flaw::UnsupportedDoc),
        (None, [b'8', b'6', rest @ ..]) if rest.len() == 11 => Ok(rest),
        _ => Ok(number),
    }
}
