//! What of an application is kept, and what its fields mean. Sealed at rest by the store; the pictures are papers beside it.

use serde::{Deserialize, Serialize, de::DeserializeOwned};
use shiming_core::{
    CaseKey, UnixTime,
    submit::{Dossier, Field, Form, Forms, Means, Request},
};
use shiming_wire::volcengine::{
    ident::{BusinessInfo, CertificateType, Part, PersonInfo, Persons, SignatureIdent},
    signature::SignatureApplication,
};

use super::{NAME, QUALIFICATION, SIGNATURE};

/// A qualification (资质).
#[derive(Clone, Serialize, Deserialize)]
pub(super) struct Qualification {
    pub(super) material_name: String,
    pub(super) purpose: i64,
    pub(super) company: Company,
    pub(super) persons: Vec<Person>,
    pub(super) effect_signatures: Vec<String>,
    /// Tickets of the vendor's earlier checks, by their names.
    #[serde(default)]
    pub(super) tickets: Vec<(String, String)>,
    /// The fields whose files are of another type than their place.
    #[serde(rename = "remarks")]
    pub(super) odd_files: Vec<String>,
    pub(super) requests: Requests,
}

/// The company of a qualification.
#[derive(Clone, Serialize, Deserialize)]
pub(super) struct Company {
    pub(super) certificate_type: u8,
    pub(super) name: String,
    pub(super) credit_code: String,
    pub(super) valid_from: String,
    pub(super) valid_until: String,
    pub(super) legal_person_name: String,
}

/// A person of a qualification.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Person {
    /// The vendor's name for the part.
    pub(super) part: String,
    pub(super) certificate_type: i64,
    pub(super) name: String,
    pub(super) number: Option<String>,
    pub(super) mobile: String,
}

/// A signature (签名).
#[derive(Clone, Serialize, Deserialize)]
pub(super) struct Signature {
    pub(super) content: String,
    /// Who may use it; none for the whole account.
    pub(super) sub_accounts: Vec<String>,
    pub(super) source: String,
    pub(super) description: Option<String>,
    pub(super) domain: Option<String>,
    pub(super) purpose: i64,
    /// The qualification that it was applied for with.
    pub(super) ident: Option<i64>,
    pub(super) scene: Option<String>,
    pub(super) channel_types: Vec<String>,
    pub(super) app_icp: Option<String>,
    pub(super) trademark: [Option<String>; 3],
    pub(super) requests: Requests,
}

/// Which requests have brought what stands here, as keyed hashes, each while it is remembered: the same request again finds that
/// it was done.
#[derive(Clone, Default, Serialize, Deserialize)]
pub(super) struct Requests(Vec<([u8; 16], i64)>);

/// So many are kept.
const KEPT: usize = 12;

impl Requests {
    /// Whether one of these was here before.
    pub(super) fn know(&self, requests: &[Request], now: UnixTime) -> bool {
        let mut known = self.0.iter().filter(|(_, until)| *until >= now.millis());
        known.any(|(tag, _)| requests.iter().any(|request| request.tag == *tag))
    }

    /// The same with these in front, without what is over; the oldest are forgotten.
    pub(super) fn with(&self, requests: &[Request], now: UnixTime) -> Self {
        let kept = self.0.iter().filter(|(_, until)| *until >= now.millis()).copied();
        let brought = requests.iter().map(|request| (request.tag, request.until.millis()));
        Self(brought.chain(kept).take(KEPT).collect())
    }
}

impl Qualification {
    pub(super) fn of(ident: &SignatureIdent<'_>, requests: Requests) -> Self {
        Self {
            material_name: ident.material_name.expose().to_owned(),
            purpose: ident.purpose.number(),
            company: Company::of(&ident.business),
            persons: persons(&ident.persons),
            effect_signatures: ident.effect_signatures.iter().map(|text| text.expose().to_owned()).collect(),
            tickets: ident
                .tickets
                .iter()
                .map(|(name, ticket)| ((*name).to_owned(), ticket.expose().to_owned()))
                .collect(),
            odd_files: ident.odd_files(),
            requests,
        }
    }

    /// The name of the person in a part.
    pub(super) fn person(&self, part: Part) -> String {
        let found = self.persons.iter().find(|person| person.part == part.field());
        found.map(|person| person.name.clone()).unwrap_or_default()
    }

    fn form(&self) -> Form {
        let mut fields = vec![
            Field::new("materialName", Means::Other, &self.material_name),
            Field::new("purpose", Means::Other, self.purpose.to_string()),
        ];
        let company = &self.company;
        let at = |member: &str| format!("businessInfo.{member}");
        fields.extend([
            Field::new(at("businessCertificateType"), Means::Other, company.certificate_type.to_string()),
            Field::new(at("businessCertificateName"), Means::Organisation, &company.name),
            Field::new(at("unifiedSocialCreditIdentifier"), Means::OrganisationNumber, &company.credit_code),
            Field::new(at("businessCertificateValidityPeriodStart"), Means::ValidFrom, &company.valid_from),
            Field::new(at("businessCertificateValidityPeriodEnd"), Means::ValidUntil, &company.valid_until),
            Field::new(at("legalPersonName"), Means::LegalPerson, &company.legal_person_name),
        ]);
        fields.extend(self.persons.iter().flat_map(Person::fields));
        fields.extend(self.effect_signatures.iter().map(|text| Field::new("effectSignatures", Means::Other, text)));
        fields.extend(self.tickets.iter().map(|(name, ticket)| Field::new(name, Means::Other, ticket)));
        let doubts = self.odd_files.iter().map(|field| (field.clone(), "a file of another type than its place"));
        Form { fields, doubts: doubts.collect() }
    }
}

