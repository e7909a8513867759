//! What is not there is asked of an origin: a cold key that all want at once, and misses of many
//! keys. Counted is how often the origin was asked, timed is every caller.

mod origin;
mod peers;
mod table;
mod turn;

use std::sync::Arc;
use std::time::Duration;

use crate::bench::{self, Bench};

use super::Value;
use origin::{Failed, Origin};
use turn::{Ran, run_turn};

/// Keys that there is room for: more than are ever asked for.
const ROOM: usize = 1 << 17;

/// A cache in front of an origin.
trait Through: Send + Sync + Sized + 'static {
    const NAME: &'static str;

    /// As many loads as `at_once` may be under way.
    fn over(origin: &Arc<Origin>, at_once: usize) -> Self;

    fn get_or_load(&self, key: u64) -> Result<Value, Failed>;
}

/// Callers, each of which makes so many calls, one after the other.
#[derive(Clone, Copy, Debug)]
struct Cell {
    name: &'static str,
    callers: usize,
    /// Keys that they ask for in a step, shared among them.
    keys: usize,
    steps: usize,
    takes: Duration,
    /// Whether the origin fails.
    fails: bool,
}

impl Cell {
    const fn new(name: &'static str, callers: usize, keys: usize, takes_ms: u64) -> Self {
        Self {
            name,
            callers,
            keys,
            steps: 1,
            takes: Duration::from_millis(takes_ms),
            fails: false,
        }
    }

    const fn steps(self, steps: usize) -> Self {
        Self { steps, ..self }
    }

    const fn fails(self) -> Self {
        Self {
            fails: true,
            ..self
        }
    }

    /// Callers drift apart, and so may ask for as many keys at a time.
    const fn loads_max(self) -> usize {
        if self.steps == 1 {
            self.keys
        } else {
            self.callers
        }
    }
}

struct Contender {
    name: &'static str,
    turn: Box<dyn FnMut() -> Option<Ran>>,
    /// What came of it; none once it was over the limit.
    ran: Option<Ran>,
}

impl Contender {
    fn of<T: Through>(cell: Cell) -> Self {
        let origin = Arc::new(Origin::new(cell.takes, cell.fails));
        let cache = Arc::new(T::over(&origin, cell.loads_max()));
        let mut first_key = 0;
        let turn = move || {
            first_key += (cell.keys * cell.steps) as u64;
            run_turn(&cache, &origin, cell, first_key)
        };
        Self {
            name: T::NAME,
            turn: Box::new(turn),
            ran: Some(Ran::default()),
        }
    }

    fn turn(&mut self) {
        if let Some(ran) = &mut self.ran {
            match (self.turn)() {
                Some(more) => ran.add(&more),
                None => self.ran = None,
            }
        }
    }
}

fn run_cell(bench: &mut Bench, cell: Cell) {
    if !bench.takes(cell.name) {
        return;
    }
    let mut contenders = [
        Contender::of::<peers::Ours>(cell),
        Contender::of::<peers::Moka>(cell),
        Contender::of::<peers::Quick>(cell),
        Contender::of::<peers::Amalgam>(cell),
        Contender::of::<peers::Foyer>(cell),
        Contender::of::<peers::Naive>(cell),
    ];
    // One turn to warm up, which is left out.
    for contender in &mut contenders {
        contender.turn();
        contender.ran = contender.ran.take().map(|_| Ran::default());
    }
    let rounds = bench.effort.team.rounds;
    let others = bench.begin();
    bench::in_turn(rounds, &mut contenders, |who, _| who.turn());
    table::print(cell, &contenders, rounds, others.end(), &mut bench.sheet);
}

pub(crate) fn run_stampede(bench: &mut Bench) {
    let cells = [
        Cell::new(
            "stampede: 8 callers, one cold key, origin of 10 ms",
            8,
            1,
            10,
        ),
        Cell::new(
            "stampede: 100 callers, one cold key, origin of 10 ms",
            100,
            1,
            10,
        ),
        Cell::new(
            "stampede: 1 000 callers, one cold key, origin of 10 ms",
            1_000,
            1,
            10,
        ),
        Cell::new(
            "stampede: 100 callers, one cold key, origin that fails after 10 ms",
            100,
            1,
            10,
        )
        .fails(),
    ];
    for cell in cells {
        run_cell(bench, cell);
    }
}

pub(crate) fn run_loads(bench: &mut Bench) {
    let cells = [
        Cell::new(
            "cache-load: 1 caller, a new key each call, origin of no time",
            1,
            1,
            0,
        )
        .steps(2_000),
        Cell::new(
            "cache-load: 2 callers, a new key each call, origin of no time",
            2,
            2,
            0,
        )
        .steps(1_000),
        Cell::new(
            "cache-load: 8 callers, a new key each call, origin of 1 ms",
            8,
            8,
            1,
        )
        .steps(40),
        Cell::new(
            "cache-load: 64 callers over 16 new keys, origin of 1 ms",
            64,
            16,
            1,
        )
        .steps(40),
    ];
    for cell in cells {
        run_cell(bench, cell);
    }
}
