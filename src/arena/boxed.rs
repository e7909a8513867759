//! One value in an arena that is dropped.

use core::alloc::Layout;
use core::fmt;
use core::marker::PhantomData;
use core::mem::{ManuallyDrop, size_of};
use core::ops::{Deref, DerefMut};
use core::ptr::NonNull;

use super::{Arena, NoRoom};

/// A value in an [`Arena`] that is dropped with its box, where the arena itself never drops.
///
/// The drop gives the room back if nothing was put into the arena since. No method waits or touches
/// the heap, unless the arena [may grow](super::Overflow::Grow).
///
/// Holds `&Arena`: it is not `Send`, nor is a future that keeps it across an `.await`.
///
/// # Examples
/// ```
/// use shorttail::arena::{Arena, ArenaBox};
///
/// let arena = Arena::new(64).unwrap();
/// let mut name = ArenaBox::try_new(&arena, String::from("name"))?;
/// name.push('!');
/// assert_eq!(name.into_inner(), "name!");
/// assert_eq!(arena.used(), 0);
/// # Ok::<(), shorttail::arena::NoRoom<String>>(())
/// ```
/// It has to go before its arena is reset:
/// ```compile_fail,E0502
/// use shorttail::arena::{Arena, ArenaBox};
///
/// let mut arena = Arena::new(64).unwrap();
/// let name = ArenaBox::try_new(&arena, String::from("name")).unwrap();
/// arena.reset();
/// assert_eq!(*name, "name");
/// ```
pub struct ArenaBox<'a, T> {
    arena: &'a Arena,
    place: NonNull<T>,
    value: PhantomData<T>,
}

impl<'a, T> ArenaBox<'a, T> {
    /// Moves `value` into `arena`, as [`Arena::try_alloc`] does.
    ///
    /// # Errors
    /// [`NoRoom`] with the value if it does not fit.
    ///
    /// ```
    /// use shorttail::arena::{Arena, ArenaBox};
    /// let arena = Arena::new(1).unwrap();
    /// let refused = ArenaBox::try_new(&arena, String::from("kept")).unwrap_err();
    /// assert_eq!(refused.into_inner(), "kept");
    /// ```
    #[cfg_attr(shorttail_rtsan, sanitize(realtime = "nonblocking"))]
    #[inline]
    pub fn try_new(arena: &'a Arena, value: T) -> Result<Self, NoRoom<T>> {
        let place = match arena.take(Layout::new::<T>()) {
            Ok(place) => place.cast::<T>(),
            Err(full) => return Err(NoRoom { value, full }),
        };
        // SAFETY: `take` gave memory of `T`'s layout that nobody else has until the arena's
        // reset, which the borrow in the box holds off.
        unsafe { place.write(value) };
        Ok(Self {
            arena,
            place,
            value: PhantomData,
        })
    }

    /// Takes the value out, and gives the room back as the drop does. One move.
    ///
    /// ```
    /// use shorttail::arena::{Arena, ArenaBox};
    /// let arena = Arena::new(64).unwrap();
    /// assert_eq!(ArenaBox::try_new(&arena, 7).unwrap().into_inner(), 7);
    /// ```
    #[must_use]
    pub fn into_inner(self) -> T {
        let this = ManuallyDrop::new(self);
        // SAFETY: the value was written in `try_new`, and the box goes without dropping it.
        let value = unsafe { this.place.read() };
        this.give_back();
        value
    }

    /// The last thing that a box does, without its value.
    fn give_back(&self) {
        let bytes = size_of::<T>();
        // SAFETY: the place is this box's, which goes, and the value has left it.
        unsafe { self.arena.give_back(self.place.cast(), bytes, 0) };
    }
}

impl<T> Deref for ArenaBox<'_, T> {
    type Target = T;

    #[inline]
    fn deref(&self) -> &T {
        // SAFETY: written in `try_new`, and the box's alone until its drop.
        unsafe { self.place.as_ref() }
    }
}

impl<T> DerefMut for ArenaBox<'_, T> {
    #[inline]
    fn deref_mut(&mut self) -> &mut T {
        // SAFETY: as in `deref`, and `&mut self` lets nobody else in.
        unsafe { self.place.as_mut() }
    }
}

impl<T> Drop for ArenaBox<'_, T> {
    fn drop(&mut self) {
        // SAFETY: written in `try_new` and dropped only here; `into_inner` does not come here.
        unsafe { self.place.drop_in_place() };
        self.give_back();
    }
}

impl<T: fmt::Debug> fmt::Debug for ArenaBox<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&**self, f)
    }
}
