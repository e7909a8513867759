//! What threads were told can have happened in some order: one call after another, each at a
//! moment between its beginning and its return, on a map with a bound, `remove`,
//! `invalidate_all` and `invalidate_tag`.
//!
//! Recorded and searched as the channel's histories are; the rules ([`spec`]) are the cache's. That
//! the search refuses what it must is shown by [`planted`] failures. Loads and lifetimes have tests
//! of their own.

#[path = "../../channel/linear/calls.rs"]
mod calls;
mod planted;
mod record;
#[path = "../../channel/linear/rounds.rs"]
mod rounds;
#[path = "../../channel/linear/search.rs"]
mod search;
mod spec;
