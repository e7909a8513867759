//! The ways in which an input is bad, each made of a good one of the same size.

use super::draft::{Draft, put};
use super::pair::{As, BOUNDARY, INCOMPLETE, Pair};

/// One way.
pub(super) struct Class {
    pub(super) name: &'static str,
    /// The status of the answer to a bad one.
    pub(super) status: u16,
    pub(super) how: As,
    pub(super) pair: Make,
}

/// Makes the pair with a number.
pub(super) enum Make {
    /// Bytes of a good request are put in the place of others.
    Spoil(Draft, Spoil),
    Both(fn(usize) -> Pair),
}

type Spoil = fn(&mut Vec<u8>);

impl Class {
    pub(super) fn pair(&self, number: usize) -> Pair {
        match self.pair {
            Make::Both(make) => make(number),
            Make::Spoil(draft, spoil) => {
                let good = draft.request(number);
                let mut bad = good.clone();
                spoil(&mut bad);
                Pair { good, bad }
            }
        }
    }
}

const fn head(name: &'static str, status: u16, spoil: Spoil) -> Class {
    spoiled(name, status, Draft::GET, spoil)
}

const fn spoiled(name: &'static str, status: u16, draft: Draft, spoil: Spoil) -> Class {
    Class {
        name,
        status,
        how: As::Request,
        pair: Make::Spoil(draft, spoil),
    }
}

const fn both(name: &'static str, status: u16, how: As, make: fn(usize) -> Pair) -> Class {
    Class {
        name,
        status,
        how,
        pair: Make::Both(make),
    }
}

const fn in_reads(name: &'static str, step: usize, draft: Draft) -> Class {
    Class {
        name,
        status: 400,
        how: As::Head(step),
        pair: Make::Spoil(draft, |b| put(b, b"mark-end", b"mark-e\0d")),
    }
}

/// All of them.
pub(super) fn all() -> Vec<Class> {
    let mut all = Vec::new();
    all.extend(START_LINES);
    all.extend(FIELDS);
    all.extend(JUDGED);
    all.extend(LIMITS);
    all.extend(BODIES);
    all.extend(SLOW);
    all.extend(FORMS);
    all
}

const START_LINES: [Class; 8] = [
    head("method: no token", 400, |b| put(b, b"GET /", b"G(T /")),
    head("method: 33 bytes", 501, |b| b[..33].fill(b'A')),
    head("target: a control", 400, |b| put(b, b"?page", b"?p\x01ge")),
    head("target: of no form", 400, |b| put(b, b"GET /", b"GET x")),
    head("two spaces", 400, |b| put(b, b"GET /i", b"GET  i")),
    head("version: malformed", 400, |b| {
        put(b, b"HTTP/1.1", b"HTTP/1.x");
    }),
    head("version: 2.0", 505, |b| put(b, b"HTTP/1.1", b"HTTP/2.0")),
    head("line end: LF behind the version", 400, |b| {
        put(b, b"HTTP/1.1\r\n", b"HTTP/1.1\n\n");
    }),
];

const FIELDS: [Class; 11] = [
    head("line end: LF", 400, |b| {
        put(b, b"mark-end\r\n", b"mark-endv\n");
    }),
    head("line end: CR", 400, |b| {
        put(b, b"mark-end\r\n", b"mark-end\rv");
    }),
    head("line end: CR CR LF", 400, |b| {
        put(b, b"mark-end\r\n", b"mark-en\r\r\n");
    }),
    head("a run of CR", 400, |b| {
        put(b, b"mark-end\r\n", b"\r\r\r\r\r\r\r\r\r\r");
    }),
    head("folded line", 400, |b| put(b, b"X-Mark", b" -Mark")),
    head("space before the colon", 400, |b| {
        put(b, b"X-Mark:", b"X-Mar :");
    }),
    head("no colon", 400, |b| put(b, b"X-Mark:", b"X-Mark-")),
    head("NUL in a name", 400, |b| put(b, b"X-Mark", b"X-\0ark")),
    head("obs-text in a name", 400, |b| {
        put(b, b"X-Mark", b"X-\xe4ark");
    }),
    head("NUL in a value", 400, |b| put(b, b"mark-end", b"mark-e\0d")),
    head("DEL in a value", 400, |b| {
        put(b, b"mark-end", b"mark-e\x7fd");
    }),
];

