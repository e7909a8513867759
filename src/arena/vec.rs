//! A vector whose items lie in an arena.

use core::alloc::Layout;
use core::fmt;
use core::marker::PhantomData;
use core::mem::{ManuallyDrop, needs_drop, size_of};
use core::ops::{Deref, DerefMut};
use core::ptr::{self, NonNull};
use core::slice;

use super::{Arena, ArenaFull, NoRoom};

/// Items that fit after the first growth.
const FIRST: usize = 4;

/// A vector in an [`Arena`]. Its items are dropped with it, as a `Vec`'s are.
///
/// While nothing else was put into the arena since, it grows where it stands and copies nothing,
/// and its drop gives the room back. Otherwise it moves to twice the room and leaves the old one
/// unused until the arena's reset, so at most as much as it has is wasted: build one at a time, or
/// [`with_capacity`](Self::with_capacity). No method waits or touches the heap, unless the arena
/// [may grow](super::Overflow::Grow).
///
/// Holds `&Arena`: it is not `Send`, nor is a future that keeps it across an `.await`.
/// [`into_slice`](Self::into_slice) ends with what may go to another thread.
///
/// # Examples
/// ```
/// use shorttail::arena::{Arena, ArenaVec};
///
/// let arena = Arena::new(1024).unwrap();
/// let mut names = ArenaVec::new(&arena);
/// names.try_push(String::from("a"))?; // dropped with the vector, which an arena alone refuses
/// names.try_push(String::from("b"))?;
/// assert_eq!(*names, ["a", "b"]);
///
/// let full = names.try_reserve(1000).unwrap_err();
/// assert_eq!(full.requested, 1002 * size_of::<String>());
/// # Ok::<(), shorttail::arena::NoRoom<String>>(())
/// ```
/// It does not outlive its arena:
/// ```compile_fail,E0505
/// use shorttail::arena::{Arena, ArenaVec};
///
/// let arena = Arena::new(1024).unwrap();
/// let numbers: ArenaVec<'_, u8> = ArenaVec::new(&arena);
/// drop(arena);
/// assert!(numbers.is_empty());
/// ```
pub struct ArenaVec<'a, T> {
    arena: &'a Arena,
    start: NonNull<T>,
    len: usize,
    capacity: usize,
    items: PhantomData<T>,
}

impl<'a, T> ArenaVec<'a, T> {
    /// An empty vector without room. Takes nothing from `arena`.
    ///
    /// ```
    /// use shorttail::arena::{Arena, ArenaVec};
    /// let arena = Arena::new(64).unwrap();
    /// assert!(ArenaVec::<u8>::new(&arena).is_empty() && arena.used() == 0);
    /// ```
    #[must_use]
    pub const fn new(arena: &'a Arena) -> Self {
        Self {
            arena,
            start: NonNull::dangling(),
            len: 0,
            capacity: if size_of::<T>() == 0 { usize::MAX } else { 0 },
            items: PhantomData,
        }
    }

    /// An empty vector with room for `capacity` items. A few instructions.
    ///
    /// # Errors
    /// [`ArenaFull`] if that does not fit.
    ///
    /// ```
    /// use shorttail::arena::{Arena, ArenaVec};
    /// let arena = Arena::new(64).unwrap();
    /// assert_eq!(ArenaVec::<u32>::with_capacity(&arena, 16)?.capacity(), 16);
    /// assert!(ArenaVec::<u32>::with_capacity(&arena, 17).is_err());
    /// # Ok::<(), shorttail::arena::ArenaFull>(())
    /// ```
    pub fn with_capacity(arena: &'a Arena, capacity: usize) -> Result<Self, ArenaFull> {
        let mut empty = Self::new(arena);
        if capacity > empty.capacity {
            empty.move_to(capacity)?;
        }
        Ok(empty)
    }

    /// Appends `item`. O(1), unless it has to move; never waits, never touches the heap.
    ///
    /// # Errors
    /// [`NoRoom`] with the item if it does not fit.
    ///
    /// ```
    /// use shorttail::arena::{Arena, ArenaVec};
    /// let arena = Arena::new(8).unwrap();
    /// let mut bytes = ArenaVec::new(&arena);
    /// (0..8).for_each(|byte: u8| bytes.try_push(byte).unwrap());
    /// assert_eq!(bytes.try_push(8).unwrap_err().into_inner(), 8);
    /// ```
    #[cfg_attr(shorttail_rtsan, sanitize(realtime = "nonblocking"))]
    #[inline]
    pub fn try_push(&mut self, item: T) -> Result<(), NoRoom<T>> {
        if self.len == self.capacity {
            if let Err(full) = self.grow(1) {
                return Err(NoRoom { value: item, full });
            }
        }
        // SAFETY: `len` is below `capacity`, and the room for `capacity` items is ours.
        let place = unsafe { self.start.add(self.len) };
        // SAFETY: as above; nothing that would need a drop is there.
        unsafe { place.write(item) };
        self.len += 1;
        Ok(())
    }

