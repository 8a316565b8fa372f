//! What a template's case holds: the vendor's fields, as JSON that only this door reads. Docs: Alibaba Cloud Domain
//! specification, sections 7.3, 7.5 and 9.

use std::{collections::BTreeMap, fmt};

use serde::{Deserialize, Serialize};
use shiming_core::{
    UnixTime,
    submit::{CaseKey, Dossier, Field, Form, Forms, Means},
};
use shiming_wire::aliyun::{
    Contact,
    contact::{COUNT, FIELDS, Holder, ProfileType},
    credential::Document,
};

use super::NAME;

/// A template, whatever the version that it was written in. Texts stand under their names of 2016-05-11.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Template {
    /// `1` or `2`.
    reg_type: String,
    /// `common` or `cnnic`.
    profile_type: String,
    texts: BTreeMap<String, String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) credential: Option<Credential>,
}

/// What was submitted with the picture.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Credential {
    pub(super) number: String,
    /// Its kind in the vendor's letters; 2016-05-11 does not say it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    document: Option<String>,
    /// When something was submitted for the first time, and for the last, in milliseconds since the epoch.
    pub(super) first: i64,
    pub(super) last: i64,
}

impl fmt::Debug for Template {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Template(…)")
    }
}

impl fmt::Debug for Credential {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Credential(…)")
    }
}

/// The texts that say whose identity is verified: where one changes, what was verified is no longer what stands there
/// (section 7.4).
const IDENTITY: [&str; 2] = ["CName", "CCompany"];

impl Template {
    /// A new template. One that does not say whose it is, is a person's.
    pub(super) fn of(contact: &Contact<'_>) -> Self {
        let mut template = Self {
            reg_type: Holder::Person.word().into(),
            profile_type: ProfileType::Common.word().into(),
            texts: BTreeMap::new(),
            credential: None,
        };
        template.take(contact);
        template
    }

    /// Takes what a call says; what it does not name stays.
    pub(super) fn take(&mut self, contact: &Contact<'_>) {
        if let Some(holder) = contact.holder {
            self.reg_type = holder.word().into();
        }
        if let Some(profile) = contact.profile {
            self.profile_type = profile.word().into();
        }
        self.texts.extend(contact.named().map(|(field, text)| (field.old.to_owned(), text.to_owned())));
    }

    /// Whether the other says somebody else's identity.
    pub(super) fn names_another_than(&self, other: &Self) -> bool {
        self.reg_type != other.reg_type || IDENTITY.iter().any(|name| self.text(name) != other.text(name))
    }

    /// Takes what is submitted now.
    pub(super) fn submit(&mut self, number: &str, document: Option<Document>, now: UnixTime) {
        let first = self.credential.as_ref().map_or(now.millis(), |before| before.first);
        let document = document.map(|document| document.word().to_owned());
        self.credential = Some(Credential { number: number.into(), document, first, last: now.millis() });
    }

    pub(super) fn holder(&self) -> Holder {
        Holder::find(&self.reg_type).unwrap_or(Holder::Person)
    }

    pub(super) fn profile(&self) -> ProfileType {
        ProfileType::find(&self.profile_type).unwrap_or(ProfileType::Common)
    }

    pub(super) fn text(&self, name: &str) -> Option<&str> {
        self.texts.get(name).map(String::as_str)
    }

    /// The texts in the order of a listed template.
    pub(super) fn texts(&self) -> [Option<&str>; COUNT] {
        FIELDS.map(|field| self.text(field.old))
    }

    pub(super) fn read(dossier: &Dossier) -> Option<Self> {
        serde_json::from_slice(&dossier.0).ok()
    }

    pub(super) fn dossier(&self) -> Dossier {
        // Maps with texts for names and nothing that could fail to be written.
        Dossier(serde_json::to_vec(self).unwrap_or_default())
    }
}

impl Template {
    /// A person is verified by a person's document, an organisation by an organisation's.
    fn doubts(&self) -> Vec<(String, &'static str)> {
        let fits = |credential: &Credential| match (self.holder(), credential.means(self.holder())) {
            // Without a kind said: no passport or permit is as long as a credit code.
            (Holder::Person, Means::OtherNumber) => credential.number.len() != CREDIT_CODE,
            (Holder::Person, means) => means == Means::PersonNumber,
            (Holder::Organisation, means) => means == Means::OrganisationNumber,
        };
        let odd = self.credential.iter().filter(|credential| !fits(credential));
        odd.map(|_| ("CredentialNo".to_owned(), "a document of another kind than the holder's")).collect()
    }
}

