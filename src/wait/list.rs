//! The intrusive list and its nodes. Everything here runs under the queue's lock, except where a
//! node's owner asks whether it was notified.

use core::marker::PhantomPinned;
use core::ptr;
use core::task::Waker;
use core::time::Duration;

use crate::sync::atomic::{AtomicU32, Ordering};
use crate::sync::{Parker, Unparker, UnsafeCell};

use super::cell::Handle;

const WAITING: u32 = 0;
const NOTIFIED: u32 = 1;

/// One waiter. Lives on its owner's stack or in its owner's pinned future.
pub(crate) struct Node<C = ()> {
    links: UnsafeCell<Links<C>>,
    kind: Kind,
    /// Others hold its address while it is linked.
    _pin: PhantomPinned,
}

/// Guarded by the lock of the list that the node is linked into.
struct Links<C> {
    prev: *const Node<C>,
    next: *const Node<C>,
    linked: bool,
    /// The task to wake; none for threads.
    waker: Option<Waker>,
    /// What the waiter brings.
    cargo: C,
}

enum Kind {
    Thread(Parker),
    Task(AtomicU32),
}

/// What is left of a popped node: how to wake its owner.
pub(crate) enum Wake {
    Thread(Unparker),
    Task(Waker),
}

impl Wake {
    pub(crate) fn wake(self) {
        match self {
            Self::Thread(unparker) => unparker.wake(),
            Self::Task(waker) => waker.wake(),
        }
    }
}

impl<C> Node<C> {
    /// A node for one wait.
    pub(crate) fn new(handle: Handle, cargo: C) -> Self {
        let (kind, waker) = match handle {
            Handle::Thread(parker) => (Kind::Thread(parker), None),
            Handle::Task(waker) => (Kind::Task(AtomicU32::new(WAITING)), Some(waker)),
        };
        Self {
            links: UnsafeCell::new(Links {
                prev: ptr::null(),
                next: ptr::null(),
                linked: false,
                waker,
                cargo,
            }),
            kind,
            _pin: PhantomPinned,
        }
    }

    /// Whether the node was popped. If so, no other thread touches it any more.
    pub(crate) fn is_notified(&self) -> bool {
        match &self.kind {
            Kind::Thread(parker) => parker.is_notified(),
            // Acquire: pairs with the store in `pop_front`: the notifier is done with us. [wait-3]
            Kind::Task(word) => word.load(Ordering::Acquire) == NOTIFIED,
        }
    }

    /// The owner's first touch of the links after a wake; models see here whether it is alone.
    ///
    /// # Safety
    /// The node is not linked.
    #[inline]
    pub(super) unsafe fn retire(&self) {
        // SAFETY: forwarded from the caller.
        unsafe { self.cargo(|_| ()) };
    }

    /// Lends its owner what it brought, before and after it was linked.
    ///
    /// # Safety
    /// The node is not linked.
    #[inline]
    pub(crate) unsafe fn cargo<R>(&self, change: impl FnOnce(&mut C) -> R) -> R {
        // SAFETY: forwarded from the caller: popped or removed, so its owner's alone.
        unsafe {
            self.links(|links| {
                debug_assert!(!links.linked);
                change(&mut links.cargo)
            })
        }
    }

    /// Sleeps until popped or until `timeout` has passed; whether it was popped.
    pub(crate) fn park(&self, timeout: Option<Duration>) -> bool {
        match &self.kind {
            Kind::Thread(parker) => parker.park(timeout),
            Kind::Task(_) => unreachable!("a task's node is never parked"),
        }
    }

    /// Lends the links.
    ///
    /// # Safety
    /// The caller holds the lock of the queue that the node is or is about to be linked into,
    /// or is the sole owner of a node that is not linked.
    unsafe fn links<R>(&self, change: impl FnOnce(&mut Links<C>) -> R) -> R {
        self.links.with_mut(|links| {
            // SAFETY: exclusive by the caller's lock or ownership; `change` gets no other way
            // to the same links, since lists never hold a node twice.
            change(unsafe { &mut *links })
        })
    }
}

/// The waiters of one queue, in the order in which they will be woken.
pub(crate) struct List<C = ()> {
    front: *const Node<C>,
    back: *const Node<C>,
    len: usize,
}

// SAFETY: the pointers lead to nodes that their owners keep alive and in place while linked, and
// whose links are only touched under the queue's lock; a `Waker` may be sent, and so may what they
// bring (`C: Send`). A use of `List` outside that lock would break this.
unsafe impl<C: Send> Send for List<C> {}

impl List {
    /// Takes the first node out, marks it, and returns how to wake its owner.
    pub(super) fn pop_front(&mut self) -> Option<Wake> {
        self.pop_front_with(|()| ()).map(|(wake, ())| wake)
    }
}

