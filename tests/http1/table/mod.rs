//! The rows: id, input, verdict. A verdict is a status, a kind and an offset, or the framing,
//! whether the connection is kept, what is flagged (`odd`: a target that a URI would escape;
//! `again`: known names on several lines), and the body.

pub(crate) mod chunked;
pub(crate) mod connection;
pub(crate) mod fields;
pub(crate) mod framing;
pub(crate) mod host;
pub(crate) mod limits;
pub(crate) mod overhead;
pub(crate) mod requests;
pub(crate) mod rules;
pub(crate) mod start_line;

pub(crate) struct Table {
    pub(crate) prefix: &'static [u8],
    pub(crate) suffix: &'static [u8],
    pub(crate) rows: &'static [(&'static str, &'static [u8], &'static str)],
}

pub(crate) const ALL: &[Table] = &[
    start_line::TABLE,
    fields::TABLE,
    host::TABLE,
    framing::TABLE,
    chunked::TABLE,
    connection::TABLE,
    requests::TABLE,
];
