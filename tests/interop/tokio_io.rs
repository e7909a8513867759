//! Reads into pooled buffers and writes of pooled pieces, over what is not ready and over sockets.

use std::future::Future;
use std::io::{self, IoSlice};
use std::pin::{Pin, pin};
use std::task::{Context, Poll};

use futures_util::FutureExt;
use shorttail::interop::tokio::{read_into, write_all_pieces};
use shorttail::pool::{BufferPool, PooledBytes, ReadError};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpListener, TcpStream};

fn pool() -> BufferPool {
    BufferPool::builder().class(8, 40).build().unwrap()
}

fn pieces(pool: &BufferPool, texts: &[&str]) -> Vec<PooledBytes> {
    let piece = |text: &&str| {
        let mut buf = pool.try_acquire(8).unwrap();
        buf.try_put(text.as_bytes()).unwrap();
        buf.freeze()
    };
    texts.iter().map(piece).collect()
}

/// Ready every other time, with what is next in the list.
struct Now<T> {
    list: Vec<T>,
    waited: bool,
}

impl<T> Now<T> {
    fn new(list: impl Into<Vec<T>>) -> Self {
        let (mut list, waited) = (list.into(), false);
        list.reverse();
        Self { list, waited }
    }

    fn next(&mut self) -> Poll<Option<T>> {
        self.waited = !self.waited;
        match self.waited {
            true => Poll::Pending,
            false => Poll::Ready(self.list.pop()),
        }
    }
}

impl AsyncRead for Now<&[u8]> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        self.next().map(|part| {
            match part {
                Some(b"broken") => return Err(io::ErrorKind::ConnectionReset.into()),
                Some(part) => buf.put_slice(part),
                None => {}
            }
            Ok(())
        })
    }
}

/// Takes so many bytes each time, and notes in how many slices they were shown.
struct Takes {
    each: Now<usize>,
    taken: Vec<u8>,
    slices: Vec<usize>,
}

impl AsyncWrite for Takes {
    fn poll_write(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        self.poll_write_vectored(cx, &[IoSlice::new(bytes)])
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
        slices: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        self.each.next().map(|limit| {
            let shown: Vec<u8> = slices.iter().flat_map(|slice| slice.to_vec()).collect();
            let count = limit.unwrap_or(0).min(shown.len());
            self.slices.push(slices.len());
            self.taken.extend_from_slice(&shown[..count]);
            Ok(count)
        })
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }
}

fn takes(each: &[usize]) -> Takes {
    Takes {
        each: Now::new(each),
        taken: Vec::new(),
        slices: Vec::new(),
    }
}

#[test]
fn a_read_appends_and_one_that_is_dropped_takes_nothing() {
    let pool = pool();
    let mut buf = pool.try_acquire(8).unwrap();
    let parts: [&[u8]; 4] = [b"abc", b"de", b"broken", b"fgh"];
    let mut reader = Now::new(parts);
    for (want, len) in [(3, 3), (2, 5)] {
        assert!(read_into(&mut reader, &mut buf).now_or_never().is_none()); // and is dropped
        let read = read_into(&mut reader, &mut buf).now_or_never().unwrap();
        assert_eq!((read.unwrap(), buf.len()), (want, len));
    }
    assert!(read_into(&mut reader, &mut buf).now_or_never().is_none());
    let failed = read_into(&mut reader, &mut buf).now_or_never().unwrap();
    assert!(matches!(failed, Err(ReadError::Io(_))));
    assert_eq!(&buf[..], b"abcde");
    assert!(read_into(&mut reader, &mut buf).now_or_never().is_none());
    let read = read_into(&mut reader, &mut buf).now_or_never().unwrap();
    assert_eq!((read.unwrap(), &buf[..]), (3, &b"abcdefgh"[..]));
    // Full is not the end of the input, and the reader is not asked.
    let full = read_into(&mut reader, &mut buf).now_or_never().unwrap();
    assert!(matches!(full, Err(ReadError::Full)));
    buf.clear();
    assert!(read_into(&mut reader, &mut buf).now_or_never().is_none());
    let end = read_into(&mut reader, &mut buf).now_or_never().unwrap();
    assert_eq!(end.unwrap(), 0);
}

/// Gives its own buffer in place of the one that it was to fill.
struct Swaps(Vec<u8>);

impl AsyncRead for Swaps {
    fn poll_read(
        self: Pin<&mut Self>,
        _: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let bytes = Box::leak(self.0.clone().into_boxed_slice());
        let mut other = ReadBuf::new(bytes);
        other.set_filled(4);
        *buf = other;
        Poll::Ready(Ok(()))
    }
}

