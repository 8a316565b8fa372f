//! Who reads what is written on a case's form: each door that takes papers reads its own.

use std::sync::Arc;

use shiming_core::submit::Forms;
use shiming_server::doors::{aliyun_domain::AliyunForms, volcengine_sms::VolcengineForms};

/// The readers of all doors. Of a case of another door an operator sees its papers and its size.
pub(crate) fn forms() -> Vec<Arc<dyn Forms>> {
    vec![Arc::new(AliyunForms), Arc::new(VolcengineForms)]
}
