//! A waiter in a list that is under a lock, as its owner sees it.

use core::task::Waker;

use crate::sync::chaos::{Point, point};

use super::list::{List, Node};

/// What has a list of waiters under a lock.
///
/// # Safety
/// Always the same list is lent, and under its lock: nodes are touched on the strength of that.
pub(crate) unsafe trait Listed<C> {
    /// Waits for the lock. `change` runs no code of others.
    fn with_list<R>(&self, change: impl FnOnce(&mut List<C>) -> R) -> R;
}

impl<C> Node<C> {
    /// Takes the waiter out of the list; false if it was out already.
    ///
    /// # Safety
    /// The node is in this list or in none.
    pub(crate) unsafe fn leave(&self, list: &impl Listed<C>) -> bool {
        if self.is_notified() {
            return false;
        }
        point(Point::WaitUnlink);
        // SAFETY: forwarded from the caller; the list is lent under its lock.
        list.with_list(|list| unsafe { list.remove(self) })
    }

    /// Stays in the list with the newest waker; false if it is out of it.
    ///
    /// # Safety
    /// As for [`leave`](Self::leave).
    pub(crate) unsafe fn keep(&self, list: &impl Listed<C>, waker: &Waker) -> bool {
        // SAFETY: forwarded from the caller; the list is lent under its lock.
        let known = list.with_list(|list| unsafe { list.is_waiting_with(self, waker) });
        let Some(same) = known else {
            return false;
        };
        if same {
            return true;
        }
        let fresh = waker.clone();
        // SAFETY: as above. The old waker is dropped outside the lock.
        let (stays, _old) = list.with_list(|list| unsafe { list.replace(self, fresh) });
        stays
    }
}
