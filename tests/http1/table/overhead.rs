//! K10's totals over one body: rows on either side of what chunk extensions, and framing that the
//! data does not justify, may come to.

/// A chunk of one byte whose size line is `digits` digits and an extension of `extension` bytes.
fn chunk(digits: usize, extension: usize) -> String {
    let extension = match extension {
        0 => String::new(),
        len => format!(";{}", "e".repeat(len - 1)),
    };
    format!("{:0>digits$}{extension}\r\nx\r\n", 1)
}

fn chunked(chunks: &str) -> Vec<u8> {
    let head = "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n";
    format!("{head}{chunks}0\r\n\r\n").into_bytes()
}

fn accepted(data: usize) -> String {
    format!("chunked keep body={}", "x".repeat(data))
}

pub(crate) fn rows() -> Vec<(&'static str, Vec<u8>, String)> {
    // 16 lines as long as one may be, of which all but a digit is extension; 16 bytes are left.
    let extensions = chunk(1, 1023).repeat(16);
    let refused = extensions.len() + 1 + 16;
    // 1024 bytes of line and 4 of CRLFs a chunk, less the 18 that it justifies: 16 160 in all.
    // Then 2 a chunk of 16 digits: 112 come to 16 KiB. One digit justifies 13 more.
    let framing = chunk(16, 1008).repeat(16);
    let padded = |count| framing.clone() + &chunk(16, 0).repeat(count);
    let justified = padded(112) + &chunk(1, 0);
    vec![
        (
            "K10",
            chunked(&(extensions.clone() + &chunk(1, 16))),
            accepted(17),
        ),
        (
            "K10",
            chunked(&(extensions + &chunk(1, 17))),
            format!("400 ChunkOverhead @{refused}"),
        ),
        ("K10", chunked(&padded(112)), accepted(128)),
        (
            "K10",
            chunked(&padded(113)),
            format!("400 ChunkOverhead @{}", padded(112).len()),
        ),
        (
            "K10",
            chunked(&(justified.clone() + &chunk(16, 0).repeat(6))),
            accepted(135),
        ),
        (
            "K10",
            chunked(&(justified.clone() + &chunk(16, 0).repeat(7))),
            format!("400 ChunkOverhead @{}", justified.len() + 6 * 21),
        ),
    ]
}
