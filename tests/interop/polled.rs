//! The contract of a service: it is called after it was polled ready, each time.

use std::task::{Context, Poll};

use tower_service::Service;

/// Panics where its service is called without having been ready. A clone has not been.
#[derive(Debug, Default)]
pub(crate) struct Polled<S> {
    service: S,
    ready: bool,
}

impl<S> Polled<S> {
    pub(crate) const fn new(service: S) -> Self {
        let ready = false;
        Self { service, ready }
    }
}

impl<S: Clone> Clone for Polled<S> {
    /// Readiness is not cloned.
    fn clone(&self) -> Self {
        Self::new(self.service.clone())
    }
}

impl<S: Service<Q>, Q> Service<Q> for Polled<S> {
    type Response = S::Response;
    type Error = S::Error;
    type Future = S::Future;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        let polled = self.service.poll_ready(cx);
        self.ready = matches!(polled, Poll::Ready(Ok(())));
        polled
    }

    fn call(&mut self, request: Q) -> S::Future {
        let ready = std::mem::take(&mut self.ready);
        assert!(ready, "called without being ready");
        self.service.call(request)
    }
}
