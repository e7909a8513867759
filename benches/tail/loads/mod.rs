//! The cache's loads: a cold key that all want, an origin that dies, one that hangs, and a cache
//! that is warmed.

mod callers;
mod dead_origin;
mod hung;
mod stampede;
mod warm_up;

pub(crate) use dead_origin::print as print_dead_origin;
pub(crate) use hung::print as print_hung;
pub(crate) use stampede::run as run_stampede;
pub(crate) use warm_up::print as print_warm_up;
