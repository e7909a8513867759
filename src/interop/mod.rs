//! The blocks behind the traits of other crates, one module a feature.

pub mod futures;
