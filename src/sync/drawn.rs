//! shuttle's primitives, in the shape of the real ones: for schedules too long for loom.
//!
//! Each step is a whole one and each load reads the newest value, so what an ordering must carry is
//! not seen here: that is loom's to check. Schedules are drawn, not enumerated: half of them with
//! few preemptions at places of equal chance ("A Randomized Scheduler with Probabilistic Guarantees
//! of Finding Bugs", Burckhardt and others, 2010), half without any plan.

pub(crate) use shuttle::future::block_on;
pub(crate) use shuttle::hint::spin_loop;
pub(crate) use shuttle::sync::Arc;
pub(super) use shuttle::sync::{Mutex, MutexGuard};
pub(crate) use shuttle::thread;

use shuttle::scheduler::{PctScheduler, RandomScheduler, Scheduler};
use shuttle::{Config, Runner};

pub(crate) mod atomic {
    pub(crate) use shuttle::sync::atomic::{
        AtomicBool, AtomicU8, AtomicU16, AtomicU32, AtomicU64, AtomicUsize, Ordering, fence,
    };
}

/// Whether this is a build of models: some tables are smaller there.
pub(crate) const MODEL: bool = true;

/// Nothing: all accesses are in one order.
pub(crate) const fn model_seqcst() {}

/// A cell that threads may share, in loom's shape. Who is in it while another writes is found if
/// one of the two is switched away from there.
#[derive(Debug)]
pub(crate) struct UnsafeCell<T: ?Sized> {
    /// Who reads, or -1 for one who writes.
    within: std::cell::Cell<isize>,
    value: std::cell::UnsafeCell<T>,
}

// SAFETY: shuttle runs one of a model's threads at a time, on the thread that checks the model, so
// `within` is never touched by two at once. The value is lent as a pointer: whoever dereferences it
// answers for that. A model that let another thread of the system at it would break this.
unsafe impl<T: ?Sized> Sync for UnsafeCell<T> {}

impl<T> UnsafeCell<T> {
    pub(crate) fn new(value: T) -> Self {
        Self {
            within: std::cell::Cell::new(0),
            value: std::cell::UnsafeCell::new(value),
        }
    }
}

impl<T: ?Sized> UnsafeCell<T> {
    pub(crate) fn with<R>(&self, read: impl FnOnce(*const T) -> R) -> R {
        assert!(self.within.get() >= 0, "read while it is written");
        self.within.set(self.within.get() + 1);
        let done = read(self.value.get());
        self.within.set(self.within.get() - 1);
        done
    }

    pub(crate) fn with_mut<R>(&self, write: impl FnOnce(*mut T) -> R) -> R {
        assert!(self.within.get() == 0, "written while it is used");
        self.within.set(-1);
        let done = write(self.value.get());
        self.within.set(0);
        done
    }
}

/// One: models look once and never spin.
pub(crate) fn cpus() -> usize {
    1
}

/// Schedules drawn by each of the two ways.
const DRAWN: usize = 2_000;
/// Preemptions of a schedule that has a plan.
const PLANNED: usize = 3;
/// Where the draws begin: the same schedules in every run.
const SEED: u64 = 0x7461_696C;

/// Runs `model` in drawn schedules, the same ones each time.
pub(super) fn check(_: Option<usize>, model: impl Fn() + Send + Sync + 'static) {
    let model = Arc::new(model);
    run(PctScheduler::new_from_seed(SEED, PLANNED, DRAWN), &model);
    run(RandomScheduler::new_from_seed(SEED, DRAWN), &model);
}

fn run<F: Fn() + Send + Sync + 'static>(scheduler: impl Scheduler + 'static, model: &Arc<F>) {
    let mut config = Config::new();
    config.silence_warnings = true;
    config.stack_size = 256 * 1024;
    let model = model.clone();
    Runner::new(scheduler, config).run(move || model());
}

/// Nothing more: each load reads the newest value already.
pub(super) fn strictly(_: impl FnOnce()) {}
