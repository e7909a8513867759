//! What a trial compares: two ways of doing the same work.

use core::fmt;

use super::request::Request;

/// One of the two sides of a trial: a name, and how a request is done.
///
/// # Examples
/// ```
/// use std::hint::black_box;
/// use shorttail::measure::trial::Arm;
///
/// let table = [1_u64, 2, 3, 5, 8, 13, 21, 34];
/// // Done when the call returns; the number counts the requests of the block.
/// let arm = Arm::inline("table", |number| {
///     black_box(table[number as usize % 8]);
/// });
/// assert_eq!(arm.name(), "table");
/// ```
pub struct Arm<'a> {
    name: String,
    pub(super) work: Work<'a>,
}

type Inline<'a> = Box<dyn Fn(u64) + Send + Sync + 'a>;
type HandedOver<'a> = Box<dyn Fn(Request) + Send + Sync + 'a>;

pub(super) enum Work<'a> {
    Inline(Inline<'a>),
    HandedOver(HandedOver<'a>),
}

impl<'a> Arm<'a> {
    /// Work that is done on the worker's thread and ended when the call returns;
    /// for an example see [`Arm`].
    ///
    /// `work` is given the request's number in its block and is called by several threads at once
    /// if the trial has several workers. A panic in it ends the trial and goes on to its caller.
    #[must_use]
    pub fn inline(name: &str, work: impl Fn(u64) + Send + Sync + 'a) -> Self {
        Self {
            name: name.to_owned(),
            work: Work::Inline(Box::new(work)),
        }
    }

    /// Work that is handed on, to a queue, a pool of threads or a runtime, and ended there by
    /// [`Request::finish`]; for an example see [`Request`].
    ///
    /// The block ends when every request has been finished or dropped; one that is dropped counts
    /// as lost and makes the run invalid.
    #[must_use]
    pub fn handed_over(name: &str, work: impl Fn(Request) + Send + Sync + 'a) -> Self {
        Self {
            name: name.to_owned(),
            work: Work::HandedOver(Box::new(work)),
        }
    }

    /// The name in the report; for an example see [`Arm`].
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }
}

impl fmt::Debug for Arm<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Arm")
            .field("name", &self.name)
            .finish_non_exhaustive()
    }
}
