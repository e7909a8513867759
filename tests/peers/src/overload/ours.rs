//! The gate.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use shorttail::control::{Class, Gate, OwnedPermit, Tier};
use shorttail::limit::AdaptiveLimit;
use shorttail::time::Deadline;

use super::{Admission, INITIAL, INTERVAL_NS, MOST, PATIENCE_NS, Request, TARGET_NS};

/// With tiers, deadlines and a limit that adapts.
pub struct Ours {
    gate: Arc<Gate>,
    permits: HashMap<u64, OwnedPermit>,
}

impl Ours {
    /// As its defaults have it, with the target and the interval of the others.
    pub fn new() -> Self {
        let limit = AdaptiveLimit::new(INITIAL, 1..=MOST).expect("a limit");
        let limit = limit.target(Duration::from_nanos(TARGET_NS));
        let gate = Gate::builder(INITIAL)
            .adaptive(limit)
            .window(Duration::from_nanos(INTERVAL_NS));
        Self {
            gate: Arc::new(gate.build().expect("a gate")),
            permits: HashMap::new(),
        }
    }
}

impl Default for Ours {
    fn default() -> Self {
        Self::new()
    }
}

impl Admission for Ours {
    fn name(&self) -> &'static str {
        "shorttail Gate"
    }

    fn enter(&mut self, request: &Request, now_ns: u64) -> bool {
        let tier = [Tier::Critical, Tier::Normal, Tier::Sheddable][request.tier];
        let class = Class::of(tier).sticky(request.user);
        let deadline = Deadline::after(request.arrived_ns, Duration::from_nanos(PATIENCE_NS));
        let entered = self.gate.try_enter_owned(class, deadline, now_ns);
        entered.is_ok_and(|permit| self.permits.insert(request.id, permit).is_none())
    }

    fn done(&mut self, request: &Request, now_ns: u64) {
        let permit = self.permits.remove(&request.id).expect("it came in");
        permit.finish(now_ns);
    }

    fn limit(&self) -> Option<u64> {
        Some(self.gate.stats().limit.into())
    }
}
