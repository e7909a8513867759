//! The example's own binary as one arm in a process, and a client that speaks bytes.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, ExitStatus, Stdio};
use std::sync::OnceLock;

/// The example's binary, built if `cargo test` was told to build this test only.
pub(crate) fn binary() -> &'static Path {
    static BINARY: OnceLock<PathBuf> = OnceLock::new();
    BINARY.get_or_init(|| {
        let test = std::env::current_exe().unwrap();
        let profile = test.parent().and_then(Path::parent).unwrap();
        let binary = profile.join("examples").join("service");
        if is_stale(&binary) {
            build(profile);
        }
        assert!(binary.exists(), "no {}: run `cargo test`", binary.display());
        binary
    })
}

/// Whether a source of the example is younger than its binary.
fn is_stale(binary: &Path) -> bool {
    let Ok(built) = binary.metadata().and_then(|data| data.modified()) else {
        return true;
    };
    let mut folders = vec![Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/service")];
    folders.push(Path::new(env!("CARGO_MANIFEST_DIR")).join("src"));
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let entry = entry.unwrap();
            if entry.file_type().unwrap().is_dir() {
                folders.push(entry.path());
            } else if entry.metadata().unwrap().modified().unwrap() > built {
                return true;
            }
        }
    }
    false
}

fn build(profile: &Path) {
    let mut cargo = Command::new(env!("CARGO"));
    cargo
        .args(["build", "-q", "--example", "service"])
        .current_dir(env!("CARGO_MANIFEST_DIR"));
    cargo.arg("--target-dir").arg(profile.parent().unwrap());
    if profile.ends_with("release") {
        cargo.arg("--release");
    }
    assert!(cargo.status().unwrap().success());
}

pub(crate) struct Arm {
    child: Child,
    output: BufReader<ChildStdout>,
    pub(crate) address: SocketAddr,
}

/// What an arm's process has counted so far.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Counts {
    pub(crate) allocations: u64,
    pub(crate) requests: u64,
}

impl Arm {
    /// Starts `arm` and waits until it says that its cache is warm.
    pub(crate) fn start(arm: &str, more: &[&str]) -> Self {
        let arm = Self::start_cold(arm, more);
        let mut client = Client::connect(arm.address);
        while client
            .ask(b"GET /healthz HTTP/1.1\r\nHost: t\r\n\r\n")
            .status
            != 200
        {
            std::thread::yield_now();
        }
        arm
    }

    /// Starts `arm`; it may still be warming up.
    pub(crate) fn start_cold(arm: &str, more: &[&str]) -> Self {
        let out = Path::new(env!("CARGO_TARGET_TMPDIR")).join("service");
        let mut command = Command::new(binary());
        command
            .args(["--child", "--healthy", "--workers", "1", "--arm", arm])
            .args(more);
        command
            .arg("--out")
            .arg(out)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let mut output = BufReader::new(child.stdout.take().unwrap());
        let mut line = String::new();
        output.read_line(&mut line).unwrap();
        let address = line
            .trim()
            .strip_prefix("ready ")
            .unwrap_or_else(|| panic!("`{line}`"));
        Self {
            child,
            address: address.parse().unwrap(),
            output,
        }
    }

    pub(crate) fn tell(&mut self, command: &str) {
        writeln!(self.child.stdin.as_mut().unwrap(), "{command}").unwrap();
    }

    pub(crate) fn mark(&mut self) -> Counts {
        self.tell("mark");
        let mut line = String::new();
        self.output.read_line(&mut line).unwrap();
        let field = |name: &str| {
            let value = line
                .split_whitespace()
                .find_map(|word| word.strip_prefix(name));
            value
                .unwrap_or_else(|| panic!("no {name} in `{line}`"))
                .parse()
                .unwrap()
        };
        Counts {
            allocations: field("allocations="),
            requests: field("requests="),
        }
    }

    /// What the arm says of itself at this moment; all it was told before has been done by then.
    pub(crate) fn state(&mut self) -> String {
        self.tell("state");
        let mut line = String::new();
        self.output.read_line(&mut line).unwrap();
        line.trim().to_owned()
    }

    /// Stops the arm: how it ended, and its last line.
    pub(crate) fn stop(mut self) -> (ExitStatus, String) {
        drop(self.child.stdin.take());
        let mut rest = String::new();
        self.output.read_to_string(&mut rest).unwrap();
        (self.child.wait().unwrap(), rest.trim().to_owned())
    }
}

/// A failed test must not leave a process behind.
impl Drop for Arm {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) head: String,
    pub(crate) body: String,
}

impl Answer {
    pub(crate) fn has(&self, field: &str) -> bool {
        self.head
            .to_ascii_lowercase()
            .lines()
            .any(|line| line == field)
    }
}

pub(crate) struct Client {
    stream: TcpStream,
    seen: Vec<u8>,
}

impl Client {
    pub(crate) fn connect(address: SocketAddr) -> Self {
        Self {
            stream: TcpStream::connect(address).unwrap(),
            seen: Vec::new(),
        }
    }

    /// Sends; the other side may have closed already, which the next answer will show.
    pub(crate) fn send(&mut self, bytes: &[u8]) {
        drop(self.stream.write_all(bytes));
    }

    pub(crate) fn ask(&mut self, request: &[u8]) -> Answer {
        self.send(request);
        self.answer()
            .expect("the connection ended without an answer")
    }

    /// The next answer; `None` if the connection ends first.
    pub(crate) fn answer(&mut self) -> Option<Answer> {
        loop {
            if let Some(answer) = self.take_answer() {
                return Some(answer);
            }
            let mut bytes = [0; 4_096];
            match self.stream.read(&mut bytes) {
                Ok(0) | Err(_) => return None,
                Ok(read) => self.seen.extend_from_slice(&bytes[..read]),
            }
        }
    }

    fn take_answer(&mut self) -> Option<Answer> {
        let text = String::from_utf8_lossy(&self.seen).into_owned();
        let (head, rest) = text.split_once("\r\n\r\n")?;
        let status = head.split(' ').nth(1)?.parse().ok()?;
        let length = head.lines().find_map(|line| {
            let (name, value) = line.split_once(": ")?;
            name.eq_ignore_ascii_case("content-length")
                .then(|| value.parse::<usize>().unwrap())
        });
        let body = rest.get(..length.unwrap_or(0))?;
        let answer = Answer {
            status,
            head: head.to_owned(),
            body: body.to_owned(),
        };
        self.seen.drain(..head.len() + 4 + body.len());
        Some(answer)
    }
}
