//! What a request costs: httparse alone, and everything this block does on top of it.
//!
//! Each group rotates through 64 distinct requests, since one constant request trains the branch
//! predictor. `httparse` parses into an uninitialised table on the stack and stops there;
//! `whole` checks, indexes, judges, decodes the body and resets the arena.
//!
//! `cargo bench --bench http1`

use std::hint::black_box;
use std::mem::MaybeUninit;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use shorttail::arena::Arena;
use shorttail::http1::{BodyEvent, Connection, Head, Known, Limits, ResponseBody, ResponseHead};
use shorttail::pool::BufferPool;

const DISTINCT: usize = 64;

fn curl(n: usize) -> Vec<u8> {
    let path = "abcdefghijklmnop".repeat(1 + n % 2);
    format!(
        "GET /{}/{n} HTTP/1.1\r\nHost: api{n}.example.com\r\nUser-Agent: curl/8.{}.0\r\n\
         Accept: */*\r\n\r\n",
        &path[n % 9..],
        n % 17,
    )
    .into_bytes()
}

/// 703 bytes of 12 to 14 fields, whose order, number and lengths differ.
fn browser(n: usize) -> Vec<u8> {
    let mut fields = vec![
        "Connection: keep-alive".into(),
        "sec-ch-ua: \"Chromium\";v=\"142\", \"Not_A Brand\";v=\"99\"".into(),
        "sec-ch-ua-mobile: ?0".into(),
        "sec-ch-ua-platform: \"Linux\"".into(),
        format!(
            "User-Agent: Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) \
             Chrome/14{}.0.0.0 Safari/537.36",
            n % 10
        ),
        "Accept: text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8".into(),
        "Sec-Fetch-Site: same-origin".into(),
        "Sec-Fetch-Mode: navigate".into(),
        "Sec-Fetch-Dest: document".into(),
        "Accept-Encoding: gzip, deflate, br, zstd".into(),
        "Accept-Language: en-GB,en;q=0.9,de;q=0.8".into(),
        format!("Referer: https://www{n}.example.com/list?page={n}"),
    ];
    fields.rotate_left(n % 7);
    fields.truncate(12 - n % 3);
    let start = format!(
        "GET /items/{n}?sort=asc&page={n} HTTP/1.1\r\nHost: www{n}.example.com\r\n{}\r\n",
        fields.join("\r\n")
    );
    padded(start, "Cookie: theme=dark; session=", 703)
}

/// 4.3 KB and 30 fields, as a request has behind two proxies and a mesh; half are known names.
fn proxied(n: usize) -> Vec<u8> {
    let mut fields: Vec<String> = (0..16)
        .map(|at| {
            let value = "0123456789abcdef".repeat(3 + (n + at) % 7);
            format!(
                "X-Mesh-{}-{at}: {value}",
                &"AttributeOfRequest"[..4 + (n + at) % 14]
            )
        })
        .collect();
    let known = [
        "Accept",
        "Accept-Encoding",
        "User-Agent",
        "Referer",
        "Origin",
        "X-Request-Id",
        "X-Forwarded-For",
        "X-Forwarded-Proto",
        "Traceparent",
        "Tracestate",
        "Via",
        "Priority",
    ];
    let value = "/a.b-c_d=".repeat(12);
    fields.extend(known.iter().enumerate().map(|(at, name)| {
        let len = 20 + (n * 13 + at * 29) % 80;
        format!("{name}: {}", &value[..len])
    }));
    let turn = n % fields.len();
    fields.rotate_left(turn);
    let start = format!(
        "GET /v1/items/{n} HTTP/1.1\r\nHost: items{n}.mesh\r\n{}\r\n",
        fields.join("\r\n")
    );
    padded(start, "Authorization: Bearer ", 4300)
}

/// 40 bytes, one field.
fn minimal(n: usize) -> Vec<u8> {
    let (path, host) = (n * 7919 % 10_000, n * 104_729 % 100_000);
    format!("GET /{path:04} HTTP/1.1\r\nHost: a{host:05}\r\n\r\n").into_bytes()
}

/// The head that begins so, ended by a field that brings it to `len` bytes.
fn padded(mut start: String, field: &str, len: usize) -> Vec<u8> {
    start += field;
    while start.len() < len - 4 {
        start.push(char::from(b'a' + (start.len() * 31 % 26) as u8));
    }
    assert_eq!(start.len(), len - 4, "a head that fits");
    (start + "\r\n\r\n").into_bytes()
}

