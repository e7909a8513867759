//! The driver's end of an arm's process: start it, ask for its counts, stop it and check.

use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::ops::{AddAssign, Sub};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::time::{Duration, Instant};

use crate::alloc;
use crate::args::{Arm, Options};
use crate::driver::Shares;
use crate::faults::state::State;
use crate::lines::Lines;

/// The counts of an arm's whole process at one moment, or between two.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Mark {
    pub(crate) allocations: u64,
    pub(crate) bytes: u64,
    pub(crate) requests: u64,
    pub(crate) log_dropped: u64,
    /// Allocations by the part of the service that made them, where the arm tells them apart.
    pub(crate) regions: Vec<(String, u64)>,
}

impl Mark {
    /// Reads the child's answer to `mark`.
    fn parse(line: &str) -> Option<Self> {
        let mut mark = Self::default();
        for word in line.strip_prefix("mark ")?.split_whitespace() {
            let (name, value) = word.split_once('=')?;
            let value = value.parse().ok()?;
            match name {
                "allocations" => mark.allocations = value,
                "bytes" => mark.bytes = value,
                "requests" => mark.requests = value,
                "log_dropped" => mark.log_dropped = value,
                _ => mark
                    .regions
                    .push((name.strip_prefix("in:")?.to_owned(), value)),
            }
        }
        Some(mark)
    }
}

impl Sub<&Self> for Mark {
    type Output = Self;

    fn sub(mut self, earlier: &Self) -> Self {
        self.allocations -= earlier.allocations;
        self.bytes -= earlier.bytes;
        self.requests -= earlier.requests;
        self.log_dropped -= earlier.log_dropped;
        for ((_, value), (_, before)) in self.regions.iter_mut().zip(&earlier.regions) {
            *value -= before;
        }
        self
    }
}

impl AddAssign for Mark {
    fn add_assign(&mut self, more: Self) {
        self.allocations += more.allocations;
        self.bytes += more.bytes;
        self.requests += more.requests;
        self.log_dropped += more.log_dropped;
        if self.regions.is_empty() {
            self.regions = more.regions;
            return;
        }
        for ((_, value), (_, added)) in self.regions.iter_mut().zip(&more.regions) {
            *value += added;
        }
    }
}

/// An arm in its own process.
pub(crate) struct Remote {
    pub(crate) arm: Arm,
    pub(crate) address: SocketAddr,
    child: Child,
    input: Option<ChildStdin>,
    output: Lines,
}

/// How long an arm may take to warm up.
const WARM_UP_MAX: Duration = Duration::from_secs(20);
/// How long any answer is waited for. An arm that is silent for longer hangs, and is killed.
const SILENT_MAX: Duration = Duration::from_secs(60);

