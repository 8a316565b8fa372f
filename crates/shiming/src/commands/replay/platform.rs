//! The platform's keys for recorded requests and answers: those that lie beside them, else a pair made on the spot.

use std::{
    fs,
    path::{Path, PathBuf},
    sync::{Arc, OnceLock},
};

use shiming_core::{Caller, UnixTime};
use shiming_server::doors::alipay::Platform;

use crate::{platform::Pair, trouble::Trouble};

/// Names that the folders of recorded requests give to the platform's private key, its certificate and the root bundle.
const PRIVATE: [&str; 3] = ["platform_private_pkcs8.pem", "platform_private_pkcs1.pem", "platform.key.pem"];
const CHAIN: [&str; 2] = ["platform_cert.crt", "platform.crt"];
const ROOT: [&str; 2] = ["root_cert_bundle.crt", "root.crt"];

/// The folder `keys` beside a recorded file, or beside the folder that it is in.
pub(in crate::commands) fn keys_beside(file: &Path) -> Option<PathBuf> {
    let folders = file.parent().into_iter().chain(file.parent().and_then(Path::parent));
    folders.map(|folder| folder.join("keys")).find(|keys| keys.is_dir())
}

/// The platform of a recorded file, as the store would have it.
pub(super) fn caller(file: &Path) -> Result<Caller, Trouble> {
    let beside = keys_beside(file);
    let text = |names: &[&str]| {
        let keys = beside.as_ref()?;
        names.iter().find_map(|name| fs::read_to_string(keys.join(name)).ok())
    };
    let epoch = UnixTime::from_secs(0).timestamp();
    if let Some(private_key) = text(&PRIVATE) {
        let pair = Pair { private_key: private_key.into(), chain: text(&CHAIN), root: text(&ROOT) };
        let caller = pair.caller(epoch);
        if Platform::read(&caller).is_some() {
            return Ok(caller);
        }
    }
    // The root that a client names is not known then, so it cannot be a wrong one.
    let pair = Pair { root: None, ..made()? };
    Ok(pair.caller(epoch))
}

/// A pair made once for all: making one takes longer than everything else here.
fn made() -> Result<Pair, Trouble> {
    static MADE: OnceLock<Option<Arc<Pair>>> = OnceLock::new();
    let made = MADE.get_or_init(|| Pair::make(UnixTime::from_secs(1_767_225_600).timestamp()).ok().map(Arc::new));
    let pair = made.as_ref().ok_or_else(|| Trouble::broken("the platform's key pair could not be made"))?;
    Ok(Pair { private_key: pair.private_key.clone(), chain: pair.chain.clone(), root: pair.root.clone() })
}
