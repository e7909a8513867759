//! What a message remembers of time.

use core::time::Duration;

use crate::time::Clock;

/// What puts stamps on messages and reads their age: every [`Clock`], and [`NoClock`].
///
/// Implement it for a stamp of another size, such as the ticks of a coarse clock in 32 bits.
///
/// # Examples
/// ```
/// use std::time::Duration;
/// use shorttail::channel::{self, Stamps};
///
/// /// Milliseconds in four bytes; does not tell the two waits apart.
/// #[derive(Clone)]
/// struct Millis(fn() -> u32);
///
/// impl Stamps for Millis {
///     type Stamp = u32;
///     fn at_call(&self) -> u32 {
///         (self.0)()
///     }
///     fn at_room(&self, _: &mut u32) {}
///     fn ages(&self, stamp: &u32) -> (Duration, Duration) {
///         let waited = (self.0)().saturating_sub(*stamp);
///         (Duration::ZERO, Duration::from_millis(waited.into()))
///     }
/// }
///
/// let (tx, rx) = channel::stamped(1, Millis(|| 7));
/// tx.send("x")?;
/// assert_eq!(rx.recv()?.waited_in_queue, Duration::ZERO);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub trait Stamps {
    /// What each message carries.
    type Stamp;

    /// The stamp of a send that begins.
    fn at_call(&self) -> Self::Stamp;

    /// Tells a stamp that its send has waited and is about to try again.
    fn at_room(&self, stamp: &mut Self::Stamp);

    /// How long a message waited for room, and how long in the queue up to now.
    fn ages(&self, stamp: &Self::Stamp) -> (Duration, Duration);
}

/// When its send was called, and when it last tried, in nanoseconds: the second is the first
/// unless it waited for room. A message that waited for room and then was taken off the processor
/// before it was in counts that as time in the queue.
impl<C: Clock> Stamps for C {
    type Stamp = (u64, u64);

    #[inline]
    fn at_call(&self) -> (u64, u64) {
        let now_ns = self.now_ns();
        (now_ns, now_ns)
    }

    #[inline]
    fn at_room(&self, (_, tried_ns): &mut (u64, u64)) {
        *tried_ns = self.now_ns();
    }

    #[inline]
    fn ages(&self, stamp: &(u64, u64)) -> (Duration, Duration) {
        ages_at(*stamp, self.now_ns())
    }
}

/// Both waits as of `now_ns`.
#[inline]
pub(super) const fn ages_at(
    (called_ns, tried_ns): (u64, u64),
    now_ns: u64,
) -> (Duration, Duration) {
    (
        Duration::from_nanos(tried_ns.saturating_sub(called_ns)),
        Duration::from_nanos(now_ns.saturating_sub(tried_ns)),
    )
}

/// No clock: messages carry no stamp, nothing is read, and every age is zero.
///
/// For code that is generic over whether age is wanted: `size_of::<Stamped<T, NoClock>>()` is
/// `size_of::<T>()`.
///
/// # Examples
/// ```
/// use shorttail::channel::{self, NoClock};
///
/// let (tx, rx) = channel::stamped(1, NoClock);
/// tx.send(1)?;
/// assert!(rx.recv()?.age().is_zero());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct NoClock;

impl Stamps for NoClock {
    type Stamp = ();

    #[inline]
    fn at_call(&self) {}

    #[inline]
    fn at_room(&self, (): &mut ()) {}

    #[inline]
    fn ages(&self, (): &()) -> (Duration, Duration) {
        (Duration::ZERO, Duration::ZERO)
    }
}

/// No age costs a slot nothing.
const _: () = assert!(size_of::<super::Stamped<u64, NoClock>>() == size_of::<u64>());
