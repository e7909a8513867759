//! Text that grows in an arena.

use core::fmt;
use core::ops::Deref;

use super::{Arena, ArenaFull, ArenaVec, PushFmtError};

/// A string in an [`Arena`]; grows, and costs, as an [`ArenaVec`] of its bytes does.
///
/// `write!` works, and fails with [`fmt::Error`] when the arena is full; what was written before
/// that stays. [`try_push_fmt`](Self::try_push_fmt) appends the whole or nothing.
///
/// Holds `&Arena`: it is not `Send`, nor is a future that keeps it across an `.await`.
/// [`into_str`](Self::into_str) ends with what may go to another thread.
///
/// # Examples
/// ```
/// use core::fmt::Write;
/// use shorttail::arena::{Arena, ArenaString};
///
/// let arena = Arena::new(32).unwrap();
/// let mut text = ArenaString::new(&arena);
/// write!(text, "{}+{}", 1, 2)?;
/// text.try_push_str("=3").unwrap();
/// assert_eq!(text.into_str(), "1+2=3");
/// assert_eq!(arena.used(), 5);
/// # Ok::<(), core::fmt::Error>(())
/// ```
/// Its text is gone with the next reset:
/// ```compile_fail,E0502
/// use shorttail::arena::{Arena, ArenaString};
///
/// let mut arena = Arena::new(32).unwrap();
/// let text = ArenaString::new(&arena).into_str();
/// arena.reset();
/// assert!(text.is_empty());
/// ```
pub struct ArenaString<'a> {
    /// Always UTF-8.
    bytes: ArenaVec<'a, u8>,
}

impl<'a> ArenaString<'a> {
    /// An empty string without room. Takes nothing from `arena`.
    ///
    /// ```
    /// use shorttail::arena::{Arena, ArenaString};
    /// let arena = Arena::new(32).unwrap();
    /// assert_eq!(&*ArenaString::new(&arena), "");
    /// ```
    #[must_use]
    pub const fn new(arena: &'a Arena) -> Self {
        Self {
            bytes: ArenaVec::new(arena),
        }
    }

    /// An empty string with room for `bytes`. A few instructions.
    ///
    /// # Errors
    /// [`ArenaFull`] if that does not fit.
    ///
    /// ```
    /// use shorttail::arena::{Arena, ArenaString};
    /// let arena = Arena::new(32).unwrap();
    /// assert!(ArenaString::with_capacity(&arena, 33).is_err());
    /// ```
    pub fn with_capacity(arena: &'a Arena, bytes: usize) -> Result<Self, ArenaFull> {
        let bytes = ArenaVec::with_capacity(arena, bytes)?;
        Ok(Self { bytes })
    }

    /// Appends `text`, or nothing. Never waits, never touches the heap.
    ///
    /// # Errors
    /// [`ArenaFull`] if it does not fit.
    ///
    /// ```
    /// use shorttail::arena::{Arena, ArenaString};
    /// let arena = Arena::new(3).unwrap();
    /// let mut text = ArenaString::new(&arena);
    /// text.try_push_str("abc")?;
    /// assert!(text.try_push_str("d").is_err() && *text == *"abc");
    /// # Ok::<(), shorttail::arena::ArenaFull>(())
    /// ```
    #[inline]
    #[cfg_attr(shorttail_rtsan, sanitize(realtime = "nonblocking"))]
    pub fn try_push_str(&mut self, text: &str) -> Result<(), ArenaFull> {
        self.bytes.try_extend_from_slice(text.as_bytes())
    }

    /// Appends one character. Never waits, never touches the heap.
    ///
    /// # Errors
    /// [`ArenaFull`] if it does not fit.
    ///
    /// ```
    /// use shorttail::arena::{Arena, ArenaString};
    /// let arena = Arena::new(3).unwrap();
    /// let mut text = ArenaString::new(&arena);
    /// text.try_push('é')?;
    /// assert!(text.try_push('é').is_err() && *text == *"é");
    /// # Ok::<(), shorttail::arena::ArenaFull>(())
    /// ```
    #[inline]
    #[cfg_attr(shorttail_rtsan, sanitize(realtime = "nonblocking"))]
    pub fn try_push(&mut self, character: char) -> Result<(), ArenaFull> {
        self.try_push_str(character.encode_utf8(&mut [0; 4]))
    }

