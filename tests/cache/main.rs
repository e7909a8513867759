//! Behaviour of the cache, one file a behaviour.
#![cfg(not(any(shorttail_chaos, shorttail_rtsan)))]

mod broken_loads;
mod currency;
mod hits;
mod lifetimes;
mod loads;
mod origin;
mod policy;
mod refresh;
mod store;
mod tasks;
mod user_code;
mod warming;