    /// Appends a copy of `items`, or nothing. One `memcpy`; as [`try_push`](Self::try_push).
    ///
    /// # Errors
    /// [`ArenaFull`] if they do not fit.
    ///
    /// ```
    /// use shorttail::arena::{Arena, ArenaVec};
    /// let arena = Arena::new(64).unwrap();
    /// let mut bytes = ArenaVec::new(&arena);
    /// bytes.try_extend_from_slice(&[1_u8, 2, 3])?;
    /// assert_eq!(*bytes, [1, 2, 3]);
    /// # Ok::<(), shorttail::arena::ArenaFull>(())
    /// ```
    #[cfg_attr(shorttail_rtsan, sanitize(realtime = "nonblocking"))]
    #[inline]
    pub fn try_extend_from_slice(&mut self, items: &[T]) -> Result<(), ArenaFull>
    where
        T: Copy,
    {
        self.try_reserve(items.len())?;
        // SAFETY: `len` is at most `capacity`, and the room for `capacity` items is ours.
        let place = unsafe { self.start.add(self.len) };
        // SAFETY: the room for `items.len()` more was just seen to, and `items`, which are
        // borrowed, cannot lie in it. They are `Copy`.
        unsafe { ptr::copy_nonoverlapping(items.as_ptr(), place.as_ptr(), items.len()) };
        self.len += items.len();
        Ok(())
    }

    /// Sees to it that `more` items fit. One comparison if they do; else it grows, or moves.
    ///
    /// # Errors
    /// [`ArenaFull`] if there is no room for them.
    ///
    /// ```
    /// use shorttail::arena::{Arena, ArenaVec};
    /// let arena = Arena::new(64).unwrap();
    /// let mut bytes: ArenaVec<'_, u8> = ArenaVec::new(&arena);
    /// bytes.try_reserve(64)?;
    /// assert!(bytes.try_reserve(65).is_err());
    /// # Ok::<(), shorttail::arena::ArenaFull>(())
    /// ```
    #[inline]
    #[cfg_attr(shorttail_rtsan, sanitize(realtime = "nonblocking"))]
    pub fn try_reserve(&mut self, more: usize) -> Result<(), ArenaFull> {
        if more > self.capacity - self.len {
            self.grow(more)?;
        }
        Ok(())
    }

    /// Takes the last item out. O(1).
    ///
    /// ```
    /// use shorttail::arena::{Arena, ArenaVec};
    /// let arena = Arena::new(64).unwrap();
    /// assert_eq!(ArenaVec::<u8>::new(&arena).pop(), None);
    /// ```
    #[inline]
    pub fn pop(&mut self) -> Option<T> {
        self.len = self.len.checked_sub(1)?;
        // SAFETY: an item lies at every index below the former length.
        let last = unsafe { self.start.add(self.len) };
        // SAFETY: as above; the shorter length makes it ours alone.
        Some(unsafe { last.read() })
    }

    /// Drops all items from index `len` on, one step each; the room stays.
    ///
    /// # Panics
    /// If an item's drop does; the others are dropped.
    ///
    /// ```
    /// use shorttail::arena::{Arena, ArenaVec};
    /// let arena = Arena::new(64).unwrap();
    /// let mut bytes = ArenaVec::new(&arena);
    /// bytes.try_extend_from_slice(b"abc")?;
    /// bytes.truncate(1);
    /// assert_eq!(*bytes, *b"a");
    /// # Ok::<(), shorttail::arena::ArenaFull>(())
    /// ```
    pub fn truncate(&mut self, len: usize) {
        let Some(gone) = self.len.checked_sub(len) else {
            return;
        };
        self.len = len;
        // SAFETY: `len` is at most the former length.
        let first = unsafe { self.start.add(len) };
        let rest = ptr::slice_from_raw_parts_mut(first.as_ptr(), gone);
        // SAFETY: `gone` items lie there, and the shorter length keeps all others off them, also
        // if a drop panics.
        unsafe { ptr::drop_in_place(rest) };
    }

