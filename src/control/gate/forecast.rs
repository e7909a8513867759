//! What calls took, and what that says of the next.

use core::time::Duration;

use super::room::Room;
use crate::limit::{AdaptiveLimit, LimitWindow, OLD_NS};
use crate::measure::{COARSE, SharedRecorder, Snapshot};
use crate::sync::atomic::{AtomicU64, Ordering};
use crate::sync::{Lock, Tally};

/// Fewer calls than this make no forecast: their window goes on.
const COMPLETED_MIN: u64 = 16;

/// A generation of permits lasts at least so long.
const GENERATION_NS: u64 = 1_000_000_000;

/// What a call is taken to take at most: one end by a reading of the future must not make the
/// mean of a window that of centuries.
const TOOK_MAX_NS: u64 = 3_600_000_000_000;

/// A reading so many windows before the last, and [`OLD_NS`], is no old one: the last was of the
/// future.
const OLD_WINDOWS: u64 = 4;

/// When a window begins that is over at once, on every clock.
const NEVER_BEGUN_NS: u64 = 1 << 63;

#[derive(Debug)]
pub(super) struct Forecast {
    pub(super) window_ns: u64,
    /// How old a reading may be.
    old_ns: u64,
    /// When the window began.
    begin_ns: AtomicU64,
    /// Half of the calls take no longer. Zero while nothing is known, as the next two.
    typical_ns: AtomicU64,
    mean_ns: AtomicU64,
    p90_ns: AtomicU64,
    /// When the generation of permits began.
    turned_ns: AtomicU64,
    latency_ns: SharedRecorder<COARSE>,
    /// Calls that ended for want of capacity.
    overloaded: Tally,
    windows: Lock<Windows>,
}

