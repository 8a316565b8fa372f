//! `shiming keys inspect`: what a key or certificate is, and where it belongs. Key material is never printed.

mod found;
mod settings;
mod shared_secret;
mod text;

use std::path::{Path, PathBuf};

use clap::ValueEnum;
use jiff::Timestamp;
use serde::Serialize;
use shiming_core::{Callers as _, Clock as _};
use shiming_server::doors::alipay::{self, AlipayCaller, Platform};
use shiming_wire::{
    alipay::{
        certificate,
        inspect::{Known, inspect},
        keys::PublicKey,
        pasted::{Kind, PasteError},
    },
    alipay_gateway::mistakes,
};

use self::{
    found::{Found, Note, slug},
    shared_secret::shared_secret,
};
use crate::{
    clock::SystemClock,
    commands::{Place, explain::Lang, terms::read_input},
    installation::{self, Absent},
    output::{self, say},
    trouble::{Exit, Outcome, Trouble},
};

/// Tell what a key or certificate is and where it belongs; no key is shown
///
/// Any form is read: PEM, bare base64 or DER; keys in PKCS#1, PKCS#8 or SPKI, certificates and bundles of them, AES keys,
/// shared secrets. With --data or --config each is compared with the keys of the installation. Exit code 1 when one of
/// the files cannot be understood.
#[derive(Debug, clap::Args)]
pub(super) struct Inspect {
    /// The files; without one, or for `-`, standard input
    #[arg(value_name = "FILE")]
    files: Vec<PathBuf>,
    /// Whether it is in the form that this SDK reads a private key in; exit code 1 when not
    #[arg(long, value_enum)]
    sdk: Option<Sdk>,
    /// In which language it is told; without it, as LANG says
    #[arg(long, value_enum)]
    lang: Option<Lang>,
    /// One line of JSON for each file
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    place: Place,
}

/// An SDK, by the form of private key that it reads.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Sdk {
    Java,
    Python,
    Node,
    Php,
}

/// No key and no chain is longer.
const LONGEST: u64 = 256 * 1024;

/// A file, looked at.
#[derive(Debug, Serialize)]
struct Looked {
    file: String,
    understood: bool,
    /// Why nothing can be told of it.
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<Note>,
    found: Vec<Found>,
    /// Of a bundle: the SN that clients in certificate mode send for it.
    #[serde(skip_serializing_if = "Option::is_none")]
    root_serial_number: Option<String>,
}

impl Inspect {
    pub(super) fn run(self) -> Outcome {
        let lang = self.lang.unwrap_or_else(Lang::of_environment);
        let files = if self.files.is_empty() { vec![PathBuf::from("-")] } else { self.files.clone() };
        let (platform, apps) = self.installation()?;
        let known = Known { platform: &platform, apps: &apps };
        let now = SystemClock::default().now().timestamp();
        let mut all = Vec::new();
        for file in &files {
            all.push(look(name(file), &read_input(file, LONGEST)?, known, now));
        }
        let misfits = self.sdk.map_or(0, |sdk| misfits(&mut all, sdk));
        pair(&mut all);
        for (number, looked) in all.iter().enumerate() {
            if self.json {
                output::print_json(looked);
            } else {
                if number > 0 {
                    say!();
                }
                output::print(&looked.text(lang));
            }
        }
        let fine = misfits == 0 && all.iter().all(|looked| looked.understood);
        Ok(if fine { Exit::Fine } else { Exit::No })
    }

    /// The keys of the platform and of the apps, where an installation is named.
    fn installation(&self) -> Result<(Vec<PublicKey>, Vec<PublicKey>), Trouble> {
        if self.place.data.is_none() && self.place.config.is_none() {
            return Ok(Default::default());
        }
        let config = self.place.config()?;
        let store = installation::open(&config, Absent::Refuse)?;
        let callers = store.callers().all().map_err(|error| installation::store_trouble(config.data(), error))?;
        let of = |door: &'static str| callers.iter().filter(move |caller| caller.door == door);
        let apps: Vec<_> = of(alipay::NAME).filter_map(AlipayCaller::read).collect();
        let own = apps.iter().filter_map(|app| app.platform.clone());
        let platform = of(alipay::PLATFORM).filter_map(Platform::read).chain(own);
        let platform = platform.map(|platform| platform.public_key().clone()).collect();
        let keys = apps
            .iter()
            .flat_map(|app| app.key.iter().chain(app.certificates.iter().map(certificate::Certificate::public_key)));
        Ok((platform, keys.cloned().collect()))
    }
}

fn name(file: &Path) -> String {
    if file == Path::new("-") { "standard input".into() } else { file.display().to_string() }
}

fn look(file: String, bytes: &[u8], known: Known<'_>, now: Timestamp) -> Looked {
    let found = inspect(bytes, known);
    let shared = std::str::from_utf8(bytes).ok().and_then(|text| shared_secret(text, &found));
    // 24 or 32 bytes that begin as a longer key does are not an AES key.
    let is_cut =
        matches!(found.as_deref(), Ok([one]) if one.kind == Kind::ContentKey) && bytes.trim_ascii().starts_with(b"MI");
    let (found, reason) = match (found, shared) {
        _ if is_cut => (
            Vec::new(),
            Some(Note::new("the key is cut off: this is how a longer one begins", "密钥被截断：更长的密钥以此开头")),
        ),
        (_, Some(shared)) => (vec![shared], None),
        (Ok(found), None) => (found.into_iter().map(|one| Found::of(one, bytes, now)).collect(), None),
        (Err(error), None) => {
            // Words without their blanks may happen to be base64.
            let prose = error == PasteError::Unknown && bytes.trim_ascii().contains(&b' ');
            let error = if prose { PasteError::NotBase64 } else { error };
            (Vec::new(), Some(Note::new(error.to_string(), chinese(&error))))
        }
    };
    let is_bundle = found.len() > 1 && found.iter().all(|one| one.certificate.as_ref().is_some_and(|c| c.self_signed));
    let is_root =
        is_bundle || matches!(found.as_slice(), [one] if one.certificate.as_ref().is_some_and(|c| c.self_signed));
    Looked {
        file,
        understood: reason.is_none(),
        reason,
        found,
        root_serial_number: if is_root { certificate::root_serial_number(bytes).ok() } else { None },
    }
}

