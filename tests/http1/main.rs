//! HTTP/1.x behaviour, one file each.

mod batch;
mod connection;
mod cookies;
mod cves;
mod decode_steps;
mod decoding;
mod heads;
mod limits;
mod multipart;
mod multipart_oracle;
mod multipart_steps;
mod nearly;
mod oracle;
mod owned;
mod passes;
mod read_buf;
mod read_buf_steps;
mod response;
mod response_steps;
mod rules;
mod rules_steps;
mod session;
mod session_steps;
mod support;
mod table;
mod verdicts;
