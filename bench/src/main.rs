//! Measures shiming, each figure as a ratio to something bare that is measured in the same run: machines are noisy.
//!
//! ```text
//! cargo build --release --workspace
//! target/release/shiming-bench call        # the whole call against a bare axum handler
//! target/release/shiming-bench verify      # signature verification against the hashing it cannot do without
//! target/release/shiming-bench alipay      # the whole call at Alipay's gateway against one RSA signature
//! target/release/shiming-bench alipay-aes  # whether the time tells why an encrypted content cannot be read
//! target/release/shiming-bench papers      # a submission of 1 MB against hashing, decoding and encrypting it once
//! target/release/shiming-bench lookups     # the same look-up among ten thousand and ten million people
//! target/release/shiming-bench faces       # a photo's way through the face engine against OpenCV and onnxruntime
//! target/release/shiming-bench start       # start to first answer on an existing store
//! ```

#![expect(clippy::print_stdout, reason = "a benchmark prints its figures")]
#![expect(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "figures are rounded when they are printed; counts are far below 2^32"
)]

mod aes;
mod alipay;
mod bare;
mod call;
mod faces;
mod load;
mod lookups;
mod once;
mod papers;
mod program;
mod requests;
mod start;
mod verify;

use clap::{Parser, Subcommand};

/// The program's own, so that what is measured in this process is measured as the program has it.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

#[derive(Parser)]
#[command(about, long_about = None)]
struct Arguments {
    #[command(subcommand)]
    what: What,
}

#[derive(Subcommand)]
enum What {
    /// The whole call over loopback against a bare axum handler that reads the same body and answers as many bytes.
    Call(call::Arguments),
    /// Signature verification against hashing the same bytes.
    Verify,
    /// The whole call at Alipay's gateway against the RSA signature that it cannot do without; and what a photo adds.
    Alipay(alipay::Arguments),
    /// Whether the time tells why an encrypted content cannot be read: wrong key, wrong padding, or no text.
    AlipayAes(aes::Arguments),
    /// A submission of 1 MB at the doors that take papers against hashing, decoding and encrypting it once; and memory.
    Papers(papers::Arguments),
    /// The same look-up in a small and a large registry.
    Lookups(lookups::Arguments),
    /// A photo's way through the face engine, by step, against OpenCV's and onnxruntime's bare networks.
    Faces(faces::Arguments),
    /// Start to first answer on an existing store.
    Start(start::Arguments),
    /// What the face engine takes of memory (started by `faces`).
    #[command(hide = true)]
    FacesMemory(faces::Memory),
    /// The bare handler by itself (started by `call`).
    #[command(hide = true)]
    Bare(bare::Arguments),
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    match Arguments::parse().what {
        What::Call(arguments) => call::run(&arguments),
        What::Verify => verify::run(),
        What::Alipay(arguments) => alipay::run(&arguments),
        What::AlipayAes(arguments) => aes::run(&arguments),
        What::Papers(arguments) => papers::run(&arguments),
        What::Lookups(arguments) => lookups::run(&arguments),
        What::Faces(arguments) => faces::run(&arguments),
        What::FacesMemory(arguments) => faces::memory(&arguments),
        What::Start(arguments) => start::run(&arguments),
        What::Bare(arguments) => bare::run(&arguments),
    }
}
