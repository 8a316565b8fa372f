//! The operations that are answered, in each of their versions. Docs: Volcengine SMS specification, sections 1.5 and 4.
//!
//! The SDKs disagree about versions and methods of one operation (section 4.3), so each row says which it is known by. What is
//! not here - templates, sub-accounts, sending - is refused as unknown, after the signature: a changed `Action` is a signature
//! error before it is an unknown operation.

use super::authorization::Form;
use super::call::Admitted;
use super::codes::{No, Refusal};

/// The operations that are answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[expect(missing_docs, reason = "the vendor's own names")]
pub enum OperationName {
    ApplySignatureIdent,
    GetSignatureIdentList,
    UpdateSignatureIdent,
    BatchBindSignatureIdent,
    ApplySmsSignature,
    ApplySmsSignatureV2,
    GetSignatureAndOrderList,
    DeleteSignature,
    GetSignatureIdentificationList,
    ApplySignatureIdentificationForAgent,
    ListSignatureForAgent,
}

/// Whether an operation changes something.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Effect {
    /// It only reads: a signature in the query is enough.
    Reads,
    /// It writes: the body must be signed, so the signature stands in the header.
    Writes,
}

/// One operation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Operation {
    /// Which.
    pub id: OperationName,
    /// `Action`.
    pub name: &'static str,
    /// The versions it is known by.
    pub versions: &'static [&'static str],
    /// The methods that some SDK uses for it.
    pub methods: &'static [&'static str],
    /// Whether it changes something.
    pub effect: Effect,
}

const V2021: &str = "2021-01-11";
const V2025: &str = "2025-01-01";
const V2026: &str = "2026-01-01";

const POST: &[&str] = &["POST"];
const EITHER: &[&str] = &["GET", "POST"];

macro_rules! operation {
    ($name:ident $effect:ident $methods:ident $versions:expr) => {
        Operation {
            id: OperationName::$name,
            name: stringify!($name),
            versions: &$versions,
            methods: $methods,
            effect: Effect::$effect,
        }
    };
}

/// All of them.
#[rustfmt::skip]
pub const OPERATIONS: &[Operation] = &[
    operation!(ApplySignatureIdent Writes POST [V2021]),
    // GET in the document, Go, Java and Node, POST in the older Python SDK.
    operation!(GetSignatureIdentList Reads EITHER [V2021]),
    operation!(UpdateSignatureIdent Writes POST [V2021]),
    operation!(BatchBindSignatureIdent Writes POST [V2021]),
    // Node's definition says GET.
    operation!(ApplySmsSignature Writes EITHER [V2021]),
    operation!(ApplySmsSignatureV2 Writes POST [V2021, V2025, V2026]),
    operation!(GetSignatureAndOrderList Reads EITHER [V2021, V2025]),
    operation!(DeleteSignature Writes POST [V2021, V2025]),
    operation!(GetSignatureIdentificationList Reads POST [V2026]),
    operation!(ApplySignatureIdentificationForAgent Writes POST [V2026]),
    operation!(ListSignatureForAgent Reads POST [V2026]),
];

/// Whether some operation is known by this version.
pub fn is_version(version: &str) -> bool {
    [V2021, V2025, V2026].contains(&version)
}

/// Whether an operation has this name, in some version.
pub fn is_action(name: &str) -> bool {
    OPERATIONS.iter().any(|operation| operation.name == name)
}

/// Finds the operation of an admitted call: step 9 of section 1.8. One that writes is refused to a signature in the query,
/// which does not cover a body (section 1.5), by whatever method: clients sign a GET so.
pub fn route(call: &Admitted<'_>) -> Result<&'static Operation, Refusal> {
    let operation = known(call.action(), call.version())?;
    match (operation.effect, call.form()) {
        (Effect::Writes, Form::Query) => Err(No::InvalidAuthorization.into()),
        _ if operation.methods.contains(&call.method()) => Ok(operation),
        _ => Err(unknown(call.action(), call.version())),
    }
}

fn known(action: &str, version: &str) -> Result<&'static Operation, Refusal> {
    let fits = |operation: &&Operation| operation.name == action && operation.versions.contains(&version);
    OPERATIONS.iter().find(fits).ok_or_else(|| unknown(action, version))
}

fn unknown(action: &str, version: &str) -> Refusal {
    Refusal::filled(No::InvalidActionOrVersion, [action, version])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::volcengine::codes::Wording;
    use crate::volcengine::samples::{LIST, Owned};
    use crate::volcengine::sign::Manner;

    #[test]
    fn every_row_is_found_by_each_of_its_versions_and_methods_and_by_no_other() {
        for (index, operation) in OPERATIONS.iter().enumerate() {
            assert_eq!(operation.id as usize, index);
            for version in [V2021, V2025, V2026, "2020-01-01", ""] {
                let there = operation.versions.contains(&version);
                for method in ["GET", "POST", "PUT", "get"] {
                    let target = format!("/?Action={}&Version={version}", operation.name);
                    let taken = there && operation.methods.contains(&method);
                    let request = Owned::new(method, &target, "").signed(Manner::Go);
                    let found = request.admit().and_then(|call| route(&call));
                    assert_eq!(found.ok().map(|found| found.id), taken.then_some(operation.id), "{target} {method}");
                }
            }
        }
        assert_eq!(OPERATIONS.len(), 11);
        assert!(OPERATIONS.iter().all(|operation| is_action(operation.name)) && !is_action("QueryContactTemplate"));
        let versions = OPERATIONS.iter().flat_map(|operation| operation.versions);
        assert!(versions.into_iter().all(|version| is_version(version)) && !is_version("2016-05-11"));
    }

    #[test]
    fn an_unknown_operation_is_told_with_both_of_its_names() {
        let refusal = known("SendSms", V2021).unwrap_err();
        assert_eq!(refusal.message(Wording::Terse), "Could not find operation SendSms for version 2021-01-11.");
        assert_eq!(known("applySignatureIdent", V2021).unwrap_err().no(), No::InvalidActionOrVersion);
    }

    #[test]
    fn a_signature_in_the_query_reads_and_does_not_write() {
        let list = Owned::new("GET", LIST, "").presigned(None);
        assert_eq!(route(&list.admit().unwrap()).unwrap().id, OperationName::GetSignatureIdentList);
        for operation in OPERATIONS.iter().filter(|operation| operation.effect == Effect::Writes) {
            let target = format!("/?Action={}&Version={}", operation.name, operation.versions[0]);
            for method in ["GET", "POST"] {
                let presigned = Owned::new(method, &target, "").presigned(None);
                assert_eq!(route(&presigned.admit().unwrap()).unwrap_err().no(), No::InvalidAuthorization);
            }
            let with_body = Owned::new(operation.methods[0], &target, "{}").presigned(None);
            assert_eq!(with_body.admit().unwrap_err().no(), No::InvalidAuthorization, "{}", operation.name);
            let signed = Owned::new(operation.methods[0], &target, "{}").signed(Manner::Go);
            assert_eq!(route(&signed.admit().unwrap()).unwrap(), operation);
        }
    }
}
