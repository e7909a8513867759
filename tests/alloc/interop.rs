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

/// Two for the bytes, two for the map's tables, one for the name that `http` does not know.
#[cfg(feature = "http")]
#[test]
fn a_request_of_the_http_crate_takes_what_its_page_says() {
    use shorttail::arena::Arena;
    use shorttail::http1::{Connection, Limits};
    use shorttail::measure::count_allocs;

    let arena = Arena::new(16 * 1024).expect("an arena");
    let known = "GET /a?b HTTP/1.1\r\nHost: a\r\nAccept: */*\r\nUser-Agent: c\r\n";
    for (more, want) in [
        ("\r\n", 4),
        ("X-Any: d\r\n\r\n", 5),
        ("X-Any: d\r\nX-B: e\r\n\r\n", 6),
    ] {
        let bytes = [known, more].concat();
        let mut connection = Connection::new(Limits::default());
        let head = connection.parse_head(bytes.as_bytes(), &arena);
        let head = head.expect("good").expect("complete");
        let (counts, request) = count_allocs(|| head.to_http());
        assert!(request.is_ok());
        assert_eq!(counts.allocs + counts.reallocs, want, "{more}");
    }
}

/// Written, contradicted, and without room.
#[cfg(feature = "http")]
#[test]
fn a_response_of_the_http_crate_is_written_without_a_heap() {
    use shorttail::http1::ResponseBody;
    use shorttail::interop::http::encode_response;

    let response = http::Response::builder().header("x-any", "1");
    let response = response.header("content-length", 7).body(());
    let (parts, ()) = response.expect("a response").into_parts();
    let mut out = [0; 256];
    assert_no_alloc(|| {
        let mut write = |body, room: usize| {
            let mut room = &mut out[..room];
            encode_response(&parts, body, true, &mut room)
        };
        assert!(write(ResponseBody::Length(7), 256).is_ok());
        assert!(write(ResponseBody::Length(8), 256).is_err());
        assert!(write(ResponseBody::Length(7), 8).is_err());
    });
}

/// Admitted, refused and dropped.
#[cfg(feature = "tower")]
#[test]
fn a_call_through_a_gate_takes_nothing() {
    use std::convert::Infallible;
    use std::future::{Future, Ready, ready};
    use std::sync::Arc;

    use shorttail::control::{Class, Gate};
    use shorttail::interop::tower::AdmissionLayer;
    use shorttail::time::{Deadline, StdClock};
    use tower_layer::Layer;
    use tower_service::Service;

    struct Answers;
    impl Service<u32> for Answers {
        type Response = u32;
        type Error = Infallible;
        type Future = Ready<Result<u32, Infallible>>;

        fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
            Poll::Ready(Ok(()))
        }

        fn call(&mut self, request: u32) -> Self::Future {
            ready(Ok(request))
        }
    }
    let gate = Arc::new(Gate::builder(1).build().expect("a gate"));
    let rank = |_: &u32| (Class::NORMAL, Deadline::NEVER);
    let mut service = AdmissionLayer::new(gate, rank, StdClock).layer(Answers);
    let waker = noop_waker();
    let mut cx = Context::from_waker(&waker);
    assert_no_alloc(|| {
        for _ in 0..100 {
            assert!(matches!(
                pin!(service.call(1)).poll(&mut cx),
                Poll::Ready(Ok(1))
            ));
            let held = service.call(1);
            assert!(matches!(
                pin!(service.call(1)).poll(&mut cx),
                Poll::Ready(Err(_))
            ));
            drop(held);
        }
    });
}

#[cfg(feature = "tokio")]
mod pipe {
    use std::io;
    use std::pin::Pin;
    use std::task::{Context, Poll};

    use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

    /// Ready every other time; gives four bytes, takes three.
    #[derive(Default)]
    pub(super) struct Pipe {
        waited: bool,
    }

    impl Pipe {
        fn ready<T>(&mut self, value: T) -> Poll<io::Result<T>> {
            self.waited = !self.waited;
            match self.waited {
                true => Poll::Pending,
                false => Poll::Ready(Ok(value)),
            }
        }
    }

    impl AsyncRead for Pipe {
        fn poll_read(
            mut self: Pin<&mut Self>,
            _: &mut Context<'_>,
            buf: &mut ReadBuf<'_>,
        ) -> Poll<io::Result<()>> {
            self.ready(()).map_ok(|()| buf.put_slice(b"abcd"))
        }
    }

    impl AsyncWrite for Pipe {
        fn poll_write(
            mut self: Pin<&mut Self>,
            _: &mut Context<'_>,
            bytes: &[u8],
        ) -> Poll<io::Result<usize>> {
            self.ready(bytes.len().min(3))
        }

        fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
            Poll::Ready(Ok(()))
        }

        fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
            Poll::Ready(Ok(()))
        }
    }
}

/// Read, written in pieces, refused, waiting and dropped.
#[cfg(feature = "tokio")]
#[test]
fn pooled_reads_and_writes_take_nothing() {
    use std::future::Future;

    use shorttail::interop::tokio::{read_into, write_all_pieces};
    use shorttail::pool::BufferPool;

    let pool = BufferPool::builder().class(4, 2).build().expect("a pool");
    let waker = noop_waker();
    let mut cx = Context::from_waker(&waker);
    let mut pipe = pipe::Pipe::default();
    assert_no_alloc(|| {
        for _ in 0..100 {
            let mut pieces = [0, 1].map(|_| {
                let mut buf = pool.try_acquire(4).expect("two");
                for pending in [true, false, false] {
                    // The last is refused: full.
                    let read = pin!(read_into(&mut pipe, &mut buf)).poll(&mut cx);
                    assert_eq!(read.is_pending(), pending);
                }
                buf.freeze()
            });
            let first = pin!(write_all_pieces(&mut pipe, &mut pieces)).poll(&mut cx);
            assert!(first.is_pending());
            let mut rest = pin!(write_all_pieces(&mut pipe, &mut pieces));
            while rest.as_mut().poll(&mut cx).is_pending() {}
        }
    });
}
