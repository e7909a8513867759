//! The parts of the bursts and faults that need no service, as the tests see them.

#[path = "../../examples/service/faults/accounts.rs"]
pub(crate) mod accounts;
#[path = "../../examples/service/faults/growth.rs"]
pub(crate) mod growth;
#[path = "../../examples/service/faults/name.rs"]
pub(crate) mod name;
#[path = "../../examples/service/faults/process.rs"]
pub(crate) mod process;
#[path = "../../examples/service/faults/series.rs"]
pub(crate) mod series;
#[path = "../../examples/service/faults/state.rs"]
pub(crate) mod state;
