//! HTTP/1.x behaviour, one file each.

mod batch;
mod connection;
mod cves;
mod heads;
mod limits;
mod nearly;
mod oracle;
mod owned;
mod passes;
mod read_buf;
mod response;
mod response_steps;
mod session;
mod session_steps;
mod support;
mod table;
mod verdicts;
