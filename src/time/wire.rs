//! What is left of a deadline, as a header carries it.

use core::fmt;
use core::time::Duration;

use super::deadline::{Deadline, to_ns};

/// Digits that `grpc-timeout` may have.
const GRPC_DIGITS: usize = 8;
/// Digits of a `u64`.
const DIGITS: usize = 20;

/// The units of `grpc-timeout`, finest first, and how many nanoseconds each has.
const UNITS: [(u8, u64); 6] = [
    (b'n', 1),
    (b'u', 1_000),
    (b'm', 1_000_000),
    (b'S', 1_000_000_000),
    (b'M', 60_000_000_000),
    (b'H', 3_600_000_000_000),
];

const MS: u64 = 1_000_000;

/// The text of a time-out header, in its own 21 bytes: made and read without an allocation.
///
/// # Examples
/// ```
/// use std::time::Duration;
/// use shorttail::time::Deadline;
///
/// let deadline = Deadline::after(0, Duration::from_millis(250));
/// let header = deadline.to_grpc_timeout(50_000_000).unwrap();
/// assert_eq!((header.as_str(), header.as_bytes()), ("200000u", &b"200000u"[..]));
/// assert_eq!(deadline.to_millis(50_000_000).unwrap().as_str(), "200");
/// ```
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct WireTimeout {
    /// Right-aligned ASCII.
    text: [u8; DIGITS],
    from: u8,
}

impl WireTimeout {
    fn new(mut value: u64, unit: Option<u8>) -> Self {
        let mut wire = Self {
            text: [0; DIGITS],
            from: DIGITS as u8,
        };
        if let Some(unit) = unit {
            wire.push_front(unit);
        }
        loop {
            wire.push_front(b'0' + (value % 10) as u8);
            value /= 10;
            if value == 0 {
                return wire;
            }
        }
    }

    fn push_front(&mut self, byte: u8) {
        self.from -= 1;
        self.text[usize::from(self.from)] = byte;
    }

    /// The bytes, all ASCII; for an example see [`WireTimeout`].
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.text[usize::from(self.from)..]
    }

    /// The text; for an example see [`WireTimeout`].
    #[must_use]
    pub fn as_str(&self) -> &str {
        // Digits and a letter: always text.
        core::str::from_utf8(self.as_bytes()).unwrap_or_default()
    }
}

impl fmt::Display for WireTimeout {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Debug for WireTimeout {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "WireTimeout({self})")
    }
}

/// A time-out header that says no time: where it goes wrong, and how.
///
/// # Examples
/// ```
/// use shorttail::time::{Deadline, ParseTimeoutError};
///
/// let error = Deadline::from_grpc_timeout(b"12x", 0).unwrap_err();
/// assert_eq!(error, ParseTimeoutError::Unit { at: 2 });
/// assert_eq!(error.to_string(), "no unit of grpc-timeout at byte 2");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ParseTimeoutError {
    /// Nothing where a digit must be.
    Empty,
    /// What is no digit.
    Digit {
        /// Its offset in bytes.
        at: usize,
    },
    /// More digits than the header may have.
    TooLong {
        /// The offset of the first too many, in bytes.
        at: usize,
    },
    /// No unit, or another than `n`, `u`, `m`, `S`, `M` and `H`.
    Unit {
        /// Where it is, or where it would have to be, in bytes.
        at: usize,
    },
}

impl fmt::Display for ParseTimeoutError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Empty => f.write_str("no digit at byte 0"),
            Self::Digit { at } => write!(f, "no digit at byte {at}"),
            Self::TooLong { at } => write!(f, "a digit too many at byte {at}"),
            Self::Unit { at } => write!(f, "no unit of grpc-timeout at byte {at}"),
        }
    }
}

impl std::error::Error for ParseTimeoutError {}

/// What crosses the wire is the time that is *left*, never a moment: clocks of two machines differ.
/// Each hop's clock starts when it reads the header, so the time on the wire is not counted; keep a
/// [margin](Deadline::reserve) for it. Values are rounded down, so that a deadline only shrinks.
impl Deadline {
    /// What is left, for `grpc-timeout`: at most eight digits and the finest unit that fits. `None`
    /// for [`NEVER`](Self::NEVER), which is no header at all. For an example see [`WireTimeout`].
    #[must_use]
    pub fn to_grpc_timeout(self, now_ns: u64) -> Option<WireTimeout> {
        let left_ns = self.left_ns(now_ns)?;
        let fits = |(_, ns): &&(u8, u64)| left_ns / ns < 10_u64.pow(GRPC_DIGITS as u32);
        // A `u64` of nanoseconds is five million hours at most: the last unit always fits.
        let (unit, ns) = *UNITS.iter().find(fits).unwrap_or(&UNITS[UNITS.len() - 1]);
        Some(WireTimeout::new(left_ns / ns, Some(unit)))
    }

