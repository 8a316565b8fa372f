//! Whether a caller could tell by the time why its content cannot be decrypted (Alipay gateway specification, sections 1.7
//! and 2.7): in the manner of dudect (Reparaz, Balasch, Verbauwhede: "Dude, is my code constant time?", 2017).
//!
//! Contents of one length are decrypted in an order drawn by chance, so that every class meets the same noise. One class
//! has a wrong key, whose last block is chance; sixteen have a right key and a padding that is wrong at one place; one a
//! text that is no UTF-8; one is good. Two classes are compared by Welch's t of their times, with the slowest tenth of
//! all left out: what a machine does beside is slow, and says nothing. Above 4.5 two are told apart; that is no proof of
//! the contrary below it, only that this many measurements do not show it. A class is compared with itself too, one half
//! with the other: what the machine alone makes of it.

use std::{hint::black_box, time::Instant};

use aws_lc_rs::cipher::{AES_128, EncryptingKey, EncryptionContext, UnboundCipherKey};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use clap::Args;
use shiming_wire::alipay::{aes::ContentKey, text::Charset};

use crate::call::median;

#[derive(Args)]
pub(crate) struct Arguments {
    /// Decryptions of every class.
    #[arg(long, value_name = "N", default_value_t = 40_000)]
    times: usize,
    /// Bytes of the content in the clear, padding included.
    #[arg(long, value_name = "BYTES", default_value_t = 512, value_parser = clap::value_parser!(u16).range(32..))]
    length: u16,
}

/// What is wrong with a content.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Class {
    Good,
    NoText,
    WrongKey,
    /// Sixteen bytes of padding, of which the one at this place is another.
    WrongPadding(usize),
}

impl Class {
    fn all() -> Vec<Self> {
        let paddings = (0..16).map(Self::WrongPadding);
        [Self::Good, Self::NoText, Self::WrongKey].into_iter().chain(paddings).collect()
    }

    fn name(self) -> String {
        match self {
            Self::Good => "good".into(),
            Self::NoText => "no UTF-8".into(),
            Self::WrongKey => "wrong key".into(),
            Self::WrongPadding(at) => format!("padding wrong at {at}"),
        }
    }
}

const BLOCK: usize = 16;
/// Contents of a class: what one of them happens to hold should not be what is measured.
const CONTENTS: usize = 64;
/// So many times of two classes differ by more than chance (dudect's threshold).
const TOLD_APART: f64 = 4.5;

pub(crate) fn run(arguments: &Arguments) -> Result<(), Box<dyn std::error::Error>> {
    let length = usize::from(arguments.length) / BLOCK * BLOCK;
    let (key, other) = (drawn::<BLOCK>()?, drawn::<BLOCK>()?);
    let reader = ContentKey::from_bytes(&key)?;
    let classes = Class::all();
    let mut contents = Vec::new();
    for class in &classes {
        let of = |_| content(*class, if *class == Class::WrongKey { &other } else { &key }, length);
        contents.push((0..CONTENTS).map(of).collect::<Result<Vec<_>, _>>()?);
    }
    let mut times = vec![Vec::with_capacity(arguments.times); classes.len()];
    let mut place = contents[0][0].clone().into_bytes();
    let mut order: Vec<usize> = (0..classes.len()).collect();
    for round in 0..arguments.times + 100 {
        shuffle(&mut order)?;
        for &class in &order {
            // One place for all: where a content lies in memory should not be what is measured either.
            place.copy_from_slice(contents[class][round % CONTENTS].as_bytes());
            let start = Instant::now();
            let read = reader.decrypt_text(black_box(&place), Charset::Utf8);
            let took = start.elapsed();
            drop(black_box(read));
            if round >= 100 {
                times[class].push(took.as_nanos() as f64);
            }
        }
    }
    report(&classes, &times, length);
    Ok(())
}

