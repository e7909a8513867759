//! Behaviour of the cache, one file a behaviour.
#![cfg(not(any(shorttail_chaos, shorttail_rtsan)))]

mod breaker;
mod broken_loads;
mod budgets;
mod cancelled;
#[path = "../channel/choices.rs"]
mod choices;
mod currency;
mod drops;
mod early;
mod executors;
mod hits;
mod hung;
mod idle;
mod iteration;
mod life_steps;
mod lifetimes;
mod linear;
mod listener;
mod load_model;
mod load_steps;
mod loads;
#[path = "../channel/meeting.rs"]
mod meeting;
mod origin;
mod panics;
mod policy;
mod policy_steps;
mod refresh;
mod retired;
mod scan_jobs;
mod scenarios;
mod snapshot_churn;
mod snapshot_steps;
mod snapshots;
mod stats;
mod store;
mod storms;
mod tags;
mod tasks;
mod upkeep;
mod user_code;
mod waking;
mod warm_runs;
mod warming;
mod weights;
