//! What was asked for of the kernel is so, by its own account; or the build says why not.

use std::{fs, io};

use shorttail::pool::{BufferPool, Builder, ConfigError, HugePages, MemoryPolicy};

use crate::page_faults::under_a_sanitizer;

/// A pool of one class of four slots of 4 KiB, before it is built.
fn builder() -> Builder {
    BufferPool::builder().class(4096, 4)
}

/// What the kernel says of the mapping with a slot of `pool` in it: its lines in `smaps`.
fn mapping_of(pool: &BufferPool) -> Vec<String> {
    let mut buf = pool.try_acquire(1).unwrap();
    buf.try_put(b"x").unwrap();
    let address = buf.as_ptr().addr();
    let maps = fs::read_to_string("/proc/self/smaps").unwrap();
    let is_ours = |line: &&str| {
        let range = line.split(' ').next().unwrap().split_once('-');
        let parsed = range.map(|(from, to)| [from, to].map(|hex| usize::from_str_radix(hex, 16)));
        matches!(parsed, Some([Ok(from), Ok(to)]) if (from..to).contains(&address))
    };
    let from_ours = maps.lines().skip_while(|line| !is_ours(line));
    let mut lines = Vec::new();
    for line in from_ours {
        lines.push(line.to_owned());
        if line.starts_with("VmFlags:") {
            break;
        }
    }
    lines
}

fn has_flag(mapping: &[String], flag: &str) -> bool {
    let flags = mapping.last().unwrap();
    flags.split_whitespace().any(|word| word == flag)
}

/// Without a word of the builder's, the mapping has none of the flags that the tests look for.
#[test]
fn nothing_is_done_unasked() {
    let mapping = mapping_of(&builder().build().unwrap());
    for flag in ["lo", "dc", "ht", "hg"] {
        assert!(!has_flag(&mapping, flag), "{flag} in {mapping:?}");
    }
}

/// Takes every capability from the calling thread, and from no other.
fn drop_capabilities() {
    let header = [0x2008_0522_u32, 0];
    let none = [0_u32; 6];
    // SAFETY: version 3 of the call reads two words of header and six of data, which are there.
    let code = unsafe { libc::syscall(libc::SYS_capset, header.as_ptr(), none.as_ptr()) };
    assert_eq!(code, 0);
}

/// One test, since the limit is the process's.
#[test]
fn memory_is_locked_or_the_build_fails() {
    if under_a_sanitizer() {
        return;
    }
    let pool = builder().prefault(false).lock_memory(true).build().unwrap();
    let mapping = mapping_of(&pool);
    assert!(has_flag(&mapping, "lo"), "{mapping:?}");

    let none = libc::rlimit {
        rlim_cur: 0,
        rlim_max: libc::RLIM_INFINITY,
    };
    let mut limit = none;
    // SAFETY: the call writes one `rlimit` to the address, which has room for it.
    let code = unsafe { libc::getrlimit(libc::RLIMIT_MEMLOCK, &raw mut limit) };
    assert_eq!(code, 0);
    limit.rlim_cur = 0;
    // SAFETY: the call reads one `rlimit`, which is there.
    let code = unsafe { libc::setrlimit(libc::RLIMIT_MEMLOCK, &raw const limit) };
    assert_eq!(code, 0);
    let refused = std::thread::spawn(|| {
        drop_capabilities();
        builder().lock_memory(true).build().unwrap_err()
    });
    let refused = refused.join().unwrap();
    let policy = MemoryPolicy::Lock;
    let errno = Some(libc::EPERM);
    assert_eq!(refused, ConfigError::PolicyRefused { policy, errno });
}

/// Either every byte lies in a huge page, or the build fails with the kernel's reason. The first
/// write to a huge page that a child has a copy of splits it.
#[test]
fn transparent_huge_pages_are_there_or_the_build_fails() {
    let _alone = crate::without_forks_of_others();
    // More than one huge page, and not a multiple.
    let builder = BufferPool::builder().class(65_536, 40).prefault(false);
    match builder.huge_pages(HugePages::Transparent).build() {
        Ok(pool) => {
            let mapping = mapping_of(&pool);
            assert!(has_flag(&mapping, "hg"), "{mapping:?}");
            let line = mapping.iter().find(|line| line.starts_with("AnonHuge"));
            let kib: u64 = line
                .unwrap()
                .split_whitespace()
                .nth(1)
                .unwrap()
                .parse()
                .unwrap();
            assert!(kib >= 4096, "{mapping:?}");
            assert_eq!(pool.stats().slots, 40);
        }
        Err(error) => refused_by_the_kernel(error),
    }
}

#[test]
fn reserved_huge_pages_are_there_or_the_build_fails() {
    match builder().huge_pages(HugePages::Reserved).build() {
        Ok(pool) => assert!(has_flag(&mapping_of(&pool), "ht")),
        Err(error) => refused_by_the_kernel(error),
    }
}

fn refused_by_the_kernel(error: ConfigError) {
    let ConfigError::PolicyRefused { policy, errno } = error else {
        panic!("{error}");
    };
    assert_eq!(policy, MemoryPolicy::HugePages);
    assert!(errno.is_some_and(|errno| errno > 0));
}

/// Runs `child` in a forked child, which may do what is async-signal-safe only; its exit code.
fn in_a_child(child: impl FnOnce() -> i32) -> i32 {
    let _alone = crate::without_forks_of_others();
    // SAFETY: the child makes system calls and plain memory accesses, and then ends.
    let pid = unsafe { libc::fork() };
    assert!(pid >= 0);
    if pid == 0 {
        let code = child();
        // SAFETY: ends the child without any exit handler.
        unsafe { libc::_exit(code) };
    }
    let mut status = 0;
    // SAFETY: the call writes one integer to the address, which has room for it.
    let ended = unsafe { libc::waitpid(pid, &raw mut status, 0) };
    assert_eq!(ended, pid);
    assert!(libc::WIFEXITED(status), "status {status}");
    libc::WEXITSTATUS(status)
}

/// 0 if the page with `address` is mapped, the error of the kernel otherwise.
fn is_mapped(address: *const u8) -> i32 {
    let page = address.map_addr(|address| address & !4095);
    let mut resident = [0_u8; 1];
    // SAFETY: the call looks at one page's state, mapped or not, and writes one byte.
    let code = unsafe { libc::mincore(page.cast_mut().cast(), 1, resident.as_mut_ptr()) };
    match code {
        0 => 0,
        _ => io::Error::last_os_error().raw_os_error().unwrap_or(-1),
    }
}

#[test]
fn a_child_is_without_the_memory_if_that_was_asked_for() {
    let pool = builder().dont_fork(true).build().unwrap();
    let buf = pool.try_acquire(1).unwrap();
    let address = buf.as_ptr();
    assert_eq!(is_mapped(address), 0);
    assert_eq!(in_a_child(|| is_mapped(address)), libc::ENOMEM);
}

#[test]
fn what_a_child_writes_stays_its_own() {
    let pool = builder().build().unwrap();
    let mut buf = pool.try_acquire(1).unwrap();
    buf.try_put(b"parent").unwrap();
    let seen = in_a_child(|| {
        let seen = i32::from(buf[..] == *b"parent");
        buf.fill(b'c');
        seen
    });
    assert_eq!((seen, &buf[..]), (1, &b"parent"[..]));
}
