//! The canonical form of an entry and the chain of hashes over it: what an export can be checked by without any key.
//!
//! `hash(n) = SHA-256(hash(n-1) ‖ form(n))`, where `hash(0)` is 32 zero bytes. The form is, numbers big-endian:
//!
//! ```text
//! version 01, or 02 with a score
//! seq u64, at i64 (milliseconds since the epoch)
//! text request_id, text door, text caller, text operation, text check
//! subject (16 bytes)
//! text verdict, u16 differing (bit n for element n), optional text silent source
//! optional text source, u32 took_micros
//! optional: spent (16 bytes), i64 spent_until
//! with version 02: u16 score (hundredths)
//! ```
//!
//! Version 02 stands where two faces were compared, and nowhere else: entries without a score have the same form as before
//! there were scores.
//!
//! Where a case took a step, the text `check` is `case`, the text `verdict` is the step's word, `differing` is 0 and there
//! is no silent source: the form is the same for both.
//!
//! A text is its length in bytes as u32 and its UTF-8; an optional is 00, or 01 and the thing.

use aws_lc_rs::digest::{Context, SHA256};
use shiming_core::{CannotCheck, Elements, Entry, Seq, UnixTime, Verdict};

/// A link of the chain.
pub type Link = [u8; 32];

/// The link before the first.
pub const ZERO: Link = [0; 32];

/// Something spent, as an entry keeps it: its key, and until when it is remembered.
pub type Spent = ([u8; 16], UnixTime);

/// The link of an entry that follows another.
pub fn link(before: &Link, seq: Seq, entry: &Entry, spent: Option<&Spent>) -> Link {
    let mut form = Vec::with_capacity(256);
    write_form(&mut form, seq, entry, spent);
    link_of(before, &form)
}

/// The link of a canonical form that follows another.
pub(crate) fn link_of(before: &Link, form: &[u8]) -> Link {
    let mut context = Context::new(&SHA256);
    context.update(before);
    context.update(form);
    let mut link = ZERO;
    link.copy_from_slice(context.finish().as_ref());
    link
}

/// Appends the canonical form of an entry.
pub fn write_form(form: &mut Vec<u8>, seq: Seq, entry: &Entry, spent: Option<&Spent>) {
    let (differing, silent) = entry.ruling.verdict().map_or((Elements::NONE, None), details);
    let score = entry.ruling.score();
    form.push(if score.is_some() { 2 } else { 1 });
    form.extend_from_slice(&seq.0.to_be_bytes());
    form.extend_from_slice(&entry.at.millis().to_be_bytes());
    for field in [&entry.request_id, &entry.door, &entry.caller, &entry.operation] {
        text(form, field);
    }
    text(form, entry.ruling.asked());
    form.extend_from_slice(&entry.subject.0);
    text(form, entry.ruling.word());
    form.extend_from_slice(&differing.bits().to_be_bytes());
    optional(form, silent, text);
    optional(form, entry.source.as_ref().map(shiming_core::SourceId::as_str), text);
    form.extend_from_slice(&entry.took_micros.to_be_bytes());
    optional(form, spent, |form, (key, until)| {
        form.extend_from_slice(key);
        form.extend_from_slice(&until.millis().to_be_bytes());
    });
    if let Some(score) = score {
        form.extend_from_slice(&score.hundredths().to_be_bytes());
    }
}

/// What a verdict says beyond its word: the elements that differ, the source that was silent.
pub(crate) fn details(verdict: &Verdict) -> (Elements, Option<&str>) {
    match verdict {
        Verdict::Mismatch(differing) => (*differing, None),
        Verdict::CannotCheck(CannotCheck::SourceDown(source)) => (Elements::NONE, Some(source.as_str())),
        Verdict::Match | Verdict::NoRecord | Verdict::CannotCheck(_) => (Elements::NONE, None),
    }
}

fn text(form: &mut Vec<u8>, text: &str) {
    form.extend_from_slice(&u32::try_from(text.len()).unwrap_or(u32::MAX).to_be_bytes());
    form.extend_from_slice(text.as_bytes());
}

fn optional<T>(form: &mut Vec<u8>, value: Option<T>, write: impl FnOnce(&mut Vec<u8>, T)) {
    form.push(u8::from(value.is_some()));
    if let Some(value) = value {
        write(form, value);
    }
}
