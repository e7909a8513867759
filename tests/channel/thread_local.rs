//! The channel is used while a thread's local values are destroyed.

use std::cell::RefCell;
use std::thread;

use shorttail::channel::{Receiver, Sender, bounded};

use crate::executor::block_on;

/// Uses both ends in every way when its thread ends.
struct AtExit {
    tx: Sender<u8>,
    rx: Receiver<u8>,
}

impl Drop for AtExit {
    fn drop(&mut self) {
        self.tx.try_send(1).expect("room");
        assert_eq!(self.rx.recv(), Ok(1));
        self.tx.send(2).expect("room");
        assert_eq!(block_on(self.rx.recv_async()), Ok(2));
        block_on(self.tx.send_async(3)).expect("room");
        self.tx.send(4).expect("the other receives");
    }
}

thread_local! {
    static AT_EXIT: RefCell<Option<AtExit>> = const { RefCell::new(None) };
}

#[test]
fn a_thread_uses_a_channel_while_its_local_values_are_destroyed() {
    let (tx, rx) = bounded(1);
    let ends = thread::spawn({
        let at_exit = AtExit { tx, rx: rx.clone() };
        move || AT_EXIT.with_borrow_mut(|slot| *slot = Some(at_exit))
    });
    // It takes 1 and 2 itself, and then waits with 4 for somebody to take 3.
    while !format!("{rx:?}").contains("senders_waiting: 1") {
        thread::yield_now();
    }
    assert_eq!((rx.recv(), rx.recv()), (Ok(3), Ok(4)));
    ends.join().expect("nothing panics on the way out");
    assert!(rx.recv().is_err(), "its sender went with it");
}
