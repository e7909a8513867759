//! HTTP/1.x behaviour, one file each.

mod connection;
mod cves;
mod heads;
mod limits;
mod nearly;
mod oracle;
mod passes;
mod response;
mod response_steps;
mod session;
mod session_steps;
mod support;
mod table;
mod verdicts;
