//! The other pools, and the allocator.

use std::cell::RefCell;
use std::hint::black_box;
use std::sync::{Arc, Mutex};

use bytes::BytesMut;

use super::{BYTES, Pool};

fn buffer<const SIZE: usize>() -> Vec<u8> {
    Vec::with_capacity(SIZE)
}

fn fill(buffer: &mut Vec<u8>) {
    buffer.clear();
    buffer.extend_from_slice(black_box(&BYTES));
}

/// A fresh `Vec` each time.
pub(super) struct Malloc;

impl<const SIZE: usize> Pool<SIZE> for Malloc {
    const NAME: &'static str = "malloc";
    type Buffer = Vec<u8>;

    fn new(_slots: usize) -> Self {
        Self
    }
    fn filled(&'static self) -> Vec<u8> {
        let mut fresh = buffer::<SIZE>();
        fill(&mut fresh);
        fresh
    }
}

thread_local! {
    /// Room for 16 of the largest buffers.
    static OWN: RefCell<BytesMut> = RefCell::new(BytesMut::with_capacity(16 * 65_536));
}

/// Parts split off a thread's own `BytesMut`, which takes its memory back when no part is left.
pub(super) struct Reclaimed;

impl<const SIZE: usize> Pool<SIZE> for Reclaimed {
    const NAME: &'static str = "BytesMut reclaimed";
    type Buffer = BytesMut;

    fn new(_slots: usize) -> Self {
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
pub(super) struct Buffers<const SIZE: usize>;

impl<const SIZE: usize> opool::PoolAllocator<Vec<u8>> for Buffers<SIZE> {
    fn allocate(&self) -> Vec<u8> {
        buffer::<SIZE>()
    }
}

impl<const SIZE: usize> Pool<SIZE> for opool::Pool<Buffers<SIZE>, Vec<u8>> {
    const NAME: &'static str = "opool";
    type Buffer = opool::RefGuard<'static, Buffers<SIZE>, Vec<u8>>;

    fn new(slots: usize) -> Self {
        Self::new_prefilled(slots, Buffers)
    }
    fn filled(&'static self) -> Self::Buffer {
        let mut guard = self.get();
        fill(&mut guard);
        guard
    }
}

impl<const SIZE: usize> Pool<SIZE> for object_pool::Pool<Vec<u8>> {
    const NAME: &'static str = "object-pool";
    type Buffer = object_pool::Reusable<'static, Vec<u8>>;

    fn new(slots: usize) -> Self {
        Self::new(slots, buffer::<SIZE>)
    }
    fn filled(&'static self) -> Self::Buffer {
        let mut guard = self.try_pull().expect("a free one");
        fill(&mut guard);
        guard
    }
}

impl<const SIZE: usize> Pool<SIZE> for lockfree_object_pool::LinearObjectPool<Vec<u8>> {
    const NAME: &'static str = "lockfree-object-pool";
    type Buffer = lockfree_object_pool::LinearReusable<'static, Vec<u8>>;

    fn new(_slots: usize) -> Self {
        Self::new(buffer::<SIZE>, Vec::clear)
    }
    fn filled(&'static self) -> Self::Buffer {
        let mut guard = self.pull();
        fill(&mut guard);
        guard
    }
}

/// A buffer that sharded-slab can make and clear.
pub(super) struct Buffer<const SIZE: usize>(Vec<u8>);

impl<const SIZE: usize> Default for Buffer<SIZE> {
    fn default() -> Self {
        Self(buffer::<SIZE>())
    }
}

impl<const SIZE: usize> sharded_slab::Clear for Buffer<SIZE> {
    fn clear(&mut self) {
        self.0.clear();
    }
}

impl<const SIZE: usize> Pool<SIZE> for sharded_slab::Pool<Buffer<SIZE>> {
    const NAME: &'static str = "sharded-slab";
    type Buffer = sharded_slab::pool::RefMut<'static, Buffer<SIZE>>;

    fn new(_slots: usize) -> Self {
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
pub(super) struct OwnedSlab<const SIZE: usize>(Arc<sharded_slab::Pool<Buffer<SIZE>>>);

impl<const SIZE: usize> Pool<SIZE> for OwnedSlab<SIZE> {
    const NAME: &'static str = "sharded-slab, owned";
    type Buffer = sharded_slab::pool::OwnedRefMut<Buffer<SIZE>>;

    fn new(_slots: usize) -> Self {
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

impl<const SIZE: usize> Pool<SIZE> for OwnedLinear {
    const NAME: &'static str = "lockfree, owned";
    type Buffer = lockfree_object_pool::LinearOwnedReusable<Vec<u8>>;

    fn new(_slots: usize) -> Self {
        Self(Arc::new(lockfree_object_pool::LinearObjectPool::new(
            buffer::<SIZE>,
            Vec::clear,
        )))
    }
    fn filled(&'static self) -> Self::Buffer {
        let mut guard = self.0.pull_owned();
        fill(&mut guard);
        guard
    }
}

impl<const SIZE: usize> Pool<SIZE> for crossbeam_queue::ArrayQueue<Vec<u8>> {
    const NAME: &'static str = "ArrayQueue<Vec>";
    type Buffer = Vec<u8>;

    fn new(slots: usize) -> Self {
        let queue = Self::new(slots);
        (0..slots).for_each(|_| queue.push(buffer::<SIZE>()).expect("room"));
        queue
    }
    fn filled(&'static self) -> Vec<u8> {
        let mut taken = self.pop().expect("a free one");
        fill(&mut taken);
        taken
    }
    fn release(&'static self, buffer: Vec<u8>) {
        self.push(buffer).expect("room");
    }
}

/// Asked for the whole size, as the others are.
impl<const SIZE: usize> Pool<SIZE> for zeropool::ZeroPool {
    const NAME: &'static str = "zeropool";
    type Buffer = zeropool::BufUninit<'static>;

    fn new(slots: usize) -> Self {
        let pool = Self::new();
        pool.warm(slots, SIZE);
        pool
    }
    fn filled(&'static self) -> Self::Buffer {
        let mut buffer = self.alloc_uninit(SIZE);
        buffer.as_uninit_mut()[..BYTES.len()].write_copy_of_slice(black_box(&BYTES));
        buffer
    }
}

impl<const SIZE: usize> Pool<SIZE> for Mutex<Vec<Vec<u8>>> {
    const NAME: &'static str = "Mutex<Vec>";
    type Buffer = Vec<u8>;

    fn new(slots: usize) -> Self {
        Self::new((0..slots).map(|_| buffer::<SIZE>()).collect())
    }
    fn filled(&'static self) -> Vec<u8> {
        let taken = self.lock().expect("nobody panics").pop();
        let mut taken = taken.expect("a free one");
        fill(&mut taken);
        taken
    }
    fn release(&'static self, buffer: Vec<u8>) {
        self.lock().expect("nobody panics").push(buffer);
    }
}
