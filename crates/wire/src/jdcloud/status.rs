//! `describeApplyStatus` (GET `/v1/manage:applyStatus`): whether the service is opened. Docs: JD Cloud specification, section 7.
//!
//! The call has no body and no parameters, so there is nothing to read. `status` is a JSON integer in the SDKs' models.

/// How far the account's application for the service has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub enum Stage {
    /// Not opened (未开通).
    NotOpened = 0,
    /// Being opened (开通中).
    Opening = 1,
    /// In service (服务中).
    InService = 2,
    /// Stopped (已停服).
    Stopped = 3,
}

/// What is answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ApplyStatus<'a> {
    /// The account's name.
    pub pin: &'a str,
    /// How far it has come.
    pub stage: Stage,
    /// When it was applied for, as text; the vendor does not say in which form.
    pub apply_time: &'a str,
}
