//! Configurations, as a service has them in a file.

mod backoff;
mod control;
mod http1;
mod limit;
mod share;

use core::fmt;
use core::marker::PhantomData;

use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, Visitor};
use serde::ser::{SerializeStruct, Serializer};
use serde::{Deserialize, Serialize};

/// A configuration that is a map of settings.
pub(super) trait Config: Sized + 'static {
    /// What it is, for the errors.
    const NAME: &'static str;
    const SETTINGS: &'static [Setting<Self>];
    /// What is made of it.
    type Built;

    /// What it is where nothing is set.
    fn initial() -> Self;

    /// Through the constructor, with all that it checks.
    fn built(self) -> Result<Self::Built, Wrong>;
}

/// Which setting is wrong, and why.
pub(super) type Wrong = (&'static str, String);

/// A setting's name, and how it is read and written.
pub(super) type Setting<C> = (&'static str, Access<C>);

/// `get` says nothing of what is not set, `set` nothing of what does not fit.
pub(super) enum Access<C> {
    Whole(fn(&C) -> Option<u64>, fn(&mut C, u64) -> Option<()>),
    Part(fn(&C) -> Option<f64>, fn(&mut C, f64)),
    Word(fn(&C) -> &'static str, fn(&mut C, &str) -> Option<()>),
}

/// Reads a map of settings, each by its name and at most once.
fn read<'de, C: Config, D: Deserializer<'de>>(deserializer: D) -> Result<C::Built, D::Error> {
    let config = deserializer.deserialize_map(Settings::<C>(PhantomData))?;
    let built = config.built();
    built.map_err(|(name, why)| D::Error::custom(format_args!("`{name}`: {why}")))
}

/// Writes those that are set.
fn write<C: Config, S: Serializer>(config: &C, serializer: S) -> Result<S::Ok, S::Error> {
    fn put<F: SerializeStruct, T: Serialize>(
        fields: &mut F,
        name: &'static str,
        value: Option<T>,
    ) -> Result<(), F::Error> {
        match value {
            Some(value) => fields.serialize_field(name, &value),
            None => fields.skip_field(name),
        }
    }
    let mut fields = serializer.serialize_struct(C::NAME, C::SETTINGS.len())?;
    for (name, access) in C::SETTINGS {
        match access {
            Access::Whole(get, _) => put(&mut fields, name, get(config))?,
            Access::Part(get, _) => put(&mut fields, name, get(config))?,
            Access::Word(get, _) => put(&mut fields, name, Some(get(config)))?,
        }
    }
    fields.end()
}

struct Settings<C>(PhantomData<C>);

impl<'de, C: Config> Visitor<'de> for Settings<C> {
    type Value = C;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "a map of the settings of {}", C::NAME)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<C, A::Error> {
        let (mut config, mut seen) = (C::initial(), 0_u64);
        while let Some(index) = map.next_key_seed(Name::<C>(PhantomData))? {
            let setting = &C::SETTINGS[index];
            if seen & 1 << index != 0 {
                return Err(A::Error::duplicate_field(setting.0));
            }
            seen |= 1 << index;
            map.next_value_seed(Value(&mut config, setting))?;
        }
        Ok(config)
    }
}

/// The index of a setting. One that there is not is an error: a typing mistake would be a default.
struct Name<C>(PhantomData<C>);

impl<'de, C: Config> DeserializeSeed<'de> for Name<C> {
    type Value = usize;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<usize, D::Error> {
        deserializer.deserialize_identifier(self)
    }
}

impl<C: Config> Visitor<'_> for Name<C> {
    type Value = usize;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "a setting of {}", C::NAME)
    }

    fn visit_str<E: Error>(self, name: &str) -> Result<usize, E> {
        let found = C::SETTINGS.iter().position(|(own, _)| *own == name);
        found.ok_or_else(|| {
            let names: Vec<_> = C::SETTINGS.iter().map(|(own, _)| *own).collect();
            let (what, names) = (C::NAME, names.join(", "));
            E::custom(format_args!("`{name}`: {what} has {names}"))
        })
    }
}

/// Reads a setting into its place.
struct Value<'c, C: Config>(&'c mut C, &'static Setting<C>);

impl<'de, C: Config> DeserializeSeed<'de> for Value<'_, C> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        let Self(config, (name, access)) = self;
        let wrong = |why: &dyn fmt::Display| D::Error::custom(format_args!("`{name}`: {why}"));
        match access {
            Access::Whole(_, set) => {
                let value = u64::deserialize(deserializer).map_err(|error| wrong(&error))?;
                set(config, value).ok_or_else(|| wrong(&format_args!("{value} is too large")))
            }
            Access::Part(_, set) => {
                set(
                    config,
                    f64::deserialize(deserializer).map_err(|error| wrong(&error))?,
                );
                Ok(())
            }
            Access::Word(_, set) => {
                let taken = deserializer.deserialize_str(Word(|word: &str| set(config, word)));
                taken.map_err(|error| wrong(&error))
            }
        }
    }
}

/// Hands a word on, whether the format lends it or not.
struct Word<F>(F);

impl<F: FnOnce(&str) -> Option<()>> Visitor<'_> for Word<F> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a word")
    }

    fn visit_str<E: Error>(self, word: &str) -> Result<(), E> {
        let taken = (self.0)(word);
        taken.ok_or_else(|| E::custom(format_args!("`{word}` is none of its words")))
    }
}
