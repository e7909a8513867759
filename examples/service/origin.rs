//! The origin behind the cache: an in-process stand-in for a database, with seeded latency, slow
//! calls and failing calls. Each arm has one of its own, and the same call answers alike in all.

use std::fmt;
use std::io::Write;
use std::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use crate::plan::{ITEMS, Rng};

/// The items from here on are so seldom asked for that each request for one is a load.
pub(crate) const SELDOM: u32 = ITEMS as u32 - 1_000;

/// How long a request may wait for the origin, in every arm.
pub(crate) const BUDGET: Duration = Duration::from_millis(25);

/// After this part of the budget the origin is asked once more, in every arm: the first call may
/// be one of the slow ones.
pub(crate) const ASK_AGAIN: Duration = Duration::from_nanos(BUDGET.as_nanos() as u64 / 2);

/// Bytes set aside for each item, so that a write of up to this length takes no memory.
const ITEM_BYTES: usize = 512;

/// What a call will do: known before it is made, since the caller has to wait the time out in the
/// manner of its arm.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Call {
    pub(crate) takes: Duration,
    pub(crate) fails: bool,
}

/// The origin answered with an error.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct OriginFailed;

impl fmt::Display for OriginFailed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the origin failed")
    }
}

impl std::error::Error for OriginFailed {}

pub(crate) struct Origin {
    items: Box<[Mutex<Vec<u8>>]>,
    /// How often each item was asked for: the draw of a call depends on item and turn alone.
    turns: Box<[AtomicU32]>,
    healthy: AtomicBool,
    /// Milliseconds that each call takes on purpose, or one of the values below.
    outage: AtomicU64,
    /// The first item of those that `outage` is of.
    outage_from: AtomicU32,
}

const NO_OUTAGE: u64 = 0;
const DEAD: u64 = u64::MAX;

impl fmt::Debug for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Origin")
            .field("healthy", &self.healthy)
            .finish_non_exhaustive()
    }
}

impl Origin {
    pub(crate) fn new(healthy: bool) -> Self {
        Self {
            items: (0..ITEMS)
                .map(|id| Mutex::new(first_body(id as u32)))
                .collect(),
            turns: (0..ITEMS).map(|_| AtomicU32::new(0)).collect(),
            healthy: AtomicBool::new(healthy),
            outage: AtomicU64::new(NO_OUTAGE),
            outage_from: AtomicU32::new(0),
        }
    }

    /// Switches the slow and failing calls off or on.
    pub(crate) fn set_healthy(&self, healthy: bool) {
        // Relaxed: a switch of its own, nothing is published by it.
        self.healthy.store(healthy, Ordering::Relaxed);
    }

    /// From now on each call takes this long and then answers; as before with zero.
    pub(crate) fn set_slow(&self, time: Duration) {
        self.set_slow_from(0, time);
    }

    /// As [`set_slow`](Self::set_slow), of the items from `first` on alone.
    pub(crate) fn set_slow_from(&self, first: u32, time: Duration) {
        let time_ms = u64::try_from(time.as_millis()).unwrap_or(DEAD - 1);
        // Relaxed: see `set_healthy`.
        self.outage_from.store(first, Ordering::Relaxed);
        self.outage.store(time_ms, Ordering::Relaxed);
    }

    /// From now on each call fails at once, until [`set_slow`](Self::set_slow).
    pub(crate) fn set_dead(&self) {
        // Relaxed: see `set_healthy`.
        self.outage_from.store(0, Ordering::Relaxed);
        self.outage.store(DEAD, Ordering::Relaxed);
    }

    /// Decides the next call for `id`.
    pub(crate) fn call(&self, id: u32) -> Call {
        // Relaxed: a counter.
        let turn = self.turns[id as usize].fetch_add(1, Ordering::Relaxed);
        // Relaxed: see `set_healthy`.
        let healthy = self.healthy.load(Ordering::Relaxed);
        // Relaxed: see `set_healthy`.
        match self.outage.load(Ordering::Relaxed) {
            _ if id < self.outage_from.load(Ordering::Relaxed) => decide(id, turn, healthy),
            NO_OUTAGE => decide(id, turn, healthy),
            DEAD => Call {
                takes: Duration::ZERO,
                fails: true,
            },
            time_ms => Call {
                takes: Duration::from_millis(time_ms),
                fails: false,
            },
        }
    }

    /// Hands the item's bytes to `read`, as they stand now.
    pub(crate) fn read<R>(&self, id: u32, read: impl FnOnce(&[u8]) -> R) -> R {
        let item = self.items[id as usize].lock();
        read(&item.unwrap_or_else(PoisonError::into_inner))
    }

    /// Replaces the item's bytes; takes memory only above the item's first length.
    pub(crate) fn write(&self, id: u32, body: &[u8]) {
        let mut item = self.items[id as usize]
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        item.clear();
        item.extend_from_slice(body);
    }
}

/// Draws a call: 0.5 ms and an exponential tail of mean 0.5 ms; in trouble, 1 in 100 takes 30 to
/// 150 ms more (past the budget) and 1 in 200 fails.
fn decide(id: u32, turn: u32, healthy: bool) -> Call {
    let mut rng = Rng::new((u64::from(id) << 32 | u64::from(turn)) ^ 0x6F72_6967_696E);
    let usual_us = 500.0 - 500.0 * rng.unit().ln();
    let (trouble, slow_us) = (rng.below(200), 30_000.0 + 120_000.0 * rng.unit());
    let slow = !healthy && trouble < 2;
    let takes_us = if slow { usual_us + slow_us } else { usual_us };
    Call {
        takes: Duration::from_nanos((takes_us * 1e3) as u64),
        fails: !healthy && trouble == 2,
    }
}

fn first_body(id: u32) -> Vec<u8> {
    let mut body = Vec::with_capacity(ITEM_BYTES);
    let filler = 120 + (id as usize).wrapping_mul(37) % 200;
    write!(body, "{{\"id\":{id},\"name\":\"item {id}\",\"text\":\"").expect("a Vec takes all");
    body.extend((0..filler).map(|i| b"the quick brown fox jumps "[(i + id as usize) % 26]));
    body.extend_from_slice(b"\"}\n");
    body
}
