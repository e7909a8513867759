//! What stands in front of a `tower` service: a [`Gate`](crate::control::Gate), a deadline, retries
//! within a budget.
//!
//! [`DeadlineLayer`] refuses what comes too late, [`AdmissionLayer`] what is too much, and
//! [`RetryLayer`] sends again what failed. In a client the retries stand outside of the admission,
//! so that each attempt is admitted; in a server the deadline stands outside of both. Each is
//! generic over the service's own error and future: none makes a box.
//!
//! # Admission
//! A limit that adapts is told how calls end: answers with what they took, time-outs (of the
//! service, or around the layer) as the slow calls that they are, and errors at once not at all.
//! What else an answer says, as that the service has no room, a [`Judge`] tells.
//!
//! ```
//! use std::sync::Arc;
//! use shorttail::control::{Class, Gate, Reason};
//! use shorttail::interop::tower::{AdmissionError, AdmissionLayer};
//! use shorttail::time::{Deadline, StdClock};
//! use tower_layer::Layer;
//! use tower_service::Service;
//! # use core::task::{Context, Poll};
//! # struct Answers;
//! # impl Service<u32> for Answers {
//! #     type Response = u32;
//! #     type Error = std::io::Error;
//! #     type Future = std::future::Ready<Result<u32, Self::Error>>;
//! #     fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
//! #         Poll::Ready(Ok(()))
//! #     }
//! #     fn call(&mut self, request: u32) -> Self::Future {
//! #         std::future::ready(Ok(request + 1))
//! #     }
//! # }
//!
//! # futures_util::future::FutureExt::now_or_never(async {
//! let gate = Arc::new(Gate::builder(1).build()?);
//! let rank = |_: &u32| (Class::NORMAL, Deadline::NEVER);
//! let mut service = AdmissionLayer::new(gate.clone(), rank, StdClock).layer(Answers);
//! assert_eq!(service.call(1).await?, 2);
//! let held = gate.try_enter(Class::NORMAL, Deadline::NEVER, 0);
//! match service.call(1).await {
//!     Err(AdmissionError::Refused(refused)) => assert_eq!(refused.reason, Reason::Limit),
//!     other => panic!("{other:?}"),
//! }
//! # drop(held);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! # }).unwrap().unwrap();
//! ```

mod admission;
mod deadline;
mod judge;
mod retry;

pub use admission::{Admission, AdmissionError, AdmissionFuture, AdmissionLayer};
pub use deadline::{DeadlineError, DeadlineLayer, InTime, InTimeFuture};
pub use judge::{Ended, ErrorsCutOff, Judge};
pub use retry::{Retry, RetryFuture, RetryLayer, RetryRules};