/// Characters of a unified credit code.
const CREDIT_CODE: usize = 18;

impl Credential {
    pub(super) fn document(&self) -> Option<Document> {
        Document::find(self.document.as_deref()?)
    }

    /// What the number is: of what the caller says that it is, or else of what such a holder has.
    fn means(&self, holder: Holder) -> Means {
        match self.document() {
            Some(Document::ResidentCard) => Means::PersonNumber,
            Some(Document::BusinessLicence | Document::OrganisationCode | Document::CreditCode) => {
                Means::OrganisationNumber
            }
            None if holder == Holder::Organisation => Means::OrganisationNumber,
            None if looks_resident(&self.number) => Means::PersonNumber,
            Some(Document::Passport | Document::TravelPermit) | None => Means::OtherNumber,
        }
    }
}

/// As long as a resident number and made of digits, the last one's place aside: a passport is shorter.
fn looks_resident(number: &str) -> bool {
    let digits = number.bytes().filter(u8::is_ascii_digit).count();
    matches!((number.len(), digits), (15, 15) | (17.., 17..))
}

/// A mobile number of the mainland, and not a desk's.
fn looks_mobile(number: &str) -> bool {
    number.len() == 11 && number.starts_with('1') && number.bytes().all(|byte| byte.is_ascii_digit())
}

/// Reads this door's dossiers for who reviews them.
#[derive(Clone, Copy, Debug, Default)]
pub struct AliyunForms;

impl Forms for AliyunForms {
    fn door(&self) -> &'static str {
        NAME
    }

    fn form(&self, key: &CaseKey, dossier: &Dossier) -> Option<Form> {
        let template = Template::read(dossier).filter(|_| key.door == NAME)?;
        Some(Form { fields: template.form(), doubts: template.doubts() })
    }
}

