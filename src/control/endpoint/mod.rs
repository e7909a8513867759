//! What an endpoint promises of its latency, and how fast it uses up what it may break.

mod builder;
mod carried;
pub(crate) mod cells;
mod event;
mod evidence;
mod incident;
mod watch;
mod windows;

use core::fmt;

pub use builder::EndpointBudgetBuilder;
pub use carried::{CARRIED_BYTES, Carried, MergeCarriedError, ParseCarriedError};
pub use event::{BudgetChange, BudgetEvent, BudgetState, BurnRate};
pub use incident::{Incident, IncidentWindow};

use self::carried::{Build, Heritage, Past};
use self::cells::{Cells, Seen};
use self::watch::{Rules, SHORT, Watch};
use self::windows::{LONGEST, UNITS, Windows};
use crate::sync::Lock;
use crate::sync::atomic::{AtomicU64, Ordering};

/// The latency budget of an endpoint: p95 and p99 targets, how fast the requests beyond them use up
/// what is allowed, and whether a new build does worse than the last.
///
/// A p99 of at most 250 ms is the same as at most 1 % of requests above 250 ms. So requests are
/// counted, exactly at the target and not to a bucket's width; windows of units of time say at how
/// many times the allowed rate they come (the burn rate), and no window says anything that chance
/// explains: each verdict stands at a [level](EndpointBudgetBuilder::level). A percentile goes from
/// [`Ok`](BudgetState::Ok) to [`Warn`](BudgetState::Warn) when five units are surely beyond it, or
/// 4 320 and 360 by however little; to [`Breach`](BudgetState::Breach) when 60 and 5 units burn at
/// 14.4 times the rate, or 360 and 30 at 6 times; and back when that is over and five ticks in a
/// row saw requests, and those of five units within it: silence is no recovery. Of a window that is
/// longer than the budget is old, there is what there is.
///
/// # Guarantees
/// [`observe`](Self::observe) is one relaxed read-modify-write in a cell of the thread's own: never
/// waits, never allocates, reads no clock. [`tick`](Self::tick) is a load until a unit is over;
/// then one caller looks at the windows (some thousand additions), and others go on at once. Who
/// asks for states, rates or what to save waits for that one, and adds up some hundred counts at
/// most. All memory is taken by [`build`](EndpointBudgetBuilder::build). It knows no endpoint but
/// its own, no runtime and no network: who ticks it sends the events where they belong.
///
/// # Examples
/// ```
/// use std::time::Duration;
/// use shorttail::control::{BudgetChange, BudgetState, EndpointBudget};
///
/// let budget = EndpointBudget::builder("GET /cart")
///     .p95(Duration::from_millis(80))
///     .p99(Duration::from_millis(250))
///     .build(0)?;
/// let minute_ns = 60_000_000_000;
/// for minute in 1..=10 {
///     for request in 0..1_000 {
///         // From the sixth minute on, 5 % are slow, where 1 % may be.
///         let is_slow = minute > 5 && request % 20 == 0;
///         budget.observe(if is_slow { 300_000_000 } else { 20_000_000 });
///     }
///     while let Some(event) = budget.tick(minute * minute_ns) {
///         println!("{event}");
///         assert_eq!((event.q, event.change), (0.99, BudgetChange::Warn));
///     }
/// }
/// assert_eq!(budget.states(), [BudgetState::Ok, BudgetState::Warn]);
/// let [_p95, p99] = budget.burn_rates(5);
/// assert_eq!((p99.requests, p99.over), (5_000, 250));
/// # Ok::<(), shorttail::control::ConfigError>(())
/// ```
///
/// # Sources
/// Multi-window, multi-burn-rate alerts: *The Site Reliability Workbook* (Google, 2018), chapter 5.
/// The level: Chernoff's bound (1952) for a window, Wilks' likelihood ratio (1938) for two builds.
pub struct EndpointBudget {
    endpoint: &'static str,
    max_ns: [u64; 2],
    unit_ns: u64,
    cells: Cells,
    /// When the unit is over; at once, while there is something to tell.
    due_ns: AtomicU64,
    state: Lock<State>,
}

/// Units after which the windows have forgotten the first.
const FORGOTTEN: usize = LONGEST + UNITS;

struct State {
    rules: Rules,
    windows: Windows,
    watches: [Watch; 2],
    unit_end_ns: u64,
    build: Build,
    /// Of this build, from the processes before.
    inherited: Seen,
    /// Of the build that this one is compared with.
    before: Option<Past>,
    /// Of this build, as far as it is compared.
    since_start: Seen,
    /// Units since the start, to where the windows have forgotten it.
    begun: usize,
    /// What the units of the start saw, which are left out.
    start: Seen,
    /// Events that wait for the next call.
    pending: [Option<BudgetEvent>; 4],
}

