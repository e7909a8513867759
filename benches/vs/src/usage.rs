//! Processor time, context switches and allocations: what a thread or the process used.

use std::ops::{Add, Sub};

use shorttail::measure::thread_allocs;

/// Running totals; the difference of two is an interval's.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Usage {
    /// In user mode and in the kernel, as the system counts it.
    pub(crate) cpu_ns: u64,
    /// Gave the processor up, to wait.
    pub(crate) voluntary: u64,
    /// Had it taken away.
    pub(crate) involuntary: u64,
    pub(crate) allocs: u64,
}

impl Usage {
    /// The calling thread's, by `getrusage(RUSAGE_THREAD)` and the allocator's count.
    pub(crate) fn of_thread() -> Self {
        let allocs = thread_allocs();
        Self {
            allocs: allocs.allocs + allocs.reallocs,
            ..Self::read(libc::RUSAGE_THREAD)
        }
    }

    /// The whole process's, by `getrusage(RUSAGE_SELF)`; allocations are not in it.
    pub(crate) fn of_process() -> Self {
        Self::read(libc::RUSAGE_SELF)
    }

    fn read(who: libc::c_int) -> Self {
        let mut usage = std::mem::MaybeUninit::<libc::rusage>::zeroed();
        // SAFETY: the call writes a whole `rusage` there.
        let result = unsafe { libc::getrusage(who, usage.as_mut_ptr()) };
        assert_eq!(result, 0, "the system counts usage");
        // SAFETY: all of its fields are integers, for which zeros are values.
        let usage = unsafe { usage.assume_init() };
        let ns =
            |time: libc::timeval| time.tv_sec as u64 * 1_000_000_000 + time.tv_usec as u64 * 1_000;
        Self {
            cpu_ns: ns(usage.ru_utime) + ns(usage.ru_stime),
            voluntary: usage.ru_nvcsw as u64,
            involuntary: usage.ru_nivcsw as u64,
            allocs: 0,
        }
    }
}

impl Sub for Usage {
    type Output = Self;

    fn sub(self, earlier: Self) -> Self {
        Self {
            cpu_ns: self.cpu_ns - earlier.cpu_ns,
            voluntary: self.voluntary - earlier.voluntary,
            involuntary: self.involuntary - earlier.involuntary,
            allocs: self.allocs - earlier.allocs,
        }
    }
}

impl Add for Usage {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self {
            cpu_ns: self.cpu_ns + other.cpu_ns,
            voluntary: self.voluntary + other.voluntary,
            involuntary: self.involuntary + other.involuntary,
            allocs: self.allocs + other.allocs,
        }
    }
}

impl std::iter::Sum for Usage {
    fn sum<I: Iterator<Item = Self>>(usages: I) -> Self {
        usages.fold(Self::default(), Add::add)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_thread_is_charged_for_its_own_work_alone() {
        let before = Usage::of_thread();
        let others = std::thread::spawn(|| {
            let before = Usage::of_thread();
            while (Usage::of_thread() - before).cpu_ns < 20_000_000 {}
            drop(std::hint::black_box(vec![0_u8; 64]));
            Usage::of_thread() - before
        });
        let others = others.join().expect("nobody panics");
        let own = Usage::of_thread() - before;
        assert!(
            others.cpu_ns >= 20_000_000 && others.allocs >= 1,
            "{others:?}"
        );
        assert!(own.cpu_ns < 10_000_000 && own.voluntary >= 1, "{own:?}");
    }
}
