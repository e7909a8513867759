//! More senders, receivers and messages than loom goes through: shuttle draws their schedules.

use core::future::Future;
use core::task::Poll;

use super::*;
use crate::sync::explore::explore;

const EACH: u32 = 3;
const SENDERS: u32 = 3;

/// Polls once and gives it up if it has nothing.
fn glance<F: Future>(future: F) -> Option<F::Output> {
    let waker = noop_waker();
    match pin!(future).poll(&mut Context::from_waker(&waker)) {
        Poll::Ready(done) => Some(done),
        Poll::Pending => None,
    }
}

/// Sends its messages by all ways, giving some waits up on the way.
fn spawn_sender(tx: Sender<Value>, sender: u32) -> thread::JoinHandle<()> {
    thread::spawn(move || {
        for turn in 0..EACH {
            let number = sender * EACH + turn;
            match number % 3 {
                0 => assert!(tx.send(value(number)).is_ok()),
                1 => assert!(block_on(tx.send_async(value(number))).is_ok()),
                _ => {
                    let sent = glance(tx.send_async(value(number)));
                    let sent = sent.is_some_and(|sent| sent.is_ok());
                    assert!(sent || tx.send(value(number)).is_ok());
                }
            }
        }
    })
}

/// What one receiver got, in its order. It takes its share and no more: no close ends its waits.
fn spawn_receiver(rx: Receiver<Value>, number: u32) -> thread::JoinHandle<Vec<u32>> {
    thread::spawn(move || {
        let received = |turn: u32| match (number + turn) % 3 {
            0 => rx.recv(),
            1 => block_on(rx.recv_async()),
            _ => glance(rx.recv_async()).unwrap_or_else(|| rx.recv()),
        };
        (0..EACH).map(|turn| *received(turn).unwrap()).collect()
    })
}

/// Each message comes to one receiver, each sender's in order, and nobody is left asleep.
#[test]
fn a_crowd_that_gives_waits_up_loses_no_message_and_no_wake() {
    explore("channel: crowd", None, || {
        let (tx, rx) = channel(2);
        let senders = [0, 1, 2].map(|sender| spawn_sender(tx.clone(), sender));
        let receivers = [0, 1, 2].map(|number| spawn_receiver(rx.clone(), number));
        for sender in senders {
            sender.join().unwrap();
        }
        let seen = receivers.map(|receiver| receiver.join().unwrap());
        for one in &seen {
            for sender in 0..SENDERS {
                let of_one: Vec<_> = one.iter().filter(|&&n| n / EACH == sender).collect();
                assert!(of_one.is_sorted());
            }
        }
        let mut all = seen.concat();
        all.sort_unstable();
        assert_eq!(all, (0..SENDERS * EACH).collect::<Vec<_>>());
        drop((tx, rx));
    });
}

/// The channel is closed in the middle: what was sent is received, what was not comes back.
#[test]
fn a_crowd_is_closed_in_the_middle_and_nothing_is_lost() {
    explore("channel: crowd, close", None, || {
        let (tx, rx) = channel(1);
        let senders = [0, 1, 2].map(|number| spawn_send(&tx, number));
        let receivers = [(); 2].map(|()| spawn_recv(&rx));
        let _first = tx.close();
        let sent = senders.map(|sender| sender.join().unwrap());
        let seen = receivers.map(|receiver| receiver.join().unwrap());
        let left = core::iter::from_fn(|| rx.try_recv().ok()).count();
        let sent = sent.into_iter().filter(|&sent| sent).count();
        assert_eq!(sent, seen.into_iter().flatten().count() + left);
    });
}
