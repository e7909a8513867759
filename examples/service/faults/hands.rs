//! What happens beside the load: clients that do not read, clients that leave, a thread that spins.

use std::io::{self, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpStream};
use std::os::fd::AsRawFd;
use std::time::{Duration, Instant};

use super::accounts::Accounts;
use super::state::State;
use crate::cores;
use crate::origin::SELDOM;
use crate::plan::{ITEMS, Kind, Planned};
use crate::remote::Remote;
use crate::wire;

/// Where and when it happens.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Place {
    pub(crate) address: SocketAddr,
    pub(crate) from: Instant,
    pub(crate) to: Instant,
    /// The service's first processor, where it has some to itself.
    pub(crate) core: Option<usize>,
}

/// Does it, and says what became of the requests.
pub(crate) type Hand = fn(&Place) -> io::Result<Accounts>;

/// How long an answer is waited for; longer than the service waits for anything.
const PATIENCE: Duration = Duration::from_secs(20);

fn sleep_until(at: Instant) {
    std::thread::sleep(at.saturating_duration_since(Instant::now()));
}

/// Spins on the service's first processor.
pub(crate) fn spinner(place: &Place) -> io::Result<Accounts> {
    if let Some(core) = place.core {
        cores::stay_on(&[core]);
    }
    sleep_until(place.from);
    while Instant::now() < place.to {
        std::hint::spin_loop();
    }
    Ok(Accounts::default())
}

/// A client comes anew every 50 ms, asks once and leaves; for as long again behind the fault, which
/// may have begun late.
pub(crate) fn newcomers(place: &Place) -> io::Result<Accounts> {
    sleep_until(place.from);
    let until = place.to + (place.to - place.from);
    let (mut request, mut scratch) = (Vec::new(), Vec::new());
    wire::render(&mut request, &mut scratch, &asking(Kind::Curl, 1));
    let mut sum = Accounts::default();
    while Instant::now() < until {
        sum.add(whole(
            place.address,
            &request,
            Duration::ZERO,
            Leave::HalfClose,
        )?);
        std::thread::sleep(Duration::from_millis(50));
    }
    Ok(sum)
}

/// Pages asked for by each consumer: more than the sockets' buffers hold.
const PAGES: u64 = 800;
const PAGE: &[u8] = b"GET /metrics HTTP/1.1\r\nHost: consumer\r\n\r\n";

/// How a consumer takes its answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Pace {
    /// Two megabytes a second.
    Slow,
    /// Nothing until the fault is over, then all.
    Stalled,
    /// Nothing, and then it leaves.
    Gone,
}

/// Two clients read slowly, two not at all for a while, and one never.
pub(crate) fn consumers(place: &Place) -> io::Result<Accounts> {
    sleep_until(place.from);
    let paces = [
        Pace::Slow,
        Pace::Stalled,
        Pace::Slow,
        Pace::Stalled,
        Pace::Gone,
    ];
    std::thread::scope(|scope| {
        let threads: Vec<_> = paces
            .iter()
            .map(|&pace| scope.spawn(move || consume(place, pace)))
            .collect();
        let mut sum = Accounts::default();
        for thread in threads {
            let ended = thread.join();
            sum.add(ended.map_err(|_| io::Error::other("a consumer panicked"))??);
        }
        Ok(sum)
    })
}

fn consume(place: &Place, pace: Pace) -> io::Result<Accounts> {
    let mut stream = TcpStream::connect(place.address)?;
    stream.set_read_timeout(Some(PATIENCE))?;
    stream.write_all(&PAGE.repeat(PAGES as usize))?;
    let mut accounts = Accounts {
        sent: PAGES,
        ..Accounts::default()
    };
    let mut answers = Answers::default();
    if pace != Pace::Slow {
        sleep_until(place.to);
    }
    while pace != Pace::Gone && answers.whole() < PAGES {
        if pace == Pace::Slow && Instant::now() < place.to {
            std::thread::sleep(Duration::from_millis(2));
        }
        if !answers.read_from(&mut stream, 4_096)? {
            break;
        }
    }
    accounts.answered = answers.well;
    accounts.refused = answers.refused;
    accounts.wrong = answers.wrong;
    accounts.cancelled = PAGES - answers.whole();
    Ok(accounts)
}

