//! When requests are to start: planned before the block runs, so that no answer can delay them.

use core::fmt;

use super::rng::Rng;

/// The arrivals of one block: intended starts, in nanoseconds from the block's start.
///
/// The same plan and seed give the same starts, on every machine and for both arms.
///
/// # Examples
/// ```
/// use shorttail::measure::trial::Plan;
///
/// let plan = Plan::uniform(1_000.0);
/// assert_eq!(plan.starts_ns(1, 4_000_000), [0, 1_000_000, 2_000_000, 3_000_000]);
///
/// let plan = Plan::poisson(50_000.0);
/// assert_eq!(plan.starts_ns(7, 1_000_000), plan.starts_ns(7, 1_000_000));
///
/// let (second, plan) = (1_000_000_000, Plan::bursts(20_000.0, 1_000_000, 3_000_000));
/// assert!(plan.starts_ns(5, second).iter().all(|at| at % 4_000_000 < 1_000_000));
///
/// let starts = Plan::ramp(0.0, 20_000.0).starts_ns(5, second);
/// let early = starts.iter().filter(|at| **at < second / 2).count();
/// assert!(early < starts.len() / 3); // a quarter of them
///
/// assert_eq!(Plan::replay(vec![7, 3, 10]).starts_ns(1, 10), [3, 7]);
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Plan(Shape);

#[derive(Clone, Debug, PartialEq)]
enum Shape {
    Uniform { rate: f64 },
    Poisson { rate: f64 },
    Bursts { rate: f64, on_ns: u64, off_ns: u64 },
    Ramp { from: f64, to: f64 },
    Replay { starts_ns: Vec<u64> },
}

impl Plan {
    /// `rate` arrivals a second, evenly spaced; for an example see [`Plan`].
    #[must_use]
    pub const fn uniform(rate: f64) -> Self {
        Self(Shape::Uniform { rate })
    }

    /// Independent arrivals, `rate` a second in the mean; for an example see [`Plan`].
    #[must_use]
    pub const fn poisson(rate: f64) -> Self {
        Self(Shape::Poisson { rate })
    }

    /// Independent arrivals, `rate` a second for `on_ns`, then none for `off_ns`, and again;
    /// for an example see [`Plan`].
    #[must_use]
    pub const fn bursts(rate: f64, on_ns: u64, off_ns: u64) -> Self {
        Self(Shape::Bursts {
            rate,
            on_ns,
            off_ns,
        })
    }

    /// Independent arrivals whose rate goes evenly from `from` to `to` a second over the block;
    /// for an example see [`Plan`].
    #[must_use]
    pub const fn ramp(from: f64, to: f64) -> Self {
        Self(Shape::Ramp { from, to })
    }

    /// Recorded starts, in nanoseconds from the block's start; put in order, cut at its end.
    /// For an example see [`Plan`].
    #[must_use]
    pub fn replay(mut starts_ns: Vec<u64>) -> Self {
        starts_ns.sort_unstable();
        Self(Shape::Replay { starts_ns })
    }

    /// The intended starts of a block of `block_ns`, ascending. Allocates the list; empty for a
    /// plan that a trial would refuse. For an example see [`Plan`].
    #[must_use]
    pub fn starts_ns(&self, seed: u64, block_ns: u64) -> Vec<u64> {
        let block = block_ns as f64 / 1e9;
        if self.fault().is_some() {
            return Vec::new();
        }
        let mut rng = Rng::new(seed);
        match &self.0 {
            Shape::Uniform { rate } => {
                let starts = (0_u64..).map(|n| (n as f64 * 1e9 / rate) as u64);
                starts.take_while(|&at| at < block_ns).collect()
            }
            Shape::Poisson { rate } => {
                let starts = independent(&mut rng, *rate, block);
                starts.map(to_ns).collect()
            }
            Shape::Bursts {
                rate,
                on_ns,
                off_ns,
            } => {
                // Arrivals of the busy time alone, each moved behind the pauses before it.
                let period = on_ns.saturating_add(*off_ns);
                let busy_ns = block_ns / period * on_ns + (block_ns % period).min(*on_ns);
                let starts = independent(&mut rng, *rate, busy_ns as f64 / 1e9);
                let moved = starts
                    .map(to_ns)
                    .map(|at| at.saturating_add((at / on_ns).saturating_mul(*off_ns)));
                moved.take_while(|&at| at < block_ns).collect()
            }
            Shape::Ramp { from, to } => {
                // Thinning (Lewis and Shedler, 1979): drawn at the higher rate, kept by the
                // share that the moment's rate is of it.
                let most = from.max(*to);
                let mut keep = Rng::new(seed ^ 0x5EED);
                let starts = independent(&mut rng, most, block);
                let kept = starts.filter(|at| {
                    let rate = from + (to - from) * at / block;
                    keep.unit() <= rate / most
                });
                kept.map(to_ns).collect()
            }
            Shape::Replay { starts_ns } => {
                let end = starts_ns.partition_point(|&at| at < block_ns);
                starts_ns[..end].to_vec()
            }
        }
    }

    /// What is wrong with the numbers, if anything is.
    pub(super) fn fault(&self) -> Option<&'static str> {
        let positive = |rate: f64| rate > 0.0 && rate <= RATE_MAX;
        match &self.0 {
            Shape::Uniform { rate } | Shape::Poisson { rate } => {
                (!positive(*rate)).then_some("a rate is not above zero and up to 1e9")
            }
            Shape::Bursts { rate, on_ns, .. } => {
                (!positive(*rate) || *on_ns == 0).then_some("bursts without arrivals")
            }
            Shape::Ramp { from, to } => {
                let sound = |rate: &f64| (0.0..=RATE_MAX).contains(rate);
                let sound = sound(from) && sound(to);
                (!sound || from.max(*to) == 0.0).then_some("a ramp without arrivals")
            }
            Shape::Replay { starts_ns } => {
                starts_ns.is_empty().then_some("a trace without arrivals")
            }
        }
    }
}

/// Arrivals a second: one a nanosecond.
const RATE_MAX: f64 = 1e9;

/// Independent arrivals, in seconds, up to `end`.
fn independent(rng: &mut Rng, rate: f64, end: f64) -> impl Iterator<Item = f64> {
    let mut at = 0.0;
    core::iter::from_fn(move || {
        at -= rng.unit().ln() / rate;
        (at < end).then_some(at)
    })
}

fn to_ns(seconds: f64) -> u64 {
    (seconds * 1e9) as u64
}

impl fmt::Display for Plan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Shape::Uniform { rate } => write!(f, "uniform {rate}/s"),
            Shape::Poisson { rate } => write!(f, "poisson {rate}/s"),
            Shape::Bursts {
                rate,
                on_ns,
                off_ns,
            } => write!(f, "bursts {rate}/s for {on_ns} ns, {off_ns} ns off"),
            Shape::Ramp { from, to } => write!(f, "ramp {from}/s to {to}/s"),
            Shape::Replay { starts_ns } => write!(f, "replay of {} starts", starts_ns.len()),
        }
    }
}