/// A content of one class in base64, under the key that it is encrypted with.
fn content(class: Class, key: &[u8; BLOCK], length: usize) -> Result<String, Box<dyn std::error::Error>> {
    let mut plain: Vec<u8> = (0..length - BLOCK).map(|at| b'a' + (at % 26) as u8).collect();
    plain[..BLOCK].copy_from_slice(&drawn::<BLOCK>()?.map(|byte| byte & 0x7f));
    plain.extend([BLOCK as u8; BLOCK]);
    match class {
        Class::Good | Class::WrongKey => {}
        // In the last block, so that reading the text takes as long.
        Class::NoText => plain[length - BLOCK - 1] = 0xff,
        Class::WrongPadding(at) => plain[length - BLOCK + at] = 0,
    }
    // Written without the padding that encryption would add.
    let zero = EncryptionContext::Iv128((&[0; BLOCK]).into());
    EncryptingKey::cbc(UnboundCipherKey::new(&AES_128, key)?)?.less_safe_encrypt(&mut plain, zero)?;
    Ok(STANDARD.encode(plain))
}

fn report(classes: &[Class], times: &[Vec<f64>], length: usize) {
    let mut all: Vec<f64> = times.iter().flatten().copied().collect();
    all.sort_by(f64::total_cmp);
    let longest = all[all.len() * 9 / 10];
    let kept: Vec<Vec<f64>> =
        times.iter().map(|times| times.iter().copied().filter(|time| *time <= longest).collect()).collect();
    let wrong_key = classes.iter().position(|class| *class == Class::WrongKey).unwrap_or_default();
    println!("{length} bytes; {} decryptions of each class, in an order drawn by chance", times[0].len());
    println!("{:<20} {:>12} {:>18} {:>8}", "class", "median, ns", "mean more by, ns", "t");
    let mut most: (f64, f64) = (0.0, 0.0);
    for (index, class) in classes.iter().enumerate() {
        let (more, t) = if index == wrong_key { halves(&kept[index]) } else { welch(&kept[index], &kept[wrong_key]) };
        if matches!(class, Class::WrongPadding(_) | Class::NoText) {
            most = (most.0.max(more.abs()), most.1.max(t.abs()));
        }
        let note = if index == wrong_key { "  (its own halves)" } else { "" };
        println!("{:<20} {:>12.0} {more:>18.2} {t:>8.2}{note}", class.name(), median(kept[index].clone()));
    }
    let (more, t) = most;
    let told = if t > TOLD_APART { "are told apart" } else { "are not told apart" };
    println!(
        "a wrong key, a wrong padding wherever it is wrong, and no UTF-8: at most {more:.2} ns, |t| {t:.2}: they {told} ({TOLD_APART})"
    );
}

fn halves(times: &[f64]) -> (f64, f64) {
    let half = |odd: usize| times.iter().copied().skip(odd).step_by(2).collect::<Vec<_>>();
    welch(&half(0), &half(1))
}

/// By how much the first mean is more, and Welch's t.
fn welch(one: &[f64], other: &[f64]) -> (f64, f64) {
    let moments = |times: &[f64]| {
        let count = times.len() as f64;
        let mean = times.iter().sum::<f64>() / count;
        let variance = times.iter().map(|time| (time - mean).powi(2)).sum::<f64>() / (count - 1.0);
        (mean, variance / count)
    };
    let ((mean, spread), (other_mean, other_spread)) = (moments(one), moments(other));
    (mean - other_mean, (mean - other_mean) / (spread + other_spread).sqrt())
}

fn shuffle(order: &mut [usize]) -> Result<(), aws_lc_rs::error::Unspecified> {
    for last in (1..order.len()).rev() {
        let chance = usize::from(u16::from_le_bytes(drawn::<2>()?));
        order.swap(last, chance % (last + 1));
    }
    Ok(())
}

fn drawn<const LENGTH: usize>() -> Result<[u8; LENGTH], aws_lc_rs::error::Unspecified> {
    let mut bytes = [0; LENGTH];
    aws_lc_rs::rand::fill(&mut bytes)?;
    Ok(bytes)
}
