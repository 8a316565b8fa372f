//! What stands in a contact template, or in a registrant profile, which is the same thing under new names. Docs: Alibaba Cloud
//! Domain specification, sections 7.5 and 9.

use std::fmt;

use super::call::Admitted;
use super::codes::{No, Refusal};
use super::field::{positive_id, truth};
use super::operations::Version;

/// The most characters in one field. The vendor publishes no limit; what is longer is illegal here.
pub const MAX_CHARACTERS: usize = 255;

/// One text of a template.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Field {
    /// Its name in 2016-05-11.
    pub old: &'static str,
    /// Its name in 2018-01-29.
    pub new: &'static str,
}

impl Field {
    /// Its name in a version.
    pub const fn name(self, version: Version) -> &'static str {
        match version {
            Version::V2016 => self.old,
            Version::V2018 => self.new,
        }
    }
}

/// How many texts a template has.
pub const COUNT: usize = 16;

/// All of them, in the order of a listed template.
#[rustfmt::skip]
pub const FIELDS: [Field; COUNT] = [
    Field { old: "CName", new: "ZhRegistrantName" },
    Field { old: "EName", new: "RegistrantName" },
    Field { old: "CCompany", new: "ZhRegistrantOrganization" },
    Field { old: "ECompany", new: "RegistrantOrganization" },
    Field { old: "CCountry", new: "Country" },
    Field { old: "CProvince", new: "ZhProvince" },
    Field { old: "EProvince", new: "Province" },
    Field { old: "CCity", new: "ZhCity" },
    Field { old: "ECity", new: "City" },
    Field { old: "CVenu", new: "ZhAddress" },
    Field { old: "EVenu", new: "Address" },
    Field { old: "Email", new: "Email" },
    Field { old: "TelArea", new: "TelArea" },
    Field { old: "PostalCode", new: "PostalCode" },
    Field { old: "TelMain", new: "Telephone" },
    Field { old: "TelExt", new: "TelExt" },
];

/// What `SaveRegistrantProfileRealNameVerification` needs to make a profile, in the order of its page (section 9.1). An extension
/// nobody must have, and the profile's type has a usual value.
const TO_MAKE: &[&str] = &[
    "Address",
    "City",
    "Country",
    "Email",
    "PostalCode",
    "Province",
    "RegistrantName",
    "RegistrantOrganization",
    "RegistrantType",
    "TelArea",
    "Telephone",
    "ZhAddress",
    "ZhCity",
    "ZhProvince",
    "ZhRegistrantName",
    "ZhRegistrantOrganization",
];

/// Whose template it is: `RegType`, `RegistrantType`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Holder {
    /// `1`, a person.
    Person,
    /// `2`, an organisation.
    Organisation,
}

impl Holder {
    /// As it stands on the wire.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Person => "1",
            Self::Organisation => "2",
        }
    }

    /// Finds one by its word.
    pub fn find(word: &str) -> Option<Self> {
        [Self::Person, Self::Organisation].into_iter().find(|holder| holder.word() == word)
    }
}

/// `RegistrantProfileType` of 2018-01-29.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ProfileType {
    /// `common`, for most domains.
    Common,
    /// `cnnic`, for those of China's registry.
    Cnnic,
}

impl ProfileType {
    /// As it stands on the wire.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Common => "common",
            Self::Cnnic => "cnnic",
        }
    }

    /// Finds one by its word.
    pub fn find(word: &str) -> Option<Self> {
        [Self::Common, Self::Cnnic].into_iter().find(|kind| kind.word() == word)
    }
}

/// What a call says of a template: what it leaves out, or leaves empty, is `None`.
#[derive(Clone, Default)]
pub struct Contact<'o> {
    /// Which template; none where one is to be made.
    pub id: Option<i64>,
    /// Whether it is to be the usual one.
    pub default: Option<bool>,
    /// Whose it is.
    pub holder: Option<Holder>,
    /// Its type, in 2018-01-29.
    pub profile: Option<ProfileType>,
    /// The texts, as [`FIELDS`] has them.
    pub texts: [Option<&'o str>; COUNT],
}

impl fmt::Debug for Contact<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Contact({} texts)", self.texts.iter().flatten().count())
    }
}

impl<'o> Contact<'o> {
    /// Reads what a call says, under the names of its version.
    pub fn read(call: &Admitted<'o>) -> Result<Self, Refusal> {
        let version = call.operation().version;
        let [id, default, holder] = match version {
            Version::V2016 => ["ContactTemplateId", "DefaultTemplate", "RegType"],
            Version::V2018 => ["RegistrantProfileId", "DefaultRegistrantProfile", "RegistrantType"],
        };
        let id = call.value(id).map(positive_id).transpose()?;
        let default = call.value(default).map(truth).transpose()?;
        let holder = call.value(holder).map(|word| Holder::find(word).ok_or(No::ParameterIllegal)).transpose()?;
        let profile = call.value("RegistrantProfileType").filter(|_| version == Version::V2018);
        let profile = profile.map(|word| ProfileType::find(word).ok_or(No::ParameterIllegal)).transpose()?;
        let texts = FIELDS.map(|field| call.value(field.name(version)));
        let found = Self { id, default, holder, profile, texts };
        if found.texts.iter().flatten().any(|text| text.chars().count() > MAX_CHARACTERS) {
            return Err(No::ParameterIllegal.into());
        }
        if found.text("Email").is_some_and(|email| !is_email(email)) {
            return Err(No::ParameterIllegal.into());
        }
        Ok(found)
    }