impl Template {
    /// Who it is and the number of the document stand first, one after the other.
    fn form(&self) -> Vec<Field> {
        let holder = self.holder();
        let mut fields = vec![Field::new("RegType", Means::Other, self.reg_type.as_str())];
        // The holder is who is verified; who is asked for at the telephone only where no holder is named.
        let verified = if self.text("CCompany").is_some() { "CCompany" } else { "CName" };
        let means =
            if holder == Holder::Organisation && verified == "CCompany" { Means::Organisation } else { Means::Person };
        fields.extend(self.text(verified).map(|name| Field::new(verified, means, name)));
        if let Some(credential) = &self.credential {
            fields.push(Field::new("CredentialNo", credential.means(holder), credential.number.as_str()));
            let document = credential.document.as_deref();
            fields.extend(document.map(|word| Field::new("IdentityCredentialType", Means::Other, word)));
        }
        let others = FIELDS.iter().filter(|field| field.old != verified);
        fields.extend(others.filter_map(|field| {
            let text = self.text(field.old)?;
            let means = match field.old {
                "CName" => Means::Person,
                "TelMain" if looks_mobile(text) => Means::Mobile,
                _ => Means::Other,
            };
            Some(Field::new(field.old, means, text))
        }));
        fields.push(Field::new("RegistrantProfileType", Means::Other, self.profile_type.as_str()));
        fields
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn contact<'a>(holder: Option<Holder>, named: &[(&str, &'a str)]) -> Contact<'a> {
        let text = |name: &str| named.iter().find(|(known, _)| *known == name).map(|(_, text)| *text);
        Contact { holder, texts: FIELDS.map(|field| text(field.old)), ..Contact::default() }
    }

    fn key(door: &str) -> CaseKey {
        CaseKey { door: door.into(), caller: "AK".into(), kind: "template".into(), number: 1 }
    }

    fn form(template: &Template) -> Vec<(String, Means, String)> {
        let form = AliyunForms.form(&key(NAME), &template.dossier()).unwrap();
        form.fields.into_iter().map(|field| (field.name, field.means, field.value)).collect()
    }

    #[test]
    fn what_a_change_does_not_name_stays() {
        let mut template = Template::of(&contact(Some(Holder::Organisation), &[("CName", "甲"), ("Email", "a@b.c")]));
        let before = template.clone();
        template.take(&contact(None, &[("Email", "d@e.f")]));
        assert_eq!((template.text("CName"), template.text("Email")), (Some("甲"), Some("d@e.f")));
        assert_eq!(template.holder(), Holder::Organisation);
        assert!(template != before && !template.names_another_than(&before));
    }

    #[test]
    fn names_and_kind_say_whose_identity_it_is() {
        let before = Template::of(&contact(Some(Holder::Organisation), &[("CName", "甲"), ("EName", "A")]));
        for (change, another) in [
            (contact(None, &[("CName", "乙")]), true),
            (contact(None, &[("CCompany", "丙")]), true),
            (contact(Some(Holder::Person), &[]), true),
            (contact(Some(Holder::Organisation), &[("CName", "甲"), ("EName", "B"), ("TelMain", "1")]), false),
        ] {
            let mut after = before.clone();
            after.take(&change);
            assert_eq!(after.names_another_than(&before), another);
        }
    }

    #[test]
    fn a_template_survives_its_dossier_and_nothing_else_is_one() {
        let mut template = Template::of(&contact(None, &[("CName", "样例甲")]));
        template.submit("11010519491231002X", Some(Document::ResidentCard), UnixTime(7));
        template.submit("E12345678", Some(Document::Passport), UnixTime(9));
        let read = Template::read(&template.dossier()).unwrap();
        assert_eq!(read, template);
        let credential = read.credential.unwrap();
        assert_eq!((credential.first, credential.last, credential.document()), (7, 9, Some(Document::Passport)));
        assert!(AliyunForms.form(&key("other"), &template.dossier()).is_none());
        assert!(AliyunForms.form(&key(NAME), &Dossier(b"{}".to_vec())).is_none());
        assert_eq!(format!("{template:?}"), "Template(…)");
    }

    #[test]
    fn a_name_and_its_number_follow_one_another() {
        let texts = [("CName", "样例甲"), ("CCompany", "样例有限公司"), ("TelMain", "13800000000"), ("CCity", "北京")];
        let mut template = Template::of(&contact(Some(Holder::Organisation), &texts));
        template.submit("91350100M000100Y43", None, UnixTime(1));
        let found = form(&template);
        let found: Vec<_> = found.iter().map(|(name, means, _)| (name.as_str(), *means)).collect();
        assert_eq!(
            found,
            [
                ("RegType", Means::Other),
                ("CCompany", Means::Organisation),
                ("CredentialNo", Means::OrganisationNumber),
                ("CName", Means::Person),
                ("CCity", Means::Other),
                ("TelMain", Means::Mobile),
                ("RegistrantProfileType", Means::Other),
            ]
        );
    }

    const CODE: &str = "91110101MA00010186";

    #[test]
    fn a_number_is_what_the_caller_says_or_what_such_a_holder_has() {
        for (document, number, holder, means, fits) in [
            (None, "11010519491231002X", Holder::Person, Means::PersonNumber, true),
            (None, "110105491231002", Holder::Person, Means::PersonNumber, true),
            (None, "E12345678", Holder::Person, Means::OtherNumber, true),
            (None, CODE, Holder::Person, Means::OtherNumber, false),
            (None, "91350100M000100Y43", Holder::Organisation, Means::OrganisationNumber, true),
            (Some(Document::Passport), "11010519491231002X", Holder::Person, Means::OtherNumber, false),
            (Some(Document::ResidentCard), "1234", Holder::Organisation, Means::PersonNumber, false),
            (Some(Document::BusinessLicence), "1234", Holder::Person, Means::OrganisationNumber, false),
        ] {
            let mut template = Template::of(&contact(Some(holder), &[("CName", "样例甲")]));
            template.submit(number, document, UnixTime(1));
            let found = form(&template);
            let odd = AliyunForms.form(&key(NAME), &template.dossier()).unwrap().doubts;
            assert_eq!(odd.is_empty(), fits, "{document:?} {number}");
            assert_eq!(found[1].1, Means::Person);
            assert_eq!((found[2].0.as_str(), found[2].1), ("CredentialNo", means), "{document:?} {number}");
        }
    }
}
