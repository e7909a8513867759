//! Good requests of several sizes, with places in them that can be spoiled.

/// A kind of request.
#[derive(Clone, Copy, Debug)]
pub(super) struct Draft {
    method: &'static str,
    /// Fields that frame the body.
    framing: &'static str,
    body: &'static str,
    /// Bytes of the head, in turn.
    sizes: [usize; 3],
}

const SIZES: [usize; 3] = [360, 703, 4_300];

impl Draft {
    pub(super) const GET: Self = Self {
        method: "GET",
        framing: "",
        body: "",
        sizes: SIZES,
    };
    pub(super) const LENGTH: Self = Self {
        method: "PUT",
        framing: "Content-Length: 05\r\nX-ntent-Length: 05\r\nX-ansfer-Encoding: chunked\r\n\
                  Expect: 100-continue\r\n",
        body: "hello",
        sizes: SIZES,
    };
    pub(super) const CHUNKED: Self = Self {
        method: "PUT",
        framing: "Transfer-Encoding:     chunked\r\n",
        body: "4;a=b\r\nfour\r\n5\r\nlast!\r\n0\r\nXontent-Length: 5\r\n\r\n",
        sizes: SIZES,
    };
    /// Two KiB, spoiled far behind.
    pub(super) const DEEP: Self = Self {
        sizes: [2_048; 3],
        ..Self::GET
    };

    /// The request with this number. Sizes come in turn, and the field to spoil stands before all
    /// others, in their middle, or behind them.
    pub(super) fn request(self, number: usize) -> Vec<u8> {
        let Self {
            method,
            framing,
            body,
            sizes,
        } = self;
        let start = format!(
            "{method} /items/{number:04}?page={number} HTTP/1.1\r\n\
             Host: www{number}.example.com\r\n\
             Xost: www{number}.example.com\r\n{framing}"
        );
        let mark = format!("X-Mark: {number:02}-mark-end\r\n");
        let len = sizes[number % 3];
        let mut fields = Vec::new();
        let mut left = len - start.len() - mark.len() - "\r\n".len();
        while left > 0 {
            let field = filler(fields.len() + number, left);
            left -= field.len();
            fields.push(field);
        }
        let place = match number / 3 % 3 {
            0 => 0,
            1 => fields.len() / 2,
            _ => fields.len(),
        };
        fields.insert(place, mark);
        let request = start + &fields.concat() + "\r\n";
        assert_eq!(request.len(), len, "a head of its size");
        (request + body).into_bytes()
    }
}

/// A field of 40 to 260 bytes that leaves nothing, or enough for another.
fn filler(number: usize, left: usize) -> String {
    const NAMES: [&str; 8] = [
        "Accept",
        "Accept-Language",
        "Cache-Control",
        "Cookie",
        "Sec-Fetch-Mode",
        "X-Request-Id",
        "X-Forwarded-For",
        "X-Mesh-Attribute",
    ];
    let name = NAMES[number % NAMES.len()];
    let wanted = 40 + number * 67 % 220;
    let len = if left < wanted + 30 { left } else { wanted };
    let value = "abcdefghijklmnopqrstuvwxyz;q=0.9".chars().cycle();
    let value: String = value.skip(number % 7).take(len - name.len() - 4).collect();
    format!("{name}: {value}\r\n")
}

/// Puts `new` in the place of the first `old` in `bytes`.
pub(super) fn put(bytes: &mut [u8], old: &[u8], new: &[u8]) {
    assert_eq!(old.len(), new.len(), "the same size");
    let at = bytes.windows(old.len()).position(|window| window == old);
    let at = at.expect("what is to be spoiled");
    bytes[at..at + new.len()].copy_from_slice(new);
}
