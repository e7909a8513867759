//! An allocator that fails, or is slow, at a chosen call.

use core::time::Duration;

use super::guard::must_be_installed;
use super::watch;
use crate::sync::global::sleep;

/// Makes chosen allocations of one thread fail or wait: what the code under test does then.
///
/// Counted are calls that ask for memory (`alloc`, `alloc_zeroed`, `realloc`) by the thread that
/// [`run`](Self::run)s the work; other threads and frees are left alone. A fault strikes once,
/// unless [`repeating`](Self::repeating) or [`lasting`](Self::lasting) says otherwise.
///
/// Code that cannot report the failure aborts the process, as `Box::new` and `Vec::push` do:
/// that is the standard library's rule, and a finding.
///
/// For tests: plain data until work [runs](Self::run) under it, and then a look at each of the
/// thread's calls to the allocator.
///
/// # Examples
/// Every point at which building may run out of memory:
/// ```
/// use shorttail::measure::{AllocFault, AllocGuard};
///
/// #[global_allocator]
/// static GUARD: AllocGuard = AllocGuard::system();
///
/// fn build() -> Result<[Vec<u8>; 2], std::collections::TryReserveError> {
///     let mut parts = [Vec::new(), Vec::new()];
///     for part in &mut parts {
///         part.try_reserve_exact(64)?;
///     }
///     Ok(parts)
/// }
///
/// for passed in 0.. {
///     let (struck, built) = AllocFault::fail_after(passed).run(build);
///     assert_eq!(built.is_err(), struck == 1);
///     if struck == 0 {
///         assert_eq!(passed, 2); // both points were tried
///         break;
///     }
/// }
/// ```
#[derive(Clone, Copy, Debug)]
#[must_use = "a fault does nothing until work runs under it"]
pub struct AllocFault {
    passed: u64,
    again: Again,
    effect: Effect,
}

#[derive(Clone, Copy, Debug)]
enum Again {
    No,
    Periodically,
    Always,
}

#[derive(Clone, Copy, Debug)]
enum Effect {
    Fail,
    Delay(Duration),
}

impl AllocFault {
    /// Lets `passed` calls pass and answers the next with a null pointer;
    /// for an example see [`AllocFault`].
    pub const fn fail_after(passed: u64) -> Self {
        Self::new(passed, Effect::Fail)
    }

    /// Lets `passed` calls pass and makes the next sleep for at least `delay` before it is served.
    ///
    /// A sleep, as a page fault or a lock in the allocator would be: the core is free meanwhile.
    ///
    /// ```
    /// # use std::time::Duration;
    /// # use shorttail::measure::{AllocFault, AllocGuard};
    /// # #[global_allocator]
    /// # static GUARD: AllocGuard = AllocGuard::system();
    /// let stalled = AllocFault::delay_after(0, Duration::from_micros(10));
    /// let (struck, list) = stalled.run(|| vec![7_u8]);
    /// assert_eq!((struck, list), (1, vec![7])); // served, and late
    /// ```
    pub const fn delay_after(passed: u64, delay: Duration) -> Self {
        Self::new(passed, Effect::Delay(delay))
    }

    const fn new(passed: u64, effect: Effect) -> Self {
        Self {
            passed,
            again: Again::No,
            effect,
        }
    }

    /// Strikes again each time as many calls have passed as before the first time.
    ///
    /// ```
    /// # use shorttail::measure::{AllocFault, AllocGuard};
    /// # #[global_allocator]
    /// # static GUARD: AllocGuard = AllocGuard::system();
    /// let six = || [(); 6].map(|()| Vec::<u8>::new().try_reserve_exact(8).is_err());
    /// let third = AllocFault::fail_after(2);
    /// let (struck, failed) = third.repeating().run(six);
    /// assert_eq!((struck, failed), (2, [false, false, true, false, false, true]));
    /// assert_eq!(third.lasting().run(six).0, 4); // from the third on
    /// ```
    pub const fn repeating(self) -> Self {
        Self {
            again: Again::Periodically,
            ..self
        }
    }

    /// Strikes every call from the first struck one on;
    /// for an example see [`repeating`](Self::repeating).
    pub const fn lasting(self) -> Self {
        Self {
            again: Again::Always,
            ..self
        }
    }

    /// Runs `work` under the fault; says how often it struck, and gives `work`'s result.
    /// For an example see [`AllocFault`].
    ///
    /// Zero means that `work` asked for too little memory to be struck, and proves nothing. A
    /// `run` inside `work` takes the place of this one until it ends. A panic ends the fault too.
    ///
    /// # Panics
    /// If no [`AllocGuard`](super::AllocGuard) is installed.
    #[track_caller]
    pub fn run<R>(self, work: impl FnOnce() -> R) -> (u64, R) {
        must_be_installed();
        let ends = Ends(watch::replace_fault(Some(Running::new(self))));
        let result = work();
        let struck = watch::replace_fault(None).map_or(0, |fault| fault.struck);
        drop(ends);
        (struck, result)
    }
}

/// Puts back, by panic too, the fault that was there before.
struct Ends(Option<Running>);

impl Drop for Ends {
    fn drop(&mut self) {
        watch::replace_fault(self.0);
    }
}

/// A fault under way.
#[derive(Clone, Copy, Debug)]
pub(super) struct Running {
    fault: AllocFault,
    /// Calls to pass before the next strike; `None` after the last.
    to_pass: Option<u64>,
    struck: u64,
}

impl Running {
    const fn new(fault: AllocFault) -> Self {
        Self {
            fault,
            to_pass: Some(fault.passed),
            struck: 0,
        }
    }

    /// At every call that asks for memory: waits if it must, and says whether to refuse it.
    pub(super) fn strikes(&mut self) -> bool {
        match self.to_pass {
            None => return false,
            Some(0) => {}
            Some(more) => {
                self.to_pass = Some(more - 1);
                return false;
            }
        }
        self.struck += 1;
        self.to_pass = match self.fault.again {
            Again::No => None,
            Again::Periodically => Some(self.fault.passed),
            Again::Always => Some(0),
        };
        match self.fault.effect {
            Effect::Fail => true,
            Effect::Delay(delay) => {
                sleep(delay);
                false
            }
        }
    }
}
