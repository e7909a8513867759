//! Retries, budgets, hedges, time-outs and cancelling, against what they promise.

mod budget;
mod calls_steps;
mod cancel;
mod carried_steps;
mod client_throttle;
mod endpoint;
mod gate;
mod gate_learns;
mod gate_steps;
mod gate_wakes;
mod hedge;
mod layer;
mod lists;
mod loads_steps;
mod retry;
mod time_out;
mod toggle;
