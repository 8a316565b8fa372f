//! The system's clock, the one place that reads it.

use std::time::{SystemTime, UNIX_EPOCH};

use jiff::civil::Date;
use shiming_core::{Clock, UnixTime};

use crate::config;

/// The system's time, moved by the configured offset.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct SystemClock {
    offset_millis: i64,
}

impl SystemClock {
    /// With the configured offset.
    pub(crate) fn new(config: &config::Clock) -> Self {
        Self { offset_millis: config.offset.0 }
    }
}

impl Clock for SystemClock {
    fn now(&self) -> UnixTime {
        #[expect(clippy::disallowed_methods, reason = "this is the clock that everything else takes as an argument")]
        let now = SystemTime::now();
        let millis = match now.duration_since(UNIX_EPOCH) {
            Ok(since) => i64::try_from(since.as_millis()).unwrap_or(i64::MAX),
            Err(before) => -i64::try_from(before.duration().as_millis()).unwrap_or(i64::MAX),
        };
        UnixTime(millis).plus_millis(self.offset_millis)
    }
}

/// Today's civil date in China by the system's clock, whatever offset is configured: what "today" means to a number
/// that is typed or imported.
pub(crate) fn today() -> Date {
    SystemClock::default().now().china_date()
}
