//! Exemplars as events, seen by a subscriber of the test's own.

use std::fmt::Debug;
use std::sync::{Arc, Mutex};

use shorttail::interop::tracing::{slow_requests, span_id};
use shorttail::measure::{Exemplars, Stage, StageSet, StageTimer};
use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Metadata, Subscriber};

/// Numbers the spans of this crate, and notes their fields and those of its events, and of the
/// library's: what other crates say is theirs.
#[derive(Clone, Default)]
pub(super) struct Notes {
    pub(super) spans: Arc<Mutex<Vec<String>>>,
    pub(super) events: Arc<Mutex<Vec<String>>>,
}

impl Subscriber for Notes {
    fn enabled(&self, of: &Metadata<'_>) -> bool {
        ["shorttail", "interop"].contains(&of.target().split("::").next().unwrap())
    }
    fn new_span(&self, span: &Attributes<'_>) -> Id {
        let mut text = Text(span.metadata().name().to_owned());
        span.record(&mut text);
        let mut spans = self.spans.lock().unwrap();
        spans.push(text.0);
        Id::from_u64(spans.len() as u64)
    }
    fn record(&self, _: &Id, _: &Record<'_>) {}
    fn record_follows_from(&self, _: &Id, _: &Id) {}
    fn event(&self, event: &Event<'_>) {
        let mut text = Text(event.metadata().target().to_owned());
        event.record(&mut text);
        self.events.lock().unwrap().push(text.0);
    }
    fn enter(&self, _: &Id) {}
    fn exit(&self, _: &Id) {}
}

struct Text(String);

impl Visit for Text {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        self.0 += &format!(" {field}={value:?}");
    }
}

#[test]
fn the_slowest_requests_are_told_by_their_spans_and_only_when_asked() {
    let (stages, slowest) = (StageSet::standard(1), Exemplars::new(2));
    let notes = Notes::default();
    let mut seen = Vec::new();
    tracing::subscriber::with_default(notes.clone(), || {
        for took_ns in [10, 3_000, 20, 500] {
            let span = tracing::info_span!("request");
            let mut timer = StageTimer::start(0);
            timer.lap(Stage::QUEUE_WAIT, 5);
            timer.lap(Stage::PROCESSING, took_ns);
            slowest.offer(span_id(&span), &timer);
        }
        assert!(notes.events.lock().unwrap().is_empty());
        slowest.take_into(&mut seen);
        slow_requests(&stages, &seen);
    });
    let names = stages.names();
    let event = |id, took_ns: u64| {
        format!(
            "shorttail::slow message=slow request trace_id={id} total_ns={took_ns} \
             slowest={:?} stages={{{:?}: 5, {:?}: 0, {:?}: {}}}",
            names[2],
            names[0],
            names[1],
            names[2],
            took_ns - 5,
        )
    };
    assert_eq!(
        *notes.events.lock().unwrap(),
        [event(2, 3_000), event(4, 500)]
    );
}

#[test]
fn a_disabled_span_has_no_id() {
    assert_eq!(span_id(&tracing::Span::none()), 0);
    assert_eq!(
        span_id(&tracing::info_span!(target: "others", "nobody listens")),
        0
    );
}
