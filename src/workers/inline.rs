//! A closure in a place of fixed size, for pools whose jobs are not of one kind.

use core::fmt;
use core::mem::{ManuallyDrop, MaybeUninit, align_of, size_of};

/// Most that a closure inside may be aligned to.
const ALIGN: usize = 16;

/// A closure, called once, in `BYTES` bytes of its own: no box, no allocation.
///
/// As a job of a [`Pool`](super::Pool) it is what other pools take a `Box<dyn FnOnce()>` for. A
/// job type of one's own is better where the kinds of jobs are known: it can be matched, named, and
/// handed back for what it is.
///
/// # Guarantees
/// Never allocates. Two words larger than `BYTES`, rounded up to 16; moving it copies all of them.
///
/// # Examples
/// ```
/// use shorttail::time::Deadline;
/// use shorttail::workers::{Inline, Pool};
///
/// let pool = Pool::builder().lane("all", 64).build(|job: Inline<64>, _task| job.call())?;
/// let name = String::from("report");
/// let job = Inline::new(move || println!("{name}"));
/// pool.try_submit(0, job, Deadline::NEVER).unwrap();
/// # Ok::<(), shorttail::workers::ConfigError>(())
/// ```
///
/// What does not fit is refused when the program is compiled:
///
/// ```compile_fail
/// let large = [0_u8; 65];
/// let _job = shorttail::workers::Inline::<64>::new(move || assert_eq!(large, [0; 65]));
/// ```
pub struct Inline<const BYTES: usize> {
    /// Bytes to the compiler, so that the whole is `Send` and `Sync`: the first because `put` asks
    /// it of the closure, the second because a shared reference leads to nothing of it.
    room: Room<BYTES>,
    /// Calls and uses up what is in the room.
    call: unsafe fn(*mut u8),
    /// Drops what is in the room.
    drop: unsafe fn(*mut u8),
}

#[repr(C, align(16))]
struct Room<const BYTES: usize>(MaybeUninit<[u8; BYTES]>);

/// The closure does not fit into an [`Inline`]; it comes back as it is, in no box.
///
/// # Examples
/// ```
/// use shorttail::workers::Inline;
///
/// let large = [1_u8; 100];
/// let refused = Inline::<64>::try_new(move || assert_eq!(large[0], 1)).unwrap_err();
/// assert_eq!(refused.to_string(), "a closure of 100 bytes, aligned to 1, in a place of 64");
/// (refused.into_inner())(); // here and now
/// ```
#[derive(Clone, Copy)]
pub struct TooLarge<F> {
    closure: F,
    room_bytes: usize,
}

/// # Safety
/// `room` leads to an `F` that is the caller's, and that nobody uses or drops after this.
unsafe fn call<F: FnOnce()>(room: *mut u8) {
    // SAFETY: forwarded from the caller; `F` was written there, aligned.
    let closure = unsafe { room.cast::<F>().read() };
    closure();
}

/// # Safety
/// As for [`call`].
unsafe fn drop_in_place<F>(room: *mut u8) {
    // SAFETY: as in `call`.
    unsafe { room.cast::<F>().drop_in_place() };
}

const fn fits<F, const BYTES: usize>() -> bool {
    size_of::<F>() <= BYTES && align_of::<F>() <= ALIGN
}

impl<const BYTES: usize> Inline<BYTES> {
    /// Takes `closure`, which fits or does not compile. A copy of it; allocates nothing.
    ///
    /// ```
    /// # use shorttail::workers::Inline;
    /// let n = 7_u64;
    /// let job: Inline<8> = Inline::new(move || assert_eq!(n, 7));
    /// job.call();
    /// ```
    #[must_use]
    pub fn new<F: FnOnce() + Send + 'static>(closure: F) -> Self {
        const { assert!(fits::<F, BYTES>(), "the closure does not fit") };
        Self::put(closure)
    }

    /// Takes `closure` if it fits, for code that does not know its type. A copy of it.
    ///
    /// # Errors
    /// [`TooLarge`], with the closure.
    ///
    /// ```
    /// # use shorttail::workers::Inline;
    /// let big = [1_u8; 64];
    /// let refused = Inline::<32>::try_new(move || assert_eq!(big[0], 1)).unwrap_err();
    /// refused.into_inner()(); // the closure itself
    /// ```
    pub fn try_new<F: FnOnce() + Send + 'static>(closure: F) -> Result<Self, TooLarge<F>> {
        if fits::<F, BYTES>() {
            return Ok(Self::put(closure));
        }
        Err(TooLarge {
            closure,
            room_bytes: BYTES,
        })
    }

    fn put<F: FnOnce() + Send + 'static>(closure: F) -> Self {
        assert!(fits::<F, BYTES>(), "both callers have seen to it");
        let mut room = Room(MaybeUninit::uninit());
        // SAFETY: the room is large and aligned enough (above), and empty.
        unsafe { room.0.as_mut_ptr().cast::<F>().write(closure) };
        Self {
            room,
            call: call::<F>,
            drop: drop_in_place::<F>,
        }
    }

    /// Calls the closure, by a pointer; for an example see [`new`](Self::new).
    ///
    /// # Panics
    /// If the closure does.
    pub fn call(self) {
        let mut inline = ManuallyDrop::new(self);
        let call = inline.call;
        // SAFETY: `put` wrote the closure that `call` is for, into a room that moved with it; the
        // room is not dropped and not used after this.
        unsafe { call(inline.room.0.as_mut_ptr().cast()) };
    }
}

impl<const BYTES: usize> Drop for Inline<BYTES> {
    fn drop(&mut self) {
        // SAFETY: `put` wrote the closure that `drop` is for, and `call` would have kept us from
        // here.
        unsafe { (self.drop)(self.room.0.as_mut_ptr().cast()) };
    }
}

impl<const BYTES: usize> fmt::Debug for Inline<BYTES> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Inline<{BYTES}>(..)")
    }
}

impl<F> TooLarge<F> {
    /// The closure; for an example see [`Inline::try_new`].
    pub fn into_inner(self) -> F {
        self.closure
    }
}

impl<F> fmt::Debug for TooLarge<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("TooLarge(..)")
    }
}

impl<F> fmt::Display for TooLarge<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (size, align, room) = (size_of::<F>(), align_of::<F>(), self.room_bytes);
        write!(
            f,
            "a closure of {size} bytes, aligned to {align}, in a place of {room}"
        )
    }
}

impl<F> std::error::Error for TooLarge<F> {}