    /// What is left, in whole milliseconds, as in `x-envoy-expected-rq-timeout-ms`. `None` for
    /// [`NEVER`](Self::NEVER). For an example see [`WireTimeout`].
    #[must_use]
    pub fn to_millis(self, now_ns: u64) -> Option<WireTimeout> {
        let left_ns = self.left_ns(now_ns)?;
        Some(WireTimeout::new(left_ns / MS, None))
    }

    fn left_ns(self, now_ns: u64) -> Option<u64> {
        (self != Self::NEVER).then(|| self.as_ns().saturating_sub(now_ns))
    }

    /// The deadline that a `grpc-timeout` received at `now_ns` sets.
    ///
    /// # Errors
    /// [`ParseTimeoutError`], for anything but one to eight digits and a unit.
    ///
    /// # Examples
    /// ```
    /// use shorttail::time::Deadline;
    ///
    /// assert_eq!(Deadline::from_grpc_timeout(b"2S", 5), Ok(Deadline::at(2_000_000_005)));
    /// ```
    pub fn from_grpc_timeout(header: &[u8], now_ns: u64) -> Result<Self, ParseTimeoutError> {
        let digits = header.len().saturating_sub(1);
        let known = |unit: &u8| UNITS.iter().find(|(name, _)| name == unit);
        // Digits first: of "12345678x" the unit is wrong, of "x" the digit is missing.
        let value = match header.split_last() {
            None => return Err(ParseTimeoutError::Empty),
            Some((unit, _)) if unit.is_ascii_digit() => {
                decimal(header, GRPC_DIGITS)?;
                return Err(ParseTimeoutError::Unit { at: header.len() });
            }
            Some((_, number)) => decimal(number, GRPC_DIGITS)?,
        };
        let (_, ns) = known(&header[digits]).ok_or(ParseTimeoutError::Unit { at: digits })?;
        Ok(Self::at(now_ns.saturating_add(value.saturating_mul(*ns))))
    }

    /// The deadline that a number of milliseconds received at `now_ns` sets; what does not fit is
    /// [`NEVER`](Self::NEVER).
    ///
    /// # Errors
    /// [`ParseTimeoutError`], for anything but one to twenty digits.
    ///
    /// # Examples
    /// ```
    /// use shorttail::time::{Deadline, ParseTimeoutError};
    ///
    /// assert_eq!(Deadline::from_millis(b"20", 0), Ok(Deadline::at(20_000_000)));
    /// assert_eq!(Deadline::from_millis(b"1.5", 0), Err(ParseTimeoutError::Digit { at: 1 }));
    /// ```
    pub fn from_millis(header: &[u8], now_ns: u64) -> Result<Self, ParseTimeoutError> {
        let value = decimal(header, DIGITS)?;
        Ok(Self::at(now_ns.saturating_add(value.saturating_mul(MS))))
    }

    /// This deadline less what is kept for handing the answer on.
    ///
    /// # Examples
    /// ```
    /// use std::time::Duration;
    /// use shorttail::time::Deadline;
    ///
    /// let ms = Duration::from_millis;
    /// let deadline = Deadline::after(0, ms(100)).reserve(ms(5));
    /// assert_eq!(deadline.remaining(0), ms(95));
    /// assert_eq!(Deadline::NEVER.reserve(ms(5)), Deadline::NEVER);
    /// ```
    #[must_use]
    pub fn reserve(self, margin: Duration) -> Self {
        if self == Self::NEVER {
            return self;
        }
        Self::at(self.as_ns().saturating_sub(to_ns(margin)))
    }
}

/// One to `digits_max` digits as a number, saturating.
fn decimal(text: &[u8], digits_max: usize) -> Result<u64, ParseTimeoutError> {
    if text.is_empty() {
        return Err(ParseTimeoutError::Empty);
    }
    let mut value = 0_u64;
    for (at, byte) in text.iter().enumerate() {
        if !byte.is_ascii_digit() {
            return Err(ParseTimeoutError::Digit { at });
        }
        if at == digits_max {
            return Err(ParseTimeoutError::TooLong { at });
        }
        let digit = u64::from(byte - b'0');
        value = value.saturating_mul(10).saturating_add(digit);
    }
    Ok(value)
}
