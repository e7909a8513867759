//! The value of a setting, as a format has it.

use core::fmt;

use serde::Deserialize;
use serde::de::{DeserializeSeed, Deserializer, Error, SeqAccess, Visitor};

use super::{Access, Config, Each, Setting};

/// Reads a setting into its place.
pub(super) struct Value<'c, C: Config>(pub(super) &'c mut C, pub(super) &'static Setting<C>);

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
                let value = f64::deserialize(deserializer).map_err(|error| wrong(&error))?;
                set(config, value);
                Ok(())
            }
            Access::Word(_, set) => {
                let taken = deserializer.deserialize_str(Word(|word: &str| set(config, word)));
                taken.map_err(|error| wrong(&error))
            }
            Access::Flag(set) => {
                let value = bool::deserialize(deserializer).map_err(|error| wrong(&error))?;
                set(config, value);
                Ok(())
            }
            Access::List(each) => {
                let taken = deserializer.deserialize_seq(List(config, each));
                taken.map_err(|error| wrong(&error))
            }
        }
    }
}

/// Hands what a list holds to its setting, one after the other.
struct List<'c, C>(&'c mut C, &'c Each<C>);

impl<'de, C: Config> Visitor<'de> for List<'_, C> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.1 {
            Each::Word(_) => "a list of words",
            Each::Pair(_) => "a list of pairs of numbers",
            Each::Named(_) => "a list of pairs of name and number",
            Each::Whole(_) => "a list of numbers",
        })
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<(), A::Error> {
        let Self(config, each) = self;
        let large = |number| A::Error::custom(format_args!("{number} is too large"));
        match each {
            Each::Word(set) => {
                let mut word = || items.next_element_seed(Word(|word: &str| set(config, word)));
                while word()?.is_some() {}
            }
            Each::Whole(set) => {
                while let Some(number) = items.next_element()? {
                    set(config, number).ok_or_else(|| large(number))?;
                }
            }
            Each::Pair(set) => {
                while let Some((first, second)) = items.next_element()? {
                    set(config, first, second).ok_or_else(|| large(first.max(second)))?;
                }
            }
            Each::Named(set) => {
                let mut name = String::new();
                while let Some(number) = items.next_element_seed(NameAndNumber(&mut name))? {
                    set(config, &name, number).ok_or_else(|| large(number))?;
                    name.clear();
                }
            }
        }
        Ok(())
    }
}

/// A pair; its name goes into place.
struct NameAndNumber<'n>(&'n mut String);

impl<'de> DeserializeSeed<'de> for NameAndNumber<'_> {
    type Value = u64;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<u64, D::Error> {
        deserializer.deserialize_seq(self)
    }
}

impl<'de> Visitor<'de> for NameAndNumber<'_> {
    type Value = u64;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a pair of name and number")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut pair: A) -> Result<u64, A::Error> {
        let Self(place) = self;
        let name = Word(|name: &str| {
            place.push_str(name);
            Some(())
        });
        if pair.next_element_seed(name)?.is_none() {
            return Err(A::Error::invalid_length(0, &"a pair of name and number"));
        }
        let number = pair.next_element()?;
        number.ok_or_else(|| A::Error::invalid_length(1, &"a pair of name and number"))
    }
}

/// Hands a word on, whether the format lends it or not.
struct Word<F>(F);

impl<'de, F: FnOnce(&str) -> Option<()>> DeserializeSeed<'de> for Word<F> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_str(self)
    }
}

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
