//! What threads were told can have happened in some order: one call after another, each at a
//! moment between its beginning and its return, on a bounded first-in-first-out queue with close.
//!
//! Threads record their calls ([`history`]); a search ([`search`]) looks for such an order against
//! the sequential rules ([`spec`]). The rules are those of the channel's page and no stricter:
//! `Full` alone is weaker than a sequential queue's, since sends in progress take room too.
//! That the search refuses what it must is shown by [`planted`] failures.

mod calls;
mod history;
mod planted;
mod record;
mod rounds;
mod search;
mod spec;
mod try_calls;
mod waiting_calls;
