//! The service on shorttail's blocks.
//!
//! A request's way: socket, a pooled buffer, its head parsed in a pooled arena, the cache, and the
//! cached bytes to the socket. Misses go to the cache's own loader threads; the request waits for
//! them no longer than its budget. Nothing on this way allocates.

mod access_log;
mod answer;
mod body;
mod connection;
mod date;
mod loads;
mod metrics;
mod stages;

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use shorttail::arena::ArenaPool;
use shorttail::channel::{Sender, bounded};
use shorttail::http1::Limits;
use shorttail::measure::{AllocRegion, StageSet};
use shorttail::pool::BufferPool;
use tokio::net::TcpListener;
use tokio::runtime::Runtime;
use tokio::sync::{Semaphore, watch};

use crate::origin::Origin;
use crate::service::{
    BODY_BYTES_MAX, CACHE_ITEMS, CONNECTIONS_MAX, Counters, DRAIN, LOG_RECORDS, Levels, PERMITS,
    Service, Setup,
};
use crate::trouble::Trouble;
use access_log::Record;
use answer::Answer;
use connection::{Request, Verb};
use loads::Items;
use stages::STAGES;

/// Where the arm's allocations are counted; what none of them claims is the runtime's.
static CONNECTIONS: AllocRegion = AllocRegion::new("connections");
static ACCEPTING: AllocRegion = AllocRegion::new("accepting");
static LOADS: AllocRegion = AllocRegion::new("loads");
static LOG: AllocRegion = AllocRegion::new("access-log");

/// Heads that may be looked at at one moment: an arena is never held across a wait, so that the
/// workers need one each.
const ARENAS_PER_WORKER: usize = 2;

pub(super) struct State {
    limits: Limits,
    buffers: BufferPool,
    arenas: ArenaPool,
    items: Items,
    permits: Semaphore,
    connections: Arc<Semaphore>,
    stages: StageSet<STAGES>,
    counters: Counters,
    log: Sender<Record>,
    origin: Arc<Origin>,
    trouble: Arc<Trouble>,
    plant_alloc: bool,
    plant_leaks: bool,
}

/// With leaks planted, every so manyth request loses something, and so much memory.
const PLANTED_LEAK_EVERY: u64 = 200;
const PLANTED_LEAK_BYTES: usize = 1 << 18;

/// Buffers of this size hold items and nothing else.
const ITEM_BUFFER_BYTES: usize = 512;

struct Shorttail {
    runtime: Runtime,
    state: Arc<State>,
    log_writer: JoinHandle<()>,
    address: SocketAddr,
    stop: watch::Sender<bool>,
}

/// Starts the arm; the warm-up goes on behind.
pub(crate) fn start(setup: &Setup) -> io::Result<Box<dyn Service>> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(setup.workers)
        .enable_all()
        .build()?;
    let (log, records) = bounded(LOG_RECORDS);
    let log_writer = access_log::start(records, std::fs::File::create(&setup.log)?, &LOG)?;
    let limits = Limits::builder()
        .body(BODY_BYTES_MAX as u64)
        .build()
        .map_err(io::Error::other)?;
    let buffers = buffers(setup).map_err(io::Error::other)?;
    if setup.plant_leak {
        std::mem::forget(buffers.try_acquire(1));
    }
    let origin = Arc::new(Origin::new(setup.healthy));
    let trouble = Arc::new(Trouble::default());
    let arenas = ArenaPool::new(setup.workers * ARENAS_PER_WORKER, limits.arena_bytes());
    let state = Arc::new(State {
        limits,
        arenas: arenas.map_err(io::Error::other)?,
        items: Items::start(Arc::clone(&origin), Arc::clone(&trouble), buffers.clone())?,
        buffers,
        permits: Semaphore::new(PERMITS),
        connections: Arc::new(Semaphore::new(CONNECTIONS_MAX)),
        stages: stages::set(setup.workers),
        counters: Counters::default(),
        log,
        origin,
        trouble,
        plant_alloc: setup.plant_alloc,
        plant_leaks: setup.plant_leaks,
    });
    let listener = runtime.block_on(crate::service::listen(setup.listen))?;
    let address = listener.local_addr()?;
    let (stop, stopped) = watch::channel(false);
    runtime.spawn(ACCEPTING.watch(accept(listener, Arc::clone(&state), stopped)));
    Ok(Box::new(Shorttail {
        runtime,
        state,
        log_writer,
        address,
        stop,
    }))
}

