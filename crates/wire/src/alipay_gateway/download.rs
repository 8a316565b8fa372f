//! `alipay.open.app.alipaycert.download`: the platform's certificate, for clients that meet an unknown `alipay_cert_sn`.
//! Docs: Alipay gateway specification, section 1.9.

use super::call::Opened;
use super::codes::Refusal;
use super::material::{content, optional};
use super::reply::Node;
use crate::alipay::certificate::Chain;

/// The call. PHP asks with an empty SN whenever a verification fails.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Download {
    /// The SN that is asked for, where one is named.
    pub alipay_cert_sn: Option<String>,
}

impl Download {
    /// Reads the content; an absent one asks for the certificate in use.
    pub fn read(opened: &Opened<'_>) -> Result<Self, Refusal> {
        if opened.expose().trim_ascii().is_empty() {
            return Ok(Self { alipay_cert_sn: None });
        }
        Ok(Self { alipay_cert_sn: optional(&content(opened)?, "alipay_cert_sn", 128)? })
    }

    /// The one of these chains that is asked for; the first, which is in use, when none is named or the named one is not known.
    pub fn choose<'c>(&self, chains: &'c [Chain]) -> Option<&'c Chain> {
        let named = self
            .alipay_cert_sn
            .as_deref()
            .and_then(|sn| chains.iter().find(|chain| chain.certificate().answers_to(sn)));
        named.or_else(|| chains.first())
    }

    /// The node of the answer.
    pub fn node(chain: &Chain) -> Node<'static> {
        Node::success().text("alipay_cert_content", chain.content())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::alipay_gateway::call::tests::read;
    use crate::alipay_gateway::material::tests::opened;

    #[test]
    fn the_certificate_in_use_is_given_unless_another_known_one_is_named() {
        let chains =
            ["platform_cert.crt", "app_cert.crt"].map(|file| Chain::parse(&read(&format!("keys/{file}"))).unwrap());
        for (content, expected) in [
            ("", 0),
            ("{}", 0),
            (r#"{"alipay_cert_sn":""}"#, 0),
            (r#"{"alipay_cert_sn":"unknown"}"#, 0),
            (r#"{"alipay_cert_sn":"43f51bd2ddc8f33a0d0523b44dd414f4"}"#, 1),
            (r#"{"alipay_cert_sn":"140957359f44309dc6156680db6cd85c"}"#, 0),
        ] {
            let download = opened(content, Download::read).unwrap();
            let chosen = download.choose(&chains).unwrap();
            assert_eq!(
                chosen.certificate().serial_number(),
                chains[expected].certificate().serial_number(),
                "{content}"
            );
        }
        assert!(opened("[]", Download::read).is_err());
        assert!(Download { alipay_cert_sn: None }.choose(&[]).is_none());
    }
}
