//! All toggles of a service, by name.

use core::fmt;
use std::env;

use super::{ParseShareError, Share, Toggle};

/// The toggles of a service: to list them, and to set them by name and from the environment. A list
/// that is gone through: nothing waits or allocates but [`set_from_env`](Self::set_from_env), which
/// asks the environment.
///
/// # Examples
/// ```
/// use shorttail::control::{Toggle, Toggles};
///
/// static FAST_PARSE: Toggle = Toggle::off("fast-parse");
/// static CACHE: Toggle = Toggle::on("cache");
/// static TOGGLES: Toggles = Toggles::new(&[&FAST_PARSE, &CACHE]);
///
/// assert_eq!(TOGGLES.set_from_env("TOGGLES_OF_NOBODY")?, 0); // it is not there
/// assert_eq!(TOGGLES.set("fast-parse=25%, cache=off")?, 2);
/// assert_eq!(TOGGLES.to_string(), "fast-parse=25%,cache=off");
/// let error = TOGGLES.set("cache=on,fast=on").unwrap_err();
/// assert_eq!(error.to_string(), "at byte 9: no such toggle");
/// assert!(!CACHE.is_on(), "all of a list is set, or nothing");
/// assert!(TOGGLES.iter().map(Toggle::name).eq(["fast-parse", "cache"]));
/// assert!(TOGGLES.get("fast").is_none());
/// # Ok::<(), shorttail::control::SetTogglesError>(())
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Toggles {
    all: &'static [&'static Toggle],
}

impl Toggles {
    /// These toggles. Of two with one name, the first is meant by it. For an example see
    /// [`Toggles`].
    #[must_use]
    pub const fn new(all: &'static [&'static Toggle]) -> Self {
        Self { all }
    }

    /// Each of them; for an example see [`Toggles`].
    pub fn iter(&self) -> impl Iterator<Item = &'static Toggle> + '_ {
        self.all.iter().copied()
    }

    /// The one of this name: looks at one after the other. For an example see [`Toggles`].
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&'static Toggle> {
        self.iter().find(|toggle| toggle.name() == name)
    }

    /// Sets toggles: `name=share` with commas between, spaces around them left out; says how many.
    /// Of two for one name, the later counts. Each name is looked up twice, in turn.
    ///
    /// For an example see [`Toggles`].
    ///
    /// # Errors
    /// With the byte where the first part begins that names no toggle or no share; nothing is set.
    pub fn set(&self, list: &str) -> Result<usize, SetTogglesError> {
        let mut count = 0;
        for part in parts(list) {
            self.parsed(list, part)?;
            count += 1;
        }
        for part in parts(list) {
            let (toggle, share) = self.parsed(list, part)?;
            toggle.set(share);
        }
        Ok(count)
    }

    /// Sets toggles as the environment variable says: at start. Without it, none. Allocates the
    /// variable's text.
    ///
    /// For an example see [`Toggles`].
    ///
    /// # Errors
    /// As [`set`](Self::set); and [`SetWhy::Unicode`].
    pub fn set_from_env(&self, variable: &str) -> Result<usize, SetTogglesError> {
        match env::var(variable) {
            Ok(list) => self.set(&list),
            Err(env::VarError::NotPresent) => Ok(0),
            Err(env::VarError::NotUnicode(_)) => Err(SetTogglesError {
                at: 0,
                why: SetWhy::Unicode,
            }),
        }
    }

    fn parsed(&self, list: &str, part: &str) -> Result<(&'static Toggle, Share), SetTogglesError> {
        let at = part.as_ptr().addr() - list.as_ptr().addr();
        let error = |why| SetTogglesError { at, why };
        let (name, share) = part.split_once('=').ok_or_else(|| error(SetWhy::Form))?;
        let toggle = self.get(name.trim()).ok_or_else(|| error(SetWhy::Name))?;
        let share = share
            .trim()
            .parse()
            .map_err(|why| error(SetWhy::Share(why)))?;
        Ok((toggle, share))
    }
}

fn parts(list: &str) -> impl Iterator<Item = &str> {
    list.split(',')
        .map(str::trim)
        .filter(|part| !part.is_empty())
}

/// As [`Toggles::set`] takes it.
impl fmt::Display for Toggles {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (number, toggle) in self.iter().enumerate() {
            let comma = if number > 0 { "," } else { "" };
            write!(f, "{comma}{toggle}")?;
        }
        Ok(())
    }
}

/// Why a list sets no toggles.
///
/// # Examples
/// ```
/// use shorttail::control::{SetWhy, Toggles};
///
/// let error = Toggles::new(&[]).set("cache").unwrap_err();
/// assert_eq!((error.at, error.why), (0, SetWhy::Form));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct SetTogglesError {
    /// The byte where the part begins.
    pub at: usize,
    /// What is wrong with it.
    pub why: SetWhy,
}

/// What is wrong with a part of a list of toggles; for an example see [`SetTogglesError`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum SetWhy {
    /// It is not `name=share`.
    Form,
    /// No toggle has the name.
    Name,
    /// The share is none.
    Share(ParseShareError),
    /// The environment's variable is not Unicode.
    Unicode,
}

impl fmt::Display for SetTogglesError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "at byte {}: ", self.at)?;
        match self.why {
            SetWhy::Form => f.write_str("not `name=share`"),
            SetWhy::Name => f.write_str("no such toggle"),
            SetWhy::Share(why) => why.fmt(f),
            SetWhy::Unicode => f.write_str("not Unicode"),
        }
    }
}

impl std::error::Error for SetTogglesError {}
