//! One arena: a block of memory and how far into it pieces were handed out.

use core::alloc::Layout;
use core::cell::{Cell, RefCell};
use core::fmt;
use core::mem::{MaybeUninit, needs_drop};
use core::ptr::NonNull;

use super::growth::Growth;
use super::{ArenaFull, ConfigError};
use crate::slots::{Block, Budget};
use crate::sync::Arc;

/// What freed memory is filled with in debug builds.
const POISON: u8 = 0xA5;

/// One block of memory, handed out piece by piece and taken back at once.
///
/// The pieces live until [`reset`](Self::reset), which needs `&mut self`, so no piece is used
/// after it. Values with a destructor are refused at compile time, since it would never run:
///
/// ```
/// let arena = shorttail::arena::Arena::new(1024).unwrap();
/// let point: &mut (i32, &str) = arena.try_alloc((1, "x"))?;
/// point.0 += 1;
/// assert_eq!(*point, (2, "x"));
/// # Ok::<(), shorttail::arena::ArenaFull>(())
/// ```
/// ```compile_fail,E0080
/// let arena = shorttail::arena::Arena::new(1024).unwrap();
/// let point: &mut (i32, String) = arena.try_alloc((1, String::new()))?;
/// # Ok::<(), shorttail::arena::ArenaFull>(())
/// ```
///
/// One thread at a time uses it:
/// ```compile_fail,E0277
/// let arena = shorttail::arena::Arena::new(1024).unwrap();
/// std::thread::scope(|scope| {
///     scope.spawn(|| arena.try_alloc(7).is_ok());
/// });
/// ```
///
/// # Guarantees
/// The heap is used by [`new`](Self::new) and by the drop, never between. Every other call takes
/// a bounded number of steps and never waits. Of this, and of what the calls say below, an arena
/// whose pool lets it grow ([`Overflow::Grow`](super::Overflow::Grow)) is the exception: a call
/// for more than what is left of its blocks takes another from the heap. [`used`](Self::used) and
/// its kin are a load or two, and of such an arena one more for each block.
pub struct Arena {
    /// Between `top` and `end` nothing is handed out; both lie in `block`, or in the one of
    /// `growth` that is cut now.
    top: Cell<NonNull<u8>>,
    end: Cell<NonNull<u8>>,
    block: Block,
    growth: Option<RefCell<Growth>>,
    wipe: bool,
}

// SAFETY: an arena owns its blocks, and the two places are in one. What it has lent is borrowed
// from it, so none of that stays behind when it moves. The cells make it `!Sync`.
unsafe impl Send for Arena {}

impl Arena {
    /// An arena of `bytes`, no more and no fewer; every page of it is touched.
    ///
    /// # Errors
    /// [`ConfigError::NoBytes`] for zero, [`ConfigError::OutOfMemory`] if the heap refuses.
    ///
    /// # Examples
    /// ```
    /// let arena = shorttail::arena::Arena::new(4096)?;
    /// assert_eq!(arena.capacity(), 4096);
    /// # Ok::<(), shorttail::arena::ConfigError>(())
    /// ```
    pub fn new(bytes: usize) -> Result<Self, ConfigError> {
        Self::with_wipe(bytes, false)
    }

    pub(super) fn with_wipe(bytes: usize, wipe: bool) -> Result<Self, ConfigError> {
        if bytes == 0 {
            return Err(ConfigError::NoBytes);
        }
        let block = Block::resident(bytes).ok_or(ConfigError::OutOfMemory { bytes })?;
        Ok(Self {
            top: Cell::new(block.start()),
            end: Cell::new(block.end()),
            block,
            growth: None,
            wipe,
        })
    }

    /// One that may take blocks from the heap, up to `limit` bytes in all.
    pub(super) fn growing(
        bytes: usize,
        wipe: bool,
        budget: &Arc<Budget>,
        limit: usize,
    ) -> Result<Self, ConfigError> {
        let growth = Growth::new(Arc::clone(budget), bytes, limit);
        let mut arena = Self::with_wipe(bytes, wipe)?;
        arena.growth = Some(RefCell::new(growth));
        Ok(arena)
    }

