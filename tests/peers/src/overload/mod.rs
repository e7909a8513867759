//! Twice as many requests as a server can serve, in virtual time, behind one admission control or
//! another. Everything follows from a seed.

mod ours;
mod peers;
mod server;

pub use ours::Ours;
pub use peers::{Resilience, Throttle, Tower, Uncontrolled};
pub use server::{Report, run};

/// Whose request it is, as the server's owner ranks it: what matters most first.
pub const TIERS: usize = 3;

/// The limit that all that adapt begin with, and the range that they have.
pub const INITIAL: u32 = 64;
pub const MOST: u32 = 512;

/// What nine of ten requests shall take at most, and how often a limit is moved, where that can be
/// said.
pub const TARGET_NS: u64 = 50 * MS;
pub const INTERVAL_NS: u64 = 100 * MS;

/// After this an answer is of no use.
pub const PATIENCE_NS: u64 = 200 * MS;

pub const MS: u64 = 1_000_000;

/// One request.
#[derive(Clone, Copy, Debug)]
pub struct Request {
    pub id: u64,
    /// From 0 to 2; the first matters most.
    pub tier: usize,
    pub user: u64,
    pub arrived_ns: u64,
}

/// Decides who comes in. Knows the time by what it is told.
pub trait Admission {
    fn name(&self) -> &'static str;

    /// Whether the request comes in.
    fn enter(&mut self, request: &Request, now_ns: u64) -> bool;

    /// One that came in has been served.
    fn done(&mut self, request: &Request, now_ns: u64);

    /// How many may be in, if that is known.
    fn limit(&self) -> Option<u64> {
        None
    }
}