fn chunked(n: usize) -> Vec<u8> {
    let mut request = format!(
        "POST /jobs/{n} HTTP/1.1\r\nHost: api{n}.example.com\r\nContent-Type: application/json\r\n\
         Accept: */*\r\nTransfer-Encoding: chunked\r\n\r\n"
    );
    for chunk in 0..4 + n % 3 {
        let len = 200 + (n * 7 + chunk * 31) % 100;
        request += &format!("{len:x}\r\n{}\r\n", "j".repeat(len));
    }
    request += "0\r\n\r\n";
    request.into_bytes()
}

fn httparse_alone(bytes: &[u8]) -> usize {
    let mut table = [const { MaybeUninit::uninit() }; 64];
    let mut request = httparse::Request::new(&mut []);
    match request.parse_with_uninit_headers(black_box(bytes), &mut table) {
        Ok(httparse::Status::Complete(len)) => len + black_box(request.headers.len()),
        _ => unreachable!("the requests are good"),
    }
}

fn whole(connection: &mut Connection, arena: &mut Arena, bytes: &[u8]) -> usize {
    let head = connection.parse_head(black_box(bytes), arena);
    let Ok(Some(head)) = head else {
        unreachable!("the requests are good")
    };
    black_box(head.get(Known::Host));
    let mut at = head.head_len();
    if head.framing().has_body() {
        loop {
            match connection.read_body(&bytes[at..]) {
                Ok(step) => {
                    at += step.consumed;
                    black_box(step.event);
                    if step.event == BodyEvent::End {
                        break;
                    }
                }
                Err(_) => unreachable!("the bodies are good"),
            }
        }
    }
    arena.reset();
    at
}

/// Makes the request with this number.
type Make = fn(usize) -> Vec<u8>;

fn requests(c: &mut Criterion) {
    let groups: [(&str, Make); 5] = [
        ("minimal 40 B", minimal),
        ("curl", curl),
        ("browser 703 B", browser),
        ("30 headers 4.3 KB", proxied),
        ("chunked post", chunked),
    ];
    for (name, make) in groups {
        let requests: Vec<Vec<u8>> = (0..DISTINCT).map(make).collect();
        let bytes: usize = requests.iter().map(Vec::len).sum();
        let mut group = c.benchmark_group(name);
        group.throughput(Throughput::Bytes((bytes / DISTINCT) as u64));
        let mut turn = 0;
        let mut next = || {
            turn = (turn + 1) % DISTINCT;
            turn
        };
        group.bench_function("httparse", |b| b.iter(|| httparse_alone(&requests[next()])));
        let limits = Limits::default();
        let mut connection = Connection::new(limits);
        let mut arena = Arena::new(limits.arena_bytes()).expect("an arena");
        group.bench_function("whole", |b| {
            b.iter(|| {
                let bytes = &requests[next()];
                assert_eq!(whole(&mut connection, &mut arena, bytes), bytes.len());
            });
        });
        group.bench_function("whole and each field", |b| {
            b.iter(|| {
                let bytes = black_box(&requests[next()]);
                let Ok(Some(head)) = connection.parse_head(bytes, &arena) else {
                    unreachable!("the requests are good")
                };
                for header in head.headers() {
                    black_box(header);
                }
                if head.framing().has_body() {
                    connection = Connection::new(limits);
                }
                arena.reset();
            });
        });
        group.finish();
    }
}

