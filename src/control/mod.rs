//! What a client does about calls that are slow or fail, and a server about more of them than it
//! can serve: policies that only decide.
//!
//! | question | type |
//! |---|---|
//! | Whom does a server let in, of more than it can serve? | [`Gate`] |
//! | Does an endpoint keep its p95 and p99, and does a new build do worse? | [`EndpointBudget`] |
//! | May this failed call be made again, and when? | [`RetryPolicy`], [`Attempts`] |
//! | How many retries may all calls together add? | [`RetryBudget`] |
//! | Would the server refuse this call anyhow? | [`ClientThrottle`] |
//! | Is it time to ask a second replica? | [`HedgePolicy`] |
//! | How long may a call take? | [`time_out`], [`Deadline`](crate::time::Deadline) |
//! | Is this path on, for whom, at what percentiles? | [`Toggle`], [`MeasuredToggle`] |
//! | Does anybody still want the answer? | [`Cancel`] |
//! | Which layer retries, and what did the server ask for? | [`previous_attempts`], [`pushback`] |
//!
//! ```
//! use std::time::Duration;
//! use shorttail::control::{Class, Gate};
//! use shorttail::time::{Clock, Deadline, StdClock};
//!
//! // 64 at once: all of them may be critical, nine tenths normal, seven tenths sheddable.
//! let gate = Gate::builder(64).build()?;
//! let now_ns = StdClock.now_ns();
//! let deadline = Deadline::after(now_ns, Duration::from_millis(100));
//! let status = match gate.try_enter(Class::NORMAL, deadline, now_ns) {
//!     Ok(permit) => {
//!         // the work
//!         permit.finish(StdClock.now_ns());
//!         200
//!     }
//!     Err(refused) => {
//!         println!("{}, again in {:?}", refused.reason, refused.retry_after);
//!         503
//!     }
//! };
//! assert_eq!(status, 200);
//! # Ok::<(), shorttail::control::ConfigError>(())
//! ```
//! A client's calls, with retries: [`RetryPolicy`].
//!
//! A decision costs nanoseconds: it takes the clock's reading as an argument, sleeps nowhere, knows
//! no runtime and allocates nothing. Whoever makes the calls obeys it. What is built takes all its
//! memory then. What waits are [`Cancel::wait`], [`Cancel::cancelled_async`] and
//! [`Gate::enter_async`]; and, for a lock that is held for a pass over some counts, who asks an
//! [`EndpointBudget`] for more than a tick, and [`MeasuredToggle::end_window`].

pub(crate) mod attempts;
mod cancel;
mod client_throttle;
mod endpoint;
mod error;
mod fnv;
mod gate;
mod hedge;
mod layer;
#[cfg(all(test, shorttail_loom))]
mod models;
mod retry_budget;
mod retry_policy;
mod retry_stats;
mod time_out;
mod toggle;

pub use attempts::{Attempts, Decision, Failure, StopReason};
pub use cancel::{Cancel, CancelledFuture};
pub use client_throttle::{ClientThrottle, Throttled};
pub use endpoint::{
    BudgetChange, BudgetEvent, BudgetState, BurnRate, CARRIED_BYTES, Carried, EndpointBudget,
    EndpointBudgetBuilder, Incident, IncidentWindow, MergeCarriedError, ParseCarriedError,
};
pub use error::ConfigError;
pub use gate::{
    Class, EnterFuture, Gate, GateBuilder, GateStats, OwnedPermit, Permit, Reason, Refused, Tier,
};
pub use hedge::{Hedge, HedgePolicy};
pub use layer::{ParseHeaderError, previous_attempts, pushback, retry_after};
pub use retry_budget::RetryBudget;
pub use retry_policy::{Idempotent, RetryPolicy, RetryPolicyBuilder};
pub use retry_stats::RetryStats;
pub use time_out::time_out;
pub use toggle::{
    Expected, MeasuredToggle, ParseShareError, SetTogglesError, SetWhy, Share, Side, Toggle,
    ToggleReport, ToggledOff, Toggles,
};
