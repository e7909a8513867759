//! A switch that is thrown while the service runs.

#[cfg(feature = "trial")]
mod ledger;
mod list;
mod measured;
mod report;
mod share;

use core::fmt;

pub use list::{SetTogglesError, SetWhy, Toggles};
pub use measured::{MeasuredToggle, Side, ToggledOff};
pub use report::{Expected, ToggleReport};
pub use share::{ParseShareError, Share};

use crate::control::fnv::fnv1a;
use crate::limit::mix;
use crate::sync::global::{AtomicU64, Ordering};

/// A switch for a code path, off, on, or on for a share of all keys; a static of its own.
///
/// A deploy that changes one thing at a time is one that can be taken back: build the new path in,
/// switch it on for one request in a hundred, look at its percentiles
/// ([`MeasuredToggle`] does), and switch it off without a deploy.
///
/// # Guarantees
/// [`is_on`](Self::is_on) is a relaxed load and a compare, [`is_on_for`](Self::is_on_for) three
/// multiplications more where the share is a part: never waits, never allocates. A change is seen
/// by all threads as soon as the processor shows it to them, and orders nothing else: switch paths
/// by it that work beside each other, not what one must have prepared for the other.
///
/// # Examples
/// ```
/// use shorttail::control::{Share, Toggle};
///
/// static FAST_PARSE: Toggle = Toggle::off("fast-parse");
///
/// fn parse(user: u64) -> &'static str {
///     if FAST_PARSE.is_on_for(user) { "fast" } else { "as ever" }
/// }
///
/// assert_eq!(parse(7), "as ever");
/// FAST_PARSE.set("25%".parse()?);
/// let fast = (0..10_000).filter(|user| parse(*user) == "fast").count();
/// assert!((2_300..2_700).contains(&fast));
/// FAST_PARSE.set(Share::ALL);
/// assert_eq!(parse(7), "fast");
/// # Ok::<(), shorttail::control::ParseShareError>(())
/// ```
pub struct Toggle {
    name: &'static str,
    default: Share,
    /// Makes the keys of one toggle's share others than those of another's.
    salt: u64,
    /// In basis points.
    share: AtomicU64,
}

impl Toggle {
    /// A toggle that is off until it is set; for an example see [`Toggle`].
    #[must_use]
    pub const fn off(name: &'static str) -> Self {
        Self::new(name, Share::NONE)
    }

    /// A toggle that is on until it is set; for an example see [`Toggles`].
    #[must_use]
    pub const fn on(name: &'static str) -> Self {
        Self::new(name, Share::ALL)
    }

    /// A toggle that is on for this share of all keys until it is set.
    ///
    /// # Panics
    /// If the name has a `,` or a `=`, by which [lists](Toggles::set) are taken apart: such a
    /// static does not compile.
    ///
    /// # Examples
    /// ```
    /// # use shorttail::control::{Share, Toggle};
    /// static CANARY: Toggle = Toggle::new("canary", Share::ALL);
    ///
    /// assert_eq!(CANARY.set(Share::NONE), Share::ALL);
    /// assert_eq!((CANARY.name(), CANARY.default_share()), ("canary", Share::ALL));
    /// assert_eq!(CANARY.share(), Share::NONE);
    /// ```
    #[must_use]
    pub const fn new(name: &'static str, default: Share) -> Self {
        Self {
            name,
            default,
            salt: salt(name),
            share: AtomicU64::new(default.basis_points() as u64),
        }
    }

    /// Its name; for an example see [`new`](Self::new).
    #[must_use]
    pub const fn name(&self) -> &'static str {
        self.name
    }

    /// What it was made with; for an example see [`new`](Self::new).
    #[must_use]
    pub const fn default_share(&self) -> Share {
        self.default
    }

    /// Whether it is on for all. One load; for an example see [`Toggles`].
    #[inline]
    #[cfg_attr(shorttail_rtsan, sanitize(realtime = "nonblocking"))]
    #[must_use]
    pub fn is_on(&self) -> bool {
        self.share() == Share::ALL
    }

    /// Whether it is on for this key: of a user, an order, a host; the same each time, on every
    /// instance and in every process. A key that is in a share is in every larger one.
    ///
    /// What is no number is hashed by the caller, by a function that is the same everywhere.
    ///
    /// For an example see [`Toggle`].
    #[inline]
    #[cfg_attr(shorttail_rtsan, sanitize(realtime = "nonblocking"))]
    #[must_use]
    pub fn is_on_for(&self, key: u64) -> bool {
        match self.share() {
            Share::NONE => false,
            Share::ALL => true,
            share => share.has(mix(key ^ self.salt)),
        }
    }

    /// The share of keys it is on for. One load; for an example see [`new`](Self::new).
    #[inline]
    #[must_use]
    pub fn share(&self) -> Share {
        // Relaxed: the number is all there is. [control-10]
        Share::of_word(self.share.load(Ordering::Relaxed))
    }

    /// Sets the share; says what it was. One swap; for an example see [`new`](Self::new).
    #[cfg_attr(shorttail_rtsan, sanitize(realtime = "nonblocking"))]
    pub fn set(&self, share: Share) -> Share {
        // Relaxed: as the load. [control-10]
        Share::of_word(
            self.share
                .swap(share.basis_points().into(), Ordering::Relaxed),
        )
    }
}

/// Of a name that lists of toggles can hold.
const fn salt(name: &str) -> u64 {
    let (bytes, mut at) = (name.as_bytes(), 0);
    while at < bytes.len() {
        assert!(
            bytes[at] != b',' && bytes[at] != b'=',
            "a toggle's name has no comma and no equals sign"
        );
        at += 1;
    }
    fnv1a(bytes)
}

/// As in the list: `fast-parse=25%`.
impl fmt::Display for Toggle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}={}", self.name, self.share())
    }
}

impl fmt::Debug for Toggle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Toggle")
            .field("name", &self.name)
            .field("share", &self.share())
            .field("default", &self.default)
            .finish_non_exhaustive()
    }
}