impl Remote {
    /// Starts the arm; returns once it serves, warm or not.
    pub(crate) fn start(arm: Arm, options: &Options, shares: &Shares) -> io::Result<Self> {
        let mut command = Command::new(std::env::current_exe()?);
        command.args([
            "--child",
            "--arm",
            arm.name(),
            "--workers",
            &shares.workers.to_string(),
        ]);
        command.arg("--out").arg(&options.out);
        for core in &shares.service_cores {
            command.args(["--core", &core.to_string()]);
        }
        for (planted, argument) in [
            (options.plant_alloc, "--plant-alloc"),
            (options.plant_leak, "--plant-leak"),
            (options.plant_leaks, "--plant-leaks"),
        ] {
            if planted {
                command.arg(argument);
            }
        }
        let allocator = if arm == Arm::OrdinaryMimalloc {
            "mimalloc"
        } else {
            "system"
        };
        command
            .env(alloc::CHOICE, allocator)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped());
        let mut child = command.spawn()?;
        let input = child.stdin.take();
        let output = child
            .stdout
            .take()
            .ok_or_else(|| io::Error::other("no pipe"))?;
        let mut remote = Self {
            arm,
            address: SocketAddr::from(([0; 4], 0)),
            child,
            input,
            output: Lines::of(output)?,
        };
        let line = remote.line("the start")?;
        let address = line.strip_prefix("ready ").map(str::parse);
        let Some(Ok(address)) = address else {
            return Err(io::Error::other(format!("{} did not start", arm.name())));
        };
        remote.address = address;
        Ok(remote)
    }

    /// The next line, empty at the end; an arm that hangs is killed.
    fn line(&mut self, what: &str) -> io::Result<String> {
        match self.output.next(SILENT_MAX) {
            Err(error) if error.kind() == io::ErrorKind::TimedOut => Err(self.kill(what)),
            line => line.map(Option::unwrap_or_default),
        }
    }

    fn kill(&mut self, what: &str) -> io::Error {
        // Waited for when this is dropped. An error means that it has ended meanwhile.
        drop(self.child.kill());
        io::Error::new(
            io::ErrorKind::TimedOut,
            format!(
                "{} hangs: no answer to {what} for {} s, so it was killed",
                self.arm.name(),
                SILENT_MAX.as_secs()
            ),
        )
    }

    /// Asks `GET /healthz` until the answer is 200.
    pub(crate) fn wait_until_warm(&self) -> io::Result<()> {
        let since = Instant::now();
        while !self.is_ready()? {
            if since.elapsed() > WARM_UP_MAX {
                return Err(io::Error::other(format!(
                    "{} does not warm up",
                    self.arm.name()
                )));
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        Ok(())
    }

    fn is_ready(&self) -> io::Result<bool> {
        let mut stream = TcpStream::connect(self.address)?;
        stream.set_read_timeout(Some(SILENT_MAX))?;
        stream.write_all(b"GET /healthz HTTP/1.1\r\nHost: driver\r\nConnection: close\r\n\r\n")?;
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer)?;
        Ok(answer.starts_with(b"HTTP/1.1 200 "))
    }

    /// The counts of the arm's whole process so far.
    pub(crate) fn mark(&mut self) -> io::Result<Mark> {
        self.tell("mark")?;
        let line = self.line("mark")?;
        Mark::parse(&line).ok_or_else(|| {
            io::Error::other(format!(
                "{} answered `{}` to mark",
                self.arm.name(),
                line.trim()
            ))
        })
    }

    /// What is lent and counted at this moment.
    pub(crate) fn state(&mut self) -> io::Result<State> {
        self.tell("state")?;
        let line = self.line("state")?;
        State::parse(&line).ok_or_else(|| {
            let name = self.arm.name();
            io::Error::other(format!("{name} answered `{}` to state", line.trim()))
        })
    }

    /// The arm's process, as the system names it.
    pub(crate) fn id(&self) -> u32 {
        self.child.id()
    }

    /// Sends a command that has no answer.
    pub(crate) fn tell(&mut self, command: &str) -> io::Result<()> {
        let input = self.input.as_mut().ok_or(io::ErrorKind::BrokenPipe)?;
        writeln!(input, "{command}")
    }

    /// Stops the arm; the line in which it says what is back, as an error if not everything is.
    pub(crate) fn stop(mut self) -> io::Result<String> {
        self.tell("stop")?;
        self.input = None;
        let mut said = self.line("stop")?;
        loop {
            // After its word it closes the pipe, which it does as it ends.
            match self.line("stop")? {
                line if line.is_empty() => break,
                line => said = format!("{said}\n{line}"),
            }
        }
        let status = self.child.wait()?;
        let line = format!("{}: {said}", self.arm.name());
        if status.success() {
            Ok(line)
        } else {
            Err(io::Error::other(format!("{line} ({status})")))
        }
    }
}

/// An arm must not outlive its driver, however that ends.
impl Drop for Remote {
    fn drop(&mut self) {
        // An error means that the process has ended and been waited for.
        drop(self.child.kill());
        drop(self.child.wait());
    }
}
