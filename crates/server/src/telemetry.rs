//! Metrics in the Prometheus text form. Labels are words of ours and the vendors', never a person's values.

use std::time::Duration;

use prometheus_client::{
    encoding::{EncodeLabelSet, text::encode},
    metrics::{counter::Counter, family::Family, gauge::Gauge, histogram::Histogram},
    registry::Registry,
};

use crate::doors::Outcome;

/// What the server counts.
#[derive(Debug)]
pub struct Telemetry {
    registry: Registry,
    calls: Family<CallLabels, Counter>,
    seconds: Family<DoorLabels, Histogram, fn() -> Histogram>,
    connections: Gauge,
}

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct CallLabels {
    door: &'static str,
    operation: &'static str,
    outcome: &'static str,
}

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct DoorLabels {
    door: &'static str,
}

impl Default for Telemetry {
    fn default() -> Self {
        let mut registry = Registry::with_prefix("shiming");
        let calls = Family::default();
        registry.register("calls", "Calls by door, operation and outcome", calls.clone());
        let seconds = Family::new_with_constructor(call_seconds as fn() -> Histogram);
        registry.register("call_seconds", "Time from a complete head to the answer", seconds.clone());
        let connections = Gauge::default();
        registry.register("connections", "Open connections, on both addresses", connections.clone());
        Self { registry, calls, seconds, connections }
    }
}

fn call_seconds() -> Histogram {
    Histogram::new([0.0001, 0.000_25, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.1, 0.5, 1.0, 5.0])
}

impl Telemetry {
    /// Counts an answered call.
    pub fn count(&self, outcome: &Outcome, took: Duration) {
        let Outcome { door, operation, word, .. } = *outcome;
        self.calls.get_or_create(&CallLabels { door, operation, outcome: word }).inc();
        self.seconds.get_or_create(&DoorLabels { door }).observe(took.as_secs_f64());
    }

    /// A connection was accepted.
    pub fn connection_opened(&self) {
        self.connections.inc();
    }

    /// A connection has ended.
    pub fn connection_closed(&self) {
        self.connections.dec();
    }

    /// Everything in the Prometheus text form.
    pub fn text(&self) -> String {
        let mut text = String::new();
        // Writing into a String cannot fail.
        let _ = encode(&mut text, &self.registry);
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_counted_call_is_in_the_text() {
        let telemetry = Telemetry::default();
        let outcome = Outcome { door: "jdcloud", operation: "personalAuth", admitted: true, word: "match" };
        telemetry.count(&outcome, Duration::from_micros(300));
        let text = telemetry.text();
        assert!(
            text.contains(r#"shiming_calls_total{door="jdcloud",operation="personalAuth",outcome="match"} 1"#),
            "{text}"
        );
        assert!(text.contains(r#"shiming_call_seconds_count{door="jdcloud"} 1"#), "{text}");
    }
}
