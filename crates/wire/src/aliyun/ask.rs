//! What a query of templates asks for, and which page of it. Docs: Alibaba Cloud Domain specification, sections 7.4, 7.6 and 9.2.

use std::fmt;
use std::ops::Range;

use super::call::Admitted;
use super::codes::{No, Refusal};
use super::contact::{Holder, ProfileType};
use super::field::{count, positive_id, truth};
use super::operations::Version;

/// How many items a page has when nobody says it.
pub const USUAL_PAGE: u32 = 20;
/// The most items in a page.
pub const MAX_PAGE: u32 = 5000;

/// Where a template stands in its audit: `AuditStatus`, `RealNameStatus`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Status {
    /// `NONAUDIT`, nothing was submitted.
    NotSubmitted,
    /// `AUDITING`, it is under review.
    UnderReview,
    /// `SUCCEED`, it is verified.
    Verified,
    /// `FAILED`, it was rejected.
    Rejected,
}

impl Status {
    const ALL: [Self; 4] = [Self::NotSubmitted, Self::UnderReview, Self::Verified, Self::Rejected];

    /// As it stands on the wire.
    pub const fn word(self) -> &'static str {
        match self {
            Self::NotSubmitted => "NONAUDIT",
            Self::UnderReview => "AUDITING",
            Self::Verified => "SUCCEED",
            Self::Rejected => "FAILED",
        }
    }

    /// Finds one by its word.
    pub fn find(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|status| status.word() == word)
    }
}

/// Which page of a list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Page {
    /// Counted from 1.
    pub number: u32,
    /// How many items.
    pub size: u32,
}

impl Page {
    fn read(call: &Admitted<'_>) -> Result<Self, No> {
        let given = |name| call.value(name).map_or(Ok(0), count);
        let (number, size) = (given("PageNum")?, given("PageSize")?);
        if size > MAX_PAGE {
            return Err(No::ParameterIllegal);
        }
        Ok(Self { number: number.max(1), size: if size == 0 { USUAL_PAGE } else { size } })
    }

    /// Which of so many items are on it; none where it lies behind the last.
    pub fn range(self, total: usize) -> Range<usize> {
        let size = self.size as usize;
        let start = (self.number as usize - 1).saturating_mul(size).min(total);
        start..start.saturating_add(size).min(total)
    }

    /// How many pages so many items fill.
    pub const fn of(self, total: usize) -> usize {
        total.div_ceil(self.size as usize)
    }
}

/// A query of templates. What is not asked for is `None`.
#[derive(Clone, Copy)]
pub struct Ask<'o> {
    /// This one only.
    pub id: Option<i64>,
    /// In this state.
    pub status: Option<Status>,
    /// Of such a holder.
    pub holder: Option<Holder>,
    /// Of this type.
    pub profile: Option<ProfileType>,
    /// The usual ones, or the others.
    pub default: Option<bool>,
    /// Texts that must stand in fields, by the fields' names in 2016-05-11.
    pub parts: [(&'static str, Option<&'o str>); 3],
    /// A text that must stand in the remark.
    pub remark: Option<&'o str>,
    /// Which page.
    pub page: Page,
}

impl fmt::Debug for Ask<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Ask({:?})", self.page)
    }
}