/// 16 minimal requests of one read: one after another, and as a batch whose heads live together.
fn pipelined(c: &mut Criterion) {
    const DEPTH: usize = 16;
    let reads: Vec<Vec<u8>> = (0..DISTINCT)
        .map(|read| (0..DEPTH).flat_map(|n| minimal(read * DEPTH + n)).collect())
        .collect();
    let limits = Limits::default();
    let mut connection = Connection::new(limits);
    let mut arena = Arena::new(limits.arena_bytes()).expect("an arena");
    let mut group = c.benchmark_group("16 pipelined");
    group.throughput(Throughput::Elements(DEPTH as u64));
    let mut turn = 0;
    let mut next = || {
        turn = (turn + 1) % DISTINCT;
        turn
    };
    group.bench_function("one by one", |b| {
        b.iter(|| {
            let bytes = &reads[next()];
            let mut at = 0;
            while at < bytes.len() {
                at += whole(&mut connection, &mut arena, &bytes[at..]);
            }
        });
    });
    // A copy of each head more than the other does.
    group.bench_function("together", |b| {
        b.iter(|| {
            let mut batch: [Option<Head<'_>>; DEPTH] = [None; DEPTH];
            let mut heads = connection.heads(black_box(&reads[next()]), &arena);
            for (head, place) in heads.by_ref().zip(&mut batch) {
                *place = head.ok();
            }
            assert!(black_box(&batch).iter().all(Option::is_some));
            arena.reset();
        });
    });
    group.finish();
}

/// What it costs to keep a head: a copy in a pooled slot, and a look into it.
fn keeping(c: &mut Criterion) {
    let limits = Limits::default();
    let arena = Arena::new(DISTINCT * limits.arena_bytes()).expect("an arena");
    let pool = BufferPool::builder()
        .class(1024, 1)
        .build()
        .expect("a pool");
    let requests: Vec<Vec<u8>> = (0..DISTINCT).map(browser).collect();
    let heads = requests.iter().map(|bytes| {
        let head = Connection::new(limits).parse_head(bytes, &arena);
        head.expect("good").expect("whole")
    });
    let heads: Vec<Head<'_>> = heads.collect();
    let mut turn = 0;
    let mut next = || {
        turn = (turn + 1) % DISTINCT;
        turn
    };
    let mut group = c.benchmark_group("browser 703 B, kept");
    group.bench_function("to owned, and dropped", |b| {
        b.iter(|| black_box(heads[next()].to_owned_in(&pool)).is_ok());
    });
    let owned = heads[0].to_owned_in(&pool).expect("a slot");
    group.bench_function("owned as head", |b| {
        b.iter(|| black_box(&owned).as_head().head_len())
    });
    group.finish();
}

fn dribble(c: &mut Criterion) {
    let groups: [(&str, Make); 2] = [("browser 703 B", browser), ("30 headers 4.3 KB", proxied)];
    let limits = Limits::default();
    let mut connection = Connection::new(limits);
    let mut arena = Arena::new(limits.arena_bytes()).expect("an arena");
    for (name, make) in groups {
        let requests: Vec<Vec<u8>> = (0..DISTINCT).map(make).collect();
        let mut turn = 0;
        c.bench_function(&format!("{name}/1 B a read"), |b| {
            b.iter(|| {
                turn = (turn + 1) % DISTINCT;
                arena.reset();
                in_steps(&mut connection, &arena, &requests[turn], 1)
            });
        });
    }
    long_head(c);
}

/// Hands over `step` bytes more each time until the head is there.
fn in_steps(connection: &mut Connection, arena: &Arena, head: &[u8], step: usize) -> usize {
    let mut seen = 0;
    loop {
        seen = (seen + step).min(head.len());
        match connection.parse_head(black_box(&head[..seen]), arena) {
            Ok(Some(head)) => return black_box(head.head_len()),
            Ok(None) => {}
            Err(_) => unreachable!("the head is good"),
        }
    }
}

fn long_head(c: &mut Criterion) {
    let mut head = b"GET / HTTP/1.1\r\nHost: a\r\n".to_vec();
    while head.len() < 8100 {
        head.extend(format!("X-Field-{}: {}\r\n", head.len(), "v".repeat(110)).bytes());
    }
    head.extend(b"\r\n");
    let limits = Limits::default();
    let mut connection = Connection::new(limits);
    let mut arena = Arena::new(limits.arena_bytes()).expect("an arena");
    let mut group = c.benchmark_group("8 KiB head");
    for step in [head.len(), 536, 1] {
        group.bench_function(format!("{step} B a read"), |b| {
            b.iter(|| {
                arena.reset();
                in_steps(&mut connection, &arena, &head, step)
            });
        });
    }
    group.finish();
}

fn response(c: &mut Criterion) {
    let mut room = [0u8; 512];
    let fields: [(&str, &[u8]); 3] = [
        ("content-type", b"application/json"),
        ("cache-control", b"no-store"),
        ("x-request-id", b"0123456789abcdef0123456789abcdef"),
    ];
    c.bench_function("response head", |b| {
        b.iter(|| {
            let head = ResponseHead::new(200).fields(black_box(&fields));
            let head = head.body(ResponseBody::Length(black_box(1234)));
            head.encode(&mut room.as_mut_slice())
        });
    });
}

criterion_group!(benches, requests, pipelined, keeping, dribble, response);
criterion_main!(benches);
