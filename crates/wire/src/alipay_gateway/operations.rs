//! Every method of this door and which of them are answered. Docs: Alipay gateway specification, sections 4, 5 and 1.9; Alipay v3
//! specification, section 4.

/// The methods that are answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum OperationName {
    /// `zhima.customer.certification.material.certify`: identity and portrait in, verdict out.
    MaterialCertify,
    /// `zhima.customer.certification.initialize`: begins a certification at the hosted desk.
    Initialize,
    /// `zhima.customer.certification.certify`: the page that the person's browser opens.
    Certify,
    /// `zhima.customer.certification.query`: the result.
    Query,
    /// `zhima.customer.jobworth.authentication.query`: redeems a once-token.
    JobworthQuery,
    /// `zhima.customer.jobworth.authentication.preconsult`: asks beforehand whether a token could be redeemed.
    JobworthPreconsult,
    /// `zhima.customer.jobworth.authenticationplugin.query`: turns a signed string into the desk's address.
    JobworthPlugin,
    /// `zhima.credit.payafteruse.creditagreement.sign`: the first step, opened by the person's client.
    AgreementSign,
    /// `zhima.credit.payafteruse.creditagreement.query`: the state of an agreement.
    AgreementQuery,
    /// `alipay.open.app.alipaycert.download`: the platform's certificate.
    CertificateDownload,
}

/// What a method name stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Operation {
    /// It is answered.
    Answered(OperationName),
    /// It is of a family that is answered, but not itself: 40006 `isv.insufficient-isv-permissions`.
    NotPermitted,
}

use OperationName::{
    AgreementQuery, AgreementSign, CertificateDownload, Certify, Initialize, JobworthPlugin, JobworthPreconsult,
    JobworthQuery, MaterialCertify, Query,
};

/// The answered methods.
pub const OPERATIONS: &[(&str, OperationName)] = &[
    ("zhima.customer.certification.material.certify", MaterialCertify),
    ("zhima.customer.certification.initialize", Initialize),
    ("zhima.customer.certification.certify", Certify),
    ("zhima.customer.certification.query", Query),
    ("zhima.customer.jobworth.authentication.query", JobworthQuery),
    ("zhima.customer.jobworth.authentication.preconsult", JobworthPreconsult),
    ("zhima.customer.jobworth.authenticationplugin.query", JobworthPlugin),
    ("zhima.credit.payafteruse.creditagreement.sign", AgreementSign),
    ("zhima.credit.payafteruse.creditagreement.query", AgreementQuery),
    ("alipay.open.app.alipaycert.download", CertificateDownload),
];

/// Prefixes of the families whose other methods exist but are not permitted here.
const FAMILIES: [&str; 3] = ["zhima.customer.certification.", "zhima.customer.jobworth.", "zhima.credit.payafteruse."];

/// Finds a method. `None` for a name outside every family: 40002 `isv.invalid-method`.
pub fn find(method: &str) -> Option<Operation> {
    let answered = OPERATIONS.iter().find(|(name, _)| *name == method).map(|(_, name)| Operation::Answered(*name));
    answered.or_else(|| {
        let known = FAMILIES.iter().any(|family| method.strip_prefix(family).is_some_and(is_dotted));
        known.then_some(Operation::NotPermitted)
    })
}

impl OperationName {
    /// The method's name on the wire.
    pub fn method(self) -> &'static str {
        OPERATIONS.iter().find(|(_, name)| *name == self).map_or("", |(method, _)| *method)
    }
}

/// Whether a text is words of lower-case letters, digits and underscores with single dots between them.
fn is_dotted(text: &str) -> bool {
    text.split('.').all(|word| {
        !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_')
    })
}

/// The key of the node that answers a method, known or not: dots become underscores. `None` for a name with other characters than
/// letters, digits, dots, dashes and underscores, since it must not be written into an answer.
pub fn node_key(method: &str) -> Option<String> {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'-');
    let writable = (1..=128).contains(&method.len()) && method.bytes().all(plain);
    writable.then(|| method.replace('.', "_") + "_response")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_answered_method_is_found_and_names_its_node() {
        for (method, name) in OPERATIONS {
            assert_eq!(find(method), Some(Operation::Answered(*name)));
            assert_eq!(name.method(), *method);
            assert_eq!(node_key(method).unwrap(), method.replace('.', "_") + "_response");
        }
    }

    #[test]
    fn the_rest_of_a_family_is_not_permitted_and_other_names_do_not_exist() {
        for method in [
            "zhima.customer.jobworth.adapter.query",
            "zhima.customer.certification.cancel",
            "zhima.credit.payafteruse.creditagreement.unsign",
        ] {
            assert_eq!(find(method), Some(Operation::NotPermitted), "{method}");
        }
        for method in [
            "",
            "alipay.trade.pay",
            "zhima.customer.certification.",
            "Zhima.customer.certification.query",
            "zhima.customer.jobworth..x",
        ] {
            assert_eq!(find(method), None, "{method}");
        }
        for method in ["", "a\"b", "a b", "收", "a{", "a\\"] {
            assert_eq!(node_key(method), None, "{method}");
        }
        assert_eq!(node_key(&"a".repeat(129)), None);
        for (method, expected) in
            [("alipay.trade.Pay", "alipay_trade_Pay_response"), ("a-b", "a-b_response"), (".a.", "_a__response")]
        {
            assert_eq!((find(method), node_key(method).as_deref()), (None, Some(expected)), "{method}");
        }
    }
}
