//! The answers of the operations, member by member. Docs: Alibaba Cloud Domain specification, sections 7.5 to 7.8 and 9.1 to 9.3.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use jiff::Timestamp;
use jiff::tz::Offset;

use super::ask::{Page, Status};
use super::contact::{COUNT, FIELDS, Holder, ProfileType};
use super::credential::Document;
use super::operations::{Operation, Version};
use super::reply::{Member, Value, holders};

/// How many characters of a document's number an answer shows.
const SHOWN: usize = 3;
/// The shortest number of which it shows any: a passport's has nine.
const SHORTEST_SHOWN: usize = 9;

/// A template or profile, as it is listed.
#[derive(Clone, Copy)]
pub struct Listed<'a> {
    /// Its id.
    pub id: i64,
    /// When it was made.
    pub created: Timestamp,
    /// When it last changed.
    pub updated: Timestamp,
    /// The account's name.
    pub user: &'a str,
    /// Whose it is.
    pub holder: Holder,
    /// Its type.
    pub profile: ProfileType,
    /// Whether it is the usual one.
    pub default: bool,
    /// Where its audit stands.
    pub status: Status,
    /// The texts, as [`FIELDS`] has them.
    pub texts: [Option<&'a str>; COUNT],
    /// The number of the document that was submitted.
    pub number: Option<&'a str>,
    /// Its kind.
    pub document: Option<Document>,
}

impl fmt::Debug for Listed<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Listed({}, {:?})", self.id, self.status)
    }
}

impl<'a> Listed<'a> {
    /// Its members under a version's names. A text that nobody gave is left out.
    fn members(&self, version: Version) -> Vec<Member<'a>> {
        let times = [("CreateTime", time(self.created)), ("UpdateTime", time(self.updated))];
        let verified = ("EmailVerificationStatus", Value::Number(0));
        let texts = FIELDS.into_iter().zip(self.texts);
        let texts = texts.filter_map(|(field, text)| Some((field.name(version), Value::text(text?))));
        let mut all = Vec::with_capacity(COUNT + 10);
        if version == Version::V2016 {
            all.push(("ContactTemplateId", Value::Number(self.id)));
            all.extend(times);
            all.extend([
                ("UserId", Value::text(self.user)),
                ("RegType", Value::text(self.holder.word())),
                ("DefaultTemplate", Value::Truth(self.default)),
                ("AuditStatus", Value::text(self.status.word())),
            ]);
            all.extend(texts);
            all.push(verified);
            return all;
        }
        all.extend([
            ("RegistrantProfileId", Value::Number(self.id)),
            ("RegistrantProfileType", Value::text(self.profile.word())),
            ("RegistrantType", Value::text(self.holder.word())),
            ("RealNameStatus", Value::text(self.status.word())),
            ("DefaultRegistrantProfile", Value::Truth(self.default)),
            verified,
        ]);
        all.extend(self.number.map(|number| ("CredentialNo", Value::text(masked(number)))));
        all.extend(self.document.map(|document| ("CredentialType", Value::text(document.word()))));
        all.extend(times);
        all.extend(texts);
        all
    }
}

/// The answer to a query: the counts of pages, and the items of this one.
pub fn page<'a>(operation: &Operation, page: Page, total: usize, items: &[Listed<'a>]) -> Vec<Member<'a>> {
    let count = |number: usize| Value::Number(i64::try_from(number).unwrap_or(i64::MAX));
    let pages = page.of(total);
    vec![
        ("TotalItemNum", count(total)),
        ("CurrentPageNum", Value::Number(page.number.into())),
        ("TotalPageNum", count(pages)),
        ("PageSize", Value::Number(page.size.into())),
        ("PrePage", Value::Truth(page.number > 1)),
        ("NextPage", Value::Truth((page.number as usize) < pages)),
        holders(operation, items.iter().map(|item| item.members(operation.version)).collect()),
    ]
}

/// The answer to what saves a template: its id.
pub fn saved(operation: &Operation, id: i64) -> Vec<Member<'static>> {
    match operation.version {
        Version::V2016 => vec![("Success", Value::Truth(true)), ("ContactTemplateId", Value::Number(id))],
        Version::V2018 => vec![("RegistrantProfileId", Value::Number(id))],
    }
}

/// The answer to what deletes a template.
pub fn deleted(operation: &Operation) -> Vec<Member<'static>> {
    match operation.version {
        Version::V2016 => vec![("Success", Value::Truth(true))],
        Version::V2018 => Vec::new(),
    }
}

/// What was submitted for a profile.
#[derive(Clone, Copy)]
pub struct Materials<'a> {
    /// The document's number.
    pub number: &'a str,
    /// Its kind, where the version that was used says it.
    pub document: Option<Document>,
    /// The picture, where it was asked for.
    pub image: Option<&'a [u8]>,
    /// When something was submitted for the first time.
    pub submitted: Timestamp,
    /// When it was for the last time.
    pub modified: Timestamp,
}

impl fmt::Debug for Materials<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Materials(…)")
    }
}

/// The answer to the question what was submitted. There is no address of the picture: it is given here or nowhere.
pub fn materials(id: i64, materials: Option<&Materials<'_>>) -> Vec<Member<'static>> {
    let mut all = vec![("RegistrantProfileId", Value::Number(id))];
    let Some(Materials { number, document, image, submitted, modified }) = materials else { return all };
    all.extend(image.map(|image| ("IdentityCredential", Value::text(STANDARD.encode(image)))));
    all.push(("IdentityCredentialNo", Value::text(masked(number))));
    all.extend(document.map(|document| ("IdentityCredentialType", Value::text(document.word()))));
    all.extend([("SubmissionDate", time(*submitted)), ("ModificationDate", time(*modified))]);
    all
}

/// `yyyy-MM-dd HH:mm:ss` in China.
pub fn china_time(moment: Timestamp) -> String {
    const CHINA: Offset = Offset::constant(8);
    let at = CHINA.to_datetime(moment);
    let (year, month, day) = (at.year(), at.month(), at.day());
    format!("{year:04}-{month:02}-{day:02} {:02}:{:02}:{:02}", at.hour(), at.minute(), at.second())
}

fn time(moment: Timestamp) -> Value<'static> {
    Value::text(china_time(moment))
}

