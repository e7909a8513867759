//! The channel's behaviour, one file a rule.

mod executor;
mod order;
