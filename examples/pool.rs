//! One reader fills pooled buffers, several writers share them, and nobody copies.
//!
//! A line server's fan-out in small: each message is read once into a slot, frozen, and handed to
//! every subscriber as another handle on the same slot. With all slots in use, the reader sheds the
//! message at once instead of growing.
//!
//! Run: `cargo run --release --example pool`. Last line: `all slots are back: 0 of 8 in use`

#![expect(clippy::print_stdout, reason = "an example prints its result")]

use std::sync::mpsc;
use std::thread;

use shorttail::pool::{AcquireError, BufferPool, PooledBytes};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let pool = BufferPool::builder().class(512, 6).class(4096, 2).build()?;

    let (outboxes, subscribers): (Vec<_>, Vec<_>) = (0..3)
        .map(|number| {
            let (outbox, inbox) = mpsc::sync_channel::<PooledBytes>(4);
            let subscriber = thread::spawn(move || {
                let bytes: usize = inbox.iter().map(|message| message.len()).sum();
                println!("subscriber {number} saw {bytes} bytes");
            });
            (outbox, subscriber)
        })
        .unzip();

    let mut shed = 0;
    for number in 0..1000_usize {
        let message = vec![b'x'; number % 700];
        match receive(&pool, &message) {
            Ok(frozen) => {
                for outbox in &outboxes {
                    outbox.send(frozen.clone())?;
                }
            }
            Err(AcquireError::Exhausted { .. }) => shed += 1,
            Err(error) => return Err(error.into()),
        }
    }
    println!("shed {shed} of 1000 messages while all slots of their size were in use");

    drop(outboxes);
    for subscriber in subscribers {
        subscriber.join().expect("a subscriber only counts");
    }
    let stats = pool.stats();
    println!(
        "all slots are back: {} of {} in use",
        stats.in_use, stats.slots
    );
    Ok(())
}

/// Reads one message into a slot of its size.
fn receive(pool: &BufferPool, mut socket: &[u8]) -> Result<PooledBytes, AcquireError> {
    let len = socket.len();
    let mut buf = pool.try_acquire(len)?;
    while buf.len() < len {
        match buf.read_from(&mut socket) {
            Ok(0) | Err(_) => break,
            Ok(_) => {}
        }
    }
    Ok(buf.freeze())
}
