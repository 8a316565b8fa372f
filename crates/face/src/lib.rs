//! The face engine: a photo in; the one face in it, its quality, an embedding and a score out.
//!
//! It knows no people and no vendor, keeps nothing, and depends on none of our other crates. [`Engine::analyse`] goes the
//! way of a photo: decode ([`picture`]), find the face ([`detect`]), bring it upright ([`align`]), judge whether it is fit
//! to be compared ([`quality`]), and describe it in a few hundred numbers ([`Embedding`]). [`Engine::compare`] says how
//! alike two descriptions are.
//!
//! Docs: the face comparison engine's specification; its sections are named where they are followed.
//!
//! A photo and its embedding are sensitive personal data: no error and no `Debug` here shows any of their content.
#![allow(
    clippy::cast_possible_truncation,
    clippy::cast_possible_wrap,
    clippy::cast_precision_loss,
    clippy::cast_sign_loss,
    reason = "pixels, sides and cells are small whole numbers, bounded when the picture is read"
)]
#![cfg_attr(test, allow(clippy::float_cmp, reason = "the tests say where a result must be exact"))]

pub mod align;
pub mod detect;
mod draw;
mod embed;
mod engine;
mod error;
mod exif;
#[cfg(test)]
mod golden_tests;
mod liveness;
mod models;
mod net;
pub mod picture;
pub mod quality;
mod resize;
mod score;
mod settings;

pub use detect::Face;
pub use draw::{annotated, png};
pub use embed::{BadEmbedding, Embedding};
pub use engine::{Engine, Looked, Report};
pub use error::{FaceError, ModelError};
pub use models::{Entry, FUSED, FileState, Installing, List, OWN_LIST, Part};
pub use quality::Quality;
pub use score::{Match, ModelMismatch};
pub use settings::{Inference, Limits, Liveness, Settings};
