//! Streams and sinks: in order, cancelled without loss, and closed by what closes a channel.

use std::future::Future;
use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};
use std::thread;
use std::time::Duration;

use futures_util::future::FutureExt;
use futures_util::{Sink, SinkExt, Stream, StreamExt, stream};
use shorttail::channel::{Lanes, bounded, stamped};
use shorttail::interop::futures::SinkError;
use shorttail::time::MockClock;

use crate::executor::{Count, block_on};

#[test]
fn a_sink_feeds_a_stream_through_room_for_one() {
    for capacity in [1, 3, 64] {
        let (tx, rx) = bounded(capacity);
        let sender = thread::spawn(move || {
            let mut sink = pin!(tx.into_sink());
            let mut numbers = stream::iter((0..2_000).map(Ok));
            block_on(sink.as_mut().send_all(&mut numbers)).unwrap();
            block_on(sink.close()).unwrap();
        });
        let all: Vec<_> = block_on(rx.into_stream().collect());
        assert!(all.into_iter().eq(0..2_000));
        sender.join().unwrap();
    }
}

#[test]
fn a_borrowed_stream_leaves_the_receiver_and_ends_again() {
    let (tx, rx) = bounded(4);
    (0..3).for_each(|n| tx.try_send(n).unwrap());
    {
        let mut stream = pin!(rx.stream());
        assert_eq!(stream.next().now_or_never(), Some(Some(0)));
        assert_eq!(rx.try_recv(), Ok(1));
    }
    drop(tx);
    let mut stream = pin!(rx.stream());
    assert_eq!(stream.next().now_or_never(), Some(Some(2)));
    for _ in 0..2 {
        assert_eq!(stream.next().now_or_never(), Some(None));
    }
}

#[test]
fn a_dropped_stream_passes_its_wake_on() {
    let (tx, rx) = bounded(1);
    let (count, waker) = Count::new();
    let mut cx = Context::from_waker(&waker);
    let mut noop = Context::from_waker(Waker::noop());
    let mut owned = Box::pin(rx.clone().into_stream());
    let mut borrowed = Box::pin(rx.stream());
    let mut last = pin!(rx.recv_async());
    assert!(owned.as_mut().poll_next(&mut noop).is_pending());
    assert!(borrowed.as_mut().poll_next(&mut noop).is_pending());
    assert!(last.as_mut().poll(&mut cx).is_pending());
    tx.try_send(7).unwrap();
    drop(owned);
    assert_eq!(count.get(), 0);
    drop(borrowed);
    assert_eq!(count.get(), 1);
    assert_eq!(last.poll(&mut cx), Poll::Ready(Ok(7)));
}

/// Ready means that room is held: nobody else gets it, and a drop gives it back with a wake.
#[test]
fn a_ready_sink_holds_its_room() {
    let (tx, rx) = bounded(1);
    let (count, waker) = Count::new();
    let mut cx = Context::from_waker(&waker);
    let mut noop = Context::from_waker(Waker::noop());
    let mut sink = Box::pin(tx.sink());
    assert_eq!(sink.as_mut().poll_ready(&mut noop), Poll::Ready(Ok(())));
    assert_eq!(sink.as_mut().poll_ready(&mut noop), Poll::Ready(Ok(())));
    assert!(tx.try_send(9).unwrap_err().is_full());
    assert_eq!(sink.as_mut().start_send(1), Ok(()));
    let refused = sink.as_mut().start_send(2).unwrap_err();
    assert_eq!(refused, SinkError::NotReady(2));
    assert!(sink.as_mut().poll_ready(&mut noop).is_pending());
    assert_eq!(rx.try_recv(), Ok(1));
    assert_eq!(sink.as_mut().poll_ready(&mut noop), Poll::Ready(Ok(())));

    let mut send = pin!(tx.send_async(3));
    assert!(send.as_mut().poll(&mut cx).is_pending());
    drop(sink);
    assert_eq!(count.get(), 1);
    assert_eq!(send.poll(&mut cx), Poll::Ready(Ok(())));
}

#[test]
fn a_waiting_sink_that_is_dropped_passes_its_wake_on() {
    let (tx, rx) = bounded(1);
    tx.try_send(0).unwrap();
    let (count, waker) = Count::new();
    let mut cx = Context::from_waker(&waker);
    let mut noop = Context::from_waker(Waker::noop());
    let mut sink = Box::pin(tx.clone().into_sink());
    let mut send = pin!(tx.send_async(3));
    assert!(sink.as_mut().poll_ready(&mut noop).is_pending());
    assert!(send.as_mut().poll(&mut cx).is_pending());
    assert_eq!(rx.try_recv(), Ok(0));
    drop(sink);
    assert_eq!((count.get(), tx.sender_count()), (1, 1));
    assert_eq!(send.poll(&mut cx), Poll::Ready(Ok(())));
}

