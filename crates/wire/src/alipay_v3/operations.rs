//! Every path of the families that this door serves. Docs: Alipay v3 specification, sections 4.1 to 4.3.

use super::codes::{No, Refusal};

/// One operation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Operation {
    /// The HTTP method.
    pub method: &'static str,
    /// The path.
    pub path: &'static str,
    /// The name, when it is answered; `None` is refused with 401 `insufficient-isv-permissions` once the call is verified.
    pub name: Option<OperationName>,
}

/// The operations that are answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum OperationName {
    /// `zhima.customer.jobworth.authentication.query`.
    Authentication,
    /// `zhima.credit.payafteruse.creditagreement.query`.
    AgreementQuery,
}

const fn on(method: &'static str, path: &'static str, name: OperationName) -> Operation {
    Operation { method, path, name: Some(name) }
}

const fn off(method: &'static str, path: &'static str) -> Operation {
    Operation { method, path, name: None }
}

/// The operations.
pub const OPERATIONS: &[Operation] = &[
    on("GET", "/v3/zhima/customer/jobworth/authentication", OperationName::Authentication),
    off("GET", "/v3/zhima/customer/jobworth/info/query"),
    off("GET", "/v3/zhima/customer/jobworth/cloudresume/query"),
    off("POST", "/v3/zhima/customer/jobworth/jobdata/add"),
    off("POST", "/v3/zhima/customer/jobworth/picture/upload"),
    off("POST", "/v3/zhima/customer/jobworth/position/add"),
    on("GET", "/v3/zhima/credit/payafteruse/creditagreement/query", OperationName::AgreementQuery),
    off("POST", "/v3/zhima/credit/payafteruse/creditagreement/transfer"),
];

/// Finds the operation of a request by its method, in any case, and its raw path: `invalid-method` for an unknown path,
/// `invalid-http-method` for another method on a known one.
pub fn route(method: &str, raw_path: &str) -> Result<&'static Operation, Refusal> {
    let mut refusal = No::InvalidMethod;
    for operation in OPERATIONS.iter().filter(|operation| operation.path == raw_path) {
        if operation.method.eq_ignore_ascii_case(method) {
            return Ok(operation);
        }
        refusal = No::InvalidHttpMethod;
    }
    Err(refusal.into())
}

impl Operation {
    /// The name, or the refusal of an operation that is not answered. To be asked after the signature.
    pub fn permitted(&self) -> Result<OperationName, Refusal> {
        self.name.ok_or_else(|| No::InsufficientIsvPermissions.into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_path_is_found_with_its_method_only() {
        for operation in OPERATIONS {
            assert_eq!(route(operation.method, operation.path).unwrap(), operation);
            let other = if operation.method == "GET" { "POST" } else { "GET" };
            assert_eq!(route(other, operation.path).unwrap_err().no(), Some(No::InvalidHttpMethod));
            assert_eq!(operation.permitted().is_ok(), operation.name.is_some());
        }
        for path in
            ["", "/", "/v3/", "/v3/zhima/customer/jobworth/authentication/", "/v3/zhima/customer/jobworth/create"]
        {
            assert_eq!(route("GET", path).unwrap_err().no(), Some(No::InvalidMethod), "{path}");
        }
    }
}
