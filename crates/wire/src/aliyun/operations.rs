//! The operations of both versions that are answered. Docs: Alibaba Cloud Domain specification, sections 7.9 and 9.1.

use super::codes::{No, Refusal};

/// A version of the interface.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Version {
    /// 2016-05-11: contact templates.
    V2016,
    /// 2018-01-29: registrant profiles, the same thing under new names.
    V2018,
}

impl Version {
    /// As it stands on the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::V2016 => "2016-05-11",
            Self::V2018 => "2018-01-29",
        }
    }

    /// Finds a version by its text.
    pub fn find(text: &str) -> Option<Self> {
        [Self::V2016, Self::V2018].into_iter().find(|version| version.as_str() == text)
    }
}

/// The operations that are answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[expect(missing_docs, reason = "the vendor's own names")]
pub enum OperationName {
    SaveContactTemplateCredential,
    SaveContactTemplate,
    QueryContactTemplate,
    DeleteContactTemplate,
    QueryFailReasonList,
    SaveRegistrantProfile,
    RegistrantProfileRealNameVerification,
    SaveRegistrantProfileRealNameVerification,
    QueryRegistrantProfiles,
    QueryRegistrantProfileRealNameVerificationInfo,
    QueryFailReasonForRegistrantProfileRealNameVerification,
    DeleteRegistrantProfile,
    DeleteContactTemplates,
    SetDefaultRegistrantProfile,
    VerifyContactField,
}

/// One operation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Operation {
    /// Which.
    pub id: OperationName,
    /// Its version.
    pub version: Version,
    /// `Action`.
    pub name: &'static str,
    /// Whether GET is allowed beside POST.
    pub get: bool,
    /// The parameters that must be there and not empty, in the order in which they are missed.
    pub required: &'static [&'static str],
}

macro_rules! operation {
    ($version:ident $name:ident $get:literal $required:expr) => {
        Operation {
            id: OperationName::$name,
            version: Version::$version,
            name: stringify!($name),
            get: $get,
            required: &$required,
        }
    };
}

/// How many there are.
pub const COUNT: usize = OPERATIONS.len();

/// All of them.
#[rustfmt::skip]
pub const OPERATIONS: &[Operation] = &[
    operation!(V2016 SaveContactTemplateCredential false ["ContactTemplateId", "CredentialNo", "Credential"]),
    operation!(V2016 SaveContactTemplate true []),
    operation!(V2016 QueryContactTemplate true []),
    operation!(V2016 DeleteContactTemplate true ["ContactTemplateId"]),
    operation!(V2016 QueryFailReasonList true []),
    operation!(V2018 SaveRegistrantProfile true []),
    operation!(V2018 RegistrantProfileRealNameVerification false ["RegistrantProfileID", "IdentityCredentialNo", "IdentityCredentialType", "IdentityCredential"]),
    operation!(V2018 SaveRegistrantProfileRealNameVerification false ["IdentityCredentialNo", "IdentityCredentialType", "IdentityCredential"]),
    operation!(V2018 QueryRegistrantProfiles true []),
    operation!(V2018 QueryRegistrantProfileRealNameVerificationInfo true ["RegistrantProfileId"]),
    operation!(V2018 QueryFailReasonForRegistrantProfileRealNameVerification true ["RegistrantProfileID"]),
    operation!(V2018 DeleteRegistrantProfile true ["RegistrantProfileId"]),
    operation!(V2018 DeleteContactTemplates true ["RegistrantProfileIds"]),
    operation!(V2018 SetDefaultRegistrantProfile true ["RegistrantProfileId"]),
    operation!(V2018 VerifyContactField true []),
];

impl Operation {
    /// Whether a method is allowed; methods are case-sensitive.
    pub fn allows(&self, method: &str) -> bool {
        method == "POST" || (self.get && method == "GET")
    }
}

/// Whether an operation has this name, in either version.
pub fn is_action(name: &str) -> bool {
    OPERATIONS.iter().any(|operation| operation.name == name)
}

/// Finds an operation: steps 3 to 5 of section 5. Absent counts as empty.
pub fn route(version: &str, action: &str, method: &str) -> Result<&'static Operation, Refusal> {
    let version = Version::find(version).ok_or(No::UnknownVersion)?;
    if action.is_empty() {
        return Err(Refusal::missing("Action"));
    }
    let found = OPERATIONS.iter().find(|operation| operation.version == version && operation.name == action);
    let operation = found.ok_or(No::UnknownAction)?;
    if operation.allows(method) { Ok(operation) } else { Err(No::HttpMethod.into()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn code(version: &str, action: &str, method: &str) -> String {
        route(version, action, method).map_or_else(|refusal| refusal.code().into_owned(), |found| found.name.to_owned())
    }

    #[test]
    fn version_action_and_method_are_looked_at_in_this_order() {
        assert_eq!(code("", "", "PUT"), "InvalidVersion");
        assert_eq!(code("2018-02-08", "SaveContactTemplate", "GET"), "InvalidVersion");
        assert_eq!(code("2016-05-11", "", "PUT"), "MissingAction");
        assert_eq!(code("2016-05-11", "saveContactTemplate", "GET"), "InvalidAction.NotFound");
        assert_eq!(code("2018-01-29", "SaveContactTemplate", "GET"), "InvalidAction.NotFound");
        assert_eq!(code("2016-05-11", "SaveContactTemplateCredential", "GET"), "UnsupportedHTTPMethod");
        assert_eq!(code("2016-05-11", "SaveContactTemplate", "get"), "UnsupportedHTTPMethod");
        assert_eq!(code("2016-05-11", "SaveContactTemplate", "GET"), "SaveContactTemplate");
    }

    #[test]
    fn every_operation_is_found_by_post_and_only_three_refuse_get() {
        for (index, operation) in OPERATIONS.iter().enumerate() {
            assert_eq!(operation.id as usize, index);
            assert_eq!(code(operation.version.as_str(), operation.name, "POST"), operation.name);
        }
        assert_eq!(OPERATIONS.len(), 15);
        assert!(OPERATIONS.iter().all(|operation| is_action(operation.name)) && !is_action("ApplySignatureIdent"));
        assert_eq!(OPERATIONS.iter().filter(|operation| !operation.get).count(), 3);
    }
}
