//! The access log: fixed-size records through a bounded channel, formatted on a thread of its own.

use std::fs::File;
use std::io::{self, Write};
use std::thread::JoinHandle;
use std::time::Duration;

use shorttail::channel::{Receiver, TryRecvError};
use shorttail::measure::AllocRegion;

use super::connection::Verb;
use crate::service::Route;

/// How often the writer looks. It polls, and is not woken, so that no request pays for a wake-up.
const PERIOD: Duration = Duration::from_millis(10);

/// One answered request.
#[derive(Clone, Copy, Debug)]
pub(super) struct Record {
    pub(super) verb: Verb,
    pub(super) route: Route,
    pub(super) status: u16,
    pub(super) bytes: u32,
    pub(super) took_ns: u64,
}

/// Starts the writer, which ends once the channel is closed and empty.
pub(super) fn start(
    records: Receiver<Record>,
    file: File,
    region: &'static AllocRegion,
) -> io::Result<JoinHandle<()>> {
    let mut file = io::BufWriter::with_capacity(1 << 16, file);
    let writer = move || loop {
        let drained = region.run(|| drain(&records, &mut file));
        match drained {
            Ok(true) => return,
            Ok(false) => std::thread::sleep(PERIOD),
            Err(error) => {
                eprintln!("service: the access log ends here: {error}");
                return;
            }
        }
    };
    std::thread::Builder::new()
        .name("access-log".to_owned())
        .spawn(writer)
}

/// Writes what is there; whether nothing more can come.
fn drain(records: &Receiver<Record>, file: &mut impl Write) -> io::Result<bool> {
    loop {
        match records.try_recv() {
            Ok(record) => write(&record, file)?,
            Err(TryRecvError::Empty) => return file.flush().map(|()| false),
            Err(TryRecvError::Closed) => return file.flush().map(|()| true),
        }
    }
}

fn write(record: &Record, file: &mut impl Write) -> io::Result<()> {
    let Record {
        verb,
        route,
        status,
        bytes,
        took_ns,
    } = record;
    let verb = match verb {
        Verb::Get => "GET",
        Verb::Head => "HEAD",
        Verb::Post => "POST",
        Verb::Other => "-",
    };
    match route {
        Route::Item(id) => write!(file, "{verb} /items/{id}")?,
        Route::Health => write!(file, "{verb} /healthz")?,
        Route::Metrics => write!(file, "{verb} /metrics")?,
        Route::Unknown => write!(file, "{verb} -")?,
    }
    writeln!(file, " {status} {bytes} {}us", took_ns / 1_000)
}
