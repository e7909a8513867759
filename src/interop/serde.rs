//! A histogram's [`Snapshot`] as [`serde`] has it: to be kept, sent, and merged elsewhere. What the
//! blocks counted, to be written; and configurations, as a service has them in its file.
//!
//! All `Stats` of the blocks are `Serialize`, as maps of their fields' names and numbers; nobody
//! reads them back.
//!
//! # Snapshots
//! A map of five: `buckets_all` (272, 1 024 or 3 840: the preset), `sum`, `max`, `clamped`, and
//! `buckets`, a list of pairs of index and count for those that hold something, ascending. As
//! compact as the histogram is sparse; neither direction allocates by itself. What is read is
//! checked: another preset's, a bucket that is not there or out of order is an error.
//!
//! ```
//! use shorttail::measure::{Histogram, Snapshot};
//!
//! let mut latency_ns = Histogram::new();
//! latency_ns.record_n(7, 2);
//! latency_ns.record(1_000);
//! let json = serde_json::to_string(&latency_ns.snapshot())?;
//! assert!(json.starts_with(r#"{"buckets_all":1024,"sum":1014,"max":1000,"clamped":0,"#));
//! assert!(json.ends_with(r#""buckets":[[7,2],[190,1]]}"#));
//! let back: Snapshot = serde_json::from_str(&json)?;
//! assert_eq!(back, latency_ns.snapshot());
//! # Ok::<(), serde_json::Error>(())
//! ```
//!
#![doc = include_str!("serde/config.md")]

mod config;
mod stats;

use core::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde::ser::{SerializeSeq, SerializeStruct, Serializer};
use serde::{Deserialize, Serialize};

use crate::measure::Snapshot;

const FIELDS: [&str; 5] = ["buckets_all", "sum", "max", "clamped", "buckets"];

impl<const BUCKETS: usize> Serialize for Snapshot<BUCKETS> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut fields = serializer.serialize_struct("Snapshot", FIELDS.len())?;
        fields.serialize_field("buckets_all", &(BUCKETS as u64))?;
        fields.serialize_field("sum", &self.sum())?;
        fields.serialize_field("max", &self.max())?;
        fields.serialize_field("clamped", &self.clamped())?;
        fields.serialize_field("buckets", &Sparse(&self.totals.buckets))?;
        fields.end()
    }
}

/// The buckets that hold something.
struct Sparse<'s, const BUCKETS: usize>(&'s [u64; BUCKETS]);

impl<const BUCKETS: usize> Serialize for Sparse<'_, BUCKETS> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let occupied = || self.0.iter().enumerate().filter(|(_, count)| **count != 0);
        let mut pairs = serializer.serialize_seq(Some(occupied().count()))?;
        occupied().try_for_each(|pair| pairs.serialize_element(&pair))?;
        pairs.end()
    }
}

impl<'de, const BUCKETS: usize> Deserialize<'de> for Snapshot<BUCKETS> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_struct("Snapshot", &FIELDS, Fields::<BUCKETS>)
    }
}

struct Fields<const BUCKETS: usize>;

impl<'de, const BUCKETS: usize> Visitor<'de> for Fields<BUCKETS> {
    type Value = Snapshot<BUCKETS>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "a snapshot of {BUCKETS} buckets")
    }

    /// Formats without names give the fields in order.
    fn visit_seq<A: SeqAccess<'de>>(self, mut fields: A) -> Result<Self::Value, A::Error> {
        let mut snapshot = Snapshot::default();
        let missing = |index| A::Error::invalid_length(index, &self);
        let buckets_all = fields.next_element()?.ok_or_else(|| missing(0))?;
        check_preset::<BUCKETS, _>(buckets_all)?;
        let totals = snapshot.totals_mut();
        totals.sum = fields.next_element()?.ok_or_else(|| missing(1))?;
        totals.max = fields.next_element()?.ok_or_else(|| missing(2))?;
        totals.clamped = fields.next_element()?.ok_or_else(|| missing(3))?;
        let seed = InPlace(&mut totals.buckets);
        fields.next_element_seed(seed)?.ok_or_else(|| missing(4))?;
        Ok(snapshot)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut fields: A) -> Result<Self::Value, A::Error> {
        let mut snapshot = Snapshot::default();
        let mut seen = [false; FIELDS.len()];
        while let Some(name) = fields.next_key_seed(Name)? {
            let Some(index) = name else {
                fields.next_value::<serde::de::IgnoredAny>()?;
                continue;
            };
            if core::mem::replace(&mut seen[index], true) {
                return Err(A::Error::duplicate_field(FIELDS[index]));
            }
            let totals = snapshot.totals_mut();
            match index {
                0 => check_preset::<BUCKETS, _>(fields.next_value()?)?,
                1 => totals.sum = fields.next_value()?,
                2 => totals.max = fields.next_value()?,
                3 => totals.clamped = fields.next_value()?,
                _ => fields.next_value_seed(InPlace(&mut totals.buckets))?,
            }
        }
        match seen.iter().position(|seen| !seen) {
            Some(index) => Err(A::Error::missing_field(FIELDS[index])),
            None => Ok(snapshot),
        }
    }
}

fn check_preset<const BUCKETS: usize, E: Error>(buckets_all: u64) -> Result<(), E> {
    if buckets_all == BUCKETS as u64 {
        return Ok(());
    }
    Err(E::custom(format_args!(
        "a snapshot of {buckets_all} buckets where one of {BUCKETS} is read"
    )))
}

/// The index of a field's name; `None` for one of a later version.
struct Name;

impl<'de> DeserializeSeed<'de> for Name {
    type Value = Option<usize>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_identifier(self)
    }
}

impl Visitor<'_> for Name {
    type Value = Option<usize>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a field of a snapshot")
    }

    fn visit_str<E: Error>(self, name: &str) -> Result<Self::Value, E> {
        Ok(FIELDS.iter().position(|own| *own == name))
    }
}

/// Reads pairs of index and count into place.
struct InPlace<'s, const BUCKETS: usize>(&'s mut [u64; BUCKETS]);

impl<'de, const BUCKETS: usize> DeserializeSeed<'de> for InPlace<'_, BUCKETS> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_seq(self)
    }
}

impl<'de, const BUCKETS: usize> Visitor<'de> for InPlace<'_, BUCKETS> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "pairs of index and count, ascending, below {BUCKETS}")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut pairs: A) -> Result<(), A::Error> {
        let mut next = 0;
        while let Some((index, count)) = pairs.next_element::<(usize, u64)>()? {
            if index < next || index >= BUCKETS {
                return Err(A::Error::custom(format_args!(
                    "bucket {index} where one of {next} to {BUCKETS} is read"
                )));
            }
            self.0[index] = count;
            next = index + 1;
        }
        Ok(())
    }
}
