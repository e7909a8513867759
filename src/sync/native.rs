//! The real primitives.

pub(crate) use std::hint::spin_loop;
pub(crate) use std::sync::Arc;
pub(crate) use std::thread;

pub(crate) mod atomic {
    pub(crate) use std::sync::atomic::{
        AtomicBool, AtomicU8, AtomicU16, AtomicU32, AtomicU64, AtomicUsize, Ordering, fence,
    };
}

/// Whether this is a build of models: some tables are smaller there.
pub(crate) const MODEL: bool = false;

/// Nothing: the SeqCst accesses around the call order each other.
#[inline(always)]
pub(crate) const fn model_seqcst() {}

/// `core::cell::UnsafeCell` with loom's access shape, so that models see every access.
#[derive(Debug)]
#[repr(transparent)]
pub(crate) struct UnsafeCell<T: ?Sized>(core::cell::UnsafeCell<T>);

impl<T> UnsafeCell<T> {
    pub(crate) const fn new(value: T) -> Self {
        Self(core::cell::UnsafeCell::new(value))
    }
}

impl<T: ?Sized> UnsafeCell<T> {
    /// Lends a pointer for reading; dereferencing it is the caller's `unsafe`.
    #[inline(always)]
    pub(crate) fn with<R>(&self, read: impl FnOnce(*const T) -> R) -> R {
        read(self.0.get())
    }

    /// Lends a pointer for writing; dereferencing it is the caller's `unsafe`.
    #[inline(always)]
    pub(crate) fn with_mut<R>(&self, write: impl FnOnce(*mut T) -> R) -> R {
        write(self.0.get())
    }
}

/// Processors that this process may run on; read once.
pub(crate) fn cpus() -> usize {
    static CPUS: super::global::OnceLock<usize> = super::global::OnceLock::new();
    *CPUS.get_or_init(|| thread::available_parallelism().map_or(1, usize::from))
}
