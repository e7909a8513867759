//! The description of a channel.

use core::error::Error;
use core::fmt;

use crate::ring::{NoRing, Ring};
use crate::sync::Arc;

use super::shared::Shared;
use super::{OnFull, Receiver, Sender};

/// The description of a channel, checked by [`build`](Self::build).
///
/// [`bounded`](super::bounded) is the short form.
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
    /// A channel for up to `capacity` messages.
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

    /// Takes all the memory the channel will ever have: a slot for each of `capacity + 8` messages,
    /// rounded up to a power of two. Nothing allocates after this.
    ///
    /// # Errors
    /// [`ConfigError`] if the capacity is zero or too large, or if there is no memory for it.
    ///
    /// ```
    /// use shorttail::channel::{Builder, ConfigError};
    ///
    /// let refused = Builder::new(0).build::<u8>();
    /// assert_eq!(refused.unwrap_err(), ConfigError::NoCapacity);
    /// ```
    pub fn build<T>(self) -> Result<(Sender<T>, Receiver<T>), ConfigError> {
        if self.capacity == 0 {
            return Err(ConfigError::NoCapacity);
        }
        let ring = Ring::try_new(self.capacity, self.patience).map_err(ConfigError::of)?;
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
/// assert_eq!(refused.unwrap_err(), ConfigError::TooLarge);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ConfigError {
    /// No room for a single message.
    NoCapacity,
    /// More slots than can be counted or addressed.
    TooLarge,
    /// The system did not give the memory.
    OutOfMemory {
        /// Bytes asked for.
        bytes: usize,
    },
}

impl ConfigError {
    const fn of(why: NoRing) -> Self {
        match why {
            NoRing::TooLarge => Self::TooLarge,
            NoRing::OutOfMemory { bytes } => Self::OutOfMemory { bytes },
        }
    }
}

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoCapacity => f.write_str("a channel needs room for one message"),
            Self::TooLarge => f.write_str("the capacity is too large"),
            Self::OutOfMemory { bytes } => write!(f, "no memory for a channel of {bytes} bytes"),
        }
    }
}

impl Error for ConfigError {}
