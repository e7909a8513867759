//! Fail-fast cache.