/// For whoever ends a window.
#[derive(Debug)]
struct Windows {
    started: bool,
    since_ns: u64,
    before: Snapshot<COARSE>,
    overloaded_before: u64,
    turned_away_before: u64,
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
            old_ns: OLD_NS.max(OLD_WINDOWS * window_ns),
            begin_ns: AtomicU64::new(NEVER_BEGUN_NS),
            typical_ns: AtomicU64::new(0),
            mean_ns: AtomicU64::new(0),
            p90_ns: AtomicU64::new(0),
            turned_ns: AtomicU64::new(0),
            latency_ns: SharedRecorder::with_shards(recorders),
            overloaded: Tally::default(),
            windows: Lock::new(Windows {
                started: false,
                since_ns: 0,
                before: Snapshot::default(),
                overloaded_before: 0,
                turned_away_before: 0,
                seen: 0,
                moved_ns: 0,
                law,
            }),
        }
    }

    /// Notes what a call took; of one that seems to have taken hours, by a reading of the future,
    /// an hour.
    #[inline]
    pub(super) fn note(&self, took_ns: u64) {
        self.latency_ns.record(took_ns.min(TOOK_MAX_NS));
    }

    /// Notes a call that ended for want of capacity.
    #[inline]
    pub(super) fn note_overloaded(&self) {
        self.overloaded.add(1);
    }

    /// Whether a call that has taken so long, and has no answer, is a slow one for sure.
    #[inline]
    pub(super) fn is_slow(&self, took_ns: u64, target_ns: Option<u64>) -> bool {
        match self.p90_ns() {
            0 => target_ns.is_some_and(|target_ns| took_ns >= target_ns),
            p90_ns => took_ns >= p90_ns,
        }
    }

    /// Whether the window has ended, or began so far behind this reading that it did by one of the
    /// future. One relaxed load.
    #[inline]
    pub(super) fn is_due(&self, now_ns: u64) -> bool {
        let since_old_ns = now_ns
            .wrapping_sub(get(&self.begin_ns))
            .wrapping_add(self.old_ns);
        since_old_ns >= self.old_ns + self.window_ns
    }

    /// Ends the window, unless another does. `turned_away` tells how many were so far, for want of
    /// room.
    #[cold]
    pub(super) fn roll(&self, now_ns: u64, room: &Room, turned_away: impl Fn() -> u64) {
        // Never waits: who finds it taken leaves it to the other.
        let Some(mut windows) = self.windows.try_lock() else {
            return;
        };
        if !self.is_due(now_ns) {
            return;
        }
        let begin_ns = get(&self.begin_ns);
        let is_first = !windows.started;
        if !is_first && now_ns < begin_ns {
            self.forget(&mut windows, turned_away());
            self.begin(&mut windows, now_ns);
            return;
        }
        set(&self.begin_ns, now_ns);
        let turned_ns = get(&self.turned_ns);
        if (is_first || now_ns.saturating_sub(turned_ns) >= GENERATION_NS) && room.turn() {
            set(&self.turned_ns, now_ns);
        }
        if is_first {
            self.begin(&mut windows, now_ns);
            return;
        }
        let all = self.latency_ns.snapshot();
        let calls = all.delta(&windows.before);
        let overloaded = self.overloaded.get() - windows.overloaded_before;
        let ended = calls.count() + overloaded;
        let is_empty = room.word().in_flight() == 0;
        if ended != windows.seen {
            windows.moved_ns = now_ns;
        } else if is_empty {
            // Nobody was let in: a forecast that refuses all would never be proved wrong. Once for
            // each window that nobody ended.
            self.fade((now_ns - begin_ns) / self.window_ns);
        } else if now_ns.saturating_sub(windows.moved_ns) >= self.stall_ns() {
            // Those who were let in have not come back for much longer than calls take, as permits
            // that were forgotten never do.
            self.fade(1);
        }
        windows.seen = ended;
        if is_empty && ended == 0 {
            windows.since_ns = now_ns; // rest is no part of what comes after it
        }
        if ended < COMPLETED_MIN {
            return;
        }
        let span_ns = now_ns.saturating_sub(windows.since_ns).max(1);
        self.learn(&calls);
        let turned_away = turned_away();
        let window = LimitWindow {
            span: Duration::from_nanos(span_ns),
            completed: calls.count(),
            in_flight: calls.sum() as f64 / span_ns as f64,
            p90_ns: get(&self.p90_ns),
            overloaded,
            turned_away: turned_away - windows.turned_away_before
                + u64::from(room.word().waiting()),
        };
        windows.before = all;
        windows.overloaded_before += overloaded;
        windows.turned_away_before = turned_away;
        windows.seen = 0;
        windows.since_ns = now_ns;
        if let Some(law) = &mut windows.law {
            room.set_limit(law.update(&window));
        }
    }

    /// Leaves a window that began by a reading of the future out of what is learnt.
    fn forget(&self, windows: &mut Windows, turned_away: u64) {
        windows.before = self.latency_ns.snapshot();
        windows.overloaded_before = self.overloaded.get();
        windows.turned_away_before = turned_away;
        windows.seen = 0;
    }

    /// Begins the first window; or anew, after one that began by a reading of the future.
    fn begin(&self, windows: &mut Windows, now_ns: u64) {
        set(&self.begin_ns, now_ns);
        set(&self.turned_ns, get(&self.turned_ns).min(now_ns));
        windows.started = true;
        windows.since_ns = now_ns;
        windows.moved_ns = now_ns;
    }

    /// Halves what is known, so many times.
    fn fade(&self, times: u64) {
        for forecast in [&self.typical_ns, &self.mean_ns, &self.p90_ns] {
            set(forecast, get(forecast) >> times.min(63));
        }
    }

    /// For how long nobody comes back from calls that only take their time.
    fn stall_ns(&self) -> u64 {
        get(&self.p90_ns).max(self.window_ns).saturating_mul(4)
    }

    fn learn(&self, calls: &Snapshot<COARSE>) {
        if calls.count() < COMPLETED_MIN {
            return;
        }
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

    pub(super) fn overloaded(&self) -> u64 {
        self.overloaded.get()
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