impl EndpointBudget {
    /// Begins the description of a budget for the endpoint of this name; for an example see
    /// [`EndpointBudget`].
    pub const fn builder(endpoint: &'static str) -> EndpointBudgetBuilder {
        EndpointBudgetBuilder::new(endpoint)
    }

    fn new(
        endpoint: &'static str,
        threads: usize,
        rules: Rules,
        mut watches: [Watch; 2],
        heritage: Heritage,
        now_ns: u64,
    ) -> Self {
        for (watch, told) in watches.iter_mut().zip(heritage.told) {
            watch.regressed = told;
        }
        let unit_end_ns = now_ns.saturating_add(rules.unit_ns);
        Self {
            endpoint,
            max_ns: watches.each_ref().map(|watch| watch.max_ns),
            unit_ns: rules.unit_ns,
            cells: Cells::new(threads),
            due_ns: AtomicU64::new(unit_end_ns),
            state: Lock::new(State {
                rules,
                windows: Windows::new(),
                watches,
                unit_end_ns,
                build: heritage.build,
                inherited: heritage.inherited,
                before: heritage.before,
                since_start: heritage.inherited,
                begun: 0,
                start: Seen::NONE,
                pending: [None; 4],
            }),
        }
    }

    /// Notes a request that took `latency_ns`.
    ///
    /// One that was cut off belongs here with the time until then, else the slowest are not seen;
    /// one that was refused at the door does not. For an example see [`EndpointBudget`].
    #[inline]
    #[cfg_attr(shorttail_rtsan, sanitize(realtime = "nonblocking"))]
    pub fn observe(&self, latency_ns: u64) {
        self.cells
            .add(self.max_ns.map(|max_ns| latency_ns > max_ns));
    }

    /// Ends the units of time that are over at `now_ns`, and says what changed; one event a call,
    /// so call it until there is none.
    ///
    /// To be called about once a unit, by a timer or by requests: until a unit is over it is one
    /// load. What was observed since the last call counts for the unit that ended last. Who finds
    /// another call at work goes on without. A reading of the future ends the units until then, and
    /// a sound one, more than a unit before it, begins a unit anew.
    ///
    /// For an example see [`EndpointBudget`].
    #[cfg_attr(shorttail_rtsan, sanitize(realtime = "nonblocking"))]
    pub fn tick(&self, now_ns: u64) -> Option<BudgetEvent> {
        // Relaxed: a hint; the lock decides. [control-9]
        let due_ns = self.due_ns.load(Ordering::Relaxed);
        if now_ns < due_ns && !self.is_far(due_ns, now_ns) {
            return None;
        }
        let mut state = self.state.try_lock()?;
        if now_ns >= state.unit_end_ns {
            state.turn(self, now_ns);
        } else if self.is_far(state.unit_end_ns, now_ns) {
            state.unit_end_ns = now_ns.saturating_add(self.unit_ns);
        }
        let event = state.pending[0].take();
        state.pending.rotate_left(1);
        let is_done = state.pending[0].is_none();
        let due_ns = if is_done { state.unit_end_ns } else { 0 };
        // Relaxed: as the load. [control-9]
        self.due_ns.store(due_ns, Ordering::Relaxed);
        event
    }

    /// Whether a unit ends later than any that begins now or has just begun.
    #[inline]
    const fn is_far(&self, end_ns: u64, now_ns: u64) -> bool {
        end_ns - now_ns > 2 * self.unit_ns
    }

