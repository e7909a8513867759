//! Delays between attempts.

use core::time::Duration;

use serde::de::{Deserialize, Deserializer};
use serde::ser::{Serialize, Serializer};

use super::{Access, Config, Setting, Wrong, fit_some, read, write};
use crate::limit::{Backoff, Jitter};

/// A [`Backoff`] as a file has it.
struct Delays {
    curve: usize,
    base_ns: Option<u64>,
    cap_ns: Option<u64>,
    jitter: usize,
}

const CURVES: [&str; 4] = ["fixed", "linear", "logarithmic", "exponential"];
const FIXED: usize = 0;
const EXPONENTIAL: usize = 3;

const JITTERS: [(&str, Jitter); 4] = [
    ("full", Jitter::Full),
    ("none", Jitter::None),
    ("equal", Jitter::Equal),
    ("decorrelated", Jitter::Decorrelated),
];

impl Config for Delays {
    const NAME: &'static str = "Backoff";
    const SETTINGS: &'static [Setting<Self>] = &[
        (
            "curve",
            Access::Word(
                |c| Some(CURVES[c.curve]),
                |c, word| {
                    c.curve = CURVES.iter().position(|name| *name == word)?;
                    Some(())
                },
            ),
        ),
        (
            "base_ns",
            Access::Whole(|c| c.base_ns, |c, n| fit_some(&mut c.base_ns, n)),
        ),
        (
            "cap_ns",
            Access::Whole(|c| c.cap_ns, |c, n| fit_some(&mut c.cap_ns, n)),
        ),
        (
            "jitter",
            Access::Word(
                |c| Some(JITTERS[c.jitter].0),
                |c, word| {
                    c.jitter = JITTERS.iter().position(|(name, _)| *name == word)?;
                    Some(())
                },
            ),
        ),
    ];
    type Built = Backoff;

    fn initial() -> Self {
        Self {
            curve: EXPONENTIAL,
            base_ns: None,
            cap_ns: None,
            jitter: 0,
        }
    }

    fn built(self) -> Result<Backoff, Wrong> {
        let there = |name, ns: Option<u64>| {
            let ns = ns.ok_or_else(|| (name, "this curve has none without it".into()));
            ns.map(Duration::from_nanos)
        };
        let base = there("base_ns", self.base_ns)?;
        if self.curve == FIXED && self.cap_ns.is_some() {
            return Err(("cap_ns", "a fixed delay has no cap".into()));
        }
        let capped = || there("cap_ns", self.cap_ns);
        let backoff = match CURVES[self.curve] {
            "fixed" => Backoff::fixed(base),
            "linear" => Backoff::linear(base, capped()?),
            "logarithmic" => Backoff::logarithmic(base, capped()?),
            _ => Backoff::exponential(base, capped()?),
        };
        Ok(backoff.jitter(JITTERS[self.jitter].1))
    }
}

/// `base_ns`, `cap_ns` unless the `curve` is `fixed`, and `curve` (`fixed`, `linear`,
/// `logarithmic`, `exponential` if it is not there) and `jitter` (`none`, `full` if it is not
/// there, `equal`, `decorrelated`).
impl<'de> Deserialize<'de> for Backoff {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        read::<Delays, D>(deserializer)
    }
}

/// All settings, as they are read; a seed is none.
impl Serialize for Backoff {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let (curve, base_ns, cap_ns, jitter) = self.settings();
        let is_own = |(_, other): &(_, Jitter)| *other == jitter;
        let delays = Delays {
            curve,
            base_ns: Some(base_ns),
            cap_ns: (curve != FIXED).then_some(cap_ns),
            jitter: JITTERS.iter().position(is_own).unwrap_or_default(),
        };
        write(&delays, serializer)
    }
}
