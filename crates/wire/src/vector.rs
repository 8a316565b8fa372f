//! The sidecar of a recorded request, the same for every door. Docs: `vectors/README.md`.

use jiff::Timestamp;
use serde::Deserialize;

use crate::secret::Secret;

/// What stands in `NAME.json` beside `NAME.http`.
#[derive(Debug, Clone, Deserialize)]
pub struct Sidecar {
    /// Which door the request is for: the folder's name.
    pub door: String,
    /// What made the bytes.
    pub made_by: Option<MadeBy>,
    /// What the server's clock must show.
    #[serde(deserialize_with = "rfc3339")]
    pub clock: Timestamp,
    /// What the server has registered. The request may name another caller: then that one is unknown.
    pub caller: Caller,
    /// What must come of it.
    pub expect: Expect,
    /// The good vector that a bad one was made from.
    pub derived_from: Option<String>,
    /// The one point that this vector makes.
    #[serde(default)]
    pub note: String,
    /// A reason not to run it, in data and not in code.
    pub skip: Option<String>,
    /// What else is known of it.
    #[serde(default)]
    pub facts: serde_json::Map<String, serde_json::Value>,
}

/// What made a vector's bytes.
#[derive(Debug, Clone, Deserialize)]
pub struct MadeBy {
    /// The SDK or tool.
    pub sdk: String,
    /// Its version.
    #[serde(default)]
    pub version: String,
    /// False where the bytes were rebuilt from the rules instead of captured.
    #[serde(default)]
    pub captured: bool,
}

/// A registered caller.
#[derive(Debug, Clone, Deserialize)]
pub struct Caller {
    /// Access key or app id.
    pub id: String,
    /// The shared secret.
    pub secret: Option<Secret>,
    /// The caller's public key, PEM.
    pub public_key: Option<String>,
    /// The token of temporary credentials.
    pub security_token: Option<Secret>,
    /// A content key, base64.
    pub aes_key: Option<Secret>,
    /// The token of an authorised app.
    pub app_auth_token: Option<Secret>,
    /// The serial number of the caller's certificate.
    pub certificate_sn: Option<String>,
    /// The caller's certificate, PEM.
    pub certificate: Option<String>,
}

/// What must come of a vector.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(tag = "outcome", rename_all = "snake_case")]
pub enum Expect {
    /// The call gets past the door, whatever the business says then.
    Accepted,
    /// The door refuses it.
    Refused(Refused),
}

/// The refusal that must come.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Refused {
    /// The vendor's code.
    pub code: Code,
    /// The HTTP status.
    pub status: u16,
    /// Codes that are as defensible.
    #[serde(default)]
    pub also: Vec<Code>,
    /// What the message must contain.
    pub message_contains: Option<String>,
    /// A second, numeric code where the vendor has one.
    pub coden: Option<i64>,
}

/// A vendor's code: most have words, some numbers.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(untagged)]
pub enum Code {
    /// In words.
    Word(String),
    /// In numbers.
    Number(i64),
}

impl Sidecar {
    /// Reads a sidecar's bytes.
    pub fn parse(bytes: &[u8]) -> Result<Self, serde_json::Error> {
        serde_json::from_slice(bytes)
    }
}

impl Refused {
    /// Whether `code` is the expected one or one as defensible.
    pub fn allows(&self, code: &str) -> bool {
        std::iter::once(&self.code).chain(&self.also).any(|allowed| match allowed {
            Code::Word(word) => word == code,
            Code::Number(number) => number.to_string() == code,
        })
    }
}

impl<'de> Deserialize<'de> for Secret {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer).map(Self::new)
    }
}

fn rfc3339<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Timestamp, D::Error> {
    String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_recorded_sidecar_of_every_door_is_read() {
        let root = std::path::Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../../vectors"));
        let mut seen = 0;
        let mut folders = vec![root.to_owned()];
        while let Some(folder) = folders.pop() {
            for entry in std::fs::read_dir(folder).unwrap() {
                let path = entry.unwrap().path();
                if path.is_dir() && path.ends_with("responses") {
                    // Recorded answers have a sidecar of their own.
                } else if path.is_dir() {
                    folders.push(path);
                } else if path.extension().is_some_and(|end| end == "json") && path.with_extension("http").exists() {
                    let sidecar = Sidecar::parse(&std::fs::read(&path).unwrap());
                    let sidecar = sidecar.unwrap_or_else(|error| panic!("{}: {error}", path.display()));
                    assert!(path.strip_prefix(root).unwrap().starts_with(&sidecar.door), "{}", path.display());
                    seen += 1;
                }
            }
        }
        assert!(seen >= 10, "{seen}");
    }

    #[test]
    fn a_code_as_defensible_is_allowed() {
        let text = r#"{"outcome":"refused","code":"A","also":["B",7],"status":400}"#;
        let Expect::Refused(refused) = serde_json::from_str(text).unwrap() else { panic!("refused") };
        assert!(refused.allows("A") && refused.allows("B") && refused.allows("7") && !refused.allows("C"));
    }
}
