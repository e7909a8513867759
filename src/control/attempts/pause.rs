//! Attempts without their policy, for who owns that in another way than by a borrow.

use core::mem::ManuallyDrop;

use super::{Attempts, Course};
use crate::control::RetryPolicy;

impl<'p> Attempts<'p> {
    /// Counts as nothing yet: to be [resumed](Self::resume), whatever becomes of the call.
    pub(crate) fn pause(self) -> Course {
        let mut this = ManuallyDrop::new(self);
        Course {
            delays: this.course.delays.take(),
            ..this.course
        }
    }

    /// Goes on under the policy under which they began.
    pub(crate) const fn resume(policy: &'p RetryPolicy, course: Course) -> Self {
        Self { policy, course }
    }
}
