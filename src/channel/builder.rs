//! The description of a channel.

use core::error::Error;
use core::fmt;

use crate::ring::{NoRing, Ring};
use crate::sync::Arc;

use super::shared::Shared;
use super::{OnFull, Receiver, Sender};

/// The description of a channel, checked by [`build`](Self::build).
///
/// [`bounded`](super::bounded) is the short form. All but `build` only store.
///
/// # Examples
/// ```
/// use shorttail::channel::Builder;
///
/// let (tx, rx) = Builder::new(100).patience(16).build()?;
/// tx.send("x")?;
/// assert_eq!(rx.recv()?, "x");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
#[must_use = "a builder does nothing until build()"]
pub struct Builder {
    capacity: usize,
    patience: Option<u16>,
    on_full: OnFull,
}

impl Builder {
    /// A channel for up to `capacity` messages. At most 4095 of them may be permits at a time. Zero
    /// makes a [rendezvous](super#without-room). For an example see [`Builder`].
    pub const fn new(capacity: usize) -> Self {
        Self {
            capacity,
            patience: None,
            on_full: OnFull::Wait,
        }
    }

    /// How often a call looks at a slot whose owner is in the middle of another call, before it
    /// steps over it.
    ///
    /// If not set 64 times, about a microsecond, and not at all on a single processor, where the
    /// owner cannot go on meanwhile. A larger number bounds the calls later and takes fewer
    /// threads' positions from them that are running: for messages of kilobytes, whose copies take
    /// longer. Zero steps over at once.
    ///
    /// ```
    /// let (tx, _rx) = shorttail::channel::Builder::new(8).patience(0).build()?;
    /// tx.try_send([0_u8; 4096])?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub const fn patience(mut self, looks: u16) -> Self {
        self.patience = Some(looks);
        self
    }

    /// What [`Sender::offer`] does when there is no room. If not set, it waits.
    ///
    /// ```
    /// use shorttail::channel::{Builder, Offered, OnFull};
    ///
    /// let (tx, rx) = Builder::new(1).on_full(OnFull::DropOldest).build()?;
    /// assert_eq!(tx.offer(1)?, Offered::Sent);
    /// assert_eq!(tx.offer(2)?, Offered::Evicted(1));
    /// assert_eq!(rx.recv()?, 2);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub const fn on_full(mut self, policy: OnFull) -> Self {
        self.on_full = policy;
        self
    }

    /// Takes all the memory the channel will ever have. Nothing allocates after this.
    ///
    /// # Memory
    /// `(capacity + 8).next_power_of_two()` slots, each of eight bytes and a `T`, rounded up to the
    /// alignment of the two. So `1 << 18` takes twice the slots of `(1 << 18) - 8`: just above a
    /// power of two less eight the step is dearest. Beside them, whatever the capacity: three times
    /// thirty-two cells for waiters, of 48 bytes on 64-bit Linux, 4.5 KiB in all, and one shared
    /// block of about 1 KiB. Without capacity there are places for thirty-two messages as well.
    ///
    /// # Errors
    /// [`ConfigError`] if the capacity is too large, or if there is no memory for the
    /// slots. Only they are asked for so that a refusal is an error: where the system refuses the
    /// few KiB of the cells or the shared block, the process aborts, as by any `Box`. A system that
    /// overcommits refuses nothing, and kills a process that uses what there is not: while this
    /// runs, since it writes to each slot; with slots of more than a page maybe later.
    ///
    /// ```
    /// use shorttail::channel::{Builder, ConfigError};
    ///
    /// let refused = Builder::new(usize::MAX).build::<u8>();
    /// assert!(matches!(refused, Err(ConfigError::TooLarge { .. })));
    /// ```
    pub fn build<T>(self) -> Result<(Sender<T>, Receiver<T>), ConfigError> {
        let capacity = self.capacity;
        let ring =
            Ring::try_new(capacity, self.patience).map_err(|why| ConfigError::of(why, capacity))?;
        let shared = Arc::new(Shared::with(ring).on_full(self.on_full));
        Ok((Sender::new(shared.clone()), Receiver::new(shared)))
    }
}

/// Why a channel was not built.
///
/// # Examples
/// ```
/// use shorttail::channel::{Builder, ConfigError};
///
/// let refused = Builder::new(usize::MAX).build::<u8>();
/// let too_large = ConfigError::TooLarge { capacity: usize::MAX };
/// assert_eq!(refused.unwrap_err(), too_large);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ConfigError {
    /// A lane without room for a single message.
    NoCapacity,
    /// More slots than can be counted or addressed.
    TooLarge {
        /// Messages asked for.
        capacity: usize,
    },
    /// No lane, or more than thirty-two.
    LaneCount {
        /// Lanes asked for.
        lanes: usize,
    },
    /// A policy for a lane that is not there.
    NoSuchLane {
        /// The lane asked for.
        lane: usize,
        /// How many there are.
        lanes: usize,
    },
    /// Each receive aged, or each zeroth: the first lane would not come first.
    Aging,
    /// The system did not give the memory.
    OutOfMemory {
        /// Bytes asked for, by the slots.
        bytes: usize,
    },
}

impl ConfigError {
    pub(super) const fn of(why: NoRing, capacity: usize) -> Self {
        match why {
            NoRing::TooLarge => Self::TooLarge { capacity },
            NoRing::OutOfMemory { bytes } => Self::OutOfMemory { bytes },
        }
    }
}

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoCapacity => f.write_str("the capacity is 0, and must be 1 at least"),
            Self::TooLarge { capacity } => write!(
                f,
                "the slots for a capacity of {capacity} are more than 2^48, or isize::MAX bytes"
            ),
            Self::LaneCount { lanes } => write!(f, "one to 32 lanes, not {lanes}"),
            Self::NoSuchLane { lane, lanes } => {
                write!(
                    f,
                    "a policy for lane {lane} of {lanes}, the first of which is 0"
                )
            }
            Self::Aging => f.write_str("every second receive at most can be aged"),
            Self::OutOfMemory { bytes } => write!(f, "no memory for slots of {bytes} bytes"),
        }
    }
}

impl Error for ConfigError {}