    /// Appends formatted text, whole or not at all. Never waits, never touches the heap, unless a
    /// value's own formatting does. The text is formatted once, into its place.
    ///
    /// What room the first pieces of a refused text took stays the string's, unused.
    ///
    /// # Errors
    /// [`PushFmtError::Full`] if the arena has no room for it, with the bytes that the string with
    /// it would have; [`PushFmtError::Format`] if a value refuses to be formatted. Nothing is
    /// appended either way.
    ///
    /// # Panics
    /// If a value's formatting does; nothing is appended then.
    ///
    /// # Examples
    /// ```
    /// use shorttail::arena::{Arena, ArenaString, PushFmtError};
    ///
    /// let arena = Arena::new(8).unwrap();
    /// let mut text = ArenaString::new(&arena);
    /// text.try_push_fmt(format_args!("id={};", 7))?;
    /// let refused = text.try_push_fmt(format_args!("n={}", 1000));
    /// assert!(matches!(refused, Err(PushFmtError::Full(full)) if full.requested == 11));
    /// assert_eq!(&*text, "id=7;");
    /// # Ok::<(), PushFmtError>(())
    /// ```
    pub fn try_push_fmt(&mut self, text: fmt::Arguments<'_>) -> Result<(), PushFmtError> {
        let len = self.len();
        let mut pieces = Pieces {
            text: self,
            len,
            requested: len,
            full: None,
        };
        fmt::write(&mut pieces, text).map_err(PushFmtError::Format)?;
        if let Some(full) = pieces.full {
            let requested = pieces.requested;
            return Err(PushFmtError::Full(ArenaFull { requested, ..full }));
        }
        pieces.len = pieces.requested;
        Ok(())
    }

    /// Forgets the text; the room stays. O(1).
    ///
    /// ```
    /// use shorttail::arena::{Arena, ArenaString};
    /// let arena = Arena::new(32).unwrap();
    /// let mut text = ArenaString::new(&arena);
    /// text.try_push('x').unwrap();
    /// text.clear();
    /// assert!(text.is_empty());
    /// ```
    pub fn clear(&mut self) {
        self.bytes.truncate(0);
    }

    /// The text, for as long as the arena is not reset. What room is over is given back if nothing
    /// was put into the arena since. O(1).
    ///
    /// ```
    /// use shorttail::arena::{Arena, ArenaString};
    /// let arena = Arena::new(32).unwrap();
    /// let text: &str = ArenaString::with_capacity(&arena, 20).unwrap().into_str();
    /// assert!(text.is_empty() && arena.used() == 0);
    /// ```
    #[must_use]
    pub fn into_str(self) -> &'a mut str {
        let bytes = self.bytes.into_slice();
        // SAFETY: only whole `str`s were put into `bytes`, and whole ones are cut off.
        unsafe { core::str::from_utf8_unchecked_mut(bytes) }
    }
}

/// A text that is being appended, which goes again unless all of it came in.
struct Pieces<'s, 'a> {
    text: &'s mut ArenaString<'a>,
    /// What the text is cut to when this is dropped, also by a panic.
    len: usize,
    /// Bytes of the text with all pieces so far, also with those that are left out.
    requested: usize,
    /// What the first piece without room was told. None is put behind it.
    full: Option<ArenaFull>,
}

impl fmt::Write for Pieces<'_, '_> {
    fn write_str(&mut self, piece: &str) -> fmt::Result {
        self.requested = self.requested.saturating_add(piece.len());
        if self.full.is_none() {
            self.full = self.text.try_push_str(piece).err();
        }
        Ok(())
    }
}

impl Drop for Pieces<'_, '_> {
    fn drop(&mut self) {
        self.text.bytes.truncate(self.len);
    }
}

impl Deref for ArenaString<'_> {
    type Target = str;

    #[inline]
    fn deref(&self) -> &str {
        // SAFETY: only whole `str`s were put into `bytes`, and whole ones are cut off.
        unsafe { core::str::from_utf8_unchecked(&self.bytes) }
    }
}

impl fmt::Write for ArenaString<'_> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        self.try_push_str(text).map_err(|_| fmt::Error)
    }
}

impl fmt::Display for ArenaString<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&**self, f)
    }
}

impl fmt::Debug for ArenaString<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&**self, f)
    }
}
