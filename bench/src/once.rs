//! The work that a picture in base64 cannot do without, done once.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use shiming_wire::base64_field::{self, Blanks};

use crate::program::on_all_cores;

/// Its processor time, in microseconds.
pub(crate) struct Once {
    /// With base64 decoded by the library's usual engine.
    pub(crate) plain: f64,
    /// With base64 decoded as quickly as the server does it, by vector instructions.
    pub(crate) quick: f64,
}

/// Decodes base64 that this program made.
pub(crate) type Decode = fn(&str) -> Vec<u8>;

impl Once {
    /// Measures it both ways; `work` is given its number and what it decodes with.
    pub(crate) fn measure(
        times: usize,
        work: impl Fn(usize, Decode) + Sync,
    ) -> Result<Self, Box<dyn std::error::Error>> {
        let with = |decode: Decode| on_all_cores(times, |time| work(time, decode));
        Ok(Self {
            plain: with(|text| STANDARD.decode(text).unwrap_or_default())?,
            quick: with(|text| base64_field::decode(text, Blanks::Nothing).map_or_else(|_| Vec::new(), |it| it.bytes))?,
        })
    }
}

impl std::fmt::Display for Once {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:>6.0} µs (decoded quickly {:.0} µs)", self.plain, self.quick)
    }
}
