//! Every number of every stats value reaches a recorder.

use std::collections::BTreeMap;
use std::fmt::Debug;
use std::sync::{Arc, Mutex};

use metrics::{
    Counter, CounterFn, Gauge, GaugeFn, Histogram, Key, KeyName, Metadata, Recorder, SharedString,
    Unit,
};
use shorttail::interop::metrics as export;
use shorttail::measure::AllocRegion;
use shorttail::time::Deadline;

type Seen = Arc<Mutex<BTreeMap<String, f64>>>;

/// Notes what a metric was set to.
#[derive(Default)]
struct Notes(Seen);

struct Note(Seen, String);

impl Note {
    fn set(&self, value: f64) {
        self.0.lock().unwrap().insert(self.1.clone(), value);
    }
}

impl CounterFn for Note {
    fn increment(&self, _: u64) {
        panic!("what a block counted is set, not added");
    }
    fn absolute(&self, value: u64) {
        self.set(value as f64);
    }
}

impl GaugeFn for Note {
    fn increment(&self, _: f64) {
        panic!("set");
    }
    fn decrement(&self, _: f64) {
        panic!("set");
    }
    fn set(&self, value: f64) {
        Self::set(self, value);
    }
}

impl Notes {
    fn note(&self, key: &Key) -> Arc<Note> {
        let labels: Vec<_> = key
            .labels()
            .map(|label| format!("{}={}", label.key(), label.value()))
            .collect();
        let name = format!("{}{{{}}}", key.name(), labels.join(","));
        Arc::new(Note(Arc::clone(&self.0), name))
    }
}

impl Recorder for Notes {
    fn describe_counter(&self, _: KeyName, _: Option<Unit>, _: SharedString) {}
    fn describe_gauge(&self, _: KeyName, _: Option<Unit>, _: SharedString) {}
    fn describe_histogram(&self, _: KeyName, _: Option<Unit>, _: SharedString) {}
    fn register_counter(&self, key: &Key, _: &Metadata<'_>) -> Counter {
        Counter::from_arc(self.note(key))
    }
    fn register_gauge(&self, key: &Key, _: &Metadata<'_>) -> Gauge {
        Gauge::from_arc(self.note(key))
    }
    fn register_histogram(&self, _: &Key, _: &Metadata<'_>) -> Histogram {
        panic!("no histogram is registered");
    }
}

/// What `scrape` set.
pub(super) fn seen(scrape: impl FnOnce()) -> BTreeMap<String, f64> {
    let notes = Notes::default();
    metrics::with_local_recorder(&notes, scrape);
    std::mem::take(&mut notes.0.lock().unwrap())
}

/// The names of the plain fields in a `Debug` text.
fn fields(stats: &impl Debug) -> Vec<(String, String)> {
    let text = format!("{stats:?}");
    let body = text.split_once(" { ").unwrap().1.trim_end_matches(" }");
    let pairs = body.split(", ").filter_map(|pair| pair.split_once(": "));
    let plain = pairs.filter(|(_, value)| value.parse::<u64>().is_ok());
    plain
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .collect()
}

/// Each field of `stats` was set, to its value, as a counter or as a gauge.
#[track_caller]
pub(super) fn assert_all(
    block: &str,
    labels: &str,
    stats: &impl Debug,
    seen: &BTreeMap<String, f64>,
) {
    let fields = fields(stats);
    assert!(fields.len() > 3, "{fields:?}");
    for (field, value) in fields {
        let names = ["_total", ""].map(|end| format!("shorttail_{block}_{field}{end}{labels}"));
        let found: Vec<_> = names.iter().filter_map(|name| seen.get(name)).collect();
        assert_eq!(
            found,
            [&value.parse::<f64>().unwrap()],
            "{block} {field}: {seen:?}"
        );
    }
}

#[test]
fn every_field_of_a_channel_and_of_its_lanes() {
    let (tx, rx) = shorttail::channel::Builder::new(1)
        .on_full(shorttail::channel::OnFull::Reject)
        .build()
        .unwrap();
    let _sent = tx.offer(1).unwrap();
    let _refused = tx.offer(2);
    let stats = rx.stats();
    assert_eq!(stats.rejected, 1);
    let set = seen(|| export::channel("jobs", &stats));
    assert_all("channel", "{name=jobs}", &stats, &set);
    assert_eq!(set["shorttail_channel_rejected_total{name=jobs}"], 1.0);

    let (tx, rx) = shorttail::channel::Lanes::new([2, 2]).build().unwrap();
    tx.lane(1).try_send('a').unwrap();
    assert_eq!(rx.recv(), Ok((1, 'a')));
    let stats = rx.lane_stats(1);
    let set = seen(|| export::lane("jobs", "cold", &stats));
    assert_all("lane", "{name=jobs,lane=cold}", &stats, &set);
    assert_eq!(
        set["shorttail_lane_received_total{name=jobs,lane=cold}"],
        1.0
    );
}

