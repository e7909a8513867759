//! A buffer of 4 KiB taken, 256 bytes written, given back, by one thread.

use std::hint::black_box;
use std::sync::Mutex;

use crate::run::{Cell, Work};

const SIZE: usize = 4_096;
const SLOTS: usize = 64;
const BYTES: [u8; 256] = [7; 256];

/// A source of buffers.
trait Pool: 'static {
    fn cycle(&self);
}

impl Pool for shorttail::pool::BufferPool {
    fn cycle(&self) {
        let mut buffer = self.try_acquire(SIZE).expect("one of 64");
        buffer.try_put(black_box(&BYTES)).expect("it fits");
        black_box(&buffer);
    }
}

/// Fills an emptied buffer.
fn fill(buffer: &mut Vec<u8>) {
    buffer.clear();
    buffer.extend_from_slice(black_box(&BYTES));
    black_box(buffer);
}

struct Malloc;

impl Pool for Malloc {
    fn cycle(&self) {
        fill(&mut Vec::with_capacity(SIZE));
    }
}

impl Pool for object_pool::Pool<Vec<u8>> {
    fn cycle(&self) {
        fill(&mut self.try_pull().expect("one of 64"));
    }
}

impl Pool for lockfree_object_pool::LinearObjectPool<Vec<u8>> {
    fn cycle(&self) {
        fill(&mut self.pull());
    }
}

impl Pool for Mutex<Vec<Vec<u8>>> {
    fn cycle(&self) {
        let mut buffer = self
            .lock()
            .expect("nobody panics")
            .pop()
            .expect("one of 64");
        fill(&mut buffer);
        self.lock().expect("nobody panics").push(buffer);
    }
}

fn work(pool: impl Pool) -> Work {
    Box::new(move |operations| (0..operations).for_each(|_| pool.cycle()))
}

fn buffer() -> Vec<u8> {
    Vec::with_capacity(SIZE)
}

pub(crate) fn cells() -> Vec<Cell> {
    let ours = shorttail::pool::BufferPool::builder()
        .class(SIZE, SLOTS)
        .build();
    let listed: Vec<Vec<u8>> = (0..SLOTS).map(|_| buffer()).collect();
    let linear = lockfree_object_pool::LinearObjectPool::new(buffer, Vec::clear);
    let contenders = vec![
        ("shorttail", work(ours.expect("one sound class"))),
        ("malloc", work(Malloc)),
        ("object-pool", work(object_pool::Pool::new(SLOTS, buffer))),
        ("lockfree-object-pool", work(linear)),
        ("Mutex<Vec>", work(Mutex::new(listed))),
    ];
    vec![Cell::new(
        "pool: acquire, write 256 B, release, one thread",
        contenders,
    )]
}
