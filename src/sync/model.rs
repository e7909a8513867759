//! loom's primitives, in the shape of the real ones.

pub(crate) use loom::cell::UnsafeCell;
pub(crate) use loom::hint::spin_loop;
pub(crate) use loom::sync::Arc;
pub(crate) use loom::thread;

pub(crate) mod atomic {
    pub(crate) use loom::sync::atomic::{
        AtomicBool, AtomicU8, AtomicU32, AtomicU64, AtomicUsize, Ordering, fence,
    };
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
