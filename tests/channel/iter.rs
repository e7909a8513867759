//! Messages as iterators.

use std::thread;

use shorttail::channel::bounded;

#[test]
fn owned_and_borrowed_iterators_end_with_the_channel() {
    let (tx, rx) = bounded(2);
    let sender = thread::spawn(move || (0..100).try_for_each(|n| tx.send(n)));
    let mut got: Vec<i32> = (&rx).into_iter().take(40).collect();
    got.extend(rx);
    sender.join().unwrap().unwrap();
    assert_eq!(got, (0..100).collect::<Vec<_>>());
}

#[test]
fn try_iter_ends_where_nothing_is() {
    let (tx, rx) = bounded(4);
    assert_eq!(rx.try_iter().next(), None);
    tx.send(1).unwrap();
    tx.send(2).unwrap();
    assert_eq!(rx.try_iter().collect::<Vec<_>>(), [1, 2]);
    assert!(!rx.is_closed());
}

#[test]
fn an_ended_iterator_stays_ended() {
    let (tx, rx) = bounded::<u8>(1);
    drop(tx);
    let mut iter = rx.into_iter();
    assert_eq!((iter.next(), iter.next()), (None, None));
}