/// Answers one after another, counted.
#[derive(Debug, Default)]
struct Answers {
    seen: Vec<u8>,
    well: u64,
    refused: u64,
    wrong: u64,
}

impl Answers {
    const fn whole(&self) -> u64 {
        self.well + self.refused + self.wrong
    }

    /// Whether there was something to read.
    fn read_from(&mut self, stream: &mut TcpStream, bytes: usize) -> io::Result<bool> {
        let filled = self.seen.len();
        self.seen.resize(filled + bytes, 0);
        let read = match stream.read(&mut self.seen[filled..]) {
            Ok(read) => read,
            // The service has ended the connection, as a refusal does.
            Err(error) if error.kind() == io::ErrorKind::ConnectionReset => 0,
            Err(error) => return Err(error),
        };
        self.seen.truncate(filled + read);
        let mut done = 0;
        while let Some((status, length)) = first_of(&self.seen[done..]) {
            match status {
                200 => self.well += 1,
                503 => self.refused += 1,
                _ => self.wrong += 1,
            }
            done += length;
        }
        self.seen.drain(..done);
        Ok(read > 0)
    }
}

/// The status and the length of the answer at the start, once it is whole.
pub(crate) fn first_of(bytes: &[u8]) -> Option<(u16, usize)> {
    let mut headers = [httparse::EMPTY_HEADER; 24];
    let mut head = httparse::Response::new(&mut headers);
    let Ok(httparse::Status::Complete(head_length)) = head.parse(bytes) else {
        return None;
    };
    let length = head
        .headers
        .iter()
        .find(|header| header.name.eq_ignore_ascii_case("content-length"))
        .and_then(|header| {
            std::str::from_utf8(header.value)
                .ok()?
                .parse::<usize>()
                .ok()
        })?;
    let length = head_length + length;
    (bytes.len() >= length).then_some((head.code?, length))
}

/// How a client leaves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Leave {
    /// It closes the socket.
    Close,
    /// The connection is reset.
    Reset,
    /// It sends no more, and reads what comes.
    HalfClose,
}

const LEAVES: [Leave; 3] = [Leave::Close, Leave::Reset, Leave::HalfClose];

/// Clients leave after every byte of a request, and at any moment of a load; at least one round.
pub(crate) fn leavers(place: &Place) -> io::Result<Accounts> {
    sleep_until(place.from);
    let mut sum = Accounts::default();
    let (mut get, mut post, mut scratch) = (Vec::new(), Vec::new(), Vec::new());
    wire::render(&mut get, &mut scratch, &asking(Kind::Curl, 1));
    wire::render(&mut post, &mut scratch, &asking(Kind::ChunkedPost, 2));
    let mut cold = (SELDOM..ITEMS as u32).rev().cycle();
    let mut round = 0;
    while round == 0 || Instant::now() < place.to {
        for (number, cut) in (0..=get.len()).enumerate() {
            let leave = LEAVES[(number + round) % LEAVES.len()];
            sum.add(part(place.address, &get, cut, 1, leave)?);
        }
        for (number, cut) in (0..=post.len()).enumerate() {
            let leave = LEAVES[(number + round) % LEAVES.len()];
            sum.add(part(place.address, &post, cut, cut.max(1), leave)?);
        }
        for step in 0..30 {
            let mut load = Vec::new();
            let id = cold.next().unwrap_or(0);
            wire::render(&mut load, &mut scratch, &asking(Kind::Curl, id));
            let stay = Duration::from_millis(step);
            sum.add(whole(
                place.address,
                &load,
                stay,
                LEAVES[step as usize % 2],
            )?);
        }
        round += 1;
    }
    Ok(sum)
}

