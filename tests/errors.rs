//! Every error: `Error + Send + Sync + 'static`, its text, and each of its predicates on each variant.
//! One section a block, in alphabetical order.

// === arena ===

// === cache ===

// === channel ===

// === http1 ===

// === pool ===
