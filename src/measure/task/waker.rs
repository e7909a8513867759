//! A slot as a `Waker`.

use core::ptr::NonNull;
use core::task::{RawWaker, RawWakerVTable};

use super::slot::WakeSlot;
use crate::time::Clock;

/// The functions of a waker whose data is a held [`WakeSlot`].
struct Functions<C>(C);

impl<C: Clock + Send + Sync + 'static> Functions<C> {
    const TABLE: &'static RawWakerVTable =
        &RawWakerVTable::new(clone::<C>, wake::<C>, wake_by_ref::<C>, release::<C>);
}

/// The parts of a waker of `slot`; whoever makes a waker of them owes it a hold.
pub(super) fn raw<C: Clock + Send + Sync + 'static>(slot: NonNull<WakeSlot<C>>) -> RawWaker {
    RawWaker::new(
        slot.as_ptr().cast::<()>().cast_const(),
        Functions::<C>::TABLE,
    )
}

/// The slot of a waker.
///
/// # Safety
/// `data` is of a waker that [`raw`] made, with the same clock.
unsafe fn slot<C>(data: *const ()) -> NonNull<WakeSlot<C>> {
    // SAFETY: `raw` made it from a `NonNull`.
    unsafe { NonNull::new_unchecked(data.cast_mut().cast()) }
}

/// # Safety
/// As `RawWakerVTable` has it: `data` is of a live waker of this table.
unsafe fn clone<C: Clock + Send + Sync + 'static>(data: *const ()) -> RawWaker {
    // SAFETY: the table is of this clock alone.
    let slot = unsafe { slot::<C>(data) };
    // SAFETY: a live waker has a hold, which keeps the slot alive.
    unsafe { slot.as_ref() }.hold();
    raw(slot)
}

/// # Safety
/// As `RawWakerVTable` has it: `data` is of a live waker of this table, which ends here.
unsafe fn wake<C: Clock + Send + Sync + 'static>(data: *const ()) {
    // SAFETY: the waker is live until it is released below.
    unsafe { wake_by_ref::<C>(data) };
    // SAFETY: the waker ends here.
    unsafe { release::<C>(data) };
}

/// # Safety
/// As `RawWakerVTable` has it: `data` is of a live waker of this table.
unsafe fn wake_by_ref<C: Clock + Send + Sync + 'static>(data: *const ()) {
    // SAFETY: the table is of this clock alone.
    let slot = unsafe { slot::<C>(data) };
    // SAFETY: a live waker has a hold, which keeps the slot alive.
    unsafe { slot.as_ref() }.wake();
}

/// # Safety
/// As `RawWakerVTable` has it: `data` is of a live waker of this table, which ends here.
unsafe fn release<C: Clock + Send + Sync + 'static>(data: *const ()) {
    // SAFETY: the table is of this clock alone.
    let slot = unsafe { slot::<C>(data) };
    // SAFETY: the waker's hold is its own and ends with it.
    unsafe { WakeSlot::release(slot) };
}