    /// The endpoint's name; for an example see [`targets_ns`](Self::targets_ns).
    #[must_use]
    pub const fn endpoint(&self) -> &'static str {
        self.endpoint
    }

    /// Which latency p95 and p99 are to keep within; `None` for one without a target.
    ///
    /// # Examples
    /// ```
    /// use std::time::Duration;
    /// use shorttail::control::EndpointBudget;
    ///
    /// let budget = EndpointBudget::builder("GET /").p99(Duration::from_nanos(250)).build(0)?;
    /// assert_eq!((budget.endpoint(), budget.targets_ns()), ("GET /", [None, Some(250)]));
    /// # Ok::<(), shorttail::control::ConfigError>(())
    /// ```
    #[must_use]
    pub fn targets_ns(&self) -> [Option<u64>; 2] {
        self.max_ns
            .map(|max_ns| (max_ns != u64::MAX).then_some(max_ns))
    }

    /// How p95 and p99 do, as of the last tick. One without a target is always `Ok`.
    ///
    /// Waits for a tick that is at work. For an example see [`EndpointBudget`].
    #[must_use]
    pub fn states(&self) -> [BudgetState; 2] {
        let state = self.state.lock();
        state.watches.each_ref().map(|watch| watch.state)
    }

    /// How fast p95 and p99 burn, over the last `units` that ended (to the unit up to 60, beyond to
    /// 60 of them). Waits for a tick that is at work. For an example see [`EndpointBudget`].
    #[must_use]
    pub fn burn_rates(&self, units: usize) -> [BurnRate; 2] {
        let state = self.state.lock();
        let burn = |watch: &Watch| watch.burn(&state.windows, units, state.rules);
        state.watches.each_ref().map(burn)
    }

    /// What the next process is to be handed as its [`baseline`](EndpointBudgetBuilder::baseline):
    /// the last 4 320 units under this build's [name](EndpointBudgetBuilder::of_build), and what
    /// it was compared with. Store it now and then, and at the end, where that process finds it.
    ///
    /// The first five units are left out, as they are of what this build is compared by: a start
    /// is slower than what follows it. What was observed since the last tick is not in it. Waits
    /// for a tick that is at work. For an example see [`Carried`].
    #[must_use]
    pub fn save(&self) -> [u8; CARRIED_BYTES] {
        let state = self.state.lock();
        let own = Past {
            build: state.build,
            seen: state.steady().sound(),
        };
        let carried = Carried {
            inherited: state.inherited,
            before: state.before,
            told: state.watches.each_ref().map(|watch| watch.regressed),
            ..Carried::of(self.max_ns, own)
        };
        carried.to_bytes()
    }

    /// The build that this one is compared with, and how many requests of it were carried over.
    /// Waits for a tick that is at work. For an example see [`Carried::merge`].
    #[must_use]
    pub fn compared_with(&self) -> Option<Carried> {
        let before = self.state.lock().before?;
        Some(Carried::of(self.max_ns, before))
    }
}

impl State {
    /// What the longest window saw, without the start.
    fn steady(&self) -> Seen {
        let seen = self.windows.last(LONGEST);
        if self.begun < FORGOTTEN {
            seen.without(self.start)
        } else {
            seen
        }
    }

    /// Ends the units that are over, and judges what they show.
    fn turn(&mut self, budget: &EndpointBudget, now_ns: u64) {
        let unit_ns = self.rules.unit_ns;
        let elapsed = 1 + (now_ns - self.unit_end_ns) / unit_ns;
        self.unit_end_ns = self
            .unit_end_ns
            .saturating_add(elapsed.saturating_mul(unit_ns));
        // After as many without a request, all windows are empty.
        let elapsed = usize::try_from(elapsed)
            .unwrap_or(usize::MAX)
            .min(LONGEST + UNITS);
        let seen = budget.cells.take();
        (1..elapsed).for_each(|_| self.windows.push(Seen::default()));
        self.windows.push(seen);
        // A start is slower than what follows it.
        if self.begun < SHORT {
            self.start.add(seen);
        } else {
            self.since_start.add(seen);
        }
        self.begun = (self.begun + elapsed).min(FORGOTTEN);
        for at in 0..self.watches.len() {
            let watch = &mut self.watches[at];
            let judged = watch.judge(&self.windows, self.rules);
            let compared = self.before.and_then(|before| {
                watch.compare(before.seen, self.since_start, &self.windows, self.rules)
            });
            let (q, max_ns) = (watch.q, watch.max_ns);
            for (change, short, long) in judged.into_iter().chain(compared) {
                self.tell(BudgetEvent {
                    endpoint: budget.endpoint,
                    q,
                    max_ns,
                    change,
                    short,
                    long,
                });
            }
        }
    }

    /// Keeps an event for who asks next, behind the others. There is room for what two watches tell
    /// in one tick; of events that nobody asked for, the last stay.
    fn tell(&mut self, event: BudgetEvent) {
        if self.pending.iter().all(Option::is_some) {
            self.pending[0] = None;
            self.pending.rotate_left(1);
        }
        if let Some(place) = self.pending.iter_mut().find(|place| place.is_none()) {
            *place = Some(event);
        }
    }
}

impl fmt::Debug for EndpointBudget {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("EndpointBudget")
            .field("endpoint", &self.endpoint)
            .field("max_ns", &self.max_ns)
            .finish_non_exhaustive()
    }
}
