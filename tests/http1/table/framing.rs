//! `Content-Length` and `Transfer-Encoding`.

use super::Table;

pub(crate) const TABLE: Table = Table {
    prefix: b"POST / HTTP/1.1\r\nHost: a\r\n",
    suffix: b"",
    rows: &[
        (
            "C1",
            b"Content-Length: 5\r\n\r\nhello",
            "length 5 keep body=hello",
        ),
        (
            "C1",
            b"Content-Length: 005\r\n\r\nhello",
            "length 5 keep body=hello",
        ),
        (
            "C1",
            b"Content-Length: 00000000000000000000000000005\r\n\r\nhello",
            "length 5 keep body=hello",
        ),
        ("C1", b"Content-Length: 0\r\n\r\n", "length 0 keep"),
        (
            "C2",
            b"Content-Length: +5\r\n\r\nhello",
            "400 ContentLength @42",
        ),
        (
            "C2",
            b"Content-Length: -5\r\n\r\nhello",
            "400 ContentLength @42",
        ),
        ("C2", b"Content-Length: -0\r\n\r\n", "400 ContentLength @42"),
        (
            "C2",
            b"Content-Length: 0x5\r\n\r\nhello",
            "400 ContentLength @43",
        ),
        (
            "C2",
            b"Content-Length: 0o5\r\n\r\nhello",
            "400 ContentLength @43",
        ),
        (
            "C2",
            b"Content-Length: 1_0\r\n\r\nhello",
            "400 ContentLength @43",
        ),
        (
            "C2",
            b"Content-Length: 1 0\r\n\r\nhello",
            "400 ContentLength @43",
        ),
        (
            "C2",
            b"Content-Length: 5;\r\n\r\nhello",
            "400 ContentLength @43",
        ),
        (
            "C2",
            b"Content-Length: 1Z\r\n\r\nhello",
            "400 ContentLength @43",
        ),
        (
            "C2",
            b"Content-Length: 5.0\r\n\r\nhello",
            "400 ContentLength @43",
        ),
        (
            "C2",
            b"Content-Length: \"5\"\r\n\r\nhello",
            "400 ContentLength @42",
        ),
        (
            "C2",
            b"Content-Length: \xa05\r\n\r\nhello",
            "400 ContentLength @42",
        ),
        (
            "C2",
            b"Content-Length: 5\x85\r\n\r\nhello",
            "400 ContentLength @43",
        ),
        (
            "C2",
            b"Content-Length: \x0b5\r\n\r\nhello",
            "400 FieldValue @42",
        ),
        (
            "C2",
            b"Content-Length: 5\x0c\r\n\r\nhello",
            "400 FieldValue @43",
        ),
        ("C3", b"Content-Length:\r\n\r\n", "400 ContentLength @41"),
        ("C3", b"Content-Length: \t\r\n\r\n", "400 ContentLength @43"),
        (
            "C4",
            b"Content-Length: 9223372036854775808\r\n\r\n",
            "400 ContentLength @60",
        ),
        (
            "C4",
            b"Content-Length: 18446744073709551621\r\n\r\n",
            "400 ContentLength @61",
        ),
        (
            "C4",
            b"Content-Length: 99999999999999999999999999\r\n\r\n",
            "400 ContentLength @60",
        ),
        (
            "C5",
            b"Content-Length: 1048577\r\n\r\n",
            "413 BodyTooLarge @42",
        ),
        (
            "C5",
            b"Content-Length: 9223372036854775807\r\n\r\n",
            "413 BodyTooLarge @42",
        ),
        (
            "C6",
            b"Content-Length: 5\r\nContent-Length: 5\r\n\r\nhello",
            "400 ContentLengthRepeated @45",
        ),
        (
            "C6",
            b"Content-Length: 5, 5\r\n\r\nhello",
            "400 ContentLength @43",
        ),
        (
            "C6",
            b"Content-Length: 5,5\r\n\r\nhello",
            "400 ContentLength @43",
        ),
        (
            "C7",
            b"Content-Length: 5\r\nContent-Length: 6\r\n\r\nhello",
            "400 ContentLengthRepeated @45",
        ),
        (
            "C7",
            b"Content-Length: 0\r\nContent-Length: 5\r\n\r\nhello",
            "400 ContentLengthRepeated @45",
        ),
        (
            "C7",
            b"Content-Length: 5\r\nX: y\r\ncontent-LENGTH: 6\r\n\r\n",
            "400 ContentLengthRepeated @51",
        ),
        ("C10", b"\r\n", "none keep"),
        (
            "T1",
            b"Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
            "chunked keep",
        ),
        (
            "T1",
            b"Transfer-Encoding: ChunKED\r\n\r\n2\r\nhi\r\n0\r\n\r\n",
            "chunked keep body=hi",
        ),
        (
            "T1",
            b"Transfer-Encoding: \tchunked \t\r\n\r\n0\r\n\r\n",
            "chunked keep",
        ),
        (
            "T2",
            b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
            "400 FramingConflict @45",
        ),
        (
            "T2",
            b"Transfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n",
            "400 FramingConflict @26",
        ),
        (
            "T2",
            b"Content-Length: 0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
            "400 FramingConflict @45",
        ),
        (
            "T2",
            b"Content-Length: x\r\nTransfer-Encoding: gzip\r\n\r\n0\r\n\r\n",
            "400 FramingConflict @45",
        ),
        (
            "T4",
            b"Transfer-Encoding: chunked, gzip\r\n\r\n",
            "400 TransferEncoding @54",
        ),
        (
            "T4",
            b"Transfer-Encoding: gzip\r\n\r\n",
            "400 TransferEncoding @45",
        ),
        (
            "T4",
            b"Transfer-Encoding: identity\r\n\r\n",
            "400 TransferEncoding @45",
        ),
        (
            "T4",
            b"Transfer-Encoding: xchunked\r\n\r\n",
            "400 TransferEncoding @45",
        ),
        (
            "T4",
            b"Transfer-Encoding: chunkedx\r\n\r\n",
            "400 TransferEncoding @45",
        ),
        (
            "T4",
            b"Transfer-Encoding: gzip, deflate\r\n\r\n",
            "400 TransferEncoding @45",
        ),
        (
            "T5",
            b"Transfer-Encoding: gzip, chunked\r\n\r\n",
            "501 UnsupportedCoding @45",
        ),
        (
            "T5",
            b"Transfer-Encoding: foo,chunked\r\n\r\n",
            "501 UnsupportedCoding @45",
        ),
        (
            "T5",
            b"Transfer-Encoding: gzip\r\nTransfer-Encoding: chunked\r\n\r\n",
            "501 UnsupportedCoding @45",
        ),
        (
            "T5",
            b"Transfer-Encoding: identity, chunked\r\n\r\n",
            "501 UnsupportedCoding @45",
        ),
        (
            "T6",
            b"Transfer-Encoding: chunked, chunked\r\n\r\n",
            "400 TransferEncoding @54",
        ),
        (
            "T6",
            b"Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n",
            "400 TransferEncoding @73",
        ),
        (
            "T6",
            b"Transfer-Encoding: chunked\r\nTransfer-Encoding: gzip\r\n\r\n",
            "400 TransferEncoding @73",
        ),
        (
            "T7",
            b"Transfer-Encoding:\r\n\r\n",
            "400 TransferEncoding @44",
        ),
        (
            "T7",
            b"Transfer-Encoding: ,chunked\r\n\r\n",
            "400 TransferEncoding @45",
        ),
        (
            "T7",
            b"Transfer-Encoding: chunked,\r\n\r\n",
            "400 TransferEncoding @53",
        ),
        (
            "T7",
            b"Transfer-Encoding: gzip,,chunked\r\n\r\n",
            "400 TransferEncoding @50",
        ),
        (
            "T7",
            b"Transfer-Encoding:\r\nTransfer-Encoding: chunked\r\n\r\n",
            "400 TransferEncoding @44",
        ),
        (
            "T8",
            b"Transfer-Encoding: chunked;x=1\r\n\r\n",
            "400 TransferEncoding @45",
        ),
        (
            "T8",
            b"Transfer-Encoding: gzip;q=1, chunked\r\n\r\n",
            "400 TransferEncoding @45",
        ),
        (
            "T9",
            b"Transfer-Encoding: \x0bchunked\r\n\r\n",
            "400 FieldValue @45",
        ),
        (
            "T9",
            b"Transfer-Encoding: chunked\x0c\r\n\r\n",
            "400 FieldValue @52",
        ),
        (
            "T9",
            b"Transfer-Encoding: chunked\x00\r\n\r\n",
            "400 FieldValue @52",
        ),
        (
            "T9",
            b"Transfer-Encoding: \xa0chunked\r\n\r\n",
            "400 TransferEncoding @45",
        ),
        (
            "T9",
            b"Transfer-Encoding: chunked\xa0\r\n\r\n",
            "400 TransferEncoding @45",
        ),
        (
            "T9",
            b"Transfer-Encoding: \"chunked\"\r\n\r\n",
            "400 TransferEncoding @45",
        ),
        (
            "T9",
            b"Transfer-Encoding: chunked gzip\r\n\r\n",
            "400 TransferEncoding @45",
        ),
        (
            "N9",
            b"Connection: content-length, host\r\nContent-Length: 2\r\n\r\nhi",
            "length 2 keep body=hi",
        ),
        (
            "N9",
            b"Connection: transfer-encoding\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
            "chunked keep",
        ),
        (
            "N6",
            b"Expect: 100-Continue\r\nContent-Length: 2\r\n\r\nhi",
            "length 2 keep 100 body=hi",
        ),
        (
            "N6",
            b"Expect: 100-continue\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
            "chunked keep 100",
        ),
        (
            "N7",
            b"Expect: 100-continue\r\nContent-Length: 0\r\n\r\n",
            "length 0 keep",
        ),
    ],
};