/// Three characters and asterisks, as the vendor's samples end; of a short number, which these would nearly give away, asterisks alone.
fn masked(number: &str) -> String {
    let shown = if number.chars().count() < SHORTEST_SHOWN { 0 } else { SHOWN };
    number.chars().enumerate().map(|(at, letter)| if at < shown { letter } else { '*' }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::aliyun::opened::Format;
    use crate::aliyun::operations::route;
    use crate::aliyun::reply::{RequestId, success};

    fn listed() -> Listed<'static> {
        let moment: Timestamp = "2026-11-21T20:19:06Z".parse().unwrap();
        let mut texts = [None; COUNT];
        texts[0] = Some("样例甲");
        texts[14] = Some("13800000000");
        Listed {
            id: 100_000_000_001,
            created: moment,
            updated: moment,
            user: "account",
            holder: Holder::Person,
            profile: ProfileType::Common,
            default: true,
            status: Status::UnderReview,
            texts,
            number: Some("11010519491231002X"),
            document: Some(Document::ResidentCard),
        }
    }

    fn json(version: &str, action: &str, members: &[Member<'_>]) -> String {
        let operation = route(version, action, "POST").unwrap();
        let reply = success(RequestId::from_random([0; 16]), Format::Json, operation, members);
        let text = String::from_utf8(reply.body).unwrap();
        text.split_once(',').unwrap().1.to_owned()
    }

    #[test]
    fn an_item_has_the_members_of_its_version_in_the_pages_order() {
        let of = |version: &str, action: &str| {
            let operation = route(version, action, "POST").unwrap();
            let page = page(operation, Page { number: 1, size: 20 }, 1, &[listed()]);
            json(version, action, &page)
        };
        assert_eq!(
            of("2016-05-11", "QueryContactTemplate"),
            r#""TotalItemNum":1,"CurrentPageNum":1,"TotalPageNum":1,"PageSize":20,"PrePage":false,"NextPage":false,"ContactTemplates":{"ContactTemplate":[{"ContactTemplateId":100000000001,"CreateTime":"2026-11-22 04:19:06","UpdateTime":"2026-11-22 04:19:06","UserId":"account","RegType":"1","DefaultTemplate":true,"AuditStatus":"AUDITING","CName":"样例甲","TelMain":"13800000000","EmailVerificationStatus":0}]}}"#
        );
        assert_eq!(
            of("2018-01-29", "QueryRegistrantProfiles"),
            r#""TotalItemNum":1,"CurrentPageNum":1,"TotalPageNum":1,"PageSize":20,"PrePage":false,"NextPage":false,"RegistrantProfiles":{"RegistrantProfile":[{"RegistrantProfileId":100000000001,"RegistrantProfileType":"common","RegistrantType":"1","RealNameStatus":"AUDITING","DefaultRegistrantProfile":true,"EmailVerificationStatus":0,"CredentialNo":"110***************","CredentialType":"SFZ","CreateTime":"2026-11-22 04:19:06","UpdateTime":"2026-11-22 04:19:06","ZhRegistrantName":"样例甲","Telephone":"13800000000"}]}}"#
        );
    }

    #[test]
    fn a_short_number_is_masked_wholly() {
        for (number, shown) in [
            ("1234", "****"),
            ("G1234567", "********"),
            ("EA1234567", "EA1******"),
            ("11010519491231002X", "110***************"),
        ] {
            assert_eq!(masked(number), shown);
        }
    }

    #[test]
    fn pages_say_what_lies_before_and_behind() {
        let operation = route("2016-05-11", "QueryContactTemplate", "POST").unwrap();
        for (number, total, flags) in [
            (1, 0, r#""TotalPageNum":0,"PageSize":2,"PrePage":false,"NextPage":false"#),
            (1, 3, r#""TotalPageNum":2,"PageSize":2,"PrePage":false,"NextPage":true"#),
            (2, 3, r#""TotalPageNum":2,"PageSize":2,"PrePage":true,"NextPage":false"#),
            (9, 3, r#""TotalPageNum":2,"PageSize":2,"PrePage":true,"NextPage":false"#),
        ] {
            let members = page(operation, Page { number, size: 2 }, total, &[]);
            assert!(json("2016-05-11", "QueryContactTemplate", &members).contains(flags), "{number} {total}");
        }
    }

    #[test]
    fn what_was_submitted_has_its_picture_only_when_asked_for() {
        let listed = listed();
        let found = |image| Materials {
            number: "11010519491231002X",
            document: None,
            image,
            submitted: listed.created,
            modified: listed.updated,
        };
        let json =
            |members: &[Member<'_>]| json("2018-01-29", "QueryRegistrantProfileRealNameVerificationInfo", members);
        assert_eq!(json(&materials(7, None)), r#""RegistrantProfileId":7}"#);
        let dates = r#""SubmissionDate":"2026-11-22 04:19:06","ModificationDate":"2026-11-22 04:19:06"}"#;
        assert_eq!(
            json(&materials(7, Some(&found(None)))),
            format!(r#""RegistrantProfileId":7,"IdentityCredentialNo":"110***************",{dates}"#)
        );
        assert!(json(&materials(7, Some(&found(Some(b"BM"))))).contains(r#""IdentityCredential":"Qk0=","#));
    }
}