#[test]
fn a_closed_sink_gives_messages_and_room_back() {
    let (tx, rx) = bounded(1);
    let mut noop = Context::from_waker(Waker::noop());
    let mut sink = pin!(tx.clone().into_sink());
    assert!(sink.as_mut().poll_ready(&mut noop).is_ready());
    assert_eq!(sink.as_mut().poll_close(&mut noop), Poll::Ready(Ok(())));
    assert_eq!(sink.as_mut().poll_close(&mut noop), Poll::Ready(Ok(())));
    assert_eq!(tx.sender_count(), 1);
    let closed = Poll::Ready(Err(SinkError::Closed(None)));
    assert_eq!(sink.as_mut().poll_ready(&mut noop), closed);
    let refused = sink.as_mut().start_send(1).unwrap_err();
    assert_eq!(refused.into_inner(), Some(1));
    assert_eq!(tx.try_send(2), Ok(()), "the room is back");

    let mut sink = pin!(tx.sink());
    assert_eq!(rx.try_recv(), Ok(2));
    assert!(sink.as_mut().poll_ready(&mut noop).is_ready());
    rx.close();
    let refused = sink.as_mut().start_send(3).unwrap_err();
    assert_eq!(refused, SinkError::Closed(Some(3)));
    assert_eq!(sink.as_mut().poll_ready(&mut noop), closed);
}

#[test]
fn errors_say_what_happened_whatever_they_carry() {
    struct Opaque;
    let text = |error: SinkError<Opaque>| {
        let error: Box<dyn std::error::Error + Send + Sync> = Box::new(error);
        (error.to_string(), format!("{error:?}"))
    };
    let row = |display: &str, debug: &str| (display.to_owned(), debug.to_owned());
    let closed = row("channel closed", "Closed(..)");
    assert_eq!(text(SinkError::Closed(None)), closed);
    assert_eq!(text(SinkError::Closed(Some(Opaque))), closed);
    assert_eq!(text(SinkError::TooMany), row("too many permits", "TooMany"));
    let not_ready = row("sink not ready", "NotReady(..)");
    assert_eq!(text(SinkError::NotReady(Opaque)), not_ready);
    assert!(SinkError::<()>::Closed(None).is_closed());
    assert!(!SinkError::<()>::TooMany.is_closed());
    assert_eq!(SinkError::<u8>::TooMany.into_inner(), None);
}

#[test]
fn too_many_permits_make_no_sink_wait() {
    let (tx, _rx) = bounded::<u8>(5_000);
    let _permits: Vec<_> = (0..4_095).map(|_| tx.try_reserve().unwrap()).collect();
    let mut sink = pin!(tx.sink());
    let mut noop = Context::from_waker(Waker::noop());
    let refused = sink.as_mut().poll_ready(&mut noop);
    assert_eq!(refused, Poll::Ready(Err(SinkError::TooMany)));
    assert_eq!(sink.start_send(1), Ok(()), "there is room, though");
}

/// Without room a stream takes from those in line, and what is handed in for it.
#[test]
fn a_stream_without_room_meets_its_senders() {
    let (tx, rx) = bounded(0);
    let (count, waker) = Count::new();
    let mut cx = Context::from_waker(&waker);
    let mut noop = Context::from_waker(Waker::noop());
    let mut stream = pin!(rx.stream());
    assert!(stream.as_mut().poll_next(&mut cx).is_pending());
    assert_eq!(tx.try_send(1), Ok(()));
    assert_eq!(count.get(), 1);
    assert_eq!(stream.as_mut().poll_next(&mut cx), Poll::Ready(Some(1)));
    assert!(stream.as_mut().poll_next(&mut cx).is_pending());
    let mut send = pin!(tx.send_async(2));
    assert!(send.as_mut().poll(&mut noop).is_pending());
    assert_eq!(count.get(), 2);
    assert_eq!(stream.as_mut().poll_next(&mut cx), Poll::Ready(Some(2)));
    assert_eq!(send.as_mut().poll(&mut noop), Poll::Ready(Ok(())));
    assert!(stream.as_mut().poll_next(&mut cx).is_pending());
    tx.close();
    assert_eq!(count.get(), 3);
    assert_eq!(stream.as_mut().poll_next(&mut cx), Poll::Ready(None));
}