/// Buffers for every cached item, every connection, and a few long heads and bodies.
fn buffers(setup: &Setup) -> Result<BufferPool, shorttail::pool::ConfigError> {
    BufferPool::builder()
        .class(ITEM_BUFFER_BYTES, CACHE_ITEMS + CACHE_ITEMS / 8)
        .class(4_096, setup.read_buffers.unwrap_or(CONNECTIONS_MAX + 512))
        .class(16_384, 128)
        .class(65_536, 32)
        .class(262_144, 8)
        .class(BODY_BYTES_MAX + 65_536, 8)
        .use_next_larger(setup.read_buffers.is_none())
        .build()
}

async fn accept(listener: TcpListener, state: Arc<State>, mut stopped: watch::Receiver<bool>) {
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            _ = stopped.wait_for(|&stop| stop) => return,
        };
        let Ok((stream, _)) = accepted else {
            // Out of descriptors, most likely: give the open connections time to end.
            tokio::time::sleep(Duration::from_millis(50)).await;
            continue;
        };
        let Ok(permit) = Arc::clone(&state.connections).try_acquire_owned() else {
            state.counters.connections_refused.add();
            continue;
        };
        let (state, stopped) = (Arc::clone(&state), stopped.clone());
        tokio::spawn(CONNECTIONS.watch(async move {
            connection::serve(&state, stream, stopped).await;
            drop((state, permit));
        }));
    }
}

impl State {
    fn is_ready(&self) -> bool {
        self.items.is_ready()
    }

    /// The item within the budget: fresh, else stale, else what stands in for it.
    async fn look_up(&self, id: u32) -> Answer {
        match self.items.look_up(id).await {
            loads::Found::Fresh(bytes) => Answer::item(bytes, "fresh"),
            loads::Found::Stale(bytes) => {
                self.counters.stale.add();
                Answer::item(bytes, "stale")
            }
            loads::Found::Nothing => {
                self.counters.fallback.add();
                Answer::fallback(id)
            }
            loads::Found::Shed => {
                self.counters.shed.add();
                answer::busy()
            }
        }
    }

    /// Updates the item at the origin and forgets what the cache has of it.
    fn store(&self, id: u32, body: &[u8]) {
        self.origin.write(id, body);
        self.items.forget(id);
    }

    /// Counts an answer, before it is sent: who has it may look at the counters.
    fn count(&self, status: u16) {
        self.counters.requests.add();
        match status {
            400..500 => self.counters.rejected.add(),
            500 => self.counters.failed.add(),
            _ => {}
        }
    }

    /// Logs an answered request and its stages.
    fn note(&self, request: &Request, answer: &Answer) {
        self.stages.record(&request.timer);
        self.log(Record {
            verb: request.verb,
            route: request.route,
            status: answer.status,
            bytes: answer.body().len() as u32,
            took_ns: request.timer.total_ns(),
        });
    }

    /// Logs a request that was refused before it was understood.
    fn note_refusal(&self, answer: &Answer) {
        self.log(Record {
            verb: Verb::Other,
            route: crate::service::Route::Unknown,
            status: answer.status,
            bytes: answer.body().len() as u32,
            took_ns: 0,
        });
    }

    fn log(&self, record: Record) {
        if self.log.try_send(record).is_err() {
            self.counters.log_dropped.add();
        }
    }