#[test]
#[should_panic(expected = "another buffer")]
fn a_reader_cannot_vouch_for_bytes_of_another_buffer() {
    let pool = pool();
    let mut buf = pool.try_acquire(8).unwrap();
    let _read = read_into(&mut Swaps(vec![0; 4]), &mut buf).now_or_never();
}

#[test]
fn a_write_shows_all_pieces_and_takes_from_them_what_was_written() {
    let pool = pool();
    let mut left = pieces(&pool, &["head", "", "body", "tail"]);
    let mut writer = takes(&[2, 5, 64]);
    let mut write = Box::pin(write_all_pieces(&mut writer, &mut left));
    assert!(write.as_mut().now_or_never().is_none());
    assert!(write.as_mut().now_or_never().is_none());
    drop(write); // half-way
    assert_eq!(writer.taken, b"he");
    let lens: Vec<usize> = left.iter().map(|piece| piece.len()).collect();
    assert_eq!(lens, [2, 0, 4, 4]);
    // The same call again goes on where that one was.
    let mut write = pin!(write_all_pieces(&mut writer, &mut left));
    let done = loop {
        if let Some(done) = write.as_mut().now_or_never() {
            break done;
        }
    };
    done.unwrap();
    assert_eq!(writer.taken, b"headbodytail");
    assert_eq!(writer.slices, [3, 3, 2]);
    assert!(left.iter().all(PooledBytes::is_empty));
    drop(left);
    assert_eq!(pool.stats().in_use, 0);
}

#[test]
fn a_writer_that_takes_nothing_is_an_error_and_nothing_is_lost() {
    let pool = pool();
    let mut left = pieces(&pool, &["head"]);
    let mut writer = takes(&[]);
    let mut write = Box::pin(write_all_pieces(&mut writer, &mut left));
    assert!(write.as_mut().now_or_never().is_none());
    let failed = write.as_mut().now_or_never().unwrap().unwrap_err();
    assert_eq!(failed.kind(), io::ErrorKind::WriteZero);
    drop(write);
    assert_eq!(&left[0][..], b"head");
}

#[test]
fn more_pieces_than_a_write_shows_go_with_the_next() {
    let pool = pool();
    let texts: Vec<String> = (0..37).map(|number| format!("{number:02}")).collect();
    let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
    let mut left = pieces(&pool, &texts);
    let mut writer = takes(&[1_000; 9]);
    let mut write = Box::pin(write_all_pieces(&mut writer, &mut left));
    while write.as_mut().now_or_never().is_none() {}
    drop(write);
    assert_eq!(writer.taken, texts.concat().into_bytes());
    assert_eq!(writer.slices, [16, 16, 5]);
}

#[test]
fn what_a_socket_was_given_comes_out_of_it_in_pooled_buffers() {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_io()
        .build()
        .unwrap();
    let pool = pool();
    runtime.block_on(async {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (mut to, (mut from, _)) = {
            let (to, from) = tokio::join!(TcpStream::connect(address), listener.accept());
            (to.unwrap(), from.unwrap())
        };
        let mut left = pieces(&pool, &["one", "two", "three"]);
        write_all_pieces(&mut to, &mut left).await.unwrap();
        drop(to);
        let (mut all, mut buf) = (Vec::new(), pool.try_acquire(8).unwrap());
        while read_into(&mut from, &mut buf).await.unwrap() > 0 {
            all.extend_from_slice(&buf);
            buf.clear();
        }
        assert_eq!(all, b"onetwothree");
    });
}

/// So that the futures are named where they are kept.
#[test]
fn the_futures_have_names_and_are_unpin() {
    use shorttail::interop::tokio::{ReadInto, WriteAllPieces};
    fn name<F: Future + Unpin + std::fmt::Debug>(future: F) -> String {
        format!("{future:?}")
    }
    let pool = pool();
    let (mut buf, mut left) = (pool.try_acquire(8).unwrap(), pieces(&pool, &["abc"]));
    let mut reader = Now::<&[u8]>::new([]);
    let read: ReadInto<'_, Now<&[u8]>> = read_into(&mut reader, &mut buf);
    assert!(name(read).starts_with("ReadInto"));
    let mut writer = takes(&[]);
    let write: WriteAllPieces<'_, Takes, PooledBytes> = write_all_pieces(&mut writer, &mut left);
    assert_eq!(name(write), "WriteAllPieces { left: 3, .. }");
}
