//! An endpoint's budget: its targets, states and burn rates.

use super::Export;
use crate::control::{BudgetState, EndpointBudget};

/// The percentiles' labels, as of [`histogram`](super::histogram).
const QUANTILES: [&str; 2] = ["0.95", "0.99"];

/// The windows that a budget is judged by, in units, and their labels.
const WINDOWS: [(usize, &str); 5] = [
    (5, "5"),
    (30, "30"),
    (60, "60"),
    (360, "360"),
    (4_320, "4320"),
];

/// A budget by its endpoint's name: for each percentile that has a target, with the label
/// `quantile`, `shorttail_endpoint_budget_max_ns`; `…_state`, 1 for the one that it is in, by the
/// label `state` (`ok`, `warn`, `breach`); and, for each window that it is judged by, with the
/// label `units`, `…_requests`, `…_over` and `…_burn_rate`: at 1 the budget is spent as it comes
/// in.
///
/// All are gauges: a window forgets. As of the last [`tick`](EndpointBudget::tick), whose lock it
/// takes six times.
///
/// # Examples
/// ```
/// use std::time::Duration;
/// use shorttail::control::EndpointBudget;
///
/// let budget = EndpointBudget::builder("GET /cart").p99(Duration::from_millis(250)).build(0)?;
/// shorttail::interop::metrics::endpoint_budget(&budget);
/// # Ok::<(), shorttail::control::ConfigError>(())
/// ```
pub fn endpoint_budget(budget: &EndpointBudget) {
    let export = Export::of("endpoint_budget", budget.endpoint());
    let (targets, states) = (budget.targets_ns(), budget.states());
    let burns = WINDOWS.map(|(units, label)| (label, budget.burn_rates(units)));
    for (at, quantile) in QUANTILES.into_iter().enumerate() {
        let Some(max_ns) = targets[at] else {
            continue;
        };
        let export = export.and("quantile", quantile);
        export.gauge("max_ns", max_ns);
        let all = [
            ("ok", BudgetState::Ok),
            ("warn", BudgetState::Warn),
            ("breach", BudgetState::Breach),
        ];
        export.states("state", all, states[at]);
        for (units, burn) in &burns {
            let export = export.and("units", *units);
            export.gauge("requests", burn[at].requests);
            export.gauge("over", burn[at].over);
            export.ratio("burn_rate", burn[at].rate);
        }
    }
}
