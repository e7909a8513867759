//! Behavior of `shorttail::arena`.
//!
//! What a pool of arenas has to stand, and what shows that these do. "Doc" is an example in the
//! documentation, one that must not compile with the code of its error where that has one.
//!
//! - all operations beside a model, to the byte:
//!   `lending::takes_the_steps_that_the_model_takes`
//! - a working set of 0.5, 0.99, 1.01, 3 times the size, a million requests, no allocation:
//!   `tests/alloc`: `a_million_requests_at_four_working_sets`; beside bumpalo:
//!   `limit::repeated_working_set_never_changes_what_is_held`
//! - one request of a hundred times the size, then as before: all back by one `maintain`,
//!   nothing freed before: `tests/alloc`: `a_burst_is_paid_back_by_one_maintain`; resident pages:
//!   `tests/pool`: `bursts::arenas_of_a_burst_are_given_back_by_maintain`; a spare's
//!   size: `growth::a_spare_that_waits_is_no_larger_than_is_needed`
//! - a limit below the size: `limit::limit_below_what_is_held_stays_a_limit`; of one that
//!   grows: `growth::terms_that_contradict_are_refused`
//! - a limit at and above the size, to the byte:
//!   `limit::capacity_is_handed_out_to_the_byte_and_no_further`,
//!   `growth::a_limit_at_and_above_the_size_is_kept_to_the_byte`,
//!   `growth::all_arenas_have_the_budget_and_not_a_byte_more`
//! - zero-sized values, on many threads: `alignment::zero_sized_values_always_fit`,
//!   `alignment::zero_sized_values_fit_on_many_threads`
//! - alignments of 1 to 4096: `tests/interop`:
//!   `every_alignment_to_a_page_holds_and_nothing_overlaps`;
//!   `alignment::alignments_up_to_a_page_hold`
//! - vectors, texts, boxes; others' collections: `collections`; `tests/interop`:
//!   `allocator_api2`; hashbrown's map: `tests/peers`: `arena`
//! - the first touch of all memory, on one thread and on several, without a page fault: `faults`
//! - values that need a drop: doc of `Arena`, `try_alloc_slice_fill_with`,
//!   `try_alloc_uninit_slice`, `ArenaVec::into_slice`: E0080
//! - the arena borrowed across an await in a spawned future: doc of the module: `Send` is
//!   missing, without a code
//! - the arena shared between threads: doc of `Arena`: E0277
//! - a reset under a live borrow: doc of `Arena::reset`, `ArenaBox`, `ArenaString`,
//!   `interop::allocator_api2`: E0502
//! - the guard dropped under a live borrow: doc of `PooledArena`, `ArenaVec`: E0505
//! - a result that goes to another thread with its arena:
//!   `frozen::a_result_goes_to_another_thread_and_its_arena_comes_home`
//! - a result that may not go, that escapes, or that changes places: doc of `Frozen`: E0277,
//!   E0521, and lifetimes, without a code

mod alignment;
mod collections;
#[cfg(target_os = "linux")]
mod faults;
mod frozen;
mod growth;
mod lending;
mod limit;
mod model;
#[cfg(target_os = "linux")]
#[path = "../pool/page_faults.rs"]
mod page_faults;
mod pool_model;
mod session;
mod steps;
mod unwinding;
mod waiting;
mod wiping;
