//! Workers on processors of their own. What the system refuses is an error.

use std::fs;
use std::sync::{Arc, Mutex};

use shorttail::workers::{ConfigError, Pool, PoolBuilder};

fn pool() -> PoolBuilder {
    Pool::builder().lane("all", 1).workers(2)
}

/// The processors that the calling thread may run on, as the kernel writes them: `0-3,7`.
fn allowed() -> String {
    let status = fs::read_to_string("/proc/thread-self/status").unwrap();
    let mut lines = status.lines();
    let list = lines.find_map(|line| line.strip_prefix("Cpus_allowed_list:"));
    list.unwrap().trim().to_owned()
}

#[test]
fn a_worker_runs_where_it_is_told() {
    let first: String = allowed().chars().take_while(char::is_ascii_digit).collect();
    let cpu: usize = first.parse().unwrap();
    let seen = Arc::new(Mutex::new([const { String::new() }; 2]));
    let look = {
        let seen = seen.clone();
        move |worker: usize| seen.lock().unwrap()[worker] = allowed()
    };
    let pool = pool().pin([cpu]).on_start(look);
    drop(pool.build(|(): (), _| {}).unwrap());
    let seen = seen.lock().unwrap();
    assert_eq!(seen[0], first, "before the hook runs");
    assert_eq!(seen[1], allowed(), "beyond the list");
}

#[test]
fn a_processor_that_is_not_there_is_refused() {
    for cpu in [1_023, 1_024, usize::MAX] {
        let refused = pool().pin([0, cpu]).build(|(): (), _| {}).unwrap_err();
        let ConfigError::Pin {
            worker,
            cpu: refused,
            errno,
        } = refused
        else {
            panic!("{refused}");
        };
        assert_eq!((worker, refused, errno), (1, cpu, 22));
    }
}
