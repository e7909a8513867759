//! The channel's behaviour, one file a rule.

mod batch;
mod cancel;
mod capacity;
mod choices;
mod close;
mod crowd;
mod drop;
mod executor;
mod force;
mod fresh;
mod futurelock;
mod held;
mod hostile;
#[cfg(target_os = "linux")]
mod idle;
mod iter;
mod line;
mod linear;
mod meeting;
mod never;
mod on_full;
mod oracle;
mod order;
mod overload;
mod panics;
mod permit;
mod ports_go;
mod ports_mpsc;
mod stamped;
mod stats;
mod steps;
mod thread_local;
mod wake;
mod watchdog;
mod weak;