    /// Moves `value` into the arena. A few instructions; never waits, never touches the heap.
    ///
    /// # Errors
    /// [`ArenaFull`] if it does not fit; the value, which needs no drop, is gone.
    ///
    /// # Examples
    /// ```
    /// let arena = shorttail::arena::Arena::new(1024).unwrap();
    /// assert_eq!(*arena.try_alloc(7_u64)?, 7);
    /// # Ok::<(), shorttail::arena::ArenaFull>(())
    /// ```
    #[cfg_attr(shorttail_rtsan, sanitize(realtime = "nonblocking"))]
    #[inline]
    #[expect(clippy::mut_from_ref, reason = "each call hands out memory of its own")]
    pub fn try_alloc<T>(&self, value: T) -> Result<&mut T, ArenaFull> {
        const {
            assert!(
                !needs_drop::<T>(),
                "an arena never drops what is put into it"
            )
        };
        let room = self.take(Layout::new::<T>())?.cast::<MaybeUninit<T>>();
        // SAFETY: `take` gave memory of `T`'s layout that nobody else has until `reset`, which
        // needs `&mut self` and so outlives this borrow. Any bits are a `MaybeUninit`.
        let room = unsafe { &mut *room.as_ptr() };
        Ok(room.write(value))
    }

    /// Copies `values` into the arena. One `memcpy`; never waits, never touches the heap.
    ///
    /// # Errors
    /// [`ArenaFull`] if they do not fit.
    ///
    /// # Examples
    /// ```
    /// let arena = shorttail::arena::Arena::new(1024).unwrap();
    /// assert_eq!(arena.try_alloc_slice_copy(&[1, 2, 3])?, [1, 2, 3]);
    /// # Ok::<(), shorttail::arena::ArenaFull>(())
    /// ```
    #[cfg_attr(shorttail_rtsan, sanitize(realtime = "nonblocking"))]
    #[inline]
    #[expect(clippy::mut_from_ref, reason = "each call hands out memory of its own")]
    pub fn try_alloc_slice_copy<T: Copy>(&self, values: &[T]) -> Result<&mut [T], ArenaFull> {
        let room = self.try_alloc_uninit_slice::<T>(values.len())?;
        // SAFETY: `MaybeUninit<T>` has the layout of `T`, and a `T` is a valid `MaybeUninit<T>`.
        let source = unsafe {
            core::slice::from_raw_parts(values.as_ptr().cast::<MaybeUninit<T>>(), values.len())
        };
        room.copy_from_slice(source);
        Ok(assume_init(room))
    }

    /// Copies `text` into the arena. One `memcpy`; never waits, never touches the heap.
    ///
    /// # Errors
    /// [`ArenaFull`] if it does not fit.
    ///
    /// # Examples
    /// ```
    /// let arena = shorttail::arena::Arena::new(1024).unwrap();
    /// assert_eq!(arena.try_alloc_str("text")?, "text");
    /// # Ok::<(), shorttail::arena::ArenaFull>(())
    /// ```
    #[cfg_attr(shorttail_rtsan, sanitize(realtime = "nonblocking"))]
    #[inline]
    #[expect(clippy::mut_from_ref, reason = "each call hands out memory of its own")]
    pub fn try_alloc_str(&self, text: &str) -> Result<&mut str, ArenaFull> {
        let bytes = self.try_alloc_slice_copy(text.as_bytes())?;
        // SAFETY: the bytes were copied from a `str` just above and nobody else can reach them.
        Ok(unsafe { core::str::from_utf8_unchecked_mut(bytes) })
    }

