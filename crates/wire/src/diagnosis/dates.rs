//! Moments that may have been signed in place of the one that was sent.

use jiff::{SignedDuration, Timestamp};

use super::{Mistake, words};

/// Other moments, with the mistake that each is and its detail.
pub(crate) fn others(signed_at: Timestamp) -> impl Iterator<Item = (&'static Mistake, String, Timestamp)> {
    let hours = [8, -8, 9, -9, 7, -7, 1, -1, 2, -2, 4, -4, 5, -5]
        .into_iter()
        .map(|hours| (&words::LOCAL_TIME, format!("{hours:+} h"), hours * 3600));
    let seconds =
        [1, -1, 2, -2, 3, -3].into_iter().map(|seconds| (&words::DATE_TWICE, format!("{seconds:+} s"), seconds));
    hours.chain(seconds).filter_map(move |(mistake, detail, seconds)| {
        Some((mistake, detail, signed_at.checked_add(SignedDuration::from_secs(seconds)).ok()?))
    })
}
