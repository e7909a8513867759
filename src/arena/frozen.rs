//! A result together with the arena it lies in.

use core::fmt;
use core::mem::MaybeUninit;
use core::ops::Deref;

use super::{Arena, PooledArena};

/// Names a type that borrows from an arena, for every lifetime of the borrow. A name alone: there
/// is no value of it, and it costs nothing.
///
/// # Examples
/// ```
/// use shorttail::arena::Family;
///
/// enum Words {}
/// impl Family for Words {
///     type Value<'a> = &'a [&'a str];
/// }
/// let words: <Words as Family>::Value<'static> = &["a", "b"];
/// assert_eq!(words.len(), 2);
/// ```
pub trait Family {
    /// The type, borrowing for `'a`.
    type Value<'a>;
}

/// A value that borrows from a [`PooledArena`], and that arena: both go together, to another
/// thread too if the value may.
///
/// Made by [`PooledArena::freeze`]. Its drop drops the value, then gives the arena back.
///
/// What holds an `&Arena` may not go: an [`ArenaVec`](super::ArenaVec), an
/// [`ArenaString`](super::ArenaString), an [`ArenaBox`](super::ArenaBox). End the first two with
/// `into_slice` and `into_str`; a box, or items that need a drop, stay on their thread.
///
/// # Examples
/// ```
/// use shorttail::arena::{ArenaFull, ArenaPool, Family, Frozen};
///
/// enum Words {}
/// impl Family for Words {
///     type Value<'a> = &'a [&'a str];
/// }
///
/// let pool = ArenaPool::new(1, 1024).unwrap();
/// let arena = pool.try_acquire().unwrap();
/// let words: Frozen<Words> = arena
///     .freeze(|arena| {
///         let hello = &*arena.try_alloc_str("hello")?;
///         Ok::<_, ArenaFull>(&*arena.try_alloc_slice_copy(&[hello, "world"])?)
///     })
///     .map_err(|(full, _arena)| full)?;
/// let longest = std::thread::spawn(move || words.with(|words| words[0].len()));
/// assert_eq!(longest.join().unwrap(), 5);
/// assert_eq!(pool.stats().in_use, 0);
/// # Ok::<(), ArenaFull>(())
/// ```
/// What it lends stays inside:
/// ```compile_fail
/// # use shorttail::arena::{Family, Frozen};
/// # enum Text {}
/// # impl Family for Text {
/// #     type Value<'a> = &'a str;
/// # }
/// fn escape(frozen: &Frozen<Text>) -> &str {
///     frozen.with(|text| *text)
/// }
/// ```
/// It borrows from its arena alone:
/// ```compile_fail
/// # use shorttail::arena::{Family, PooledArena};
/// # enum Text {}
/// # impl Family for Text {
/// #     type Value<'a> = &'a str;
/// # }
/// fn borrow_elsewhere(arena: PooledArena, other: &str) {
///     let _frozen = arena.freeze::<Text, ()>(|_| Ok(other));
/// }
/// ```
/// Values of two arenas do not change places:
/// ```compile_fail,E0521
/// # use shorttail::arena::{Family, Frozen};
/// # enum Text {}
/// # impl Family for Text {
/// #     type Value<'a> = &'a str;
/// # }
/// fn swap(one: &mut Frozen<Text>, other: &mut Frozen<Text>) {
///     one.with_mut(|one| other.with_mut(|other| std::mem::swap(one, other)));
/// }
/// ```
/// It goes to another thread only if the value may:
/// ```compile_fail,E0277
/// # use shorttail::arena::{Family, Frozen};
/// # use std::cell::Cell;
/// # enum Count {}
/// # impl Family for Count {
/// #     type Value<'a> = &'a Cell<u32>;
/// # }
/// fn send(frozen: Frozen<Count>) {
///     std::thread::spawn(move || frozen.with(|count| count.get()));
/// }
/// ```
/// Nothing that borrows from the value itself can be put into it:
/// ```compile_fail
/// # use shorttail::arena::{Family, Frozen};
/// # use std::cell::Cell;
/// # enum Knot {}
/// # impl Family for Knot {
/// #     type Value<'a> = (u32, Cell<Option<&'a u32>>);
/// # }
/// fn tie(frozen: &Frozen<Knot>) {
///     frozen.with(|knot| knot.1.set(Some(&knot.0)));
/// }
/// ```
pub struct Frozen<F: Family> {
    /// Above the arena, so that it is dropped before it.
    value: Held<F>,
    arena: PooledArena,
}

