//! One request through the blocks, and the same the ordinary way: what a stalled allocator is held
//! against. Shared with `benches/stall.rs`.

use std::collections::{HashMap, VecDeque};
use std::hint::black_box;
use std::sync::Mutex;

use shorttail::arena::ArenaPool;
use shorttail::cache::{Cache, Lookup};
use shorttail::channel::{Receiver, Sender, bounded};
use shorttail::http1::{Connection, Limits};
use shorttail::limit::Pacer;
use shorttail::measure::{Exemplars, Stage, StageSet, StageTimer};
use shorttail::pool::BufferPool;
use shorttail::time::{Clock, StdClock};

const HEAD: &[u8] = b"GET /item/7?q=a HTTP/1.1\r\nHost: example.org\r\nAccept: */*\r\n\r\n";

/// What a request passes on its way, built once.
pub(crate) struct Blocks {
    buffers: BufferPool,
    arenas: ArenaPool,
    cache: Cache<u64, u64>,
    queue: (Sender<u64>, Receiver<u64>),
    pacer: Pacer,
    stages: StageSet,
    slowest: Exemplars,
}

impl Blocks {
    pub(crate) fn new() -> Self {
        let limits = Limits::default();
        let cache = Cache::builder(1_000).build().expect("a sound capacity");
        for key in 0..900 {
            cache.insert(key, key).expect("room");
        }
        Self {
            buffers: BufferPool::builder()
                .class(4_096, 8)
                .build()
                .expect("sound classes"),
            arenas: ArenaPool::new(2, limits.arena_bytes()).expect("a sound size"),
            cache,
            queue: bounded(16),
            pacer: Pacer::per_second(1_000_000_000, 1_000_000).expect("a sound rate"),
            stages: StageSet::standard(64),
            slowest: Exemplars::new(8),
        }
    }

    /// Parsed, looked up, queued, refused where it must be, answered and measured. No call of it
    /// asks for memory; what comes out is what went in.
    pub(crate) fn request(&self, number: u64) -> u64 {
        let mut timer = StageTimer::start(StdClock.now_ns());
        let arena = self.arenas.try_acquire().expect("two arenas, one request");
        let mut connection = Connection::new(Limits::default());
        let head = connection.parse_head(HEAD, &arena).expect("a good head");
        assert_eq!(head.expect("a whole one").path(), "/item/7");
        let is_paced = self.pacer.try_pass(StdClock.now_ns()).is_ok();
        assert!(is_paced, "a permit a nanosecond");
        timer.lap(Stage::PROCESSING, StdClock.now_ns());

        let (sender, receiver) = &self.queue;
        sender.try_send(number).expect("room for one");
        assert_eq!(receiver.try_recv(), Ok(number));
        timer.lap(Stage::QUEUE_WAIT, StdClock.now_ns());

        let found = match self.cache.get(&(number % 800)) {
            Lookup::Fresh(value) => value,
            _ => number % 800,
        };
        self.cache.insert(number % 800, found).expect("room");
        let mut answer = self
            .buffers
            .try_acquire(64)
            .expect("eight buffers, one request");
        answer.try_put(&found.to_le_bytes()).expect("room");
        let bytes = answer.freeze();
        timer.lap(Stage::PROCESSING, StdClock.now_ns());
        self.stages.record(&timer);
        self.slowest.offer(u128::from(number), &timer);
        u64::from_le_bytes(bytes[..8].try_into().expect("eight bytes"))
    }
}

/// The same, as one writes it first: a buffer, a few strings and a queue's node a request.
pub(crate) struct Ordinary {
    found: HashMap<u64, u64>,
    queue: Mutex<VecDeque<Box<u64>>>,
}

impl Ordinary {
    pub(crate) fn new() -> Self {
        Self {
            found: (0..900).map(|key| (key, key)).collect(),
            queue: Mutex::new(VecDeque::with_capacity(16)),
        }
    }

    pub(crate) fn request(&self, number: u64) -> u64 {
        let head = String::from_utf8(HEAD.to_vec()).expect("text");
        assert_eq!(black_box(head).split(' ').nth(1), Some("/item/7?q=a"));
        let mut queue = self.queue.lock().expect("nobody panics");
        queue.push_back(Box::new(number));
        let number = *queue.pop_front().expect("just put in");
        let found = self.found[&(number % 800)];
        let answer = black_box(found.to_le_bytes().to_vec());
        u64::from_le_bytes(answer[..8].try_into().expect("eight bytes"))
    }
}
