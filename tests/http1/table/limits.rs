//! Rows on either side of each limit, under limits small enough to reach: 4 fields, 256 bytes
//! of head, 128 a line, 64 of target, 64 of trailers, 16 of body.

use shorttail::http1::Limits;

type Row = (&'static str, Vec<u8>, &'static str);

fn get(target_len: usize, fields: &str) -> Vec<u8> {
    let target = "/".repeat(target_len);
    format!("GET {target} HTTP/1.1\r\nHost: a\r\n{fields}\r\n").into_bytes()
}

fn chunked(body: &str) -> Vec<u8> {
    let head = "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n";
    format!("{head}{body}").into_bytes()
}

fn field(name: &str, line_len: usize) -> String {
    format!("{name}: {}\r\n", "v".repeat(line_len - name.len() - 2))
}

const FOUR: &str = "A: 1\r\nB: 2\r\nC: 3\r\nD: 4\r\n";

pub(crate) fn limits() -> Limits {
    let limits = Limits::builder().fields(4).target(64).line(128).head(256);
    limits.trailers(64).body(16).build().expect("limits")
}

pub(crate) fn rows() -> Vec<Row> {
    let mut rows = heads();
    rows.extend(bodies());
    rows
}

fn heads() -> Vec<Row> {
    let three = &FOUR[..18];
    let mut endless = get(1, "");
    endless.truncate(4);
    endless.extend([b'/'; 100]);
    // 25 bytes stand before the fields of `get(1, …)` and 2 after them.
    let fill = |len: usize| field("A", 128) + &field("B", len - 27 - 130 - 2);
    vec![
        ("R15", get(64, ""), "none keep"),
        ("R15", get(65, ""), "414 TargetTooLong @68"),
        ("R15", endless, "414 TargetTooLong @68"),
        ("H10", get(1, three), "none keep"),
        ("H10", get(1, FOUR), "431 TooManyFields @43"),
        ("H10", get(1, &field("A", 128)), "none keep"),
        ("H10", get(1, &field("A", 129)), "431 LineTooLong @153"),
        ("H10", get(1, &"n".repeat(129)), "431 LineTooLong @153"),
        ("H10", get(1, &fill(256)), "none keep"),
        ("H10", get(1, &fill(257)), "431 HeadTooLarge @256"),
        (
            "H10",
            [b"\r\n".as_slice(), &get(1, &fill(255))].concat(),
            "431 HeadTooLarge @256",
        ),
        (
            "H10",
            [b"\r\n".as_slice(), &get(1, &fill(254))].concat(),
            "none keep",
        ),
        (
            "C5",
            get(1, "Content-Length: 17\r\n"),
            "413 BodyTooLarge @41",
        ),
    ]
}

fn bodies() -> Vec<Row> {
    vec![
        (
            "K5",
            chunked("10\r\n0123456789abcdef\r\n0\r\n\r\n"),
            "chunked keep body=0123456789abcdef",
        ),
        (
            "K5",
            chunked("11\r\n0123456789abcdefg\r\n0\r\n\r\n"),
            "413 TooLarge @0",
        ),
        (
            "K5",
            chunked("f\r\n0123456789abcde\r\n2\r\nxx\r\n0\r\n\r\n"),
            "413 TooLarge @20",
        ),
        (
            "K10",
            chunked(&format!("1;{}\r\n", "x".repeat(1023))),
            "400 ChunkLineTooLong @1024",
        ),
        (
            "K10",
            chunked(&format!("1;{}\r\n", "x".repeat(1022))),
            "partial body",
        ),
        (
            "L3",
            chunked(&format!("0\r\n{}\r\n", field("A", 60))),
            "chunked keep trailers|A=vvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvv",
        ),
        (
            "L3",
            chunked(&format!("0\r\n{}\r\n", field("A", 61))),
            "431 TrailersTooLarge @67",
        ),
        (
            "L3",
            chunked(&format!("0\r\n{FOUR}\r\n")),
            "chunked keep trailers|A=1|B=2|C=3|D=4",
        ),
        (
            "L3",
            chunked(&format!("0\r\n{FOUR}E: 5\r\n\r\n")),
            "431 TrailersTooLarge @27",
        ),
    ]
}