/// The value, with its borrow of the arena written as `'static`, which it is not: nobody gets to
/// see it under that name.
///
/// `MaybeUninit`: while a `Frozen` moves, no reference inside the value is claimed to be unique.
struct Held<F: Family>(MaybeUninit<F::Value<'static>>);

// SAFETY: the value goes to another thread, so it has to be `Send`, whatever it borrows for. The
// arena goes with it, and nobody but the value may still have a borrow of that: were `&Arena` a
// part of a `Send` value, `Arena` would be `Sync`, which it is not.
unsafe impl<F: Family> Send for Frozen<F> where for<'a> F::Value<'a>: Send {}
// SAFETY: `&Frozen` gives `&Value` and nothing of the arena, whose cells another thread might be
// in at the same time. To look into the arena from `&self` anywhere here would break this.
unsafe impl<F: Family> Sync for Frozen<F> where for<'a> F::Value<'a>: Sync {}

impl PooledArena {
    /// Builds a value in this arena and keeps the two together. Neither waits nor allocates, unless
    /// `build` does.
    ///
    /// `F` is not found by the compiler: say `freeze::<F, _>`, or of what type the result is. In
    /// `build`, [`ArenaFull`](super::ArenaFull) serves as the error of all calls: `?` makes it of a
    /// [`NoRoom`](super::NoRoom), which itself borrows and cannot leave.
    ///
    /// # Errors
    /// What `build` returns, with the arena as `build` left it.
    ///
    /// # Panics
    /// If `build` does; the arena goes back to the pool.
    ///
    /// # Examples
    /// ```
    /// use shorttail::arena::{ArenaPool, Family};
    ///
    /// enum Text {}
    /// impl Family for Text {
    ///     type Value<'a> = &'a str;
    /// }
    /// let pool = ArenaPool::new(1, 4).unwrap();
    /// let arena = pool.try_acquire().unwrap();
    /// let too_long = arena.freeze::<Text, _>(|arena| arena.try_alloc_str("hello").map(|it| &*it));
    /// let (full, arena) = too_long.unwrap_err();
    /// assert_eq!((full.requested, arena.used()), (5, 0));
    /// ```
    pub fn freeze<F: Family, E>(
        self,
        build: impl for<'a> FnOnce(&'a Arena) -> Result<F::Value<'a>, E>,
    ) -> Result<Frozen<F>, (E, Self)> {
        let arena: *const Arena = Deref::deref(&self);
        // SAFETY: the arena stays at its place in the pool until the lease in `self` ends, which is
        // after the value's drop: `Frozen` and this function see to both. The name `'static` does
        // not get out: `build` has to do with any lifetime, and so has all that sees the value.
        let arena = unsafe { &*arena };
        match build(arena) {
            Ok(value) => Ok(Frozen {
                value: Held(MaybeUninit::new(value)),
                arena: self,
            }),
            Err(error) => Err((error, self)),
        }
    }
}

impl<F: Family> Frozen<F> {
    /// Lends the value to `read`. Costs nothing of its own.
    ///
    /// The two lifetimes are apart, so that `read` cannot put a borrow of the value into it.
    ///
    /// # Panics
    /// If `read` does.
    ///
    /// # Examples
    /// See [`Frozen`].
    pub fn with<R>(&self, read: impl for<'a, 'b> FnOnce(&'b F::Value<'a>) -> R) -> R {
        // SAFETY: initialized in `freeze`, and until the drop.
        read(unsafe { self.value.0.assume_init_ref() })
    }

    /// As [`with`](Self::with), to change the value. Costs nothing of its own either.
    ///
    /// # Panics
    /// If `change` does.
    ///
    /// # Examples
    /// ```
    /// use shorttail::arena::{ArenaPool, Family, Frozen};
    ///
    /// enum Bytes {}
    /// impl Family for Bytes {
    ///     type Value<'a> = &'a mut [u8];
    /// }
    /// let pool = ArenaPool::new(1, 64).unwrap();
    /// let arena = pool.try_acquire().unwrap();
    /// let built = arena.freeze(|arena| arena.try_alloc_slice_copy(b"abc"));
    /// let mut bytes: Frozen<Bytes> = built.unwrap();
    /// bytes.with_mut(|bytes| bytes.reverse());
    /// assert_eq!(bytes.with(|bytes| bytes.to_vec()), b"cba");
    /// ```
    pub fn with_mut<R>(&mut self, change: impl for<'a, 'b> FnOnce(&'b mut F::Value<'a>) -> R) -> R {
        // SAFETY: initialized in `freeze`, and until the drop.
        change(unsafe { self.value.0.assume_init_mut() })
    }

    /// Drops the value and gives the arena out, not yet reset. Neither waits nor allocates, unless
    /// the value's drop does.
    ///
    /// # Panics
    /// If the value's drop does; the arena goes back to the pool.
    ///
    /// # Examples
    /// ```
    /// use shorttail::arena::{ArenaPool, Family, Frozen};
    ///
    /// enum Number {}
    /// impl Family for Number {
    ///     type Value<'a> = &'a mut u64;
    /// }
    /// let pool = ArenaPool::new(1, 64).unwrap();
    /// let arena = pool.try_acquire().unwrap();
    /// let number: Frozen<Number> = arena.freeze(|arena| arena.try_alloc(7_u64)).unwrap();
    /// assert_eq!(number.into_arena().used(), 8);
    /// ```
    pub fn into_arena(self) -> PooledArena {
        let Self { value, arena } = self;
        drop(value);
        arena
    }
}

impl<F: Family> Drop for Held<F> {
    fn drop(&mut self) {
        // SAFETY: initialized in `freeze` and dropped only here.
        unsafe { self.0.assume_init_drop() };
    }
}

impl<F: Family> fmt::Debug for Frozen<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Nothing of the arena, which is not `Sync`: a `&Frozen` may be.
        f.debug_struct("Frozen").finish_non_exhaustive()
    }
}