/// Notes every private key that an SDK cannot read in its form; how many there are.
fn misfits(all: &mut [Looked], sdk: Sdk) -> usize {
    let sdk = match sdk {
        Sdk::Java => mistakes::Sdk::Java,
        Sdk::Python => mistakes::Sdk::Python,
        Sdk::Node => mistakes::Sdk::Node,
        Sdk::Php => mistakes::Sdk::Php,
    };
    let mut misfits = 0;
    for one in all.iter_mut().flat_map(|looked| &mut looked.found) {
        let kind = Kind::ALL.into_iter().find(|kind| slug(*kind) == one.kind);
        if let Some(mistake) = kind.and_then(|kind| mistakes::wrong_private_form(kind, sdk)) {
            let english = format!("[{}] {}", mistake.slug, mistake.english);
            one.notes.push(Note::new(english, format!("[{}] {}", mistake.slug, mistake.chinese)));
            misfits += 1;
        }
    }
    misfits
}

/// Tells of every pair in which files its parts stand.
fn pair(all: &mut [Looked]) {
    let prints: Vec<(String, Vec<String>)> = all
        .iter()
        .map(|looked| (looked.file.clone(), looked.found.iter().filter_map(|one| one.fingerprint.clone()).collect()))
        .collect();
    for looked in all.iter_mut() {
        for one in &mut looked.found {
            let Some(print) = &one.fingerprint else { continue };
            let others = prints.iter().filter(|(file, prints)| *file != looked.file && prints.contains(print));
            one.pairs_with = others.map(|(file, _)| file.clone()).collect();
        }
    }
}

/// Why a paste cannot be told, in Chinese.
fn chinese(error: &PasteError) -> String {
    match error {
        PasteError::Empty => "没有内容".into(),
        PasteError::Utf16 => "文件以 UTF-16 保存，请改存为 UTF-8 或纯 ASCII".into(),
        PasteError::NoEnd => "PEM 文本有 BEGIN 行而没有 END 行，内容被截断".into(),
        PasteError::NotBase64 => "既不是 PEM，也不是 base64 或 DER".into(),
        PasteError::Truncated { declared, found } => format!("密钥被截断：声明 {declared} 字节，实有 {found} 字节"),
        PasteError::Trailing(behind) => format!("密钥之后还有 {behind} 字节：可能粘贴了两个密钥，或复制有误"),
        PasteError::Unknown => "是 DER 数据，但既不是密钥也不是证书".into(),
        PasteError::TooLarge => "超过任何密钥或证书链的长度".into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn looked(bytes: &[u8]) -> Looked {
        look("f".into(), bytes, Known::default(), "2026-11-25T00:00:00Z".parse().unwrap())
    }

    fn kind(text: &str) -> Option<&'static str> {
        looked(text.as_bytes()).found.first().map(|one| one.kind)
    }

    #[test]
    fn what_has_no_structure_is_told_by_its_look() {
        assert_eq!(kind("0123456789abcdef0123456789abcdef\n"), Some("shared-secret"));
        assert_eq!(kind("fakefakefake-fakefakefakefakes01"), Some("shared-secret"));
        assert_eq!(kind("O5mWgdKDMFtoJlZTihL1AA=="), Some("aes-content-key"));
        let master = format!("2026-a {}", "0f".repeat(32));
        assert_eq!(kind(&master), Some("master-key"));
    }

    #[test]
    fn what_is_nothing_says_why() {
        for text in ["", "a few words of prose", "-----BEGIN PUBLIC KEY-----\nMIIB", "MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8A"]
        {
            let looked = looked(text.as_bytes());
            assert!(!looked.understood && looked.reason.is_some(), "{text}");
        }
    }

    #[test]
    fn a_secret_is_never_repeated() {
        for secret in
            ["0123456789abcdef0123456789abcdef", "O5mWgdKDMFtoJlZTihL1AA==", "fakefakefake-fakefakefakefakes01"]
        {
            let looked = looked(secret.as_bytes());
            let told = looked.text(Lang::En) + &looked.text(Lang::Zh) + &serde_json::to_string(&looked).unwrap();
            assert!(!told.contains(secret), "{told}");
        }
    }

    #[test]
    fn the_end_of_a_certificate_is_told_before_it_comes() {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../vectors/alipay-gateway/keys/app_cert.crt");
        let bytes = std::fs::read(folder).unwrap();
        for (now, note) in [
            ("2019-01-01T00:00:00Z", Some("it is not valid yet")),
            ("2026-11-25T00:00:00Z", None),
            ("2039-12-30T00:00:00Z", Some("it expires in 2 days")),
            ("2041-01-01T00:00:00Z", Some("it has expired: callers that name it are refused")),
        ] {
            let looked = look("f".into(), &bytes, Known::default(), now.parse().unwrap());
            assert_eq!(looked.found[0].notes.first().map(|note| note.english.as_str()), note, "{now}");
        }
    }
}