impl<'o> Ask<'o> {
    /// Reads a query under the names of its version.
    pub fn read(call: &Admitted<'o>) -> Result<Self, Refusal> {
        let old = call.operation().version == Version::V2016;
        let [id, status, holder, default, chinese, english] = if old {
            ["ContactTemplateId", "AuditStatus", "RegType", "DefaultTemplate", "CCompany", "ECompany"]
        } else {
            [
                "RegistrantProfileId",
                "RealNameStatus",
                "RegistrantType",
                "DefaultRegistrantProfile",
                "ZhRegistrantOrganization",
                "RegistrantOrganization",
            ]
        };
        let new = |name| call.value(name).filter(|_| !old);
        Ok(Self {
            id: call.value(id).map(positive_id).transpose()?,
            status: call.value(status).map(|word| Status::find(word).ok_or(No::ParameterIllegal)).transpose()?,
            holder: call.value(holder).map(|word| Holder::find(word).ok_or(No::ParameterIllegal)).transpose()?,
            profile: new("RegistrantProfileType")
                .map(|word| ProfileType::find(word).ok_or(No::ParameterIllegal))
                .transpose()?,
            default: call.value(default).map(truth).transpose()?,
            parts: [("CCompany", call.value(chinese)), ("ECompany", call.value(english)), ("Email", new("Email"))],
            remark: new("Remark"),
            page: Page::read(call)?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::aliyun::samples::{admitted, code_of};

    const OLD: &[(&str, &str)] = &[("Action", "QueryContactTemplate"), ("Version", "2016-05-11")];
    const NEW: &[(&str, &str)] = &[("Action", "QueryRegistrantProfiles"), ("Version", "2018-01-29")];

    #[test]
    fn both_versions_ask_the_same_under_their_own_names() {
        let old = [
            OLD,
            &[("ContactTemplateId", "7"), ("AuditStatus", "FAILED"), ("RegType", "1"), ("DefaultTemplate", "False")],
            &[("CCompany", "样例"), ("Email", "a"), ("Remark", "x"), ("PageNum", "2"), ("PageSize", "5000")],
        ]
        .concat();
        let new = [
            NEW,
            &[("RegistrantProfileId", "7"), ("RealNameStatus", "FAILED"), ("RegistrantType", "1")],
            &[("DefaultRegistrantProfile", "false"), ("ZhRegistrantOrganization", "样例"), ("Email", "a")],
            &[("Remark", "x"), ("RegistrantProfileType", "common"), ("PageNum", "2"), ("PageSize", "5000")],
        ]
        .concat();
        let read = |pairs: &[(&str, &str)]| {
            admitted(pairs, |call| {
                let ask = Ask::read(call).unwrap();
                assert_eq!((ask.id, ask.status, ask.holder), (Some(7), Some(Status::Rejected), Some(Holder::Person)));
                assert_eq!((ask.default, ask.parts[0].1, ask.parts[1].1), (Some(false), Some("样例"), None));
                assert_eq!(ask.page, Page { number: 2, size: 5000 });
                (ask.parts[2].1.is_some(), ask.remark.is_some(), ask.profile)
            })
        };
        assert_eq!(read(&old), (false, false, None), "the old version does not know these");
        assert_eq!(read(&new), (true, true, Some(ProfileType::Common)));
    }

    #[test]
    fn a_wrong_filter_is_illegal() {
        for (name, value) in [
            ("ContactTemplateId", "x"),
            ("AuditStatus", "failed"),
            ("RegType", "3"),
            ("DefaultTemplate", "0"),
            ("PageNum", "-1"),
            ("PageNum", " 1"),
            ("PageSize", "5001"),
            ("PageSize", "-1"),
        ] {
            let found = admitted(&[OLD, &[(name, value)]].concat(), |call| code_of(Ask::read(call)));
            assert_eq!(found.as_deref(), Some("ParameterIllegal"), "{name}={value}");
        }
    }

    #[test]
    fn absent_or_zero_is_the_first_page_of_twenty() {
        for more in [&[][..], &[("PageNum", "0"), ("PageSize", "0")]] {
            let page = admitted(&[OLD, more].concat(), |call| Ask::read(call).unwrap().page);
            assert_eq!(page, Page { number: 1, size: 20 });
        }
        let page = |number, size| Page { number, size };
        assert_eq!((page(1, 20).range(45), page(3, 20).range(45), page(4, 20).range(45)), (0..20, 40..45, 45..45));
        assert_eq!((page(1, 20).of(0), page(1, 20).of(20), page(1, 20).of(21)), (0, 1, 2));
        assert!(page(2_147_483_647, 5000).range(3).is_empty());
    }
}
