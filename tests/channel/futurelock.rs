//! A future that is not polled holds nothing that others need.
//!
//! The case is that of RFD 609 of Oxide Computer: `select!` keeps a future that waits in line and,
//! in the branch that was taken, awaits something else that needs the same thing.

use std::collections::VecDeque;
use std::task::{Context, Waker};

use tokio::runtime::Builder;
use tokio::select;

use shorttail::channel::{Sender, bounded};

fn run<F: Future>(test: F) -> F::Output {
    Builder::new_current_thread()
        .build()
        .unwrap()
        .block_on(test)
}

/// The held send is the first in line and gets the wake for the room; the room stays anybody's.
#[test]
fn a_send_that_is_held_unpolled_keeps_no_other_send_waiting() {
    run(async {
        let (tx, rx) = bounded(1);
        tx.try_send(0).unwrap();
        let mut held = std::pin::pin!(tx.send_async(1));
        select! {
            biased;
            sent = &mut held => panic!("no room, but {sent:?}"),
            () = std::future::ready(()) => {
                assert_eq!(rx.try_recv(), Ok(0)); // wakes the held one
                tx.send_async(2).await.unwrap();
                assert_eq!(rx.recv_async().await, Ok(2));
            }
        }
        held.await.unwrap();
        assert_eq!(rx.try_recv(), Ok(1));
    });
}

#[test]
fn a_receive_that_is_held_unpolled_keeps_no_message() {
    run(async {
        let (tx, rx) = bounded(1);
        let mut held = std::pin::pin!(rx.recv_async());
        select! {
            biased;
            got = &mut held => panic!("no message, but {got:?}"),
            () = std::future::ready(()) => {
                tx.send_async(1).await.unwrap(); // wakes the held one
                assert_eq!(rx.recv_async().await, Ok(1));
                tx.send_async(2).await.unwrap();
            }
        }
        assert_eq!(held.await, Ok(2));
    });
}

/// As many receives as the capacity are held and get the wakes for all messages that fit: who finds
/// the channel full then wakes the next, be it a call that waits, a batch, a permit or a refusal.
#[test]
fn receives_that_are_held_unpolled_do_not_keep_a_full_channel_full() {
    let full: [fn(&Sender<u32>); 4] = [
        |tx| assert!(tx.try_send(9).is_err()),
        |tx| assert!(tx.try_reserve().is_err()),
        |tx| assert!(tx.try_send_many(&mut VecDeque::from([9])).is_err()),
        |tx| {
            let mut send = std::pin::pin!(tx.send_async(9));
            let mut cx = Context::from_waker(Waker::noop());
            assert!(send.as_mut().poll(&mut cx).is_pending());
        },
    ];
    for find_it_full in full {
        run(async {
            let (tx, rx) = bounded(2);
            let mut held = [Box::pin(rx.recv_async()), Box::pin(rx.recv_async())];
            for held in &mut held {
                let mut cx = Context::from_waker(Waker::noop());
                assert!(held.as_mut().poll(&mut cx).is_pending());
            }
            let live = async { (rx.recv_async().await, rx.recv_async().await) };
            let send = async {
                tx.try_send(1).unwrap();
                tx.try_send(2).unwrap();
                tokio::task::yield_now().await;
                assert!(tx.is_full(), "both wakes went to those who are held");
                find_it_full(&tx);
            };
            let (received, ()) = tokio::join!(live, send);
            assert_eq!(received, (Ok(1), Ok(2)));
        });
    }
}

/// Whichever branch is taken, no message of the other channel goes with the future that is dropped.
#[test]
fn a_select_over_two_channels_takes_every_message_once() {
    run(async {
        let (tx, rx) = bounded(2);
        let (other_tx, other_rx) = bounded(2);
        let send = async {
            for n in 0..500 {
                tx.send_async(2 * n).await.unwrap();
                other_tx.send_async(2 * n + 1).await.unwrap();
            }
            tx.close();
            other_tx.close();
        };
        let receive = async {
            let mut got = Vec::new();
            let (mut open, mut other_open) = (true, true);
            while open || other_open {
                select! {
                    one = rx.recv_async(), if open => match one {
                        Ok(n) => got.push(n),
                        Err(_) => open = false,
                    },
                    one = other_rx.recv_async(), if other_open => match one {
                        Ok(n) => got.push(n),
                        Err(_) => other_open = false,
                    },
                }
            }
            got.sort_unstable();
            got
        };
        let ((), got) = tokio::join!(send, receive);
        assert_eq!(got, (0..1_000).collect::<Vec<_>>());
    });
}
