//! How many of the keys a toggle is on for.

use core::fmt;
use core::str::FromStr;

/// Basis points of all.
const ALL: u32 = 10_000;

/// A share of all keys, in basis points: 0.01 % steps. Four bytes, read and printed without an
/// allocation.
///
/// # Examples
/// ```
/// use shorttail::control::{ParseShareError, Share};
///
/// assert_eq!("on".parse(), Ok(Share::ALL));
/// assert_eq!("off".parse(), Ok(Share::NONE));
/// assert_eq!(Share::ALL.basis_points(), 10_000);
/// assert_eq!("12.5%".parse(), Ok(Share::from_basis_points(1_250).unwrap()));
/// assert_eq!("half".parse::<Share>(), Err(ParseShareError::Number));
/// assert_eq!(Share::from_basis_points(25).unwrap().to_string(), "0.25%");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Share(u32);

impl Share {
    /// Of none; for an example see [`Share`].
    pub const NONE: Self = Self(0);

    /// Of all; for an example see [`Share`].
    pub const ALL: Self = Self(ALL);

    /// So many of each ten thousand; `None` above that. For an example see [`Share`].
    #[must_use]
    pub const fn from_basis_points(points: u32) -> Option<Self> {
        if points <= ALL {
            Some(Self(points))
        } else {
            None
        }
    }

    /// How many of each ten thousand; for an example see [`Share`].
    #[must_use]
    pub const fn basis_points(self) -> u32 {
        self.0
    }

    /// What a toggle's word says, which only shares are written to.
    #[inline]
    pub(super) const fn of_word(word: u64) -> Self {
        Self(word as u32)
    }

    /// Whether a key is in it whose hash this is. A larger share has all the keys of a smaller one.
    #[inline]
    pub(super) const fn has(self, hash: u64) -> bool {
        // By multiplication (Lemire, 2019); the bias is below one in four hundred thousand.
        ((hash >> 32) * ALL as u64) >> 32 < self.0 as u64
    }
}

/// `on`, `off`, or a percentage with up to two digits after the point: `12.5%`.
impl FromStr for Share {
    type Err = ParseShareError;

    fn from_str(text: &str) -> Result<Self, ParseShareError> {
        match text {
            "on" => return Ok(Self::ALL),
            "off" => return Ok(Self::NONE),
            _ => {}
        }
        let number = text.strip_suffix('%').ok_or(ParseShareError::Number)?;
        let (whole, part) = number.split_once('.').unwrap_or((number, "0"));
        let is_number = |text: &str, most: usize| {
            (1..=most).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit())
        };
        if !is_number(whole, 3) || !is_number(part, 2) {
            return Err(ParseShareError::Number);
        }
        let digits = |text: &str| {
            text.bytes()
                .fold(0, |sum, byte| sum * 10 + u32::from(byte - b'0'))
        };
        let hundredths = if part.len() == 1 {
            digits(part) * 10
        } else {
            digits(part)
        };
        Self::from_basis_points(digits(whole) * 100 + hundredths).ok_or(ParseShareError::AboveAll)
    }
}

impl fmt::Display for Share {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (*self, self.0 / 100, self.0 % 100) {
            (Self::NONE, ..) => f.write_str("off"),
            (Self::ALL, ..) => f.write_str("on"),
            (_, whole, 0) => write!(f, "{whole}%"),
            (_, whole, part) if part % 10 == 0 => write!(f, "{whole}.{}%", part / 10),
            (_, whole, part) => write!(f, "{whole}.{part:02}%"),
        }
    }
}

/// Why a text is no [`Share`].
///
/// # Examples
/// ```
/// use shorttail::control::{ParseShareError, Share};
/// assert_eq!("101%".parse::<Share>(), Err(ParseShareError::AboveAll));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ParseShareError {
    /// Neither `on` nor `off`, nor a percentage with at most two digits after the point.
    Number,
    /// More than 100 %.
    AboveAll,
}

impl fmt::Display for ParseShareError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Number => "a share is `on`, `off` or a percentage such as `12.5%`",
            Self::AboveAll => "a share is at most 100%",
        })
    }
}

impl std::error::Error for ParseShareError {}
