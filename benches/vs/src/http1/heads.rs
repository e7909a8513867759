//! The heads: each number gives another.

/// Some 40 bytes.
pub(super) fn minimal(number: usize) -> Vec<u8> {
    format!("GET /{number:02} HTTP/1.1\r\nHost: example.com\r\n\r\n").into_bytes()
}

/// What a browser sends, some 700 bytes.
pub(super) fn browser(number: usize) -> Vec<u8> {
    format!(
        "GET /articles/2026/11/low-latency?page={number}&ref=home HTTP/1.1\r\n\
         Host: www{number}.example.com\r\n\
         Connection: keep-alive\r\n\
         Cache-Control: max-age=0\r\n\
         Upgrade-Insecure-Requests: 1\r\n\
         User-Agent: Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) \
         Chrome/14{}.0.0.0 Safari/537.36\r\n\
         Accept: text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,\
         */*;q=0.8\r\n\
         Sec-Fetch-Site: same-origin\r\n\
         Sec-Fetch-Mode: navigate\r\n\
         Sec-Fetch-Dest: document\r\n\
         Referer: https://www{number}.example.com/home\r\n\
         Accept-Encoding: gzip, deflate, br, zstd\r\n\
         Accept-Language: en-GB,en;q=0.9,de;q=0.8\r\n\
         Cookie: session={number:032x}; theme=dark; consent=all\r\n\r\n",
        number % 10,
    )
    .into_bytes()
}

/// A form's head, 307 bytes; of a form without a field, so that the next head may follow at once.
pub(super) fn post(number: usize) -> Vec<u8> {
    format!(
        "POST /api/v1/orders/{number:02} HTTP/1.1\r\n\
         Host: shop.example.com\r\n\
         User-Agent: orders/2.7.1 (linux; x86_64)\r\n\
         Accept: application/json\r\n\
         Content-Type: application/x-www-form-urlencoded\r\n\
         Authorization: Bearer {number:056x}\r\n\
         X-Request-Id: {number:016x}\r\n\
         Content-Length: 0\r\n\r\n"
    )
    .into_bytes()
}

/// What a browser sends on a connection that it keeps: other targets, the same fields.
pub(super) fn again(number: usize) -> Vec<u8> {
    let first = browser(0);
    let line = first.iter().position(|&byte| byte == b'\r');
    let fields = &first[line.expect("a line")..];
    let target = format!("GET /articles/2026/11/low-latency?page={number}&ref=home HTTP/1.1");
    [target.as_bytes(), fields].concat()
}

/// Names of the sender's own and values of 120 bytes: some 4.3 KB.
pub(super) fn thirty(number: usize) -> Vec<u8> {
    let mut head = format!("GET /api/{number} HTTP/1.1\r\nHost: api{number}.example.com\r\n");
    for field in 0..29 {
        let value = format!("{:08x}", number * 31 + field).repeat(15);
        head.push_str(&format!("X-Custom-Field-{field:02}: {value}\r\n"));
    }
    head.push_str("\r\n");
    head.into_bytes()
}
