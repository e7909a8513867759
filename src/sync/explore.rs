//! Running a model: in every schedule under loom, in many drawn ones under shuttle.

pub(crate) use super::imp::block_on;
use super::imp::{check, strictly};

/// Runs `model` in every schedule with at most `preemptions` (all if none), and prints how many.
///
/// Under shuttle the bound is not looked at: schedules of any number of preemptions are drawn.
pub(crate) fn explore(
    name: &str,
    preemptions: Option<usize>,
    model: impl Fn() + Send + Sync + 'static,
) {
    use super::global::{AtomicU64, Ordering};

    let runs = std::sync::Arc::new(AtomicU64::new(0));
    let counted = runs.clone();
    check(preemptions, move || {
        // Relaxed: a statistic; publishes nothing. [sync-3]
        counted.fetch_add(1, Ordering::Relaxed);
        model();
    });
    // Relaxed: as above. [sync-3]
    let runs = runs.load(Ordering::Relaxed);
    eprintln!("{name}: {runs} executions, bound {preemptions:?}");
}

/// As [`explore`], twice: as written, and with every load of an `AtomicU64` an RMW(+0).
/// Once under shuttle, where each load reads the newest value.
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
    explore_deeply(name, preemptions, preemptions, model);
}

/// As [`explore_strictly`], with a bound of its own for the second run.
///
/// In that run each access reads the newest value, so there are few executions, and it comes to
/// more preemptions than the first could; what stale reads break is looked for up to `stale`.
pub(crate) fn explore_deeply(
    name: &str,
    stale: Option<usize>,
    newest: Option<usize>,
    model: impl Fn() + Send + Sync + Copy + 'static,
) {
    explore(name, stale, model);
    strictly(|| explore(&format!("{name}, strict"), newest, model));
}

/// A word for points at which one thread may come before another or after.
///
/// loom 0.7.3 remembers only the last access to a word: where a thread loads before it stores, its
/// own load hides another's, and no other order is looked for. Read-modify-writes of a word that
/// both threads pass do conflict.
#[derive(Default)]
pub(crate) struct Turn(super::atomic::AtomicU64);

impl Turn {
    pub(crate) fn pass(&self) {
        // Relaxed: an order to look for; publishes nothing. [sync-3]
        self.0.fetch_add(1, super::atomic::Ordering::Relaxed);
    }
}
