//! The waiter queue.
