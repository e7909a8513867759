//! Rows that a rule changes: id, the rule, input, the verdict without it, the verdict with it.

use shorttail::http1::{
    Lenient::{self, *},
    LimitsBuilder,
    Strict::{self, *},
};

/// A rule relaxed or added.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Rule {
    Allow(Lenient),
    Refuse(Strict),
}

impl Rule {
    pub(crate) fn set(self, builder: LimitsBuilder) -> LimitsBuilder {
        match self {
            Self::Allow(rule) => builder.allow(rule),
            Self::Refuse(rule) => builder.refuse(rule),
        }
    }
}

pub(crate) const ROWS: &[(&str, Rule, &[u8], &str, &str)] = &[
    (
        "G2",
        Rule::Allow(BareLf),
        b"\nGET / HTTP/1.1\r\nHost: a\r\n\r\n",
        "400 BlankLines @0",
        "400 BlankLines @0",
    ),
    (
        "R20",
        Rule::Allow(BareLf),
        b"GET /a HTTP/1.1\nHost: a\r\n\r\n",
        "400 LineEnd @15",
        "none keep",
    ),
    (
        "R20",
        Rule::Allow(BareLf),
        b"GET / HTTP/1.1\rHost: a\r\n\r\n",
        "400 LineEnd @15",
        "400 LineEnd @15",
    ),
    (
        "H9",
        Rule::Allow(BareLf),
        b"POST / HTTP/1.1\r\nHost: a\nContent-Length:\t2 \nX:\n\nok",
        "400 LineEnd @24",
        "length 2 keep body=ok",
    ),
    (
        "H9",
        Rule::Allow(BareLf),
        b"GET / HTTP/1.1\r\nHost: a\r\r\n\r\n",
        "400 LineEnd @24",
        "400 LineEnd @24",
    ),
    (
        "H2",
        Rule::Allow(BareLf),
        b"GET / HTTP/1.1\nHost: a\n b\n\n",
        "400 LineEnd @14",
        "400 Fold @23",
    ),
    (
        "K11",
        Rule::Allow(BareLf),
        b"POST / HTTP/1.1\nHost: a\nTransfer-Encoding: chunked\n\n5\nhello\r\n0\r\n\r\n",
        "400 LineEnd @15",
        "400 ChunkLineEnd @1",
    ),
    (
        "L1",
        Rule::Allow(BareLf),
        b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\nA: b\n\r\n",
        "400 Trailer @7",
        "400 Trailer @7",
    ),
    (
        "R1",
        Rule::Allow(ManySpaces),
        b"GET   /a  HTTP/1.0\r\nX: y\r\n\r\n",
        "400 Target @4",
        "none close",
    ),
    (
        "R1",
        Rule::Allow(ManySpaces),
        b"GET / \tHTTP/1.1\r\nHost: a\r\n\r\n",
        "400 Version @6",
        "400 Version @6",
    ),
    (
        "R1",
        Rule::Allow(ManySpaces),
        b"GET / HTTP/1.1 \r\nHost: a\r\n\r\n",
        "400 Version @14",
        "400 Version @14",
    ),
    (
        "R11",
        Rule::Allow(Utf8Target),
        b"GET /\xc3\xa4?\xe2\x82\xac HTTP/1.1\r\nHost: a\r\n\r\n",
        "400 Target @5",
        "none keep odd",
    ),
    (
        "R11",
        Rule::Allow(Utf8Target),
        b"GET /\xc3\xa4\xff/ HTTP/1.1\r\nHost: a\r\n\r\n",
        "400 Target @5",
        "400 Target @7",
    ),
    (
        "R10",
        Rule::Allow(Utf8Target),
        b"GET /\xc3\xa4#b HTTP/1.1\r\nHost: a\r\n\r\n",
        "400 Target @5",
        "400 Target @7",
    ),
    (
        "R17",
        Rule::Allow(Utf8Target),
        b"GET /\xc3\xa4 HTTP/1.7\r\nHost: a\r\n\r\n",
        "400 Target @5",
        "none keep odd",
    ),
    (
        "C6",
        Rule::Allow(EqualLengths),
        b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 2, 2\r\nContent-Length: 02\r\n\r\nok",
        "400 ContentLengthRepeated @48",
        "length 2 keep again=content-length body=ok",
    ),
    (
        "C7",
        Rule::Allow(EqualLengths),
        b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\n",
        "400 ContentLengthRepeated @45",
        "400 ContentLengthRepeated @61",
    ),
    (
        "C3",
        Rule::Allow(EqualLengths),
        b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 2,\r\n\r\n",
        "400 ContentLength @43",
        "400 ContentLength @44",
    ),
    (
        "C5",
        Rule::Allow(EqualLengths),
        b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 9999999\r\n\r\n",
        "413 BodyTooLarge @42",
        "413 BodyTooLarge @42",
    ),
    (
        "T2",
        Rule::Allow(EqualLengths),
        b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n",
        "400 FramingConflict @45",
        "400 FramingConflict @45",
    ),
    (
        "K7",
        Rule::Allow(ChunkSizeSpace),
        b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n\
          2 \t\r\nok\r\n1;a \r\n!\r\n0;a=\"b\" \r\n\r\n",
        "400 ChunkExtension @3",
        "chunked keep body=ok!",
    ),
    (
        "K11",
        Rule::Allow(ChunkSizeSpace),
        b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n2 \nok\r\n0\r\n\r\n",
        "400 ChunkExtension @2",
        "400 ChunkExtension @2",
    ),
    (
        "O4",
        Rule::Allow(EmptyHost),
        b"GET / HTTP/1.1\r\nHost:\r\n\r\n",
        "400 Host @21",
        "none keep",
    ),
    (
        "O3",
        Rule::Allow(EmptyHost),
        b"GET / HTTP/1.1\r\nHost: :80\r\n\r\n",
        "400 Host @22",
        "400 Host @22",
    ),
    (
        "O1",
        Rule::Allow(EmptyHost),
        b"GET / HTTP/1.1\r\n\r\n",
        "400 HostMissing @18",
        "400 HostMissing @18",
    ),
    (
        "T5",
        Rule::Allow(OtherCodings),
        b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
        "501 UnsupportedCoding @45",
        "chunked keep",
    ),
    (
        "T4",
        Rule::Allow(OtherCodings),
        b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked, gzip\r\n\r\n0\r\n\r\n",
        "400 TransferEncoding @54",
        "400 TransferEncoding @54",
    ),
    (
        "N8",
        Rule::Allow(OtherExpectations),
        b"POST / HTTP/1.1\r\nHost: a\r\nExpect: x, 100-continue\r\nContent-Length: 1\r\n\r\n!",
        "417 Expectation @34",
        "length 1 keep 100 body=!",
    ),
    (
        "R9",
        Rule::Refuse(OtherHost),
        b"GET http://b/ HTTP/1.1\r\nHost: a\r\n\r\n",
        "none keep",
        "400 Host @30",
    ),
    (
        "R9",
        Rule::Refuse(OtherHost),
        b"GET http://A:80/ HTTP/1.1\r\nHost: a:80\r\n\r\n",
        "none keep",
        "none keep",
    ),
    (
        "R9",
        Rule::Refuse(OtherHost),
        b"CONNECT b:1 HTTP/1.1\r\nHost: a:1\r\n\r\n",
        "none keep",
        "400 Host @28",
    ),
    (
        "R12",
        Rule::Refuse(OddTarget),
        b"GET /?{ HTTP/1.1\r\nHost: a\r\n\r\n",
        "none keep odd",
        "400 Target @6",
    ),
    (
        "H11",
        Rule::Refuse(Underscore),
        b"GET / HTTP/1.1\r\nHost: a\r\nX_Y: z\r\n\r\n",
        "none keep",
        "400 FieldName @26",
    ),
    (
        "H13",
        Rule::Refuse(Repeated),
        b"GET / HTTP/1.1\r\nContent-Type: a\r\nHost: a\r\ncontent-type: a\r\n\r\n",
        "none keep again=content-type",
        "400 FieldRepeated @42",
    ),
    (
        "N9",
        Rule::Refuse(ConnectionOption),
        b"POST / HTTP/1.1\r\nHost: a\r\nConnection: close, Content-LENGTH\r\n\
          Content-Length: 2\r\n\r\nok",
        "length 2 close body=ok",
        "400 ConnectionOption @45",
    ),
    (
        "N9",
        Rule::Refuse(ConnectionOption),
        b"GET / HTTP/1.1\r\nHost: a\r\nConnection: x\r\nConnection:\thost\r\n\r\n",
        "none keep again=connection",
        "400 ConnectionOption @52",
    ),
    (
        "N9",
        Rule::Refuse(ConnectionOption),
        b"POST / HTTP/1.1\r\nHost: a\r\nConnection: transfer-encoding\r\n\
          Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        "chunked keep",
        "400 ConnectionOption @38",
    ),
    (
        "N9",
        Rule::Refuse(ConnectionOption),
        b"GET / HTTP/1.1\r\nHost: a\r\nConnection: x-host, hosts, te, close\r\n\r\n",
        "none close",
        "none close",
    ),
    (
        "H13",
        Rule::Refuse(Repeated),
        b"GET / HTTP/1.1\r\nHost: a\r\nSec-WebSocket-Key: a\r\nSec-WebSocket-Key: a\r\n\r\n",
        "none keep again=sec-websocket-key",
        "400 FieldRepeated @47",
    ),
    (
        "H13",
        Rule::Refuse(Repeated),
        b"GET / HTTP/1.1\r\nHost: a\r\nSec-WebSocket-Version: 8\r\n\
          Sec-WebSocket-Version: 13\r\n\r\n",
        "none keep again=sec-websocket-version",
        "400 FieldRepeated @51",
    ),
    (
        "H12",
        Rule::Refuse(Repeated),
        b"GET / HTTP/1.1\r\nHost: a\r\nCookie: a\r\nCookie: b\r\n\r\n",
        "none keep again=cookie",
        "none keep again=cookie",
    ),
];
