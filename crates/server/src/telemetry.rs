//! Metrics in the Prometheus text form. Labels are words of ours and the vendors', never a person's values.

use std::{sync::atomic::AtomicU64, time::Duration};

use prometheus_client::{
    encoding::{
        EncodeLabelSet,
        text::{encode_eof, encode_registry},
    },
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
    deliveries: Family<DeliveryLabels, Counter>,
}

/// What waits in the store, as it was counted for one answer.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Backlog {
    /// Cases under review.
    pub cases: u64,
    /// How long the one waits that waits longest.
    pub oldest: Duration,
    /// Notices that wait for their next attempt.
    pub notices: u64,
    /// Notices that nobody took.
    pub dead: u64,
}

/// What became of an attempt to deliver a notice.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Delivery {
    /// The receiver has it.
    Delivered,
    /// It failed and is tried again.
    Failed,
    /// It failed for the last time.
    Dead,
}

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct CallLabels {
    door: &'static str,
    operation: &'static str,
    outcome: &'static str,
}

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct DeliveryLabels {
    door: String,
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
        let deliveries = Family::default();
        let help = "Attempts to deliver a notice of a decision, by door and outcome";
        registry.register("webhook_attempts", help, deliveries.clone());
        Self { registry, calls, seconds, connections, deliveries }
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

    /// Counts an attempt to deliver a notice of a door's case.
    pub fn attempted(&self, door: &str, delivery: Delivery) {
        let outcome = match delivery {
            Delivery::Delivered => "delivered",
            Delivery::Failed => "failed",
            Delivery::Dead => "dead",
        };
        self.deliveries.get_or_create(&DeliveryLabels { door: door.to_owned(), outcome }).inc();
    }

    /// Everything in the Prometheus text form; what waits, where that could be counted.
    pub fn text(&self, backlog: Option<&Backlog>) -> String {
        let mut text = String::new();
        // Writing into a String cannot fail.
        let _ = encode_registry(&mut text, &self.registry);
        if let Some(backlog) = backlog {
            let _ = encode_registry(&mut text, &backlog.registry());
        }
        let _ = encode_eof(&mut text);
        text
    }
}

impl Backlog {
    fn registry(&self) -> Registry {
        let mut registry = Registry::with_prefix("shiming");
        let mut gauge = |name: &str, help: &str, value: u64| {
            let gauge = Gauge::<u64, AtomicU64>::default();
            gauge.set(value);
            registry.register(name, help, gauge);
        };
        gauge("cases_under_review", "Cases that wait for a decision", self.cases);
        gauge("cases_oldest_seconds", "How long the case waits that waits longest", self.oldest.as_secs());
        gauge("webhooks_waiting", "Notices that wait for their next attempt", self.notices);
        gauge("webhooks_dead", "Notices that nobody took", self.dead);
        registry
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
        let text = telemetry.text(None);
        assert!(
            text.contains(r#"shiming_calls_total{door="jdcloud",operation="personalAuth",outcome="match"} 1"#),
            "{text}"
        );
        assert!(text.contains(r#"shiming_call_seconds_count{door="jdcloud"} 1"#), "{text}");
    }

    #[test]
    fn what_waits_and_what_was_tried_is_in_the_text_which_ends_once() {
        let telemetry = Telemetry::default();
        for delivery in [Delivery::Failed, Delivery::Failed, Delivery::Delivered, Delivery::Dead] {
            telemetry.attempted("aliyun", delivery);
        }
        let backlog = Backlog { cases: 3, oldest: Duration::from_hours(2), notices: 2, dead: 1 };
        let text = telemetry.text(Some(&backlog));
        for line in [
            r#"shiming_webhook_attempts_total{door="aliyun",outcome="failed"} 2"#,
            r#"shiming_webhook_attempts_total{door="aliyun",outcome="delivered"} 1"#,
            r#"shiming_webhook_attempts_total{door="aliyun",outcome="dead"} 1"#,
            "shiming_cases_under_review 3",
            "shiming_cases_oldest_seconds 7200",
            "shiming_webhooks_waiting 2",
            "shiming_webhooks_dead 1",
        ] {
            assert!(text.lines().any(|found| found == line), "{line}: {text}");
        }
        assert!(text.ends_with("# EOF\n") && text.matches("# EOF").count() == 1, "{text}");
        assert!(!telemetry.text(None).contains("shiming_cases"), "what was not counted is not said to be none");
    }
}
