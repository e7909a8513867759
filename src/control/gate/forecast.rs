//! What calls took, and what that says of the next.

use core::time::Duration;

use super::room::Room;
use crate::limit::{AdaptiveLimit, LimitWindow};
use crate::measure::{COARSE, SharedRecorder, Snapshot};
use crate::sync::Lock;
use crate::sync::atomic::{AtomicU64, Ordering};

/// Fewer calls than this make no forecast: their window goes on.
const COMPLETED_MIN: u64 = 16;

/// A generation of permits lasts at least so long.
const GENERATION_NS: u64 = 1_000_000_000;

#[derive(Debug)]
pub(super) struct Forecast {
    pub(super) window_ns: u64,
    /// When the window ends. Zero before the first call.
    end_ns: AtomicU64,
    /// Half of the calls take no longer. Zero while nothing is known, as the next two.
    typical_ns: AtomicU64,
    mean_ns: AtomicU64,
    p90_ns: AtomicU64,
    /// When the generation of permits began.
    turned_ns: AtomicU64,
    latency_ns: SharedRecorder<COARSE>,
    windows: Lock<Windows>,
}

/// For whoever ends a window.
#[derive(Debug)]
struct Windows {
    started: bool,
    since_ns: u64,
    before: Snapshot<COARSE>,
    /// Calls of this window at the last look.
    seen: u64,
    /// When there last were more than at the look before, or nobody was in.
    moved_ns: u64,
    law: Option<AdaptiveLimit>,
}

impl Forecast {
    pub(super) fn new(window_ns: u64, recorders: usize, law: Option<AdaptiveLimit>) -> Self {
        Self {
            window_ns,
            end_ns: AtomicU64::new(0),
            typical_ns: AtomicU64::new(0),
            mean_ns: AtomicU64::new(0),
            p90_ns: AtomicU64::new(0),
            turned_ns: AtomicU64::new(0),
            latency_ns: SharedRecorder::with_shards(recorders),
            windows: Lock::new(Windows {
                started: false,
                since_ns: 0,
                before: Snapshot::default(),
                seen: 0,
                moved_ns: 0,
                law,
            }),
        }
    }

    #[inline]
    pub(super) fn note(&self, took_ns: u64) {
        self.latency_ns.record(took_ns);
    }

    /// Whether the window has ended. One relaxed load.
    #[inline]
    pub(super) fn is_due(&self, now_ns: u64) -> bool {
        now_ns >= get(&self.end_ns)
    }

    /// Ends the window, unless another does.
    #[cold]
    pub(super) fn roll(&self, now_ns: u64, room: &Room) {
        // Never waits: who finds it taken leaves it to the other.
        let Some(mut windows) = self.windows.try_lock() else {
            return;
        };
        if !self.is_due(now_ns) {
            return;
        }
        set(&self.end_ns, now_ns.saturating_add(self.window_ns));
        let turned_ns = get(&self.turned_ns);
        if (!windows.started || now_ns.saturating_sub(turned_ns) >= GENERATION_NS) && room.turn() {
            set(&self.turned_ns, now_ns);
        }
        if !windows.started {
            windows.started = true;
            windows.since_ns = now_ns;
            windows.moved_ns = now_ns;
            return;
        }
        let all = self.latency_ns.snapshot();
        let calls = all.delta(&windows.before);
        let is_empty = room.word().in_flight() == 0;
        if calls.count() != windows.seen {
            windows.moved_ns = now_ns;
        } else if is_empty || now_ns.saturating_sub(windows.moved_ns) >= self.stall_ns() {
            // Nobody was let in, or those who were have not come back for much longer than calls
            // take, as permits that were forgotten never do: a forecast that refuses all would
            // never be proved wrong.
            for forecast in [&self.typical_ns, &self.mean_ns, &self.p90_ns] {
                set(forecast, get(forecast) / 2);
            }
        }
        windows.seen = calls.count();
        if is_empty && calls.count() == 0 {
            windows.since_ns = now_ns; // rest is no part of what comes after it
        }
        if calls.count() < COMPLETED_MIN {
            return;
        }
        let span_ns = now_ns.saturating_sub(windows.since_ns).max(1);
        self.learn(&calls);
        windows.before = all;
        windows.seen = 0;
        windows.since_ns = now_ns;
        let window = LimitWindow {
            span: Duration::from_nanos(span_ns),
            completed: calls.count(),
            in_flight: calls.sum() as f64 / span_ns as f64,
            p90_ns: get(&self.p90_ns),
        };
        if let Some(law) = &mut windows.law {
            room.set_limit(law.update(&window));
        }
    }

    /// For how long nobody comes back from calls that only take their time.
    fn stall_ns(&self) -> u64 {
        get(&self.p90_ns).max(self.window_ns).saturating_mul(4)
    }

    fn learn(&self, calls: &Snapshot<COARSE>) {
        if let Some([typical_ns, p90_ns]) = calls.quantiles([0.5, 0.9]) {
            set(&self.typical_ns, typical_ns);
            set(&self.p90_ns, p90_ns);
            set(&self.mean_ns, calls.sum() / calls.count());
        }
    }

    /// What a call takes, as often as not. One relaxed load.
    #[inline]
    pub(super) fn typical_ns(&self) -> u64 {
        get(&self.typical_ns)
    }

    pub(super) fn p90_ns(&self) -> u64 {
        get(&self.p90_ns)
    }

    pub(super) fn turned_ns(&self) -> u64 {
        get(&self.turned_ns)
    }

    pub(super) fn finished(&self) -> u64 {
        self.latency_ns.snapshot().count()
    }

    /// How long one waits who has so many before it, where `at_once` are served.
    pub(super) fn wait_ns(&self, before: u32, at_once: u32) -> u64 {
        let turns = u64::from(before) + 1;
        get(&self.mean_ns).saturating_mul(turns) / u64::from(at_once.max(1))
    }
}

fn get(number: &AtomicU64) -> u64 {
    // Relaxed: each number is all there is; two of one window may be seen apart. [control-6]
    number.load(Ordering::Relaxed)
}

fn set(number: &AtomicU64, to: u64) {
    // Relaxed: as above; written under the lock alone. [control-6]
    number.store(to, Ordering::Relaxed);
}
