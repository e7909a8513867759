//! Configurations, as a service has them in a file.

mod backoff;
mod cache;
mod channel;
mod client;
mod control;
mod http1;
mod limit;
mod memory;
mod pace;
mod share;
mod value;
mod workers;

use core::fmt;
use core::marker::PhantomData;
use core::time::Duration;

use serde::Serialize;
use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, Visitor};
use serde::ser::{SerializeStruct, Serializer};

use value::Value;

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

/// `get` says nothing of what is not set, `set` nothing of what does not fit. Lists are read alone:
/// what they hold is handed over one by one.
pub(super) enum Access<C> {
    Whole(fn(&C) -> Option<u64>, fn(&mut C, u64) -> Option<()>),
    Part(fn(&C) -> Option<f64>, fn(&mut C, f64)),
    Word(
        fn(&C) -> Option<&'static str>,
        fn(&mut C, &str) -> Option<()>,
    ),
    Flag(fn(&mut C, bool)),
    List(Each<C>),
}

/// What a list holds.
pub(super) enum Each<C> {
    Whole(fn(&mut C, u64) -> Option<()>),
    Word(fn(&mut C, &str) -> Option<()>),
    Pair(fn(&mut C, u64, u64) -> Option<()>),
    Named(fn(&mut C, &str, u64) -> Option<()>),
}

/// A number that is read alone.
const fn whole<C>(name: &'static str, set: fn(&mut C, u64) -> Option<()>) -> Setting<C> {
    (name, Access::Whole(|_| None, set))
}

/// A share, a ratio or a factor that is read alone.
const fn part<C>(name: &'static str, set: fn(&mut C, f64)) -> Setting<C> {
    (name, Access::Part(|_| None, set))
}

/// A word that is read alone.
const fn word<C>(name: &'static str, set: fn(&mut C, &str) -> Option<()>) -> Setting<C> {
    (name, Access::Word(|_| None, set))
}

/// Yes or no.
const fn flag<C>(name: &'static str, set: fn(&mut C, bool)) -> Setting<C> {
    (name, Access::Flag(set))
}

/// A list.
const fn list<C>(name: &'static str, each: Each<C>) -> Setting<C> {
    (name, Access::List(each))
}

/// Sets a number if it fits.
fn fit<N: TryFrom<u64>>(place: &mut N, number: u64) -> Option<()> {
    *place = number.try_into().ok()?;
    Some(())
}

/// Sets a number that need not be there, if it fits.
fn fit_some<N: TryFrom<u64>>(place: &mut Option<N>, number: u64) -> Option<()> {
    *place = Some(number.try_into().ok()?);
    Some(())
}

/// Sets a time, if there is room for it.
fn time(place: &mut Duration, ns: u64) -> Option<()> {
    *place = Duration::from_nanos(ns);
    Some(())
}

/// Sets what a word stands for, if it is one of these.
fn word_of<T: Copy>(place: &mut T, words: &[(&str, T)], word: &str) -> Option<()> {
    *place = words.iter().find(|(own, _)| *own == word)?.1;
    Some(())
}

/// Tells a builder what was set.
fn told<B, T>(builder: B, value: Option<T>, tell: fn(B, T) -> B) -> B {
    match value {
        Some(value) => tell(builder, value),
        None => builder,
    }
}

/// As [`told`], of a time.
fn told_time<B>(builder: B, ns: Option<u64>, tell: fn(B, Duration) -> B) -> B {
    told(builder, ns.map(Duration::from_nanos), tell)
}

/// What has to be there, as there is no usual one.
fn needed<T>(name: &'static str, value: Option<T>) -> Result<T, Wrong> {
    value.ok_or_else(|| (name, "it has to be there".into()))
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
            Access::Word(get, _) => put(&mut fields, name, get(config))?,
            // Who has one of these is not written.
            Access::Flag(_) | Access::List(_) => fields.skip_field(name)?,
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
