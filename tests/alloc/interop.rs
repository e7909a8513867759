//! Nothing allocates in a stream or a sink: ready, waiting, refused or dropped.

use std::pin::pin;
use std::task::{Context, Poll};

use futures_util::task::noop_waker;
use futures_util::{Sink, Stream};
use shorttail::channel::bounded;
use shorttail::measure::assert_no_alloc;

#[test]
fn channel_streams_and_sinks() {
    let (tx, rx) = bounded(1);
    let waker = noop_waker();
    let mut cx = Context::from_waker(&waker);
    assert_no_alloc(|| {
        for n in 0..100 {
            let mut stream = pin!(rx.clone().into_stream());
            let mut sink = pin!(tx.clone().into_sink());
            assert!(stream.as_mut().poll_next(&mut cx).is_pending());
            assert!(sink.as_mut().poll_ready(&mut cx).is_ready());
            assert!(sink.as_mut().start_send(n).is_ok());
            assert!(sink.as_mut().poll_ready(&mut cx).is_pending());
            assert!(sink.as_mut().start_send(n).is_err());
            assert_eq!(stream.poll_next(&mut cx), Poll::Ready(Some(n)));
            assert!(sink.as_mut().poll_close(&mut cx).is_ready());
            assert!(sink.start_send(n).is_err());
        }
    });
}
