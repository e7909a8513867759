//! Behaviour of the cache, one file a behaviour.
#![cfg(not(any(shorttail_chaos, shorttail_rtsan)))]

mod lifetimes;
mod policy;
mod store;
mod traces;
mod user_code;