    /// One `Vec` too many, or memory and a handle that are lost, where a test asks for it.
    fn plant(&self) {
        if self.plant_leaks && self.counters.requests.get() % PLANTED_LEAK_EVERY == 0 {
            plant_leak();
        }
        if self.plant_alloc {
            drop(std::hint::black_box(Vec::<u8>::with_capacity(
                std::hint::black_box(64),
            )));
        }
    }
}

/// Takes memory and a handle, if there are some to be had, and loses them.
fn plant_leak() {
    let mut memory = Vec::<u8>::new();
    if memory.try_reserve_exact(PLANTED_LEAK_BYTES).is_ok() {
        memory.resize(PLANTED_LEAK_BYTES, 1);
        std::mem::forget(std::hint::black_box(memory));
    }
    if let Ok(file) = std::fs::File::open("/dev/null") {
        std::mem::forget(file);
    }
}

impl Service for Shorttail {
    fn address(&self) -> SocketAddr {
        self.address
    }

    fn origin(&self) -> &Origin {
        &self.state.origin
    }

    fn counters(&self) -> &Counters {
        &self.state.counters
    }

    fn trouble(&self) -> Option<&Trouble> {
        Some(&self.state.trouble)
    }

    fn levels(&self) -> Option<Levels> {
        let state = &self.state;
        let mut levels = Levels {
            permits_lent: (PERMITS - state.permits.available_permits()) as u64,
            connections: (CONNECTIONS_MAX - state.connections.available_permits()) as u64,
            arenas_lent: state.arenas.stats().in_use as u64,
            loads_active: state.items.loads_active(),
            log_records: state.log.len() as u64,
            ..Levels::default()
        };
        for class in state.buffers.class_stats() {
            if class.slot_bytes == ITEM_BUFFER_BYTES {
                levels.items_lent = (class.in_use as u64).saturating_sub(state.items.cached());
            } else {
                levels.buffers_lent += class.in_use as u64;
            }
        }
        Some(levels)
    }

    fn for_each_region(&self, tell: &mut dyn FnMut(&'static str, u64)) {
        for region in [&CONNECTIONS, &ACCEPTING, &LOADS, &LOG] {
            let counts = region.counts();
            tell(region.name(), counts.allocs + counts.reallocs);
        }
    }

    fn stop(self: Box<Self>) -> Result<String, String> {
        self.stop.send_replace(true);
        let all = u32::try_from(CONNECTIONS_MAX).map_err(|error| error.to_string())?;
        let drained = self.runtime.block_on(async {
            tokio::time::timeout(DRAIN, self.state.connections.acquire_many(all))
                .await
                .is_ok()
        });
        if !drained {
            return Err("some connections did not end".to_owned());
        }
        // Nobody but us has the state once the runtime and its tasks are gone.
        drop(self.runtime);
        let state = Arc::into_inner(self.state).ok_or("somebody still has the state")?;
        let (buffers, arenas) = (state.buffers.clone(), state.arenas.clone());
        let permits = state.permits.available_permits();
        let warmed = state.items.warmed();
        let answered = state.counters.requests.get();
        drop(state);
        self.log_writer
            .join()
            .map_err(|_| "the access log's thread panicked")?;
        wait_until(|| buffers.stats().in_use == 0 && arenas.stats().in_use == 0);
        let (lent, arenas) = (buffers.stats().in_use, arenas.stats());
        let line = format!(
            "buffers lent {lent}, arenas lent {} of {}, permits {permits} of {PERMITS}, {warmed}, \
             {answered} answered",
            arenas.in_use, arenas.arenas,
        );
        let back = lent == 0 && arenas.in_use == 0 && permits == PERMITS;
        if back { Ok(line) } else { Err(line) }
    }
}

/// A load that is under way when the service stops finishes first, and then gives its buffer back.
fn wait_until(done: impl Fn() -> bool) {
    let since = Instant::now();
    while !done() && since.elapsed() < DRAIN {
        std::thread::sleep(Duration::from_millis(5));
    }
}