impl<C> List<C> {
    pub(crate) const fn new() -> Self {
        Self {
            front: ptr::null(),
            back: ptr::null(),
            len: 0,
        }
    }

    pub(crate) const fn len(&self) -> usize {
        self.len
    }

    /// Adds `node` at the front or at the back.
    ///
    /// # Safety
    /// The lock is held; `node` is not linked, and stays in place and alive until it is.
    pub(crate) unsafe fn push(&mut self, node: &Node<C>, at_front: bool) {
        let (prev, next) = if at_front {
            (ptr::null(), self.front)
        } else {
            (self.back, ptr::null())
        };
        // SAFETY: lock held by the caller.
        unsafe {
            node.links(|links| {
                links.prev = prev;
                links.next = next;
                links.linked = true;
            });
        };
        self.join(prev, ptr::from_ref(node));
        self.join(ptr::from_ref(node), next);
        self.len += 1;
    }

    /// Takes the first node out, changes what it brings, marks it, and returns how to wake its
    /// owner. After this the owner may free the node at any moment.
    pub(crate) fn pop_front_with<R>(
        &mut self,
        change: impl FnOnce(&mut C) -> R,
    ) -> Option<(Wake, R)> {
        // SAFETY: a linked node is alive: its owner unlinks it under our lock before it goes.
        let node = unsafe { self.front.as_ref() }?;
        // SAFETY: `node` is linked here and we hold the lock.
        let waker = unsafe { self.detach(node) };
        // SAFETY: still under the lock, and its owner does not know yet that it is out.
        let changed = unsafe { node.links(|links| change(&mut links.cargo)) };
        let wake = match &node.kind {
            Kind::Thread(parker) => {
                let unparker = parker.unparker();
                parker.notify();
                Some(Wake::Thread(unparker))
            }
            Kind::Task(word) => {
                // Release: our last touch of the node; pairs with `is_notified`. [wait-3]
                word.store(NOTIFIED, Ordering::Release);
                waker.map(Wake::Task)
            }
        };
        wake.map(|wake| (wake, changed))
    }

    /// Takes `node` out if it is linked; whether it was.
    ///
    /// # Safety
    /// The lock is held, and `node` is linked into this list or into none.
    pub(super) unsafe fn remove(&mut self, node: &Node<C>) -> bool {
        // SAFETY: lock held by the caller.
        let linked = unsafe { node.links(|links| links.linked) };
        if linked {
            // SAFETY: linked, and the lock is held. The waker stays with its owner.
            let waker = unsafe { self.detach(node) };
            // SAFETY: lock held by the caller.
            unsafe { node.links(|links| links.waker = waker) };
        }
        linked
    }

    /// Whether a linked node would wake the same task as `waker`; none if it is not linked.
    ///
    /// # Safety
    /// The lock is held, and `node` is linked into this list or into none.
    pub(super) unsafe fn is_waiting_with(&self, node: &Node<C>, waker: &Waker) -> Option<bool> {
        // SAFETY: lock held by the caller.
        unsafe {
            node.links(|links| {
                let known = links.waker.as_ref();
                links
                    .linked
                    .then(|| known.is_some_and(|known| known.will_wake(waker)))
            })
        }
    }

    /// Puts `waker` into the node if it is linked. Returns whether it is, and the waker that is
    /// to be dropped outside the lock.
    ///
    /// # Safety
    /// The lock is held, and `node` is linked into this list or into none.
    pub(super) unsafe fn replace(&mut self, node: &Node<C>, waker: Waker) -> (bool, Option<Waker>) {
        // SAFETY: lock held by the caller.
        unsafe {
            node.links(|links| match links.linked {
                true => (true, links.waker.replace(waker)),
                false => (false, Some(waker)),
            })
        }
    }

    /// # Safety
    /// The lock is held and `node` is linked into this list.
    unsafe fn detach(&mut self, node: &Node<C>) -> Option<Waker> {
        // SAFETY: lock held by the caller.
        let (prev, next, waker) = unsafe {
            node.links(|links| {
                links.linked = false;
                (links.prev, links.next, links.waker.take())
            })
        };
        self.join(prev, next);
        self.len -= 1;
        waker
    }

    /// Makes `prev` and `next` neighbours; null stands for the list's own ends.
    fn join(&mut self, prev: *const Node<C>, next: *const Node<C>) {
        // SAFETY: a non-null neighbour is linked, therefore alive; the lock is held.
        match unsafe { prev.as_ref() } {
            // SAFETY: lock held.
            Some(node) => unsafe { node.links(|links| links.next = next) },
            None => self.front = next,
        }
        // SAFETY: as above.
        match unsafe { next.as_ref() } {
            // SAFETY: lock held.
            Some(node) => unsafe { node.links(|links| links.prev = prev) },
            None => self.back = prev,
        }
    }
}