/// Requests that strike at the most: each cold one strikes twice, a request and a load.
const STRIKES_MAX: usize = 2_000;

/// Asks for items that nearly nobody asks for until `panics` requests and as many loads have
/// panicked since `before`: those of the load may have been too few, and they stay armed.
pub(super) fn until_struck(
    remote: &mut Remote,
    before: &State,
    panics: u64,
) -> io::Result<Accounts> {
    let (mut request, mut scratch) = (Vec::new(), Vec::new());
    let mut sum = Accounts::default();
    for id in (0..ITEMS as u32 / 2).rev().take(STRIKES_MAX) {
        let state = remote.state()?;
        let struck = [
            state.jobs_panicked - before.jobs_panicked,
            state.loads_panicked - before.loads_panicked,
        ];
        if struck.iter().all(|struck| *struck >= panics) {
            break;
        }
        wire::render(&mut request, &mut scratch, &asking(Kind::Curl, id));
        let stay = Duration::ZERO;
        sum.add(whole(remote.address, &request, stay, Leave::HalfClose)?);
    }
    Ok(sum)
}

const fn asking(kind: Kind, id: u32) -> Planned {
    let at_ns = 0;
    Planned { at_ns, id, kind }
}

/// Sends the first `cut` bytes, `step` at a time, and leaves.
fn part(
    address: SocketAddr,
    request: &[u8],
    cut: usize,
    step: usize,
    leave: Leave,
) -> io::Result<Accounts> {
    let mut stream = TcpStream::connect(address)?;
    stream.set_nodelay(true)?;
    // The last byte by itself: what came before it has been looked at by then, more or less.
    let (most, last) = request[..cut].split_at(cut.saturating_sub(1));
    for bytes in most.chunks(step).chain([last]) {
        stream.write_all(bytes)?;
    }
    finish(stream, cut == request.len(), leave)
}

/// Sends the whole request, stays for a while, and leaves.
fn whole(
    address: SocketAddr,
    request: &[u8],
    stay: Duration,
    leave: Leave,
) -> io::Result<Accounts> {
    let mut stream = TcpStream::connect(address)?;
    stream.write_all(request)?;
    std::thread::sleep(stay);
    finish(stream, true, leave)
}

/// Leaves; a request that had gone out whole is answered or cancelled.
fn finish(mut stream: TcpStream, sent: bool, leave: Leave) -> io::Result<Accounts> {
    let mut answers = Answers::default();
    match leave {
        Leave::Close => {}
        Leave::Reset => reset_on_close(&stream),
        Leave::HalfClose => {
            stream.shutdown(Shutdown::Write)?;
            stream.set_read_timeout(Some(PATIENCE))?;
            while answers.read_from(&mut stream, 4_096)? {}
        }
    }
    drop(stream);
    let sent = u64::from(sent);
    Ok(Accounts {
        sent,
        answered: answers.well.min(sent),
        refused: answers.refused.min(sent),
        // An answer to what was never asked.
        wrong: answers.wrong + answers.whole().saturating_sub(sent),
        cancelled: sent - answers.whole().min(sent),
        ..Accounts::default()
    })
}

/// Makes the end of the connection a reset; where that is refused, it ends in the usual way.
fn reset_on_close(stream: &TcpStream) {
    let linger = libc::linger {
        l_onoff: 1,
        l_linger: 0,
    };
    // SAFETY: the descriptor is an open socket's for as long as `stream` is borrowed, and the
    // pointer and the length are those of one live `linger`, which is only read.
    let _: i32 = unsafe {
        libc::setsockopt(
            stream.as_raw_fd(),
            libc::SOL_SOCKET,
            libc::SO_LINGER,
            (&raw const linger).cast(),
            size_of::<libc::linger>() as libc::socklen_t,
        )
    };
}
