//! `shiming keys inspect`: what a key or certificate is, and where it belongs. Key material is never printed.

mod settings;

use std::{
    fmt::Write as _,
    path::{Path, PathBuf},
};

use clap::ValueEnum;
use jiff::Timestamp;
use serde::Serialize;
use shiming_core::{Callers as _, Clock as _};
use shiming_server::doors::alipay::{self, AlipayCaller, Platform};
use shiming_store::MasterKeys;
use shiming_wire::{
    alipay::{
        certificate::{self, Facts},
        inspect::{Inspected, Known, inspect},
        keys::{PublicKey, Slot},
        pasted::{Kind, Oddity, PasteError},
    },
    alipay_gateway::mistakes,
};

use self::settings::Setting;
use crate::{
    clock::SystemClock,
    commands::{
        Place,
        explain::Lang,
        terms::{count, read_input},
    },
    installation::{self, Absent},
    output::{self, Table, say},
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

/// One key or certificate of a file.
#[derive(Debug, Serialize)]
struct Found {
    kind: &'static str,
    english: String,
    chinese: String,
    written: &'static str,
    #[serde(skip)]
    written_chinese: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    bits: Option<u32>,
    secret: bool,
    /// The SHA-256 of the public half: the same for everything of one pair.
    #[serde(skip_serializing_if = "Option::is_none")]
    fingerprint: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    certificate: Option<Certificate>,
    /// Whose it is, where it is one of the installation's.
    #[serde(skip_serializing_if = "Option::is_none")]
    owner: Option<&'static str>,
    belongs: &'static str,
    belongs_chinese: &'static str,
    /// What SDKs call the setting for it, and which form each wants there.
    settings: &'static [Setting],
    /// Other files that hold something of the same pair.
    pairs_with: Vec<String>,
    notes: Vec<Note>,
}

#[derive(Debug, Serialize)]
struct Certificate {
    subject: String,
    issuer: String,
    serial: String,
    /// The SN of certificate mode: the MD5 of issuer and serial.
    serial_number: String,
    not_before: String,
    not_after: String,
    self_signed: bool,
}

/// Something to know, in both languages.
#[derive(Debug, Serialize)]
struct Note {
    english: String,
    chinese: String,
}

impl Note {
    fn new(english: impl Into<String>, chinese: impl Into<String>) -> Self {
        Self { english: english.into(), chinese: chinese.into() }
    }
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

impl Found {
    fn of(one: Inspected, bytes: &[u8], now: Timestamp) -> Self {
        let is_root = is_root(&one);
        let (belongs, belongs_chinese) = if is_root { ROOT } else { one.belongs() };
        let mut notes: Vec<_> =
            one.oddities.iter().map(|oddity| Note::new(oddity.english(), oddity.chinese())).collect();
        let not_rsa = one.certificate.as_ref().is_some_and(|facts| !facts.rsa_signed);
        if not_rsa {
            notes.push(Note::new(
                "not of the RSA family: clients pass over it, and a root SN leaves it out",
                "不是 RSA 系列证书：客户端会跳过它，根证书 SN 也不计入",
            ));
        } else if let Some(trouble) = &one.trouble {
            notes.push(Note::new(trouble.to_string(), format!("不能使用：{trouble}")));
        }
        if let Some(facts) = &one.certificate {
            notes.extend(validity(facts, now));
        }
        if one.bits.is_some_and(|bits| bits < 2048) && one.kind != Kind::ContentKey {
            notes.push(Note::new(
                "fewer than 2,048 bits: v3 refuses it, and the gateway takes it for old callers only",
                "不足 2048 位：v3 会拒绝，网关仅供旧调用方使用",
            ));
        }
        if one.kind == Kind::ContentKey && one.bits == Some(192) {
            notes.push(Note::new(
                "a shared secret of 32 characters, as JD Cloud's are, looks the same",
                "京东云的 32 位 secret key 看起来也是这样",
            ));
        }
        if one.owner == Some(Slot::AppPrivate) {
            notes.push(Note::new(
                "an application's private key lies where this server can read it: count it as leaked, and make another",
                "应用私钥出现在服务端，应视为已泄露并更换",
            ));
        }
        Self {
            kind: slug(one.kind),
            english: one.kind.english().into(),
            chinese: one.kind.chinese().into(),
            written: written(bytes).0,
            written_chinese: written(bytes).1,
            bits: one.bits,
            secret: one.kind.is_secret(),
            fingerprint: one.fingerprint,
            certificate: one.certificate.map(Certificate::of),
            owner: one.owner.map(Slot::english),
            belongs,
            belongs_chinese,
            settings: if is_root { settings::ROOT } else { settings::of(one.kind) },
            pairs_with: Vec::new(),
            notes,
        }
    }
}

/// A root says itself that it is one; everything else is for the wire to say.
fn is_root(one: &Inspected) -> bool {
    one.certificate.as_ref().is_some_and(|facts| facts.subject == facts.issuer && one.owner.is_none())
}

const ROOT: (&str, &str) = (
    "a root: hand the bundle of all roots to clients in certificate mode; the server keeps it with the platform's certificate",
    "根证书：证书模式下把整个根证书文件发给客户端；服务端与平台证书一起保存",
);

impl Certificate {
    fn of(facts: Facts) -> Self {
        Self {
            self_signed: facts.subject == facts.issuer,
            subject: facts.subject,
            issuer: facts.issuer,
            serial: facts.serial,
            serial_number: facts.serial_number,
            not_before: facts.not_before.to_string(),
            not_after: facts.not_after.to_string(),
        }
    }
}

/// Within this time a certificate wants to be renewed.
const SOON_DAYS: i64 = 30;

fn validity(facts: &Facts, now: Timestamp) -> Option<Note> {
    let days = (facts.not_after.as_second() - now.as_second()).div_euclid(86_400);
    if now < facts.not_before {
        Some(Note::new("it is not valid yet", "尚未生效"))
    } else if days < 0 {
        Some(Note::new("it has expired: callers that name it are refused", "已过期：使用它的请求会被拒绝"))
    } else if days < SOON_DAYS {
        Some(Note::new(format!("it expires in {}", count(days.unsigned_abs(), "day")), format!("{days} 天后过期")))
    } else {
        None
    }
}

/// How the text stands there, in English and Chinese.
fn written(bytes: &[u8]) -> (&'static str, &'static str) {
    let text = std::str::from_utf8(bytes).unwrap_or_default();
    let hexadecimal = |text: &str| text.bytes().all(|byte| byte.is_ascii_hexdigit() || byte.is_ascii_whitespace());
    if ["ssh-", "ecdsa-", "PuTTY-", "---- BEGIN SSH2"].iter().any(|front| text.starts_with(front)) {
        ("SSH's own form", "SSH 自有格式")
    } else if bytes.first() == Some(&0x30) && bytes.get(1).is_some_and(|byte| !byte.is_ascii()) {
        ("DER", "DER")
    } else if text.contains("-----BEGIN ") {
        ("PEM", "PEM")
    } else if hexadecimal(text) {
        ("hexadecimal", "十六进制")
    } else if text.trim().contains('\n') {
        ("base64 in several lines, without BEGIN and END", "多行 base64，没有 BEGIN 和 END 行")
    } else {
        ("bare base64 in one line", "单行裸 base64")
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

fn slug(kind: Kind) -> &'static str {
    match kind {
        Kind::RsaPublicSpki => "rsa-public-spki",
        Kind::RsaPublicPkcs1 => "rsa-public-pkcs1",
        Kind::RsaPrivatePkcs1 => "rsa-private-pkcs1",
        Kind::RsaPrivatePkcs8 => "rsa-private-pkcs8",
        Kind::Certificate => "certificate",
        Kind::CertificateRequest => "certificate-request",
        Kind::EncryptedPrivateKey => "encrypted-private-key",
        Kind::Pkcs12 => "pkcs12",
        Kind::Sm2Public => "sm2-public",
        Kind::EcPublic => "ec-public",
        Kind::EcPrivate => "ec-private",
        Kind::Ssh => "ssh",
        Kind::ContentKey => "aes-content-key",
    }
}

/// What has no structure of its own: this program's master keys, and secrets that both sides share. Only what no key's
/// structure explains is taken for one.
fn shared_secret(text: &str, found: &Result<Vec<Inspected>, PasteError>) -> Option<Found> {
    let line = text.trim();
    let hexadecimal = matches!(line.len(), 32 | 64) && line.bytes().all(|byte| byte.is_ascii_hexdigit());
    // The URL-safe alphabet is not how AES keys are handed out.
    let odd = matches!(found.as_deref(), Ok([one]) if one.kind == Kind::ContentKey && one.oddities.contains(&Oddity::UrlSafe));
    let unexplained = matches!(found, Err(PasteError::NotBase64 | PasteError::Unknown)) || hexadecimal || odd;
    if !unexplained {
        return None;
    }
    let plain = |kind, english: &str, chinese: &str, belongs, belongs_chinese| Found {
        kind,
        english: english.into(),
        chinese: chinese.into(),
        written: if hexadecimal { "hexadecimal" } else { "text" },
        written_chinese: if hexadecimal { "十六进制" } else { "文本" },
        bits: None,
        secret: true,
        fingerprint: None,
        certificate: None,
        owner: None,
        belongs,
        belongs_chinese,
        settings: &[],
        pairs_with: Vec::new(),
        notes: Vec::new(),
    };
    if MasterKeys::from_text(text).is_ok() && line.contains([' ', '\t']) {
        return Some(plain(
            "master-key",
            "a master key of shiming",
            "shiming 主密钥",
            "this installation's master.key, or SHIMING_MASTER_KEY; keep a copy apart from the databases' copies",
            "本服务的 master.key 或环境变量 SHIMING_MASTER_KEY；副本应与数据库副本分开保存",
        ));
    }
    let is_word = (16..=128).contains(&line.len()) && line.bytes().all(|byte| byte.is_ascii_graphic());
    let looks_cut = line.starts_with("MI") || line.starts_with('-');
    if !is_word || looks_cut {
        return None;
    }
    let mut found = plain(
        "shared-secret",
        "by its look a shared secret (HMAC)",
        "看起来是共享密钥（HMAC）",
        "the secret key of a JD Cloud caller, the same at client and server: shiming callers add --secret-file",
        "京东云调用方的 secret key，两端相同：shiming callers add --secret-file",
    );
    if text.strip_suffix('\n').unwrap_or(text) != line {
        found.notes.push(Note::new("there are blanks or line ends around it", "首尾有多余的空格或换行"));
    }
    if hexadecimal && line.len() == 32 {
        found.notes.push(Note::new(
            "an AES key is written in base64, not in hexadecimal",
            "若本意是 AES 密钥，应写成 base64，而不是十六进制",
        ));
    }
    Some(found)
}

impl Looked {
    fn text(&self, lang: Lang) -> String {
        let mut text = format!("{}\n", self.file);
        if let Some(reason) = &self.reason {
            let mut table = Table::plain();
            table.row([lang.pick("not understood", "无法识别"), lang.pick(&reason.english, &reason.chinese)]);
            return text + &table.text("  ");
        }
        for (number, one) in self.found.iter().enumerate() {
            if self.found.len() > 1 {
                let _ = writeln!(text, "  [{}]", number + 1);
            }
            text.push_str(&one.table(lang, number == 0).text("  "));
        }
        if let Some(sn) = &self.root_serial_number {
            let _ = writeln!(text, "  {}  {sn}", lang.pick("root SN", "根证书 SN"));
        }
        text
    }
}

impl Found {
    /// Of a bundle only the first says where it all goes.
    fn table(&self, lang: Lang, with_settings: bool) -> Table {
        let mut table = Table::plain();
        table.row([lang.pick("what", "类型"), lang.pick(&self.english, &self.chinese)]);
        table.row([lang.pick("written as", "写法"), lang.pick(self.written, self.written_chinese)]);
        if let Some(bits) = self.bits {
            table.row([lang.pick("size", "长度").to_owned(), format!("{bits} {}", lang.pick("bits", "位"))]);
        }
        let half = if self.secret {
            lang.pick("secret: it stays with its owner", "机密，只应由其持有者保存")
        } else {
            lang.pick("public: anybody may have it", "公开，可以交给任何人")
        };
        table.row([lang.pick("keep", "保管"), half]);
        if let Some(Certificate { subject, issuer, serial, serial_number, not_before, not_after, .. }) =
            &self.certificate
        {
            table.row([lang.pick("subject", "主体"), subject]);
            table.row([lang.pick("issuer", "签发者"), issuer]);
            table.row([lang.pick("serial", "序列号"), serial]);
            table.row([lang.pick("SN", "证书 SN"), serial_number]);
            let valid = format!("{not_before} {} {not_after}", lang.pick("to", "至"));
            table.row([lang.pick("valid", "有效期"), &valid]);
        }
        if let Some(print) = &self.fingerprint {
            table.row([lang.pick("SHA-256", "公钥指纹"), print]);
        }
        for file in &self.pairs_with {
            table.row([lang.pick("same pair", "同一对"), file]);
        }
        table.row([lang.pick("belongs", "用处"), lang.pick(self.belongs, self.belongs_chinese)]);
        for Setting { sdk, name, form, form_chinese, .. } in self.settings.iter().filter(|_| with_settings) {
            table.row([
                lang.pick("setting", "SDK 设置").to_owned(),
                format!("{sdk}: {name}, {}", lang.pick(form, form_chinese)),
            ]);
        }
        for note in &self.notes {
            table.row([lang.pick("note", "注意"), lang.pick(&note.english, &note.chinese)]);
        }
        table
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
