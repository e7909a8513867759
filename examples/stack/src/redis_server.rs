//! The store: a `redis-server` of our own on a free port of loopback, or the stand-in.

use std::io::{Error, ErrorKind};
use std::net::{TcpListener, TcpStream};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use crate::stand_in::StandIn;

pub(crate) struct Server {
    port: u16,
    kind: Kind,
}

enum Kind {
    Redis(Option<Child>),
    StandIn(Option<StandIn>),
}

impl Server {
    /// Starts Redis; `None` if it is not installed.
    pub(crate) fn redis() -> Result<Option<Self>, Error> {
        let mut version = Command::new("redis-server");
        version.arg("--version").stdout(Stdio::null());
        match version.status() {
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
            status => status?,
        };
        Self::with(Kind::Redis(None)).map(Some)
    }

    pub(crate) fn stand_in() -> Result<Self, Error> {
        Self::with(Kind::StandIn(None))
    }

    fn with(kind: Kind) -> Result<Self, Error> {
        // Free a moment ago; if somebody else takes it meanwhile, the start fails and says so.
        let port = TcpListener::bind("127.0.0.1:0")?.local_addr()?.port();
        let mut server = Self { port, kind };
        server.start()?;
        Ok(server)
    }

    pub(crate) const fn port(&self) -> u16 {
        self.port
    }

    pub(crate) const fn name(&self) -> &'static str {
        match self.kind {
            Kind::Redis(_) => "redis",
            Kind::StandIn(_) => "a stand-in",
        }
    }

    /// Starts it, empty, and waits until it takes connections.
    pub(crate) fn start(&mut self) -> Result<(), Error> {
        match &mut self.kind {
            Kind::StandIn(server) => *server = Some(StandIn::start(self.port)?),
            Kind::Redis(child) => {
                let mut command = Command::new("redis-server");
                command.args(["--bind", "127.0.0.1", "--save", "", "--appendonly", "no"]);
                command.args(["--port", &self.port.to_string()]);
                let started = command.stdin(Stdio::null()).stdout(Stdio::null()).spawn()?;
                let started = child.insert(started);
                let begun = Instant::now();
                while TcpStream::connect(("127.0.0.1", self.port)).is_err() {
                    if let Some(status) = started.try_wait()? {
                        return Err(Error::other(format!("redis-server: {status}")));
                    }
                    if begun.elapsed() > Duration::from_secs(10) {
                        return Err(Error::other("redis-server took no connection for 10 s"));
                    }
                    thread::sleep(Duration::from_millis(10));
                }
            }
        }
        Ok(())
    }

    /// Kills it, as a machine that is switched off: nobody is told.
    pub(crate) fn kill(&mut self) -> Result<(), Error> {
        match &mut self.kind {
            Kind::StandIn(server) => drop(server.take()),
            Kind::Redis(child) => {
                if let Some(mut child) = child.take() {
                    child.kill()?;
                    child.wait()?;
                }
            }
        }
        Ok(())
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        if let Err(error) = self.kill() {
            eprintln!("the store is left behind: {error}");
        }
    }
}
