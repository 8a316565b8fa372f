//! A face as a few hundred numbers.
//!
//! Docs: specification, sections 1 and 7.

use std::fmt;

use zeroize::{Zeroize, ZeroizeOnDrop};

/// The most values an embedding may have when it is read back.
const MOST_VALUES: usize = 4096;
/// The first bytes of an embedding at rest: what it is, and the layout's version.
const MARK: &[u8; 4] = b"SFE1";

/// A description of a face: which model made it, and its values, of length one as a vector. Sensitive personal data:
/// `Debug` shows no value, and the memory is wiped.
#[derive(Clone, PartialEq, Zeroize, ZeroizeOnDrop)]
pub struct Embedding {
    model: String,
    sha256: [u8; 32],
    values: Vec<f32>,
}

/// Bytes that are no embedding.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not an embedding")]
pub struct BadEmbedding;

impl Embedding {
    /// Brings a network's output to length one; `None` if that cannot be done.
    pub(crate) fn of(model: &str, sha256: [u8; 32], values: &[f32]) -> Option<Self> {
        let norm = length(values);
        let usable = norm.is_normal();
        usable.then(|| Self {
            model: model.to_owned(),
            sha256,
            values: values.iter().map(|value| (f64::from(*value) / norm) as f32).collect(),
        })
    }

    /// Two embeddings of one face side by side: the cosine of such pairs is the mean of the two cosines.
    pub(crate) fn joined(model: &str, sha256: [u8; 32], one: &Self, other: &Self) -> Option<Self> {
        let both: Vec<f32> = one.values.iter().chain(&other.values).copied().collect();
        Self::of(model, sha256, &both)
    }

    /// The model's name.
    pub fn model(&self) -> &str {
        &self.model
    }

    /// The SHA-256 of the model's file.
    pub fn sha256(&self) -> &[u8; 32] {
        &self.sha256
    }

    /// The values.
    pub fn values(&self) -> &[f32] {
        &self.values
    }

    /// The cosine, -1 to 1; `None` if the two are not of one model.
    pub(crate) fn cosine(&self, other: &Self) -> Option<f32> {
        if self.model != other.model || self.sha256 != other.sha256 || self.values.len() != other.values.len() {
            return None;
        }
        let pairs = self.values.iter().zip(&other.values);
        let sum: f64 = pairs.map(|(one, other)| f64::from(*one) * f64::from(*other)).sum();
        Some(sum.clamp(-1.0, 1.0) as f32)
    }

    /// For storage: a mark, the length of the model's name (one byte), the name, the hash, the values as little-endian
    /// floats to the end. Encrypt it.
    pub fn to_bytes(&self) -> Vec<u8> {
        let name = self.model.as_bytes();
        let mut bytes = Vec::with_capacity(MARK.len() + 1 + name.len() + 32 + self.values.len() * 4);
        bytes.extend_from_slice(MARK);
        // A list's names have at most 64 bytes, two joined 129, and one that is read back had its length in one byte.
        bytes.push(name.len() as u8);
        bytes.extend_from_slice(name);
        bytes.extend_from_slice(&self.sha256);
        bytes.extend(self.values.iter().flat_map(|value| value.to_le_bytes()));
        bytes
    }

    /// Reads back what [`to_bytes`](Self::to_bytes) wrote.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, BadEmbedding> {
        parse(bytes).ok_or(BadEmbedding)
    }
}

fn parse(bytes: &[u8]) -> Option<Embedding> {
    let (&name_len, rest) = bytes.strip_prefix(MARK)?.split_first()?;
    let (name, rest) = rest.split_at_checked(name_len.into())?;
    let (sha256, floats) = rest.split_first_chunk::<32>()?;
    let (floats, []) = floats.as_chunks::<4>() else { return None };
    if floats.is_empty() || floats.len() > MOST_VALUES {
        return None;
    }
    let values: Vec<f32> = floats.iter().map(|bytes| f32::from_le_bytes(*bytes)).collect();
    // False for values that are not finite, too.
    let whole = (length(&values) - 1.0).abs() < 1e-3;
    let model = std::str::from_utf8(name).ok()?.to_owned();
    whole.then_some(Embedding { model, sha256: *sha256, values })
}

fn length(values: &[f32]) -> f64 {
    values.iter().map(|value| f64::from(*value).powi(2)).sum::<f64>().sqrt()
}

impl fmt::Debug for Embedding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Embedding").field("model", &self.model).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn some(model: &str, values: &[f32]) -> Embedding {
        Embedding::of(model, [7; 32], values).expect("an embedding")
    }

    #[test]
    fn what_is_stored_is_read_back() {
        let whole = some("m", &[3.0, -4.0]);
        assert_eq!(whole.values(), [0.6, -0.8]);
        assert_eq!(Embedding::from_bytes(&whole.to_bytes()), Ok(whole));
    }

    #[test]
    fn bytes_cut_changed_or_not_finite_are_refused() {
        let bytes = some("m", &[3.0, -4.0]).to_bytes();
        for end in 0..bytes.len() {
            assert_eq!(Embedding::from_bytes(&bytes[..end]), Err(BadEmbedding), "{end}");
        }
        for (at, byte) in [(0, 0), (4, 255), (5, 0xff), (bytes.len() - 1, 0x7f)] {
            let mut bad = bytes.clone();
            bad[at] = byte;
            assert_eq!(Embedding::from_bytes(&bad), Err(BadEmbedding), "{at}");
        }
        let mut nan = bytes;
        let last = nan.len() - 4;
        nan[last..].copy_from_slice(&f32::NAN.to_le_bytes());
        assert_eq!(Embedding::from_bytes(&nan), Err(BadEmbedding));
    }

    #[test]
    fn outputs_without_a_length_are_no_embedding() {
        assert!(Embedding::of("m", [0; 32], &[0.0; 4]).is_none());
        assert!(Embedding::of("m", [0; 32], &[f32::NAN, 1.0]).is_none());
        assert!(Embedding::of("m", [0; 32], &[f32::INFINITY, 1.0]).is_none());
        assert!(Embedding::of("m", [0; 32], &[]).is_none());
    }

    #[test]
    fn embeddings_of_different_models_have_no_cosine() {
        let one = some("m", &[1.0, 0.0]);
        assert_eq!(one.cosine(&some("m", &[0.6, 0.8])), Some(0.6));
        assert_eq!(one.cosine(&some("n", &[0.6, 0.8])), None);
        assert_eq!(one.cosine(&some("m", &[1.0])), None);
        let other_file = Embedding::of("m", [8; 32], &[1.0, 0.0]).expect("an embedding");
        assert_eq!(one.cosine(&other_file), None);
    }

    #[test]
    fn the_cosine_of_joined_embeddings_is_the_mean() {
        let join = |a: &[f32], b: &[f32]| Embedding::joined("ab", [1; 32], &some("a", a), &some("b", b)).expect("both");
        let mean = join(&[1.0, 0.0], &[0.0, 1.0]).cosine(&join(&[0.6, 0.8], &[1.0, 0.0])).expect("a cosine");
        assert!((mean - 0.3).abs() < 1e-6);
    }

    #[test]
    fn debug_shows_no_value() {
        assert_eq!(format!("{:?}", some("m", &[3.0, -4.0])), "Embedding { model: \"m\", .. }");
    }
}
