//! The lock of ordinary builds.

use std::sync::{MutexGuard, PoisonError, TryLockError};

/// A mutex that allocates nothing, contended or not, on platforms with a futex; no poisoning.
///
/// `parking_lot`'s grows a table of threads when they first block, so waiter queues use this one.
#[derive(Debug)]
pub(crate) struct Lock<T>(std::sync::Mutex<T>);

impl<T> Lock<T> {
    pub(crate) const fn new(value: T) -> Self {
        Self(std::sync::Mutex::new(value))
    }

    pub(crate) fn lock(&self) -> MutexGuard<'_, T> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn try_lock(&self) -> Option<MutexGuard<'_, T>> {
        match self.0.try_lock() {
            Ok(guard) => Some(guard),
            Err(TryLockError::Poisoned(guard)) => Some(guard.into_inner()),
            Err(TryLockError::WouldBlock) => None,
        }
    }
}
