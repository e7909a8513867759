//! loom's primitives, in the shape of the real ones.

pub(crate) use loom::cell::UnsafeCell;
pub(crate) use loom::hint::spin_loop;
pub(crate) use loom::sync::Arc;
pub(crate) use loom::thread;

pub(crate) mod atomic {
    pub(crate) use super::word::AtomicU64;
    pub(crate) use loom::sync::atomic::{
        AtomicBool, AtomicU8, AtomicU32, AtomicUsize, Ordering, fence,
    };
}

/// Whether this is a loom build: some tables are smaller there.
pub(crate) const MODEL: bool = true;

/// Stands between two SeqCst accesses of one thread: loom 0.7 takes them for AcqRel ones, and the
/// fence gives back the order that the language promises for the real accesses.
pub(crate) fn model_seqcst() {
    // SeqCst: only in models; the rows that lean on it are named at its callers. [sync-5]
    atomic::fence(atomic::Ordering::SeqCst);
}

pub(crate) use loom::sync::MutexGuard;

/// loom's mutex without poisoning, as `parking_lot`'s.
#[derive(Debug)]
pub(crate) struct Mutex<T>(loom::sync::Mutex<T>);

impl<T> Mutex<T> {
    pub(crate) fn new(value: T) -> Self {
        Self(loom::sync::Mutex::new(value))
    }

    pub(crate) fn lock(&self) -> MutexGuard<'_, T> {
        self.0
            .lock()
            .expect("a model never panics with a lock held")
    }

    pub(crate) fn try_lock(&self) -> Option<MutexGuard<'_, T>> {
        self.0.try_lock().ok()
    }
}

pub(crate) use Mutex as Lock;
pub(crate) use MutexGuard as LockGuard;

/// loom's condition variable with `parking_lot`'s signature.
#[derive(Debug)]
pub(crate) struct Condvar(loom::sync::Condvar);

impl Condvar {
    pub(crate) fn new() -> Self {
        Self(loom::sync::Condvar::new())
    }

    /// Takes the guard by value, as loom must; callers re-bind it.
    pub(crate) fn wait_owned<'a, T>(&self, guard: MutexGuard<'a, T>) -> MutexGuard<'a, T> {
        self.0
            .wait(guard)
            .expect("a model never panics with a lock held")
    }

    pub(crate) fn notify_all(&self) {
        self.0.notify_all();
    }
}

/// One: models look once and never spin.
pub(crate) fn cpus() -> usize {
    1
}

#[path = "model_word.rs"]
mod word;

/// Runs `model` in every schedule with at most `preemptions` (all if none), and prints how many.
pub(crate) fn explore(
    name: &str,
    preemptions: Option<usize>,
    model: impl Fn() + Send + Sync + 'static,
) {
    use super::global::{AtomicU64, Ordering};

    let runs = std::sync::Arc::new(AtomicU64::new(0));
    let counted = runs.clone();
    let mut builder = loom::model::Builder::new();
    builder.preemption_bound = builder.preemption_bound.or(preemptions);
    builder.max_branches = 10_000;
    builder.check(move || {
        // Relaxed: a statistic; publishes nothing. [sync-3]
        counted.fetch_add(1, Ordering::Relaxed);
        model();
    });
    // Relaxed: as above. [sync-3]
    let runs = runs.load(Ordering::Relaxed);
    eprintln!("{name}: {runs} executions, bound {preemptions:?}");
}

/// As [`explore`], twice: as written, and with every load of an `AtomicU64` an RMW(+0).
///
/// loom 0.7.3 remembers only the last access to a word, so a thread that loads before its CAS
/// hides the conflict between that CAS and another thread's earlier load, and schedules are
/// missed. Adding zero makes each access conflict; but it always reads the newest value, so
/// only the first run finds what a stale read breaks. No word may see plain stores here.
pub(crate) fn explore_strictly(
    name: &str,
    preemptions: Option<usize>,
    model: impl Fn() + Send + Sync + Copy + 'static,
) {
    explore(name, preemptions, model);
    word::strictly(|| explore(&format!("{name}, strict"), preemptions, model));
}