    /// `len` values, each made by `fill` from its index. Never waits, never touches the heap
    /// unless `fill` does.
    ///
    /// # Errors
    /// [`ArenaFull`] if they do not fit; `fill` is then never called.
    ///
    /// # Panics
    /// If `fill` panics; the room stays taken until [`reset`](Self::reset).
    ///
    /// # Examples
    /// ```
    /// let arena = shorttail::arena::Arena::new(1024).unwrap();
    /// assert_eq!(arena.try_alloc_slice_fill_with(3, |index| index * 10)?, [0, 10, 20]);
    /// # Ok::<(), shorttail::arena::ArenaFull>(())
    /// ```
    /// Values that need a drop are refused:
    /// ```compile_fail,E0080
    /// let arena = shorttail::arena::Arena::new(1024).unwrap();
    /// let texts = arena.try_alloc_slice_fill_with(3, |index| index.to_string());
    /// ```
    #[inline]
    #[cfg_attr(shorttail_rtsan, sanitize(realtime = "nonblocking"))]
    pub fn try_alloc_slice_fill_with<T>(
        &self,
        len: usize,
        mut fill: impl FnMut(usize) -> T,
    ) -> Result<&mut [T], ArenaFull> {
        const {
            assert!(
                !needs_drop::<T>(),
                "an arena never drops what is put into it"
            )
        };
        let room = self.try_alloc_uninit_slice::<T>(len)?;
        for (index, place) in room.iter_mut().enumerate() {
            place.write(fill(index));
        }
        Ok(assume_init(room))
    }

    /// Room for `len` values. A few instructions; never waits, never touches the heap.
    ///
    /// # Errors
    /// [`ArenaFull`] if they do not fit, also if their size overflows.
    ///
    /// # Examples
    /// ```
    /// let arena = shorttail::arena::Arena::new(1024).unwrap();
    /// let room = arena.try_alloc_uninit_slice::<u16>(2)?;
    /// assert_eq!(*room[1].write(5), 5);
    /// # Ok::<(), shorttail::arena::ArenaFull>(())
    /// ```
    /// Not for values that need a drop:
    /// ```compile_fail,E0080
    /// let arena = shorttail::arena::Arena::new(1024).unwrap();
    /// let texts = arena.try_alloc_uninit_slice::<String>(2);
    /// ```
    #[cfg_attr(shorttail_rtsan, sanitize(realtime = "nonblocking"))]
    #[inline]
    #[expect(clippy::mut_from_ref, reason = "each call hands out memory of its own")]
    pub fn try_alloc_uninit_slice<T>(
        &self,
        len: usize,
    ) -> Result<&mut [MaybeUninit<T>], ArenaFull> {
        const {
            assert!(
                !needs_drop::<T>(),
                "an arena never drops what is put into it"
            )
        };
        let room = NonNull::slice_from_raw_parts(self.take_array::<T>(len)?.cast(), len);
        // SAFETY: `take` gave memory of `len` times `T`'s layout that nobody else has until
        // `reset`, which needs `&mut self`. Any bits are a `MaybeUninit`.
        Ok(unsafe { &mut *room.as_ptr() })
    }

    /// Takes everything back. O(1), frees nothing; debug builds also overwrite it with 0xA5, and
    /// one that is to be [wiped](super::Builder::wipe) is overwritten with zeros in all builds.
    ///
    /// ```
    /// let mut arena = shorttail::arena::Arena::new(1024).unwrap();
    /// let seven = *arena.try_alloc(7)?;
    /// arena.reset();
    /// assert_eq!((arena.used(), seven), (0, 7));
    /// # Ok::<(), shorttail::arena::ArenaFull>(())
    /// ```
    /// What it handed out cannot be used afterwards:
    /// ```compile_fail,E0502
    /// let mut arena = shorttail::arena::Arena::new(1024).unwrap();
    /// let seven = arena.try_alloc(7)?;
    /// arena.reset();
    /// assert_eq!(*seven, 7);
    /// # Ok::<(), shorttail::arena::ArenaFull>(())
    /// ```
    #[cfg_attr(shorttail_rtsan, sanitize(realtime = "nonblocking"))]
    #[inline]
    pub fn reset(&mut self) {
        if self.wipe {
            self.overwrite(0);
        } else if cfg!(debug_assertions) {
            self.overwrite(POISON);
        }
        self.begin();
    }

