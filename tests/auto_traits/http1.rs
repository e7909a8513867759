//! http1's section.

use super::{not_send, send, sync, unpin};

const _: () = {
    use shorttail::http1::{
        BodyError, BodyStep, ConfigError, Connection, FillError, FrozenHead, Head, HeadError,
        Header, Headers, Heads, Limits, LimitsBuilder, Method, Named, OwnedHead, ReadBuf, Refused,
        ResponseHead, Target, Values,
    };
    // An owned head goes anywhere; one that is frozen, wherever its arena is borrowed.
    const fn spawned<T: Send + Sync + 'static>() {}
    spawned::<OwnedHead>();
    spawned::<ReadBuf>();
    spawned::<FillError>();
    unpin::<OwnedHead>();
    unpin::<ReadBuf>();
    send::<FrozenHead<'_>>();
    sync::<FrozenHead<'_>>();
    not_send::<Heads<'_, '_>, _>();
    send::<Connection>();
    sync::<Connection>();
    unpin::<Connection>();
    // A head crosses an `.await` and may be read by several threads.
    send::<Head<'_>>();
    sync::<Head<'_>>();
    send::<Header<'_>>();
    sync::<Header<'_>>();
    send::<Headers<'_>>();
    sync::<Headers<'_>>();
    send::<Values<'_>>();
    sync::<Values<'_>>();
    send::<Named<'_, '_>>();
    sync::<Named<'_, '_>>();
    send::<BodyStep<'_>>();
    sync::<BodyStep<'_>>();
    send::<Method<'_>>();
    send::<Target<'_>>();
    send::<ResponseHead<'_>>();
    sync::<ResponseHead<'_>>();
    send::<Limits>();
    sync::<Limits>();
    send::<LimitsBuilder>();
    send::<ConfigError>();
    sync::<ConfigError>();
    send::<HeadError>();
    sync::<HeadError>();
    send::<BodyError>();
    sync::<BodyError>();
    send::<Refused>();
    sync::<Refused>();
};

const _: () = {
    use shorttail::http1::{
        BoundaryError, Cookie, CookieError, Cookies, DecodeError, Decoded, FormPair, FormPairs,
        Multipart, MultipartError, MultipartLimits, MultipartStep, ParamValue, PartHead,
        PartHeaders, Scratch, ScratchFull,
    };
    // What is decoded crosses an `.await`, and so does the room for more of it.
    send::<Scratch<'_>>();
    sync::<Scratch<'_>>();
    unpin::<Scratch<'_>>();
    send::<Decoded<'_>>();
    sync::<Decoded<'_>>();
    send::<FormPair<'_>>();
    sync::<FormPair<'_>>();
    send::<FormPairs<'_>>();
    sync::<FormPairs<'_>>();
    send::<Cookie<'_>>();
    sync::<Cookie<'_>>();
    send::<Cookies<'_>>();
    sync::<Cookies<'_>>();
    send::<CookieError>();
    sync::<CookieError>();
    send::<DecodeError>();
    sync::<DecodeError>();
    send::<ScratchFull>();
    sync::<ScratchFull>();
    // A form's decoder has no borrow: it outlives the head it was made for.
    send::<Multipart>();
    sync::<Multipart>();
    unpin::<Multipart>();
    send::<MultipartStep<'_>>();
    sync::<MultipartStep<'_>>();
    send::<PartHead<'_>>();
    sync::<PartHead<'_>>();
    send::<PartHeaders<'_>>();
    sync::<PartHeaders<'_>>();
    send::<ParamValue<'_>>();
    sync::<ParamValue<'_>>();
    send::<MultipartLimits>();
    sync::<MultipartLimits>();
    send::<MultipartError>();
    sync::<MultipartError>();
    send::<BoundaryError>();
    sync::<BoundaryError>();
};

/// A handler that is spawned, and so is `Send`, keeps a head, what was decoded of it and all the
/// memory of both across an await.
#[test]
fn a_spawned_handler_keeps_decoded_parts_across_an_await() {
    use bytes::BufMut;
    use shorttail::arena::ArenaPool;
    use shorttail::http1::{Connection, Limits, Scratch};
    use shorttail::pool::BufferPool;

    let limits = Limits::default();
    let arenas = ArenaPool::new(1, limits.arena_bytes()).unwrap();
    let buffers = BufferPool::builder().class(4096, 2).build().unwrap();
    let handler = async move {
        let arena = arenas.try_acquire().unwrap();
        let mut memory = buffers.try_acquire(256).unwrap();
        memory.put_bytes(0, 256);
        let mut input = buffers.try_acquire(4096).unwrap();
        input.put_slice(b"GET /caf%C3%A9?q=a+b HTTP/1.1\r\nHost: a\r\nCookie: c=d\r\n\r\n");
        let mut connection = Connection::new(limits);
        let head = connection.parse_head(&input, &arena).unwrap().unwrap();
        let mut scratch = Scratch::new(&mut memory);
        let path = scratch.percent_decode(head.path().as_bytes()).unwrap();
        let mut pairs = head.query_pairs();
        let query = pairs.next().unwrap().decode_value(&mut scratch).unwrap();
        let mut cookies = head.cookies();
        tokio::task::yield_now().await;
        assert_eq!(path.as_str(), Ok("/caf\u{e9}"));
        assert_eq!(query.as_str(), Ok("a b"));
        assert!(pairs.next().is_none());
        assert_eq!(cookies.next().unwrap().unwrap().value(), b"d");
        assert_eq!(scratch.remaining(), 256 - 6 - 3);
        head.head_len()
    };
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .build()
        .unwrap();
    assert_eq!(runtime.block_on(runtime.spawn(handler)).unwrap(), 55);
}
