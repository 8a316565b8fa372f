//! Whether a call came to the right place in the right way, before anything in it is looked at. Docs: Alibaba Cloud Domain
//! specification, section 8; both refusals are off unless the operator asks for them.

use shiming_wire::aliyun::{No, Opened};

use super::{AliyunDomain, Protection};

impl AliyunDomain {
    pub(super) fn check_protocol(&self, opened: &Opened<'_>) -> Result<(), No> {
        if !self.is_protected(opened) {
            return Err(No::NeedSsl);
        }
        let host = opened.host_id();
        let known = |domains: &Vec<String>| domains.iter().any(|domain| domain.eq_ignore_ascii_case(host));
        if self.settings.domains.as_ref().is_none_or(known) { Ok(()) } else { Err(No::NoSuchProduct) }
    }

    fn is_protected(&self, opened: &Opened<'_>) -> bool {
        match &self.settings.protection {
            Protection::Any | Protection::Here => true,
            Protection::Proxy(None) => false,
            // A second value may be the client's own.
            Protection::Proxy(Some(name)) => {
                let said = opened.request().single(name.as_str());
                said.is_some_and(|said| said.as_bytes().trim_ascii().eq_ignore_ascii_case(b"https"))
            }
        }
    }
}
