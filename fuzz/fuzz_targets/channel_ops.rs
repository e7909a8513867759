//! A bounded channel with futures polled by hand against a `VecDeque`: every value comes out once,
//! in order, or is handed back; answers follow from what the model holds; a waiter whose turn it
//! is has been woken.
#![no_main]

use std::collections::VecDeque;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll, Wake, Waker};

use libfuzzer_sys::fuzz_target;
use shorttail::channel::{RecvFuture, TryRecvError, TrySendError, bounded};

#[derive(Default)]
struct Flag(AtomicBool);

impl Wake for Flag {
    fn wake(self: Arc<Self>) {
        self.0.store(true, Ordering::Relaxed);
    }
}

struct Waiting<F> {
    future: Pin<Box<F>>,
    flag: Arc<Flag>,
}

/// Polls `future`; gives it back with its flag if it waits.
fn poll<F: Future>(mut future: Pin<Box<F>>) -> Result<F::Output, Waiting<F>> {
    let flag = Arc::new(Flag::default());
    let waker = Waker::from(Arc::clone(&flag));
    match future.as_mut().poll(&mut Context::from_waker(&waker)) {
        Poll::Ready(output) => Ok(output),
        Poll::Pending => Err(Waiting { future, flag }),
    }
}

fn woken<F>(waiting: &Waiting<F>) -> bool {
    waiting.flag.0.load(Ordering::Relaxed)
}

fn take<T>(waiting: &mut VecDeque<T>, step: &u8) -> Option<T> {
    if step & 0x10 == 0 {
        waiting.pop_front()
    } else {
        waiting.pop_back()
    }
}

fn again<F: Future>(waiting: Waiting<F>, step: &u8) -> Option<Result<F::Output, Waiting<F>>> {
    (step & 0x20 == 0).then(|| poll(waiting.future))
}

fuzz_target!(|data: &[u8]| {
    let [capacity, steps @ ..] = data else { return };
    let capacity = usize::from(capacity % 4) + 1;
    let (tx, rx) = bounded::<usize>(capacity);
    let (mut model, mut closed) = (VecDeque::new(), false);
    let mut sends = VecDeque::new();
    let mut receives: VecDeque<Waiting<RecvFuture<'_, _>>> = VecDeque::new();
    for (value, step) in steps.iter().enumerate() {
        match step % 8 {
            0 | 1 => match tx.try_send(value) {
                Ok(()) => {
                    assert!(!closed && model.len() < capacity);
                    model.push_back(value);
                }
                Err(TrySendError::Full(back)) => {
                    assert!(!closed && back == value);
                    assert!(model.len() == capacity);
                }
                Err(TrySendError::Closed(back)) => assert!(closed && back == value),
            },
            2 | 3 => match rx.try_recv() {
                Ok(got) => assert_eq!(Some(got), model.pop_front()),
                Err(TryRecvError::Empty) => assert!(model.is_empty() && !closed),
                Err(TryRecvError::Closed) => assert!(model.is_empty() && closed),
            },
            4 => match poll(Box::pin(tx.send_async(value))) {
                Ok(Ok(())) => model.push_back(value),
                Ok(Err(error)) => assert!(closed && error.into_inner() == value),
                Err(waiting) => sends.push_back((value, waiting)),
            },
            5 => match poll(Box::pin(rx.recv_async())) {
                Ok(Ok(got)) => assert_eq!(Some(got), model.pop_front()),
                Ok(Err(_)) => assert!(closed && model.is_empty()),
                Err(waiting) => receives.push_back(waiting),
            },
            // The oldest or youngest that waits is polled again, or dropped.
            6 if step & 8 == 0 => {
                if let Some((value, waiting)) = take(&mut sends, step) {
                    match again(waiting, step) {
                        Some(Ok(Ok(()))) => model.push_back(value),
                        Some(Ok(Err(error))) => assert!(closed && error.into_inner() == value),
                        Some(Err(waiting)) => sends.push_front((value, waiting)),
                        None => {}
                    }
                }
            }
            6 => match take(&mut receives, step).and_then(|waiting| again(waiting, step)) {
                Some(Ok(Ok(got))) => assert_eq!(Some(got), model.pop_front()),
                Some(Ok(Err(_))) => assert!(closed && model.is_empty()),
                Some(Err(waiting)) => receives.push_front(waiting),
                None => {}
            },
            _ if step & 0xf8 == 0 => {
                assert_eq!(rx.close(), !closed);
                closed = true;
            }
            _ => {}
        }
        assert_eq!(rx.len(), model.len());
        // Whoever could go on has a waiter of its side woken to do so.
        let room = closed || model.len() < capacity;
        assert!(!room || sends.is_empty() || sends.iter().any(|(_, send)| woken(send)));
        let ready = closed || !model.is_empty();
        assert!(!ready || receives.is_empty() || receives.iter().any(woken));
    }
});
