//! Lanes: which is served next, and that the plain channel's promises hold for each of them.

mod cancel;
mod close;
mod flow;
mod offers;
mod oracle;
mod rule;
mod select;
mod steps;
mod wake;
