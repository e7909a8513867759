//! A flag that goes up once.

use std::future::Future;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::task::{Context, Poll, Wake};
use std::time::Duration;

use shorttail::control::Cancel;

#[derive(Default)]
struct Wakes(AtomicU32);

impl Wake for Wakes {
    fn wake(self: Arc<Self>) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }
}

#[test]
fn it_goes_up_once_for_all_clones() {
    let cancel = Cancel::new();
    let clone = cancel.clone();
    assert!(!cancel.is_cancelled() && !clone.wait(Duration::ZERO));
    assert!(clone.cancel() && !cancel.cancel());
    assert!(cancel.is_cancelled() && clone.wait(Duration::ZERO));
}

#[test]
fn all_who_wait_are_woken_and_who_left_is_not() {
    let (cancel, wakes) = (Cancel::new(), Arc::new(Wakes::default()));
    let waker = wakes.clone().into();
    let mut cx = Context::from_waker(&waker);
    let mut first = pin!(cancel.cancelled_async());
    let mut second = pin!(cancel.cancelled_async());
    let mut left = Box::pin(cancel.cancelled_async());
    assert!(first.as_mut().poll(&mut cx).is_pending());
    assert!(second.as_mut().poll(&mut cx).is_pending());
    assert!(left.as_mut().poll(&mut cx).is_pending());
    drop(left);
    cancel.cancel();
    assert_eq!(wakes.0.load(Ordering::Relaxed), 2);
    assert_eq!(first.as_mut().poll(&mut cx), Poll::Ready(()));
    assert_eq!(first.as_mut().poll(&mut cx), Poll::Ready(()), "and again");
    assert_eq!(second.as_mut().poll(&mut cx), Poll::Ready(()));
    assert_eq!(
        pin!(cancel.cancelled_async()).poll(&mut cx),
        Poll::Ready(())
    );
}

#[test]
fn a_thread_that_waits_goes_on() {
    let cancel = Cancel::new();
    std::thread::scope(|scope| {
        let waits = scope.spawn(|| cancel.wait(Duration::from_secs(3_600)));
        cancel.cancel();
        assert!(waits.join().unwrap());
    });
}
