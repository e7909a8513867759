//! Clocks and deadlines.
//!
//! Time is a `u64` of nanoseconds since the process's anchor, read once per operation and passed
//! on. Every rule that depends on time takes it as an argument or from a [`Clock`], so tests run
//! it on a [`MockClock`] without sleeping.
//!
//! ```
//! use std::time::Duration;
//! use shorttail::time::{Clock, Deadline, StdClock};
//!
//! let deadline = Deadline::after(StdClock.now_ns(), Duration::from_millis(200));
//! // Before each step, and in the header of each call to another service:
//! let now_ns = StdClock.now_ns();
//! assert!(!deadline.is_expired(now_ns));
//! let header = deadline.to_grpc_timeout(now_ns).expect("it ends");
//! println!("grpc-timeout: {}", header.as_str());
//! ```
//!
//! | type | what it is | cost of a reading |
//! |---|---|---|
//! | [`StdClock`] | `std::time::Instant` | one system clock read (no system call on Linux x86-64) |
//! | `tsc::TscClock`, feature `tsc` | the processor's counter | one read of the counter |
//! | [`CoarseClock`] | the last tick somebody published | one relaxed load |
//! | [`MockClock`] | what the test says | one relaxed load |

mod clock;
mod coarse;
#[cfg(all(
    feature = "tsc",
    not(all(target_arch = "x86_64", not(shorttail_portable)))
))]
#[path = "counter_portable.rs"]
mod counter;
#[cfg(all(feature = "tsc", target_arch = "x86_64", not(shorttail_portable)))]
#[path = "counter_x86.rs"]
mod counter;
mod deadline;
mod mock;
#[cfg(feature = "tsc")]
pub mod tsc;
#[cfg(feature = "trial")]
pub(crate) mod utc;
mod wire;

pub(crate) use clock::now_ns;
pub use clock::{Clock, StdClock};
pub use coarse::CoarseClock;
pub use deadline::Deadline;
pub(crate) use deadline::to_ns;
pub use mock::MockClock;
pub use wire::{ParseTimeoutError, WireTimeout};