impl Company {
    fn of(business: &BusinessInfo<'_>) -> Self {
        Self {
            certificate_type: business.certificate_type.number(),
            name: business.name.expose().to_owned(),
            credit_code: business.credit_code.expose().to_owned(),
            valid_from: business.valid_from.expose().to_owned(),
            valid_until: business.valid_until.expose().to_owned(),
            legal_person_name: business.legal_person_name.expose().to_owned(),
        }
    }
}

/// The persons as they are kept.
pub(super) fn persons(persons: &Persons<'_>) -> Vec<Person> {
    persons.all().map(|(part, person)| Person::of(part, person)).collect()
}

impl Person {
    fn of(part: Part, person: &PersonInfo<'_>) -> Self {
        Self {
            part: part.field().to_owned(),
            certificate_type: person.certificate_type.number(),
            name: person.name.expose().to_owned(),
            number: person.number.as_ref().map(|number| number.expose().to_owned()),
            mobile: person.mobile.expose().to_owned(),
        }
    }

    fn fields(&self) -> impl Iterator<Item = Field> {
        let legal = self.part == Part::Legal.field();
        let resident = CertificateType::of_number(self.certificate_type) == Some(CertificateType::ResidentId);
        let name = if legal { Means::LegalPerson } else { Means::Person };
        let number = match (resident, legal) {
            (true, true) => Means::LegalPersonNumber,
            (true, false) => Means::PersonNumber,
            (false, _) => Means::OtherNumber,
        };
        let at = |member: &str| format!("{}.{member}", self.part);
        let kind = Field::new(at("certificateType"), Means::Other, self.certificate_type.to_string());
        let name = Field::new(at("personName"), name, &self.name);
        let number = self.number.as_ref().map(|text| Field::new(at("personIDCard"), number, text));
        let mobile = Field::new(at("personMobile"), Means::Mobile, &self.mobile);
        [Some(kind), Some(name), number, Some(mobile)].into_iter().flatten()
    }
}

impl Signature {
    pub(super) fn of(application: &SignatureApplication<'_>, purpose: i64, requests: Requests) -> Self {
        let text = |element: &Option<shiming_wire::element::Element<'_>>| {
            element.as_ref().map(|element| element.expose().to_owned())
        };
        Self {
            content: application.content.expose().to_owned(),
            sub_accounts: application.sub_accounts.clone(),
            source: application.source.word().to_owned(),
            description: text(&application.description),
            domain: text(&application.domain),
            purpose,
            ident: application.ident,
            scene: text(&application.scene),
            channel_types: application.channel_types.clone(),
            app_icp: text(&application.app_icp),
            trademark: [0, 1, 2].map(|index| application.trademark.get(index).and_then(text)),
            requests,
        }
    }

    /// Whether a sub-account may use it.
    pub(super) fn is_of(&self, sub_account: &str) -> bool {
        self.sub_accounts.is_empty() || self.sub_accounts.iter().any(|known| known == sub_account)
    }

    /// Whether somebody may use both.
    pub(super) fn meets(&self, sub_accounts: &[String]) -> bool {
        sub_accounts.is_empty() || sub_accounts.iter().any(|sub_account| self.is_of(sub_account))
    }

    fn form(&self) -> Form {
        let [cn, en, number] = &self.trademark;
        let texts = [
            ("content", Some(&self.content)),
            ("source", Some(&self.source)),
            ("desc", self.description.as_ref()),
            ("domain", self.domain.as_ref()),
            ("scene", self.scene.as_ref()),
            ("appIcp.appIcpFilling", self.app_icp.as_ref()),
            ("trademark.trademarkCn", cn.as_ref()),
            ("trademark.trademarkEn", en.as_ref()),
            ("trademark.trademarkNumber", number.as_ref()),
        ];
        let mut fields: Vec<_> =
            texts.into_iter().filter_map(|(name, text)| Some(Field::new(name, Means::Other, text?))).collect();
        fields.push(Field::new("purpose", Means::Other, self.purpose.to_string()));
        fields.extend(self.sub_accounts.iter().map(|text| Field::new("subAccounts", Means::Other, text)));
        fields.extend(self.channel_types.iter().map(|text| Field::new("channelTypes", Means::Other, text)));
        fields.extend(self.ident.map(|id| Field::new("signatureIdentificationID", Means::Other, id.to_string())));
        Form { fields, ..Form::default() }
    }
}

/// Writes a dossier. What it is made of always has a JSON form.
pub(super) fn write<T: Serialize>(content: &T) -> Dossier {
    Dossier(serde_json::to_vec(content).unwrap_or_default())
}

/// Reads a dossier; `None` where it is not one that this door writes.
pub(super) fn read<T: DeserializeOwned>(dossier: &Dossier) -> Option<T> {
    serde_json::from_slice(&dossier.0).ok()
}

/// Reads this door's dossiers for operators and for checks.
#[derive(Clone, Copy, Debug, Default)]
pub struct VolcengineForms;

impl Forms for VolcengineForms {
    fn door(&self) -> &'static str {
        NAME
    }

    fn form(&self, key: &CaseKey, dossier: &Dossier) -> Option<Form> {
        match key.kind.as_str() {
            QUALIFICATION => read::<Qualification>(dossier).map(|qualification| qualification.form()),
            SIGNATURE => read::<Signature>(dossier).map(|signature| signature.form()),
            _ => None,
        }
    }
}