    /// Begins at the first block again.
    #[inline]
    fn begin(&mut self) {
        self.top.set(self.block.start());
        if let Some(growth) = &mut self.growth {
            growth.get_mut().restart();
            self.end.set(self.block.end());
        }
    }

    /// Overwrites what was handed out since the last reset.
    fn overwrite(&mut self, with: u8) {
        let top = self.top.get();
        match &mut self.growth {
            None => self.block.overwrite(self.block.offset_of(top), with),
            Some(growth) => growth.get_mut().overwrite(&mut self.block, top, with),
        }
    }

    /// Whether it grew, or was built with more than `bytes`. `false` if it never grows.
    #[inline]
    pub(super) fn is_larger_than(&self, bytes: usize) -> bool {
        let growth = self.growth.as_ref();
        growth.is_some_and(|it| it.borrow().has_extras() || self.block.bytes() > bytes)
    }

    /// Makes one block of `bytes` of an arena that grew; empty afterwards. Uses the heap.
    ///
    /// If that much cannot be had, the first block stays as it is.
    #[cold]
    pub(super) fn rebuild(&mut self, bytes: usize) {
        if let Some(growth) = &mut self.growth {
            growth.get_mut().rebuild(&mut self.block, bytes);
        }
        self.end.set(self.block.end());
        self.begin();
    }

    /// Bytes handed out since the last reset, padding included.
    ///
    /// ```
    /// let arena = shorttail::arena::Arena::new(1024).unwrap();
    /// arena.try_alloc([0_u8; 10])?;
    /// assert_eq!(arena.used(), 10);
    /// # Ok::<(), shorttail::arena::ArenaFull>(())
    /// ```
    #[must_use]
    pub fn used(&self) -> usize {
        let top = self.top.get();
        match &self.growth {
            None => self.block.offset_of(top),
            Some(growth) => growth.borrow().used(&self.block, top),
        }
    }

    /// Bytes of its memory. Fixed at construction, except for one that may grow: blocks from the
    /// heap count from when they are taken.
    ///
    /// ```
    /// assert_eq!(shorttail::arena::Arena::new(1000).unwrap().capacity(), 1000);
    /// ```
    #[must_use]
    pub fn capacity(&self) -> usize {
        match &self.growth {
            None => self.block.bytes(),
            Some(growth) => growth.borrow().bytes(&self.block),
        }
    }

    /// Bytes left, of which padding may take some. Growth is not counted in.
    ///
    /// ```
    /// let arena = shorttail::arena::Arena::new(1000).unwrap();
    /// assert_eq!(arena.remaining(), arena.capacity());
    /// ```
    #[must_use]
    pub fn remaining(&self) -> usize {
        self.end.get().addr().get() - self.top.get().addr().get()
    }

    /// Memory for `len` values that nobody else has until `reset`.
    #[inline]
    pub(super) fn take_array<T>(&self, len: usize) -> Result<NonNull<T>, ArenaFull> {
        match Layout::array::<T>(len) {
            Ok(layout) => self.take(layout).map(NonNull::cast),
            Err(_) => Err(self.full(usize::MAX)),
        }
    }

    /// Memory for `layout`, aligned, that nobody else has until `reset`.
    #[inline]
    pub(crate) fn take(&self, layout: Layout) -> Result<NonNull<u8>, ArenaFull> {
        if layout.size() == 0 {
            // Nothing needs no room, not even that which its alignment would take: any aligned
            // place will do for it, and an alignment is one that is not null.
            let place = core::ptr::without_provenance_mut(layout.align());
            return NonNull::new(place).ok_or_else(|| self.full(0));
        }
        match self.cut(layout) {
            Some(place) => Ok(place),
            None => self.take_elsewhere(layout),
        }
    }

