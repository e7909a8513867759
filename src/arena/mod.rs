//! Recycled, hard-capped request arenas.
