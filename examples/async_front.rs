//! A front of async tasks over a core that computes: on the runtime's own threads a computation
//! would hold up every connection, and a task for each would be boxed, without a bound, and its
//! wait unseen. Here the front awaits room and the answer, and the core is two threads of a pool.
//! Nothing on the way of a request and its answer is allocated. What is not answered, because it
//! came too late or its job panicked, is told at once: its line is gone.
//!
//! Run: `cargo run --release --example async_front`. Last line:
//! `8000 answers to 8 connections, 0 allocations on their way; 1 late, 1 panicked, 1 left early`.
#![expect(clippy::print_stdout, reason = "an example prints its result")]

use std::time::Duration;

use futures_util::FutureExt;
use shorttail::channel::{self, Receiver, Sender};
use shorttail::measure::{AllocGuard, process_allocs};
use shorttail::time::Deadline;
use shorttail::workers::Pool;
use tokio::runtime::Builder;

#[global_allocator]
static GUARD: AllocGuard = AllocGuard::system();

const CONNECTIONS: u64 = 8;
const REQUESTS: u64 = 1_000;
/// Less than there are connections: some wait for room, and a core that is late is seen there.
const ROOM: usize = 4;

struct Request {
    number: u64,
    line: Sender<Answer>,
}

/// The line comes back with the answer, for the connection's next request.
struct Answer {
    value: u64,
    line: Sender<Self>,
}

/// Where the answers to one connection arrive. Its sender is here or with its one request: if that
/// is dropped, wherever it is then, whoever waits for the answer is woken.
struct Line {
    to_here: Option<Sender<Answer>>,
    answers: Receiver<Answer>,
}

/// There is no answer: a service says 503.
#[derive(Debug)]
struct Lost;

type Core = Pool<Request>;

impl Line {
    fn open() -> Self {
        let (to_here, answers) = channel::bounded(1);
        Self {
            to_here: Some(to_here),
            answers,
        }
    }

    /// Asks the core. May be dropped half-way: the next request opens the line anew, and an answer
    /// to this one finds nobody.
    async fn ask(&mut self, core: &Core, number: u64, until: Deadline) -> Result<u64, Lost> {
        if self.to_here.is_none() {
            *self = Self::open();
        }
        let line = self.to_here.take().ok_or(Lost)?;
        let request = Request { number, line };
        let handed_in = core.submit_async(0, request, until).await;
        handed_in.map_err(|_closed| Lost)?;
        let answer = self.answers.recv_async().await.map_err(|_gone| Lost)?;
        self.to_here = Some(answer.line);
        Ok(answer.value)
    }
}

/// Not to be computed at once.
const BAD: u64 = u64::MAX;
const HELD: u64 = u64::MAX - 1;

/// Stands for what takes a core tens of microseconds.
fn compute(Request { number, line }: Request, gate: &Receiver<()>) {
    assert!(number != BAD, "a request that the core cannot bear");
    if number == HELD {
        let _word = gate.recv();
    }
    let value = (0..10_000).fold(number, |sum, step| sum.rotate_left(5) ^ step);
    let back = line.clone();
    // Who asked may be gone.
    line.try_send(Answer { value, line: back }).ok();
}

async fn serve(core: &Core, ready: Sender<()>, go: Receiver<()>) -> u64 {
    let mut line = Line::open();
    line.ask(core, 0, Deadline::NEVER).await.expect("an answer");
    ready.send_async(()).await.expect("main waits for it");
    go.closed_async().await;
    let mut answers = 0;
    for number in 0..REQUESTS {
        let answer = line.ask(core, number, Deadline::NEVER).await;
        answers += u64::from(answer.is_ok());
    }
    ready.send_async(()).await.expect("main waits for it");
    answers
}

/// Answers to all connections, and what the process allocated from their first request to the last.
async fn load(core: &'static Core) -> Result<(u64, u64), Box<dyn std::error::Error>> {
    let (ready_tx, ready) = channel::bounded(1);
    let (go, going) = channel::bounded(1);
    let connection = |_| tokio::spawn(serve(core, ready_tx.clone(), going.clone()));
    let connections: Vec<_> = (0..CONNECTIONS).map(connection).collect();
    for _ in 0..CONNECTIONS {
        ready.recv_async().await?;
    }
    let before = process_allocs();
    drop(go);
    for _ in 0..CONNECTIONS {
        ready.recv_async().await?;
    }
    let allocs = process_allocs().allocs - before.allocs;
    let mut answers = 0;
    for connection in connections {
        answers += connection.await?;
    }
    Ok((answers, allocs))
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let (word, gate) = channel::bounded(1);
    let core = Pool::builder()
        .name("core")
        .lane("requests", ROOM)
        .workers(2)
        .build(move |request, _task| compute(request, &gate))?;
    // Tasks live as long as they like, and so does what they use.
    let core: &'static Core = Box::leak(Box::new(core));
    let front = Builder::new_current_thread().build()?;
    let (answers, allocs) = front.block_on(load(core))?;
    front.block_on(async {
        let mut line = Line::open();
        let late = line.ask(core, 1, Deadline::at(1)).await;
        let panicked = line.ask(core, BAD, Deadline::NEVER).await;
        // A time-out does this: it drops the future, here while the core holds the request.
        let left = line.ask(core, HELD, Deadline::NEVER).now_or_never();
        word.send_async(()).await.expect("the core waits for it");
        let next = line.ask(core, 2, Deadline::NEVER).await;
        assert!(late.is_err() && panicked.is_err() && left.is_none() && next.is_ok());
    });
    assert!(core.drain(Duration::from_secs(10)).is_clean());
    report(core, answers, allocs);
    Ok(())
}

fn report(core: &Core, answers: u64, allocs: u64) {
    let (waited, told) = (core.waited_ns(0), core.lane_report(0));
    println!("requests waited, room included, ns: {waited}");
    // Beside the answers: a first request of each connection, and the last before the end.
    let rest = told.done - answers - told.panicked - CONNECTIONS - 1;
    println!(
        "{answers} answers to {CONNECTIONS} connections, {allocs} allocations on their way; \
         {} late, {} panicked, {rest} left early",
        told.expired, told.panicked
    );
}