    /// One of the texts, by its name in 2016-05-11.
    pub fn text(&self, old: &str) -> Option<&'o str> {
        self.named().find(|(field, _)| field.old == old).map(|(_, text)| text)
    }

    /// The texts that are there.
    pub fn named(&self) -> impl Iterator<Item = (Field, &'o str)> {
        FIELDS.into_iter().zip(self.texts).filter_map(|(field, text)| Some((field, text?)))
    }
}

/// Step 15 for the one operation whose requirements depend on what it says: without an id it makes a profile, and needs all of it.
pub fn check_required_to_make(call: &Admitted<'_>) -> Result<(), Refusal> {
    if call.value("RegistrantProfileId").is_some() {
        return Ok(());
    }
    match TO_MAKE.iter().find(|name| call.value(name).is_none()) {
        Some(name) => Err(Refusal::missing(*name)),
        None => Ok(()),
    }
}

/// One `@` with something on either side, a dot inside what follows it, and no blank: whether mail arrives only mail shows.
fn is_email(text: &str) -> bool {
    let Some((local, domain)) = text.split_once('@') else { return false };
    let plain = |text: &str| !text.is_empty() && !text.contains(|letter: char| letter == '@' || letter.is_whitespace());
    let dotted = domain.split('.').count() > 1 && domain.split('.').all(|label| !label.is_empty());
    plain(local) && plain(domain) && dotted
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::aliyun::samples::{admitted, code_of};

    const OLD: &[(&str, &str)] = &[("Action", "SaveContactTemplate"), ("Version", "2016-05-11")];
    const NEW: &[(&str, &str)] = &[("Action", "SaveRegistrantProfileRealNameVerification"), ("Version", "2018-01-29")];

    #[test]
    fn both_versions_give_the_same_contact_under_their_own_names() {
        let old =
            [OLD, &[("CName", "样例甲"), ("TelMain", "1"), ("RegType", "2"), ("DefaultTemplate", "True")]].concat();
        let new = [
            NEW,
            &[("ZhRegistrantName", "样例甲"), ("Telephone", "1"), ("RegistrantType", "2")],
            &[("DefaultRegistrantProfile", "true"), ("RegistrantProfileType", "cnnic")],
        ]
        .concat();
        let read = |pairs: &[(&str, &str)]| {
            admitted(pairs, |call| {
                let contact = Contact::read(call).unwrap();
                assert_eq!((contact.holder, contact.default), (Some(Holder::Organisation), Some(true)));
                let texts: Vec<_> = contact.named().map(|(field, text)| (field.old, text.to_owned())).collect();
                (contact.profile, texts)
            })
        };
        let texts = vec![("CName", "样例甲".to_owned()), ("TelMain", "1".to_owned())];
        assert_eq!(read(&old), (None, texts.clone()));
        assert_eq!(read(&new), (Some(ProfileType::Cnnic), texts));
    }

    #[test]
    fn what_is_there_and_wrong_is_illegal() {
        let long = "长".repeat(MAX_CHARACTERS);
        let longer = "长".repeat(MAX_CHARACTERS + 1);
        for (name, value, good) in [
            ("CName", long.as_str(), true),
            ("CName", &longer, false),
            ("RegType", "3", false),
            ("RegType", "", true),
            ("DefaultTemplate", "1", false),
            ("ContactTemplateId", "0", false),
            ("Email", "a@b.example", true),
            ("Email", "a@b", false),
            ("Email", "a b@c.example", false),
            ("Email", "a@b@c.example", false),
            ("Email", "@b.example", false),
            ("Email", "a@b..example", false),
            ("RegistrantProfileType", "nonsense", true),
        ] {
            let pairs = [OLD, &[(name, value)]].concat();
            let found = admitted(&pairs, |call| code_of(Contact::read(call)));
            assert_eq!(found, (!good).then(|| "ParameterIllegal".to_owned()), "{name}");
        }
    }

    #[test]
    fn only_a_profile_that_is_to_be_made_needs_all_of_it() {
        let with =
            |more: &[(&str, &str)]| admitted(&[NEW, more].concat(), |call| code_of(check_required_to_make(call)));
        assert_eq!(with(&[("RegistrantProfileID", "7")]), None);
        for (index, name) in TO_MAKE.iter().enumerate() {
            let before: Vec<_> = TO_MAKE.iter().take(index).map(|name| (*name, "1")).collect();
            assert_eq!(with(&before), Some(format!("Missing{name}")));
        }
        let all: Vec<_> = TO_MAKE.iter().map(|name| (*name, "1")).collect();
        assert_eq!(with(&all), None);
    }
}