    /// `layout` out of what is left of the block.
    #[inline]
    fn cut(&self, layout: Layout) -> Option<NonNull<u8>> {
        let top = self.top.get();
        let padding = top.addr().get().wrapping_neg() & (layout.align() - 1);
        // No overflow: a layout's size and alignment are at most `isize::MAX` each.
        let bytes = padding + layout.size();
        if bytes > self.remaining() {
            return None;
        }
        // SAFETY: at least `bytes`, of which `padding` is a part, are left between `top` and the
        // end of the block.
        let place = unsafe { top.add(padding) };
        // SAFETY: as above; `top` was in the block, so this is too, or at its end.
        self.top.set(unsafe { top.add(bytes) });
        Some(place)
    }

    /// Hands out the bytes behind a piece of `bytes` at `start`, so that it has `more`. `false`,
    /// and nothing, if it is not the latest piece of the block that is cut, or if they do not fit.
    #[inline]
    pub(crate) fn extend(&self, start: NonNull<u8>, bytes: usize, more: usize) -> bool {
        let rest = more.saturating_sub(bytes);
        let fits = self.is_latest(start, bytes) && rest <= self.remaining();
        if fits {
            // SAFETY: `rest` bytes are left between `top` and the end of the block.
            self.top.set(unsafe { self.top.get().add(rest) });
        }
        fits
    }

    /// Takes back all but the first `kept` bytes of a piece, if it is the latest one.
    ///
    /// # Safety
    /// The caller has a piece of `bytes` at `start`, at least `kept`, and nobody uses what is
    /// behind those any more.
    #[inline]
    pub(crate) unsafe fn give_back(&self, start: NonNull<u8>, bytes: usize, kept: usize) {
        if !self.is_latest(start, bytes) {
            return;
        }
        // SAFETY: the piece, of which `kept` bytes are a part, lies in the block that is cut.
        let top = unsafe { start.add(kept) };
        if self.wipe {
            // SAFETY: these bytes are the piece's, of which nobody uses them any more. They lie
            // above the new top, where no reset would look for them.
            unsafe { top.write_bytes(0, bytes - kept) };
        }
        self.top.set(top);
    }

    /// Whether a piece of `bytes` at `start` ends where the next would begin, in the same block.
    #[inline]
    fn is_latest(&self, start: NonNull<u8>, bytes: usize) -> bool {
        let ends_at_top = start.addr().get() + bytes == self.top.get().addr().get();
        // Two blocks may lie side by side, so that a piece ends where another block begins.
        let in_block = |growth: &RefCell<Growth>| growth.borrow().is_behind(&self.block, start);
        bytes > 0 && ends_at_top && self.growth.as_ref().is_none_or(in_block)
    }

    /// `layout` out of the next block that has room for it, from the heap if need be.
    #[cold]
    fn take_elsewhere(&self, layout: Layout) -> Result<NonNull<u8>, ArenaFull> {
        let growth = self
            .growth
            .as_ref()
            .ok_or_else(|| self.full(layout.size()))?;
        {
            let mut growth = growth.borrow_mut();
            let need = (layout.size(), layout.align());
            let next = growth.advance(&self.block, self.top.get(), need);
            let next = next.ok_or_else(|| self.full(layout.size()))?;
            self.top.set(next.start());
            self.end.set(next.end());
        }
        self.cut(layout).ok_or_else(|| self.full(layout.size()))
    }

    #[cold]
    pub(super) fn full(&self, requested: usize) -> ArenaFull {
        ArenaFull {
            requested,
            remaining: self.remaining(),
        }
    }
}

impl Drop for Arena {
    fn drop(&mut self) {
        if self.wipe {
            self.overwrite(0);
        }
    }
}

impl fmt::Debug for Arena {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Arena")
            .field("used", &self.used())
            .field("capacity", &self.capacity())
            .finish()
    }
}

/// All of `room` as values; the caller has just written every one.
fn assume_init<T>(room: &mut [MaybeUninit<T>]) -> &mut [T] {
    let values = core::ptr::from_mut(room) as *mut [T];
    // SAFETY: private to this file, and both callers write every element before they come here.
    // `MaybeUninit<T>` has the layout of `T`.
    unsafe { &mut *values }
}
