//! A call that may be answered: which operation it is, and the ways to answer it.

use std::time::Instant;

use shiming_core::{Asking, redeem::DeskSecret};
use shiming_wire::alipay_gateway::{No, Node, Opened, OperationName, Refusal, download::Download};

use super::{Exchange, NAME, certification, jobworth, material};
use crate::doors::{
    Answer, Outcome,
    alipay::{self, AlipayCaller, Platform},
};

/// A call that may be answered, with all that its operation needs.
pub(super) struct Asked<'q> {
    pub(super) exchange: &'q Exchange<'q>,
    pub(super) app: &'q AlipayCaller,
    pub(super) platform: &'q Platform,
    pub(super) opened: &'q Opened<'q>,
    pub(super) arrived: Instant,
}

impl Asked<'_> {
    pub(super) async fn answered(&self, name: OperationName) -> Result<Answer, Refusal> {
        match name {
            OperationName::MaterialCertify => material::certify(self).await,
            OperationName::Initialize => certification::initialize(self).await,
            OperationName::Certify => certification::certify(self).await,
            OperationName::Query => certification::query(self).await,
            OperationName::JobworthQuery => jobworth::query(self).await,
            OperationName::JobworthPreconsult => jobworth::preconsult(self).await,
            OperationName::JobworthPlugin => jobworth::plugin(self).await,
            OperationName::AgreementSign => jobworth::sign(self).await,
            OperationName::AgreementQuery => jobworth::agreement(self).await,
            OperationName::CertificateDownload => self.download().await,
        }
    }

    /// `alipay.open.app.alipaycert.download`. Without a certificate there is nothing to hand out, and no app has a use
    /// for it.
    async fn download(&self) -> Result<Answer, Refusal> {
        let chains = self.platform.gateway.chain.as_slice();
        let chain = Download::read(self.opened)?.choose(chains).ok_or(No::InsufficientIsvPermissions)?;
        Ok(self.success(&Download::node(chain), "answered").await)
    }

    /// The person's browser goes on to the desk, by a link that works once.
    pub(super) fn to_the_desk(&self, link: &DeskSecret) -> Answer {
        let outcome = Outcome { door: NAME, operation: self.exchange.operation, admitted: true, word: "to_the_desk" };
        let headers = [
            ("location", self.exchange.desk_address(link)),
            ("cache-control", "no-store".to_owned()),
            ("referrer-policy", "no-referrer".to_owned()),
            ("trace_id", self.exchange.trace_id.clone()),
        ];
        alipay::write(302, &headers, Vec::new(), outcome)
    }

    /// Who asks, for the ledger.
    pub(super) fn asking(&self) -> Asking<'_> {
        Asking {
            door: NAME,
            caller: &self.app.app_id,
            operation: self.exchange.operation,
            request_id: &self.exchange.trace_id,
            arrived: self.arrived,
        }
    }

    /// A success; `word` is for logs and metrics.
    pub(super) async fn success(&self, node: &Node<'_>, word: &'static str) -> Answer {
        let draft = self.platform.gateway.answer(self.opened, node, &self.exchange.trace_id);
        self.exchange.signed(draft, true, word).await
    }
}
