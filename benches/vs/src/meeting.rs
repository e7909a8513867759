//! Threads that set out together, and are waited for only so long.

use std::sync::{Arc, Barrier, Condvar, Mutex};
use std::time::Duration;

use crate::crew::{self, Job};

/// What one thread does.
pub(crate) type Errand<R> = Box<dyn FnOnce() -> R + Send>;

pub(crate) struct Meeting<R> {
    place: Arc<Place<R>>,
    threads: usize,
}

struct Place<R> {
    go: Barrier,
    /// What came of the errands, each with its number.
    ended: Mutex<Vec<(usize, R)>>,
    all_ended: Condvar,
}

impl<R: Send + 'static> Meeting<R> {
    /// Gives each errand a thread; all wait for [`go`](Self::go).
    pub(crate) fn call(errands: Vec<Errand<R>>) -> Self {
        let threads = errands.len();
        let place = Arc::new(Place {
            go: Barrier::new(threads + 1),
            ended: Mutex::new(Vec::with_capacity(threads)),
            all_ended: Condvar::new(),
        });
        let job = |(number, errand): (usize, Errand<R>)| -> Job {
            let place = Arc::clone(&place);
            Box::new(move || {
                place.go.wait();
                let result = errand();
                let mut ended = place.ended.lock().expect("nobody panics");
                ended.push((number, result));
                place.all_ended.notify_one();
            })
        };
        crew::give(errands.into_iter().enumerate().map(job).collect());
        Self { place, threads }
    }

    pub(crate) fn go(&self) {
        self.place.go.wait();
    }

    /// What the errands returned, in their order; `None` if some have not ended by `limit`: their
    /// threads are left behind then.
    pub(crate) fn end(self, limit: Duration) -> Option<Vec<R>> {
        let ended = self.place.ended.lock().expect("nobody panics");
        let (mut ended, late) = self
            .place
            .all_ended
            .wait_timeout_while(ended, limit, |ended| ended.len() < self.threads)
            .expect("nobody panics");
        if late.timed_out() {
            crew::leave_behind();
            return None;
        }
        ended.sort_unstable_by_key(|(number, _)| *number);
        Some(ended.drain(..).map(|(_, result)| result).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn results_come_in_the_order_of_the_errands() {
        let errand = |number: u32| -> Errand<u32> { Box::new(move || number) };
        let meeting = Meeting::call((0..6).map(errand).collect());
        meeting.go();
        let results = meeting.end(Duration::from_secs(60)).expect("in time");
        assert_eq!(results, [0, 1, 2, 3, 4, 5]);
    }

    #[test]
    fn an_errand_that_hangs_is_left_behind() {
        let (hold, held) = std::sync::mpsc::channel::<()>();
        let errands: Vec<Errand<()>> = vec![
            Box::new(|| ()),
            Box::new(move || while held.recv().is_ok() {}),
        ];
        let meeting = Meeting::call(errands);
        meeting.go();
        assert!(meeting.end(Duration::from_millis(20)).is_none());
        drop(hold);
    }
}
