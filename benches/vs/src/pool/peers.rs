//! The other pools, and the allocator.

use std::cell::RefCell;
use std::hint::black_box;
use std::sync::{Arc, Mutex};

use bytes::BytesMut;

use super::{BYTES, Pool, SIZE, SLOTS};

fn buffer() -> Vec<u8> {
    Vec::with_capacity(SIZE)
}

fn fill(buffer: &mut Vec<u8>) {
    buffer.clear();
    buffer.extend_from_slice(black_box(&BYTES));
}

/// A fresh `Vec` each time.
pub(super) struct Malloc;

impl Pool for Malloc {
    const NAME: &'static str = "malloc";
    type Buffer = Vec<u8>;

    fn new() -> Self {
        Self
    }
    fn filled(&'static self) -> Vec<u8> {
        let mut fresh = buffer();
        fill(&mut fresh);
        fresh
    }
}

thread_local! {
    static OWN: RefCell<BytesMut> = RefCell::new(BytesMut::with_capacity(SLOTS * SIZE));
}

/// Parts split off a thread's own `BytesMut`, which takes its memory back when no part is left.
pub(super) struct Reclaimed;

impl Pool for Reclaimed {
    const NAME: &'static str = "BytesMut reclaimed";
    type Buffer = BytesMut;

    fn new() -> Self {
        Self
    }
    fn filled(&'static self) -> BytesMut {
        OWN.with_borrow_mut(|own| {
            own.reserve(SIZE);
            own.extend_from_slice(black_box(&BYTES));
            own.split()
        })
    }
}

/// What opool makes its buffers with.
pub(super) struct Buffers;

impl opool::PoolAllocator<Vec<u8>> for Buffers {
    fn allocate(&self) -> Vec<u8> {
        buffer()
    }
}

impl Pool for opool::Pool<Buffers, Vec<u8>> {
    const NAME: &'static str = "opool";
    type Buffer = opool::RefGuard<'static, Buffers, Vec<u8>>;

    fn new() -> Self {
        Self::new_prefilled(SLOTS, Buffers)
    }
    fn filled(&'static self) -> Self::Buffer {
        let mut guard = self.get();
        fill(&mut guard);
        guard
    }
}

impl Pool for object_pool::Pool<Vec<u8>> {
    const NAME: &'static str = "object-pool";
    type Buffer = object_pool::Reusable<'static, Vec<u8>>;

    fn new() -> Self {
        Self::new(SLOTS, buffer)
    }
    fn filled(&'static self) -> Self::Buffer {
        let mut guard = self.try_pull().expect("one of 64");
        fill(&mut guard);
        guard
    }
}

impl Pool for lockfree_object_pool::LinearObjectPool<Vec<u8>> {
    const NAME: &'static str = "lockfree-object-pool";
    type Buffer = lockfree_object_pool::LinearReusable<'static, Vec<u8>>;

    fn new() -> Self {
        Self::new(buffer, Vec::clear)
    }
    fn filled(&'static self) -> Self::Buffer {
        let mut guard = self.pull();
        fill(&mut guard);
        guard
    }
}

/// A buffer that sharded-slab can make and clear.
pub(super) struct Buffer(Vec<u8>);

impl Default for Buffer {
    fn default() -> Self {
        Self(buffer())
    }
}

impl sharded_slab::Clear for Buffer {
    fn clear(&mut self) {
        self.0.clear();
    }
}

impl Pool for sharded_slab::Pool<Buffer> {
    const NAME: &'static str = "sharded-slab";
    type Buffer = sharded_slab::pool::RefMut<'static, Buffer>;

    fn new() -> Self {
        Self::new()
    }
    fn filled(&'static self) -> Self::Buffer {
        let mut guard = self.create().expect("room");
        fill(&mut guard.0);
        guard
    }
    fn release(&'static self, buffer: Self::Buffer) {
        // Dropping the guard alone would keep the buffer, to be found by its key.
        let key = buffer.key();
        drop(buffer);
        assert!(self.clear(key));
    }
}

/// sharded-slab's buffers that may go to another thread hold a count of the pool.
pub(super) struct OwnedSlab(Arc<sharded_slab::Pool<Buffer>>);

impl Pool for OwnedSlab {
    const NAME: &'static str = "sharded-slab, owned";
    type Buffer = sharded_slab::pool::OwnedRefMut<Buffer>;

    fn new() -> Self {
        Self(Arc::new(sharded_slab::Pool::new()))
    }
    fn filled(&'static self) -> Self::Buffer {
        let mut guard = Arc::clone(&self.0).create_owned().expect("room");
        fill(&mut guard.0);
        guard
    }
    fn release(&'static self, buffer: Self::Buffer) {
        let key = buffer.key();
        drop(buffer);
        assert!(self.0.clear(key));
    }
}

/// lockfree-object-pool's buffers that may go to another thread hold a count of the pool.
pub(super) struct OwnedLinear(Arc<lockfree_object_pool::LinearObjectPool<Vec<u8>>>);

impl Pool for OwnedLinear {
    const NAME: &'static str = "lockfree, owned";
    type Buffer = lockfree_object_pool::LinearOwnedReusable<Vec<u8>>;

    fn new() -> Self {
        Self(Arc::new(lockfree_object_pool::LinearObjectPool::new(
            buffer,
            Vec::clear,
        )))
    }
    fn filled(&'static self) -> Self::Buffer {
        let mut guard = self.0.pull_owned();
        fill(&mut guard);
        guard
    }
}

impl Pool for crossbeam_queue::ArrayQueue<Vec<u8>> {
    const NAME: &'static str = "ArrayQueue<Vec>";
    type Buffer = Vec<u8>;

    fn new() -> Self {
        let queue = Self::new(SLOTS);
        (0..SLOTS).for_each(|_| queue.push(buffer()).expect("room"));
        queue
    }
    fn filled(&'static self) -> Vec<u8> {
        let mut taken = self.pop().expect("one of 64");
        fill(&mut taken);
        taken
    }
    fn release(&'static self, buffer: Vec<u8>) {
        self.push(buffer).expect("room");
    }
}

/// Its length is what is written; every buffer of its smallest class has room for 4 KiB.
impl Pool for zeropool::ZeroPool {
    const NAME: &'static str = "zeropool";
    type Buffer = zeropool::Buf<'static>;

    fn new() -> Self {
        let pool = Self::new();
        pool.warm(SLOTS, SIZE);
        pool
    }
    fn filled(&'static self) -> Self::Buffer {
        self.alloc_uninit(BYTES.len())
            .write_from_slice(black_box(&BYTES))
    }
}

impl Pool for Mutex<Vec<Vec<u8>>> {
    const NAME: &'static str = "Mutex<Vec>";
    type Buffer = Vec<u8>;

    fn new() -> Self {
        Self::new((0..SLOTS).map(|_| buffer()).collect())
    }
    fn filled(&'static self) -> Vec<u8> {
        let taken = self.lock().expect("nobody panics").pop();
        let mut taken = taken.expect("one of 64");
        fill(&mut taken);
        taken
    }
    fn release(&'static self, buffer: Vec<u8>) {
        self.lock().expect("nobody panics").push(buffer);
    }
}
