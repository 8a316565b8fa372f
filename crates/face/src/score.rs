//! From the cosine of two embeddings to a score and a verdict.
//!
//! Docs: specification, section 7. The levels are ours; the vendors' own scales are not known.

/// How alike two faces are.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Match {
    /// -1 to 1.
    pub cosine: f32,
    /// 0 to 100, two decimals.
    pub score: f64,
    /// Whether the score reaches the pass score.
    pub pass: bool,
}

/// The two embeddings, or an embedding and the engine, are not of the same model. The face must be analysed anew.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the embeddings are of different models")]
pub struct ModelMismatch;

/// The scores of a model's cosines, in this order.
const SCORES: [f64; 8] = [0.0, 40.0, 60.0, 70.0, 80.0, 85.0, 95.0, 100.0];

/// The cosines at which [`SCORES`] are reached.
pub(crate) type Levels = [f64; 8];

/// Linear between the levels, 0 below the first, two decimals.
pub(crate) fn score(cosine: f32, levels: &Levels) -> f64 {
    let cosine = f64::from(cosine);
    let steps = levels.windows(2).zip(SCORES.windows(2));
    for (cosines, scores) in steps {
        let (&[from, to], &[low, high]) = (cosines, scores) else { continue };
        if cosine < to {
            let exact = low + (high - low) * ((cosine - from) / (to - from)).max(0.0);
            return (exact * 100.0).round() / 100.0;
        }
    }
    // Not a number compares false with every level and must not end here.
    if cosine.is_nan() { 0.0 } else { 100.0 }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LEVELS: Levels = [0.0, 0.304, 0.435, 0.522, 0.587, 0.632, 0.80, 1.0];

    #[test]
    fn the_levels_themselves_have_their_scores() {
        for (cosine, want) in LEVELS.into_iter().zip(SCORES) {
            assert!((score(cosine as f32, &LEVELS) - want).abs() < 0.011, "{cosine}");
        }
    }

    #[test]
    fn between_levels_it_is_linear_and_rounded() {
        assert!((score(0.152, &LEVELS) - 20.0).abs() < 1e-9);
        assert!((score(0.9, &LEVELS) - 97.5).abs() < 1e-9);
    }

    #[test]
    fn below_zero_and_no_number_score_nothing() {
        for cosine in [-1.0, -0.001, f32::NAN, f32::NEG_INFINITY] {
            assert!(score(cosine, &LEVELS).abs() < 1e-9);
        }
        assert!((score(2.0, &LEVELS) - 100.0).abs() < 1e-9);
    }
}
