//! A request's small allocations come from one block that the next request uses again.
//!
//! Parses a query string into the request's arena. A request that wants more than the arena has is
//! answered with an error, and one that finds no arena is shed: memory is what the constructor
//! took, whatever arrives.
//!
//! Run: `cargo run --release --example arena`. Last line: `0 of 2 arenas in use, 1 refused`

#![expect(clippy::print_stdout, reason = "an example prints its result")]

use shorttail::arena::{Arena, ArenaFull, ArenaPool};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let pool = ArenaPool::new(2, 1024)?;

    for query in ["name=Ada&lang=en", "q=tail%20latency", ""] {
        let arena = pool.try_acquire()?;
        let pairs = parse(&arena, query)?;
        println!(
            "{query:?} is {pairs:?}, {} bytes of {}",
            arena.used(),
            arena.capacity()
        );
    }

    let long = "key=value&".repeat(1000);
    let arena = pool.try_acquire()?;
    if let Err(full) = parse(&arena, &long) {
        println!("a query of {} bytes: {full}", long.len());
    }

    let second = pool.try_acquire()?;
    if let Err(exhausted) = pool.try_acquire() {
        println!("a third request at once: {exhausted}");
    }
    drop((arena, second));
    let stats = pool.stats();
    let (in_use, arenas, refused) = (stats.in_use, stats.arenas, stats.refused);
    println!("{in_use} of {arenas} arenas in use, {refused} refused");
    Ok(())
}

/// The pairs of `query`, with `%20` and `+` as spaces in values. Allocates from `arena` alone.
fn parse<'a>(arena: &'a Arena, query: &str) -> Result<&'a [(&'a str, &'a str)], ArenaFull> {
    let parts = || query.split('&').filter(|part| !part.is_empty());
    let pairs = arena.try_alloc_slice_fill_with(parts().count(), |_| ("", ""))?;
    for (pair, part) in pairs.iter_mut().zip(parts()) {
        let (key, value) = part.split_once('=').unwrap_or((part, ""));
        *pair = (arena.try_alloc_str(key)?, spaced(arena, value)?);
    }
    Ok(pairs)
}

/// `value` with each `%20` and `+` as a space.
fn spaced<'a>(arena: &'a Arena, value: &str) -> Result<&'a str, ArenaFull> {
    let room = arena.try_alloc_slice_fill_with(value.len(), |_| b' ')?;
    let mut len = 0;
    let mut rest = value.as_bytes();
    while let Some((&byte, tail)) = rest.split_first() {
        rest = rest.strip_prefix(b"%20").unwrap_or(tail);
        if rest.len() == tail.len() && byte != b'+' {
            room[len] = byte;
        }
        len += 1;
    }
    let text = std::str::from_utf8(&room[..len]);
    Ok(text.expect("ASCII was taken out of a string, so a string is left"))
}