const JUDGED: [Class; 9] = [
    head("host: missing", 400, |b| put(b, b"\r\nHost", b"\r\nHosu")),
    head("host: twice", 400, |b| put(b, b"\r\nXost", b"\r\nHost")),
    head("host: malformed", 400, |b| {
        put(b, b"\nHost: www", b"\nHost: w@w");
    }),
    spoiled("length: +5", 400, Draft::LENGTH, |b| {
        put(b, b"\nContent-Length: 05", b"\nContent-Length: +5");
    }),
    spoiled("length: twice", 400, Draft::LENGTH, |b| {
        put(b, b"X-ntent-Length", b"Content-Length");
    }),
    spoiled("length beside coding", 400, Draft::LENGTH, |b| {
        put(b, b"X-ansfer-Encoding", b"Transfer-Encoding");
    }),
    spoiled("coding: malformed", 400, Draft::CHUNKED, |b| {
        put(b, b"    chunked", b"chunked;x=1");
    }),
    spoiled("coding: another first", 501, Draft::CHUNKED, |b| {
        put(b, b"    chunked", b"gz, chunked");
    }),
    spoiled("expectation", 417, Draft::LENGTH, |b| {
        put(b, b"100-continue", b"200-continue");
    }),
];

const LIMITS: [Class; 5] = [
    both("129 fields", 431, As::Request, |number| {
        let start = format!("GET /{number} HTTP/1.1\r\nHost: a\r\n");
        let bad = start + &"Ab: cd\r\n".repeat(128) + "\r\n";
        let mut good = bad.clone().into_bytes();
        put(&mut good, b"cd\r\nAb: cd\r\n\r\n", b"cd--Ab: cd\r\n\r\n");
        Pair {
            good,
            bad: bad.into(),
        }
    }),
    both("line of 16 385 bytes", 431, As::Request, |number| {
        let start = format!("GET /{number} HTTP/1.1\r\nHost: a\r\nAb: ");
        let bad = start + &"v".repeat(16_381) + "\r\n\r\n";
        let mut good = bad.clone().into_bytes();
        good[8_000..8_006].copy_from_slice(b"\r\nAb: ");
        Pair {
            good,
            bad: bad.into(),
        }
    }),
    both("target of 8 193 bytes", 414, As::Request, |number| {
        let of = |target: usize, rest: usize| {
            let start = format!("GET /{number:06}{}", "t".repeat(target - 7));
            let end = format!(" HTTP/1.1\r\nHost: a\r\nAb: {}\r\n\r\n", "v".repeat(rest));
            (start + &end).into_bytes()
        };
        Pair {
            good: of(8_192, 2),
            bad: of(8_193, 1),
        }
    }),
    // The good one is a byte shorter.
    both("head of 32 769 bytes", 431, As::Request, |number| {
        let of = |len: usize| {
            let mut head = format!("GET /{number} HTTP/1.1\r\nHost: a\r\n").into_bytes();
            while len - head.len() > 2_000 {
                head.extend(format!("Ab: {}\r\n", "v".repeat(1_000)).bytes());
            }
            let left = len - head.len() - 8;
            head.extend(format!("Ab: {}\r\n\r\n", "v".repeat(left)).bytes());
            head
        };
        Pair {
            good: of(32_768),
            bad: of(32_769),
        }
    }),
    // The bad one is a byte shorter.
    both(
        "cut before the last byte",
        INCOMPLETE,
        As::Request,
        |number| {
            let good = Draft::GET.request(number);
            let bad = good[..good.len() - 1].to_vec();
            Pair { good, bad }
        },
    ),
];