    /// Items that fit before it has to grow. One load.
    ///
    /// ```
    /// use shorttail::arena::{Arena, ArenaVec};
    /// let arena = Arena::new(64).unwrap();
    /// assert_eq!(ArenaVec::<u8>::new(&arena).capacity(), 0);
    /// ```
    #[must_use]
    pub const fn capacity(&self) -> usize {
        self.capacity
    }

    /// The items, for as long as the arena is not reset. What room is over is given back if nothing
    /// was put into the arena since. O(1). Refused at compile time for items that need a drop.
    ///
    /// ```
    /// use shorttail::arena::{Arena, ArenaVec};
    /// let arena = Arena::new(64).unwrap();
    /// let mut bytes = ArenaVec::with_capacity(&arena, 50)?;
    /// bytes.try_extend_from_slice(b"abc")?;
    /// assert_eq!((&*bytes.into_slice(), arena.used()), (&b"abc"[..], 3));
    /// # Ok::<(), shorttail::arena::ArenaFull>(())
    /// ```
    /// ```compile_fail,E0080
    /// use shorttail::arena::{Arena, ArenaVec};
    /// let arena = Arena::new(64).unwrap();
    /// let names: ArenaVec<'_, String> = ArenaVec::new(&arena);
    /// let never_dropped = names.into_slice();
    /// ```
    #[must_use]
    pub fn into_slice(self) -> &'a mut [T] {
        const {
            assert!(
                !needs_drop::<T>(),
                "an arena never drops what is put into it"
            )
        };
        let this = ManuallyDrop::new(self);
        this.give_back_from(this.len);
        // SAFETY: `len` items lie there. The vector is gone without a drop, so they are the
        // caller's alone for as long as the arena is borrowed.
        unsafe { slice::from_raw_parts_mut(this.start.as_ptr(), this.len) }
    }

    /// Gives the room from index `kept` on back, if it is the arena's latest. The last thing that
    /// a vector does, with no item there.
    fn give_back_from(&self, kept: usize) {
        let size = size_of::<T>();
        if size > 0 {
            let (kept, all) = (kept * size, self.capacity * size);
            // SAFETY: the room for `capacity` items is this vector's, which goes; what lies from
            // `kept` on is no item any more.
            unsafe { self.arena.give_back(self.start.cast(), all, kept) };
        }
    }

    #[cold]
    fn grow(&mut self, more: usize) -> Result<(), ArenaFull> {
        let least = self.len.checked_add(more);
        let least = least.ok_or_else(|| self.arena.full(usize::MAX))?;
        let wished = least.max(self.capacity.saturating_mul(2)).max(FIRST);
        for capacity in [wished, least] {
            if self.extend_to(capacity) {
                return Ok(());
            }
        }
        self.move_to(wished).or_else(|_| self.move_to(least))
    }

    /// Takes the bytes behind the vector, if they are free.
    fn extend_to(&mut self, capacity: usize) -> bool {
        let Ok(layout) = Layout::array::<T>(capacity) else {
            return false;
        };
        let bytes = self.capacity * size_of::<T>();
        let extended = self.arena.extend(self.start.cast(), bytes, layout.size());
        if extended {
            self.capacity = capacity;
        }
        extended
    }

    /// Moves the items to a room for `capacity`, which is more than there is.
    fn move_to(&mut self, capacity: usize) -> Result<(), ArenaFull> {
        let start = self.arena.take_array::<T>(capacity)?;
        // SAFETY: `len` items lie at the old place, the new one has room for more and was handed
        // out just now, so they do not overlap.
        unsafe { ptr::copy_nonoverlapping(self.start.as_ptr(), start.as_ptr(), self.len) };
        self.start = start;
        self.capacity = capacity;
        Ok(())
    }
}

impl<T> Deref for ArenaVec<'_, T> {
    type Target = [T];

    #[inline]
    fn deref(&self) -> &[T] {
        // SAFETY: `len` items lie there, this vector's alone; the borrow of it keeps them.
        unsafe { slice::from_raw_parts(self.start.as_ptr(), self.len) }
    }
}

impl<T> DerefMut for ArenaVec<'_, T> {
    #[inline]
    fn deref_mut(&mut self) -> &mut [T] {
        // SAFETY: as in `deref`, and `&mut self` lets nobody else in.
        unsafe { slice::from_raw_parts_mut(self.start.as_ptr(), self.len) }
    }
}

impl<T> Drop for ArenaVec<'_, T> {
    fn drop(&mut self) {
        if needs_drop::<T>() {
            self.truncate(0);
        }
        self.give_back_from(0);
    }
}

impl<T: fmt::Debug> fmt::Debug for ArenaVec<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&**self, f)
    }
}