#[test]
fn every_field_of_a_cache_a_pool_and_arenas() {
    let cache = shorttail::cache::Cache::builder(10).build().unwrap();
    cache.insert(1, 1).unwrap();
    cache.get(&1);
    let stats = cache.stats();
    let set = seen(|| export::cache("pages", &stats));
    assert_all("cache", "{name=pages}", &stats, &set);
    assert_eq!(set["shorttail_cache_hits_total{name=pages}"], 1.0);

    let pool = shorttail::pool::BufferPool::builder()
        .class(64, 2)
        .build()
        .unwrap();
    let _held = pool.try_acquire(8).unwrap();
    let stats = pool.stats();
    let set = seen(|| export::pool("reads", &stats));
    assert_all("pool", "{name=reads}", &stats, &set);
    assert_eq!(set["shorttail_pool_in_use{name=reads}"], 1.0);
    let class = pool.class_stats().next().unwrap();
    let set = seen(|| export::pool_class("reads", &class));
    assert_all("pool_class", "{name=reads,slot_bytes=64}", &class, &set);

    let arenas = shorttail::arena::ArenaPool::new(2, 1024).unwrap();
    let stats = arenas.stats();
    let set = seen(|| export::arena("requests", &stats));
    assert_all("arena", "{name=requests}", &stats, &set);
}

#[test]
fn every_field_of_workers_and_of_a_region() {
    let pool = shorttail::workers::Pool::builder()
        .lane("hot", 8)
        .build(|_: u8, _| {})
        .unwrap();
    pool.try_submit(0, 7, Deadline::NEVER).unwrap();
    assert!(pool.drain(std::time::Duration::MAX).is_clean());
    let report = pool.lane_report(0);
    let set = seen(|| export::workers("jobs", "hot", &report));
    assert_all("workers", "{name=jobs,lane=hot}", &report, &set);

    static REGION: AllocRegion = AllocRegion::new("handler");
    let set = seen(|| export::region(&REGION));
    assert_all("region", "{name=handler}", &REGION.counts(), &set);
    assert!(set.contains_key("shorttail_region_visits_total{name=handler}"));
}

#[test]
fn a_gate_and_retries_with_their_reasons() {
    use shorttail::control::{Class, Failure, Gate, RetryPolicy};

    let gate = Gate::builder(1).build().unwrap();
    let held = gate.try_enter(Class::NORMAL, Deadline::NEVER, 0).unwrap();
    let _refused = gate.try_enter(Class::NORMAL, Deadline::NEVER, 0);
    let stats = gate.stats();
    let set = seen(|| export::gate("requests", &stats));
    assert_all("gate", "{name=requests}", &stats, &set);
    let refused = "shorttail_gate_refused_total{name=requests,reason=limit,tier=normal}";
    assert_eq!(set[refused], 1.0);
    let all = set
        .keys()
        .filter(|name| name.starts_with("shorttail_gate_refused_total"));
    assert_eq!(all.count(), 15); // five reasons, three tiers
    assert!(set.contains_key("shorttail_gate_typical_ns{name=requests}"));
    drop(held);

    let policy = RetryPolicy::builder().attempts_max(2).build().unwrap();
    policy.start_unchecked(Deadline::NEVER, 0).succeeded();
    let mut attempts = policy.start_unchecked(Deadline::NEVER, 0);
    let _retry = attempts.failed(Failure::transient(), 0);
    let _stop = attempts.failed(Failure::transient(), 0);
    let set = seen(|| export::retry("users", &policy.stats()));
    for (name, value) in [
        ("calls_total{name=users}", 2.0),
        ("sends_total{name=users}", 3.0),
        ("succeeded_total{name=users}", 1.0),
        ("cancelled_total{name=users}", 0.0),
        ("stopped_total{name=users,reason=attempts}", 1.0),
        ("stopped_total{name=users,reason=budget}", 0.0),
        ("attempts_total{name=users,attempts=1}", 1.0),
        ("attempts_total{name=users,attempts=2}", 1.0),
        ("attempts_total{name=users,attempts=8}", 0.0),
    ] {
        assert_eq!(set[&format!("shorttail_retry_{name}")], value, "{name}");
    }
    assert_eq!(set.len(), 4 + 7 + 8);
}

#[test]
fn a_histogram_and_stages_with_their_quantiles() {
    use shorttail::measure::{Histogram, Stage, StageSet, StageTimer};

    let mut histogram = Histogram::new();
    histogram.record_n(10, 99);
    histogram.record(1_000);
    let set = seen(|| export::histogram("latency_ns", &histogram.snapshot()));
    for (name, value) in [
        ("count_total{name=latency_ns}", 100.0),
        ("sum_total{name=latency_ns}", 1_990.0),
        ("value{name=latency_ns,quantile=0.5}", 10.0),
        ("value{name=latency_ns,quantile=0.99}", 10.0),
        ("value{name=latency_ns,quantile=0.999}", 1_000.0),
        ("value{name=latency_ns,quantile=1}", 1_000.0),
    ] {
        assert_eq!(set[&format!("shorttail_histogram_{name}")], value, "{name}");
    }
    let empty = seen(|| export::histogram("none", &Histogram::new().snapshot()));
    assert_eq!(empty.len(), 2); // no quantile of nothing

    let stages = StageSet::standard(1);
    let mut timer = StageTimer::start(0);
    timer.lap(Stage::PROCESSING, 10);
    stages.record(&timer);
    let report = stages.report();
    let set = seen(|| export::stages("requests", &report));
    let name = stages.names()[Stage::PROCESSING.index()];
    let sum = |stage| set[&format!("shorttail_stage_sum_total{{name=requests,stage={stage}}}")];
    assert_eq!((sum(name), sum("total")), (10.0, 10.0));
    assert_eq!(sum(stages.names()[Stage::QUEUE_WAIT.index()]), 0.0);
}

#[test]
fn without_a_recorder_nothing_happens() {
    let (tx, _rx) = shorttail::channel::bounded::<u8>(1);
    export::channel("jobs", &tx.stats());
}
