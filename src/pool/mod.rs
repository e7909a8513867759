//! Pre-sized buffer pool.
