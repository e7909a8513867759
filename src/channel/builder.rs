//! The description of a channel.

use core::error::Error;
use core::fmt;

use crate::ring::{NoRing, Ring};
use crate::sync::Arc;

use super::shared::Shared;
use super::{Receiver, Sender};

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
}

impl Builder {
    /// A channel for up to `capacity` messages.
    pub const fn new(capacity: usize) -> Self {
        let patience = None;
        Self { capacity, patience }
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
        let shared = Arc::new(Shared::with(ring));
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
    /// No lane, or more than thirty-two.
    LaneCount {
        /// Lanes asked for.
        lanes: usize,
    },
    /// Each receive aged, or each zeroth: the first lane would not come first.
    Aging,
    /// The system did not give the memory.
    OutOfMemory {
        /// Bytes asked for.
        bytes: usize,
    },
}

impl ConfigError {
    pub(super) const fn of(why: NoRing) -> Self {
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
            Self::LaneCount { lanes } => write!(f, "one to 32 lanes, not {lanes}"),
            Self::Aging => f.write_str("every second receive at most can be aged"),
            Self::OutOfMemory { bytes } => write!(f, "no memory for a channel of {bytes} bytes"),
        }
    }
}

impl Error for ConfigError {}
