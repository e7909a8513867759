//! Limits of heads and bodies.

use serde::de::{Deserialize, Deserializer};

use super::{Config, Setting, Wrong, read, whole};
use crate::http1::{ConfigError, Limits, LimitsBuilder};

impl Config for LimitsBuilder {
    const NAME: &'static str = "Limits";
    const SETTINGS: &'static [Setting<Self>] = &[
        whole("fields", |c, n| put(c, n, Self::fields)),
        whole("head_bytes", |c, n| put(c, n, Self::head)),
        whole("line_bytes", |c, n| put(c, n, Self::line)),
        whole("target_bytes", |c, n| put(c, n, Self::target)),
        whole("trailers_bytes", |c, n| put(c, n, Self::trailers)),
        whole("body_bytes", |c, n| put(c, n, Self::body)),
        whole("drain_bytes", |c, n| put(c, n, Self::drain)),
    ];
    type Built = Self;

    fn initial() -> Self {
        Limits::builder()
    }

    fn built(self) -> Result<Self, Wrong> {
        match self.build() {
            Ok(_) => Ok(self),
            Err(error) => Err((setting(error), error.to_string())),
        }
    }
}

const fn setting(error: ConfigError) -> &'static str {
    match error {
        ConfigError::Fields => "fields",
        ConfigError::Head => "head_bytes",
        ConfigError::Line => "line_bytes",
        ConfigError::Target => "target_bytes",
        ConfigError::Trailers => "trailers_bytes",
    }
}

/// Sets what fits.
fn put<N: TryFrom<u64>>(
    limits: &mut LimitsBuilder,
    number: u64,
    set: fn(LimitsBuilder, N) -> LimitsBuilder,
) -> Option<()> {
    *limits = set(*limits, N::try_from(number).ok()?);
    Some(())
}

/// `fields`, `head_bytes`, `line_bytes`, `target_bytes`, `trailers_bytes`, `body_bytes`,
/// `drain_bytes`, as far as they are there; the rest is as of [`Limits::default`]. Which rules are
/// eased is for the code to say.
impl<'de> Deserialize<'de> for LimitsBuilder {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        read::<Self, D>(deserializer)
    }
}
