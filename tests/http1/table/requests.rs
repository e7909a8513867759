//! Whole requests that the other tables cannot spell.

use super::Table;

pub(crate) const TABLE: Table = Table {
    prefix: b"",
    suffix: b"",
    rows: &[
        (
            "C8",
            b"GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\nhi",
            "length 2 keep body=hi",
        ),
        (
            "C8",
            b"HEAD / HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\nhi",
            "length 2 keep body=hi",
        ),
        (
            "C8",
            b"OPTIONS / HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\nhi",
            "length 2 keep body=hi",
        ),
        (
            "C8",
            b"DELETE / HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\nhi",
            "length 2 keep body=hi",
        ),
        (
            "C8",
            b"GET / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n0\r\n\r\n",
            "chunked keep body=hi",
        ),
        (
            "C9",
            b"CONNECT a:1 HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n",
            "400 FramedConnect @31",
        ),
        (
            "C9",
            b"CONNECT a:1 HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n",
            "400 FramedConnect @31",
        ),
        (
            "C11",
            b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhell",
            "partial body",
        ),
        ("G5", b"GET / HTTP/1.1\r\nHost: a\r\n", "partial head"),
        ("G5", b"GET / HTTP/1.1\r\nHost: a\r\n\r", "partial head"),
        ("G5", b"G", "partial head"),
        ("G5", b"\r\n\r\n", "partial head"),
        ("O4", b"OPTIONS * HTTP/1.1\r\nHost:\r\n\r\n", "none keep"),
        (
            "O4",
            b"GET http://a/ HTTP/1.1\r\nHost:\r\n\r\n",
            "none keep",
        ),
        ("O4", b"GET / HTTP/1.0\r\nHost:\r\n\r\n", "400 Host @21"),
        ("O5", b"GET / HTTP/1.0\r\n\r\n", "none close"),
        (
            "O5",
            b"GET / HTTP/1.0\r\nHost: a\r\nHost: a\r\n\r\n",
            "400 HostRepeated @25",
        ),
        (
            "R8",
            b"GET http://a/ HTTP/1.1\r\n\r\n",
            "400 HostMissing @26",
        ),
        (
            "R8",
            b"GET http://a/ HTTP/1.1\r\nHost: u@b\r\n\r\n",
            "400 Host @31",
        ),
        (
            "T3",
            b"POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
            "400 TransferEncodingVersion @17",
        ),
        (
            "T3",
            b"POST / HTTP/1.0\r\nConnection: keep-alive\r\nTransfer-Encoding: x\r\n\r\n",
            "400 TransferEncodingVersion @41",
        ),
        (
            "C1",
            b"POST / HTTP/1.0\r\nContent-Length: 2\r\n\r\nhi",
            "length 2 close body=hi",
        ),
        (
            "N2",
            b"GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n",
            "none keep",
        ),
        (
            "N2",
            b"GET / HTTP/1.0\r\nConnection: keep-alive, close\r\n\r\n",
            "none close",
        ),
        (
            "N2",
            b"GET / HTTP/1.0\r\nConnection: Keep-Alive\r\nConnection: close\r\n\r\n",
            "none close again=connection",
        ),
        (
            "N4",
            b"GET / HTTP/1.0\r\nConnection: upgrade\r\nUpgrade: x\r\n\r\n",
            "none close",
        ),
        (
            "N5",
            b"POST / HTTP/1.1\r\nHost: a\r\nConnection: upgrade\r\nUpgrade: x\r\n\
              Content-Length: 2\r\n\r\nhi",
            "length 2 keep upgrade body=hi",
        ),
        (
            "N7",
            b"POST / HTTP/1.0\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\nhi",
            "length 2 close body=hi",
        ),
        (
            "N8",
            b"POST / HTTP/1.0\r\nExpect: 200-ok\r\nContent-Length: 2\r\n\r\nhi",
            "length 2 close body=hi",
        ),
        (
            "N8",
            b"POST / HTTP/1.1\r\nHost: a\r\nExpect: 200-ok\r\nContent-Length: 2\r\n\r\nhi",
            "417 Expectation @34",
        ),
        (
            "R17",
            b"POST / HTTP/1.5\r\nHost: a\r\nContent-Length: 2\r\n\r\nhi",
            "length 2 keep body=hi",
        ),
        ("R17", b"GET / HTTP/1.2\r\n\r\n", "400 HostMissing @18"),
        (
            "H12",
            b"GET / HTTP/1.1\r\nHost: a\r\nA0: b\r\nA1: b\r\nA2: b\r\nA3: b\r\nA4: b\r\n\
              A5: b\r\nA6: b\r\nA7: b\r\nA8: b\r\nA9: b\r\nA10: b\r\nA11: b\r\nA12: b\r\n\
              A13: b\r\nA14: b\r\nA15: b\r\nA16: b\r\nA17: b\r\nA18: b\r\nA19: b\r\nA20: b\r\n\
              A21: b\r\nA22: b\r\nA23: b\r\nA24: b\r\nA25: b\r\nA26: b\r\nA27: b\r\nA28: b\r\n\
              A29: b\r\nA30: b\r\nA31: b\r\nA32: b\r\nA33: b\r\nA34: b\r\nA35: b\r\nA36: b\r\n\
              A37: b\r\nA38: b\r\nA39: b\r\n\r\n",
            "none keep",
        ),
    ],
};
