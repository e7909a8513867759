//! The pool of workers, against what it promises.

#[cfg(all(feature = "affinity", target_os = "linux"))]
mod affinity;
mod budget;
mod ends;
#[allow(dead_code, reason = "its other half is for other tests")]
#[path = "../channel/executor.rs"]
mod executor;
mod inline;
mod lanes;
#[path = "../channel/lanes/oracle.rs"]
#[allow(dead_code, reason = "the channel's own tests use all of it")]
mod oracle;
mod panics;
mod reports;
mod reserved;
mod steps;
mod submits;
mod threads;
mod walks;
