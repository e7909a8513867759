//! What an answer says of the service, to a limit that adapts.

/// What the end of a call says of the service, to a gate whose limit
/// [adapts](crate::control::GateBuilder::adaptive).
///
/// # Examples
/// See [`Judge`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ended {
    /// It was answered: [what it took](crate::control::OwnedPermit::finish) counts.
    Served,
    /// It was cut off, or failed: what it took counts
    /// [if it was slow](crate::control::OwnedPermit::cut_off).
    CutOff,
    /// The service has no room for it: the limit goes down by the
    /// [share](crate::control::OwnedPermit::overloaded) of such calls.
    Overloaded,
    /// It says nothing of the service.
    Unsaid,
}

/// Says of an answer what it says of the service: a function of `Result<&Response, &Error>`, or
/// [`ErrorsCutOff`], the one that [`AdmissionLayer`](super::AdmissionLayer) has unless it is
/// [told](super::AdmissionLayer::judge) another.
///
/// # Examples
/// ```
/// use shorttail::interop::tower::{Ended, ErrorsCutOff, Judge};
/// use std::io::{Error, ErrorKind};
///
/// let by_status = |answer: Result<&u16, &Error>| match answer {
///     Ok(429 | 503) => Ended::Overloaded,
///     Ok(400..500) => Ended::Unsaid,
///     Ok(_) => Ended::Served,
///     Err(error) if error.kind() == ErrorKind::ConnectionRefused => Ended::Overloaded,
///     Err(_) => Ended::CutOff, // a time-out is one
/// };
/// assert_eq!(by_status.judge(Ok(&503)), Ended::Overloaded);
/// assert_eq!(Judge::<u16, Error>::judge(&ErrorsCutOff, Ok(&503)), Ended::Served);
/// ```
pub trait Judge<T, E> {
    /// What this answer says.
    fn judge(&self, answer: Result<&T, &E>) -> Ended;
}

impl<F: Fn(Result<&T, &E>) -> Ended, T, E> Judge<T, E> for F {
    fn judge(&self, answer: Result<&T, &E>) -> Ended {
        self(answer)
    }
}

/// What is no error was served; an error cut the call off, so that a time-out counts as the slow
/// call that it is, and what fails at once says nothing: whoever sends requests that fail cannot
/// bring the limit down.
///
/// # Examples
/// See [`Judge`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ErrorsCutOff;

impl<T, E> Judge<T, E> for ErrorsCutOff {
    fn judge(&self, answer: Result<&T, &E>) -> Ended {
        match answer {
            Ok(_) => Ended::Served,
            Err(_) => Ended::CutOff,
        }
    }
}
