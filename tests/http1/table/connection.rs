//! What becomes of the connection.

use super::Table;

pub(crate) const TABLE: Table = Table {
    prefix: b"GET / HTTP/1.1\r\nHost: a\r\n",
    suffix: b"\r\n",
    rows: &[
        ("N1", b"Connection: close\r\n", "none close"),
        ("N1", b"Connection: CLOSE\r\n", "none close"),
        ("N1", b"Connection: keep-alive, close\r\n", "none close"),
        ("N1", b"Connection: x ,close\t, y\r\n", "none close"),
        (
            "N1",
            b"Connection: close\r\nConnection: keep-alive\r\n",
            "none close again=connection",
        ),
        (
            "N1",
            b"Connection: keep-alive\r\nX: y\r\nConnection: close\r\n",
            "none close again=connection",
        ),
        ("N1", b"Connection: closed, x-close\r\n", "none keep"),
        ("N1", b"Connection:\r\n", "none keep"),
        ("N4", b"Upgrade: websocket\r\n", "none keep"),
        ("N4", b"Connection: upgrade\r\n", "none keep"),
        (
            "N4",
            b"Connection: Upgrade\r\nUpgrade: websocket\r\n",
            "none keep upgrade",
        ),
        (
            "N4",
            b"Upgrade: websocket\r\nConnection: keep-alive, upgrade\r\n",
            "none keep upgrade",
        ),
        (
            "N4",
            b"Connection: x-upgrade\r\nUpgrade: websocket\r\n",
            "none keep",
        ),
        ("N7", b"Expect: 100-continue\r\n", "none keep"),
        ("N8", b"Expect: 200-ok\r\n", "417 Expectation @33"),
        ("N8", b"Expect: 100-continue, x\r\n", "417 Expectation @47"),
        (
            "N8",
            b"Expect: 100-continue\r\nExpect: 100-\r\n",
            "417 Expectation @55",
        ),
        ("N8", b"Expect:\r\n", "none keep"),
    ],
};