/// What a stream was woken for and did not take is another's.
#[test]
fn a_dropped_stream_without_room_leaves_what_was_handed_in() {
    let (tx, rx) = bounded(0);
    let (count, waker) = Count::new();
    let mut cx = Context::from_waker(&waker);
    let mut stream = Box::pin(rx.stream());
    let mut noop = Context::from_waker(Waker::noop());
    assert!(stream.as_mut().poll_next(&mut noop).is_pending());
    let mut receive = pin!(rx.recv_async());
    assert!(receive.as_mut().poll(&mut cx).is_pending());
    assert_eq!(tx.try_send(1), Ok(()));
    assert_eq!(count.get(), 0);
    drop(stream);
    assert_eq!(count.get(), 1);
    assert_eq!(receive.poll(&mut cx), Poll::Ready(Ok(1)));
}

/// There is no room that it could hold: it is never ready, and never waits for that.
#[test]
fn a_sink_without_room_is_refused() {
    let (tx, rx) = bounded(0);
    let (_, waker) = Count::new();
    let mut cx = Context::from_waker(&waker);
    let mut sink = pin!(tx.sink());
    let refused = Poll::Ready(Err(SinkError::TooMany));
    assert_eq!(sink.as_mut().poll_ready(&mut cx), refused);
    assert_eq!(sink.as_mut().start_send(1), Err(SinkError::NotReady(1)));
    assert_eq!(tx.senders_waiting(), 0);
    // Also where somebody waits; what was not waited for is handed to them as by `try_send`.
    let mut receive = pin!(rx.recv_async());
    assert!(receive.as_mut().poll(&mut cx).is_pending());
    assert_eq!(sink.as_mut().poll_ready(&mut cx), refused);
    assert_eq!(sink.as_mut().start_send(2), Ok(()));
    assert_eq!(receive.poll(&mut cx), Poll::Ready(Ok(2)));
    assert!(pin!(tx.sink()).send(3).now_or_never().unwrap().is_err());
    rx.close();
    let closed = Poll::Ready(Err(SinkError::Closed(None)));
    assert_eq!(sink.as_mut().poll_ready(&mut cx), closed);
}

#[test]
fn a_stream_of_lanes_begins_with_the_first_and_ends_again() {
    let (tx, rx) = Lanes::new([2, 2]).strict().build().unwrap();
    for (lane, message) in [(1, 'c'), (0, 'a'), (0, 'b')] {
        tx.lane(lane).try_send(message).unwrap();
    }
    let mut stream = pin!(rx.stream());
    for expected in [(0, 'a'), (0, 'b'), (1, 'c')] {
        assert_eq!(stream.next().now_or_never(), Some(Some(expected)));
    }
    assert_eq!(stream.next().now_or_never(), None);
    tx.close();
    for _ in 0..2 {
        assert_eq!(stream.next().now_or_never(), Some(None));
    }
}

#[test]
fn a_dropped_stream_of_lanes_passes_its_wake_on() {
    let (tx, rx) = Lanes::new([1, 1]).build().unwrap();
    let (count, waker) = Count::new();
    let mut cx = Context::from_waker(&waker);
    let mut noop = Context::from_waker(Waker::noop());
    let mut stream = Box::pin(rx.stream());
    let mut last = pin!(rx.recv_async());
    assert!(stream.as_mut().poll_next(&mut noop).is_pending());
    assert!(last.as_mut().poll(&mut cx).is_pending());
    tx.lane(1).try_send(7).unwrap();
    assert_eq!(count.get(), 0);
    drop(stream);
    assert_eq!(count.get(), 1);
    assert_eq!(last.poll(&mut cx), Poll::Ready(Ok((1, 7))));
}

#[test]
fn a_stream_of_stamped_messages_tells_their_ages() {
    let clock = Arc::new(MockClock::new());
    let (tx, rx) = stamped(2, clock.clone());
    tx.try_send(1).unwrap();
    clock.advance(Duration::from_millis(3));
    tx.try_send(2).unwrap();
    tx.plain().close();
    let aged: Vec<_> = block_on(rx.stream().collect());
    let told: Vec<_> = aged.iter().map(|aged| (aged.value, aged.age())).collect();
    assert_eq!(told, [(1, Duration::from_millis(3)), (2, Duration::ZERO)]);
}