const BODIES: [Class; 7] = [
    spoiled("chunk: no size", 400, Draft::CHUNKED, |b| {
        put(b, b"\r\n5\r\nlast", b"\r\ng\r\nlast");
    }),
    spoiled("chunk: more than its size", 400, Draft::CHUNKED, |b| {
        put(b, b"last!\r\n", b"last!\rx");
    }),
    spoiled("chunk: LF behind the size", 400, Draft::CHUNKED, |b| {
        put(b, b"\r\n5\r\nlast", b"\r\n5\n\nlast");
    }),
    spoiled("chunk: extension", 400, Draft::CHUNKED, |b| {
        put(b, b"4;a=b\r\n", b"4;a==\r\n");
    }),
    both("chunk: 16 KiB of extensions", 400, As::Request, |number| {
        let head = chunked_head(number);
        let bad = head.clone() + &format!("1;{}\r\nd\r\n", "e".repeat(500)).repeat(40);
        padded(head, &format!("1f4\r\n{}\r\n", "d".repeat(500)), bad)
    }),
    // No worse than chunks of 16 bytes.
    both("chunk: a byte each", 200, As::Request, |number| {
        let head = chunked_head(number);
        let bad = head.clone() + &"1\r\nd\r\n".repeat(2_700) + "0\r\n\r\n";
        padded(head, &format!("10\r\n{}\r\n", "d".repeat(16)), bad)
    }),
    spoiled("trailer: forbidden", 400, Draft::CHUNKED, |b| {
        put(b, b"Xontent-Length", b"Content-Length");
    }),
];

const SLOW: [Class; 4] = [
    in_reads("NUL in a value, 536 bytes a read", 536, Draft::GET),
    in_reads("NUL in a value, 7 bytes a read", 7, Draft::GET),
    in_reads("NUL in a value, a byte a read", 1, Draft::GET),
    in_reads("NUL at the end of 2 KiB, a byte a read", 1, Draft::DEEP),
];

const FORMS: [Class; 4] = [
    both("form: text behind the boundary", 400, As::Form, |number| {
        let good = form(&text(number));
        let mut bad = good.clone();
        let at = bad.len() - 4;
        bad[at..].copy_from_slice(b"xx\r\n");
        Pair { good, bad }
    }),
    both("form: NUL in a part's head", 400, As::Form, |number| {
        let good = form(&text(number));
        let mut bad = good.clone();
        put(&mut bad, b"name=\"file", b"name=\"\0ile");
        Pair { good, bad }
    }),
    // These two are no worse than text, and cost more.
    both("form: a run of CR", 200, As::Form, |number| {
        let data = text(number);
        let bad = form(&vec![b'\r'; data.len()]);
        Pair {
            good: form(&data),
            bad,
        }
    }),
    both("form: nearly boundaries", 200, As::Form, |number| {
        let data = text(number);
        let nearly = [b"\r\n--", &BOUNDARY[..BOUNDARY.len() - 1]].concat();
        let bad: Vec<u8> = nearly.iter().copied().cycle().take(data.len()).collect();
        Pair {
            good: form(&data),
            bad: form(&bad),
        }
    }),
];

/// 16 KiB of lines.
fn text(number: usize) -> Vec<u8> {
    let line = format!("{number:04} the quick brown fox jumps over the lazy dog, and again\r\n");
    line.bytes().cycle().take(16 * 1024).collect()
}

fn form(data: &[u8]) -> Vec<u8> {
    let head = b"\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a\"\r\n\r\n";
    [b"--", BOUNDARY, head, data, b"\r\n--", BOUNDARY, b"--\r\n"].concat()
}

fn chunked_head(number: usize) -> String {
    format!("POST /{number} HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n")
}

/// Beside `bad`, the request with this head whose body is of such chunks, but the last of it,
/// which is as long as it has to be.
fn padded(head: String, chunk: &str, bad: String) -> Pair {
    let mut good = head;
    while bad.len() - good.len() > chunk.len() + 64 {
        good += chunk;
    }
    let last = bad.len() - good.len() - b"000\r\n\r\n0\r\n\r\n".len();
    good += &format!("{last:03x}\r\n{}\r\n0\r\n\r\n", "d".repeat(last));
    assert_eq!(good.len(), bad.len(), "the same size");
    Pair {
        good: good.into(),
        bad: bad.into(),
    }
}
