//! Permits that are held from one step to a later one, borrowed and owned alike.

use shorttail::channel::{OwnedPermit, Permit, SendError, Sender};

#[derive(Debug)]
pub(crate) enum Held<'tx, T> {
    Borrowed(Permit<'tx, T>),
    /// It counts as a sender.
    Owned(OwnedPermit<T>),
}

impl<T> Held<'_, T> {
    pub(crate) const fn is_owned(&self) -> bool {
        matches!(self, Self::Owned(_))
    }

    /// What an owned one leaves is its sender, also where it is refused.
    pub(crate) fn send(self, value: T) -> (Result<(), SendError<T>>, Option<Sender<T>>) {
        match self {
            Self::Borrowed(permit) => (permit.send(value), None),
            Self::Owned(permit) => match permit.send(value) {
                Ok(sender) => (Ok(()), Some(sender)),
                Err(SendError((value, sender))) => (Err(SendError(value)), Some(sender)),
            },
        }
    }

    /// Gives the room back, and the sender of an owned one.
    pub(crate) fn release(self) -> Option<Sender<T>> {
        match self {
            Self::Borrowed(permit) => {
                drop(permit);
                None
            }
            Self::Owned(permit) => Some(permit.release()),
        }
    }

    /// Drops a borrowed one.
    pub(crate) fn into_owned(self) -> Option<OwnedPermit<T>> {
        match self {
            Self::Borrowed(_) => None,
            Self::Owned(permit) => Some(permit),
        }
    }
}
