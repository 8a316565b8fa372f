//! One model of the list.

use serde::Deserialize;

use super::wrong;
use crate::ModelError;
use crate::net::Channels;
use crate::score::Levels;

/// A model: its file, what goes into it, and where it comes from.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Entry {
    pub(super) id: String,
    pub(super) file: String,
    pub(super) sha256: String,
    pub(super) bytes: Option<u64>,
    pub(super) side: usize,
    pub(super) channels: Channels,
    #[serde(default)]
    pub(super) mean: [f32; 3],
    #[serde(default = "one")]
    pub(super) divisor: [f32; 3],
    pub(super) template: Option<[[f32; 2]; 5]>,
    pub(super) levels: Option<Levels>,
    pub(super) view: Option<f32>,
    licence: String,
    source: String,
    #[serde(default)]
    urls: Vec<String>,
    #[serde(default)]
    made_from: Vec<Part>,
    pub(super) probe: Option<[f32; 8]>,
}

/// A file that a model is made of.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Part {
    file: String,
    sha256: String,
    pub(super) bytes: Option<u64>,
    urls: Vec<String>,
}

fn one() -> [f32; 3] {
    [1.0; 3]
}

/// Weights beyond this are no face network.
const LARGEST: u64 = 1 << 30;

impl Entry {
    /// The name of the model.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// The name of its file.
    pub fn file(&self) -> &str {
        &self.file
    }

    /// The SHA-256 of the file.
    pub fn sha256(&self) -> [u8; 32] {
        bytes_of(&self.sha256).unwrap_or_default()
    }

    /// The most bytes that the file may have; exactly as many where the list says how many there are.
    pub fn most_bytes(&self) -> u64 {
        self.bytes.unwrap_or(LARGEST)
    }

    /// Under which licence it is published.
    pub fn licence(&self) -> &str {
        &self.licence
    }

    /// Where it comes from, in words.
    pub fn source(&self) -> &str {
        &self.source
    }

    /// Addresses of the file; none where it is not published as it is.
    pub fn urls(&self) -> &[String] {
        &self.urls
    }

    /// What it is made of, where nobody publishes it.
    pub fn made_from(&self) -> &[Part] {
        &self.made_from
    }

    /// Numbers that no engine could work with, and names that lead out of the folder.
    pub(super) fn check(&self) -> Result<(), ModelError> {
        let name = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte);
        let plain = |text: &str| !text.is_empty() && text.len() <= 64 && text.bytes().all(name);
        let refuse =
            |what: &str| Err(wrong(&format!("{}: {what}", if plain(&self.id) { &self.id } else { "a model" })));
        if !plain(&self.id) {
            return refuse("its id must be letters, digits, -, _ and ., at most 64 of them");
        }
        if !plain(&self.file) || self.file.starts_with('.') || self.made_from.iter().any(|part| !plain(&part.file)) {
            return refuse("its file must be a plain name in the folder of models");
        }
        if bytes_of(&self.sha256).is_none() || self.made_from.iter().any(|part| bytes_of(&part.sha256).is_none()) {
            return refuse("sha256 must be 64 hexadecimal digits");
        }
        if !(8..=1024).contains(&self.side) {
            return refuse("side must be from 8 to 1024");
        }
        let numbers = self.mean.iter().chain(&self.divisor).chain(self.template.iter().flatten().flatten());
        if !numbers.chain(&self.view).all(|number| number.is_finite()) || self.divisor.contains(&0.0) {
            return refuse("its numbers must be finite, and no divisor zero");
        }
        self.levels.as_ref().map_or(Ok(()), |levels| check_levels(&self.id, levels))
    }
}

impl Part {
    /// The name of the file.
    pub fn file(&self) -> &str {
        &self.file
    }

    /// Its SHA-256.
    pub fn sha256(&self) -> [u8; 32] {
        bytes_of(&self.sha256).unwrap_or_default()
    }

    /// The most bytes that it may have.
    pub fn most_bytes(&self) -> u64 {
        self.bytes.unwrap_or(LARGEST)
    }

    /// Where it can be fetched.
    pub fn urls(&self) -> &[String] {
        &self.urls
    }
}

/// Levels must rise, or a score would have no meaning.
pub(super) fn check_levels(id: &str, levels: &Levels) -> Result<(), ModelError> {
    let rise = levels.windows(2).all(|pair| matches!(pair, [low, high] if low < high));
    if rise { Ok(()) } else { Err(wrong(&format!("{id}: levels must be eight cosines that rise"))) }
}

fn bytes_of(hex: &str) -> Option<[u8; 32]> {
    let (pairs, []) = hex.as_bytes().as_chunks::<2>() else { return None };
    let digit = |byte: u8| char::from(byte).to_digit(16);
    let bytes: Option<Vec<u8>> =
        pairs.iter().map(|[high, low]| u8::try_from(digit(*high)? * 16 + digit(*low)?).ok()).collect();
    bytes?.try_into().ok()
}
