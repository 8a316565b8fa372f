//! An admitted call is carried out, and its nonce spent. Docs: Alibaba Cloud Domain specification, sections 3.6, 5, 7.9 and 9.1.

use std::sync::atomic::{AtomicBool, Ordering};

use shiming_core::{
    Asking, Case, Spend,
    submit::{Paper, Step},
};
use shiming_wire::aliyun::{
    Admitted, No, OperationName, Refusal, Version,
    field::positive_id,
    reply::{self, Member},
};

use super::{AliyunCaller, AliyunDomain, Done, Manner, NAME, templates::Doing};

/// An admitted call with all that its operation needs.
pub(super) struct Visit<'v> {
    pub(super) door: &'v AliyunDomain,
    pub(super) call: Admitted<'v>,
    pub(super) caller: &'v AliyunCaller,
    pub(super) asking: Asking<'v>,
    pub(super) manner: &'v Manner<'v>,
    pub(super) spend: Spend,
    /// Whether the nonce was spent, or went to the verb to be spent.
    pub(super) nonce_gone: AtomicBool,
}

impl Visit<'_> {
    pub(super) async fn run(&self) -> Result<Done, Refusal> {
        if !self.caller.may(self.call.operation().name) {
            return Err(No::ForbiddenRam.into());
        }
        if self.door.settings.held.iter().any(|held| held == self.call.operation().name) {
            return Err(No::ForbiddenRisk.into());
        }
        self.call.check_required()?;
        match self.call.operation().id {
            OperationName::SaveContactTemplateCredential
            | OperationName::RegistrantProfileRealNameVerification
            | OperationName::SaveRegistrantProfileRealNameVerification => self.submit().await,
            OperationName::SaveContactTemplate | OperationName::SaveRegistrantProfile => self.save().await,
            OperationName::VerifyContactField => self.verify_fields().await,
            OperationName::SetDefaultRegistrantProfile => self.set_default().await,
            OperationName::QueryContactTemplate | OperationName::QueryRegistrantProfiles => self.query().await,
            OperationName::QueryRegistrantProfileRealNameVerificationInfo => self.query_materials().await,
            OperationName::QueryFailReasonList
            | OperationName::QueryFailReasonForRegistrantProfileRealNameVerification => self.query_reasons().await,
            OperationName::DeleteContactTemplate | OperationName::DeleteRegistrantProfile => self.delete_one().await,
            OperationName::DeleteContactTemplates => self.delete_several().await,
        }
    }

    /// The id of the template that the call is about, under its version's name; none where it names none.
    pub(super) fn id(&self) -> Result<Option<i64>, Refusal> {
        let name = match self.call.operation().version {
            Version::V2016 => "ContactTemplateId",
            Version::V2018 => "RegistrantProfileId",
        };
        Ok(self.call.value(name).map(positive_id).transpose()?)
    }

    /// The nonce, for the verb to spend with what it writes, or with its refusal.
    pub(super) fn take_nonce(&self) -> Spend {
        self.nonce_gone.store(true, Ordering::Relaxed);
        self.spend.clone()
    }

    /// Takes steps of cases as they were looked at, with the nonce; none when another process has changed one since: then the
    /// nonce is still there.
    pub(super) async fn step(
        &self,
        steps: Vec<(Case, Step<Paper>)>,
        doing: Doing,
    ) -> Result<Option<Vec<Case>>, Refusal> {
        let submitter = &self.door.tools.submitter;
        let taken = submitter.change_as_seen(self.asking.clone(), steps, Some(self.spend.clone())).await;
        let overtaken = matches!(taken, Ok(None));
        self.nonce_gone.store(!overtaken, Ordering::Relaxed);
        taken.map_err(|fault| self.fault(&fault, doing))
    }

    /// Spends the nonce where nothing is written with it.
    pub(super) async fn spend_now(&self) -> Result<(), Refusal> {
        self.nonce_gone.store(true, Ordering::Relaxed);
        match self.door.tools.ledger.spend(self.spend.clone()).await {
            Ok(true) => Ok(()),
            Ok(false) => Err(No::NonceUsed.into()),
            Err(error) => {
                self.log_failure(&error);
                Err(self.nonce_not_kept().into())
            }
        }
    }

    /// The memory of nonces is the gateway's, and so is the word for it. The old Java SDK sends again what is answered with 500
    /// and more: of submissions, picture included, so these are told as by the service.
    fn nonce_not_kept(&self) -> No {
        let submits = matches!(
            self.call.operation().id,
            OperationName::SaveContactTemplateCredential
                | OperationName::RegistrantProfileRealNameVerification
                | OperationName::SaveRegistrantProfileRealNameVerification
        );
        if submits { No::NetworkIo } else { No::Unavailable }
    }

    pub(super) fn done(&self, members: &[Member<'_>], word: &'static str) -> Done {
        let Manner { request_id, format, .. } = self.manner;
        let operation = self.call.operation();
        Done { reply: reply::success(request_id.clone(), *format, operation, members), operation: operation.name, word }
    }

    pub(super) fn log_failure(&self, error: &dyn std::error::Error) {
        let (operation, request_id) = (self.asking.operation, self.asking.request_id);
        tracing::error!(door = NAME, operation, request_id, ?error, "the store did not do what the call needs");
    }
}
