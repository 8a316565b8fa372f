//! Keys without a structure of their own, told by their look.

use shiming_store::MasterKeys;
use shiming_wire::alipay::{
    inspect::Inspected,
    pasted::{Kind, Oddity, PasteError},
};

use super::found::{Found, Note};

/// What has no structure of its own: this program's master keys, and secrets that both sides share. Only what no key's
/// structure explains is taken for one.
pub(super) fn shared_secret(text: &str, found: &Result<Vec<Inspected>, PasteError>) -> Option<Found> {
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
        "the secret key of a caller at the door jdcloud, aliyun or volcengine, the same at client and server: shiming callers add --door DOOR --secret-file",
        "jdcloud、aliyun 或 volcengine 门调用方的 secret key，两端相同：shiming callers add --door DOOR --secret-file",
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
