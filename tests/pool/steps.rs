//! Random steps on buffers and views, each held against a `Vec<u8>` and its place in the slot. The
//! fuzz target `pool_ops` takes the same steps from its input.

use std::io::{BufRead, Read};
use std::rc::Rc;

use shorttail::pool::{BufferPool, PooledBuf, PooledBytes, PutFmtError};

const CAPACITY: usize = 64;
const SLOTS: usize = 3;
/// Buffers that the heap gives on top.
const HEAP: usize = 2;

/// A buffer, what it must hold, and how far into its slot it begins.
struct Filling {
    buf: PooledBuf,
    model: Vec<u8>,
    from: usize,
}

/// A frozen view, what it must hold, how far into its slot it begins, and who else is on that.
struct View {
    bytes: PooledBytes,
    model: Vec<u8>,
    from: usize,
    /// Whether it is from the heap.
    slot: Rc<bool>,
}

#[derive(Default)]
struct State {
    bufs: Vec<Filling>,
    views: Vec<View>,
}

/// Bytes that tell one step from another.
fn content(seed: u8, len: usize) -> Vec<u8> {
    (0..len).map(|at| seed.wrapping_add(at as u8)).collect()
}

fn room(buf: &PooledBuf) -> usize {
    buf.capacity() - buf.len()
}

impl State {
    /// Slots in use, and buffers from the heap.
    fn in_use(&self) -> (usize, usize) {
        let first = |(index, view): &(usize, &View)| {
            let same = |other: &View| Rc::ptr_eq(&view.slot, &other.slot);
            !self.views[..*index].iter().any(same)
        };
        let frozen = self.views.iter().enumerate().filter(first);
        let frozen = frozen.map(|(_, view)| *view.slot);
        let filling = self.bufs.iter().map(|filling| filling.buf.is_on_heap());
        let (heap, slots): (Vec<_>, Vec<_>) = filling.chain(frozen).partition(|on_heap| *on_heap);
        (slots.len(), heap.len())
    }

    /// What both kinds of handle must agree on: bytes of the model, room, slots in use.
    fn check(&self, pool: &BufferPool) {
        for Filling { buf, model, from } in &self.bufs {
            assert_eq!(buf[..], model[..]);
            assert_eq!(buf.capacity(), CAPACITY - from);
        }
        for view in &self.views {
            assert_eq!(view.bytes[..], view.model[..]);
        }
        let (slots, heap) = self.in_use();
        let stats = pool.stats();
        assert_eq!((stats.in_use, stats.heap_buffers), (slots, heap));
        assert_eq!(stats.heap_bytes, heap * CAPACITY);
        assert_eq!(pool.outstanding(), slots + heap);
    }

    /// One step on a view, cut at `at`, or joined to another.
    fn step_view(&mut self, op: u8, nth: usize, at: usize) {
        let mut view = self.views.swap_remove(nth % self.views.len());
        let at = at.min(view.model.len());
        let (bytes, model) = (&mut view.bytes, &mut view.model);
        let part = match op {
            0 => Some((bytes.clone(), model.clone(), view.from)),
            1 => Some((bytes.slice(at..), model[at..].to_vec(), view.from + at)),
            2 => {
                let front = bytes.split_to(at);
                view.from += at;
                Some((front, model.drain(..at).collect(), view.from - at))
            }
            3 => Some((bytes.split_off(at), model.split_off(at), view.from + at)),
            4 => {
                let mut room = [0; CAPACITY];
                assert_eq!(bytes.read(&mut room[..at]).unwrap(), at);
                assert!(room[..at].iter().copied().eq(model.drain(..at)));
                view.from += at;
                None
            }
            5 => return self.unsplit(view, nth),
            6 => return self.thaw(view),
            _ => return,
        };
        if let Some((bytes, model, from)) = part {
            let slot = Rc::clone(&view.slot);
            self.views.push(View {
                bytes,
                model,
                from,
                slot,
            });
        }
        self.views.push(view);
    }

    fn unsplit(&mut self, mut front: View, nth: usize) {
        if !self.views.is_empty() {
            let mut back = self.views.swap_remove(nth % self.views.len());
            let same = Rc::ptr_eq(&front.slot, &back.slot);
            let follows = same && front.from + front.model.len() == back.from;
            match front.bytes.try_unsplit(back.bytes) {
                Ok(()) => {
                    assert!(follows);
                    front.model.append(&mut back.model);
                }
                Err(bytes) => {
                    assert!(!follows);
                    self.views.push(View { bytes, ..back });
                }
            }
        }
        self.views.push(front);
    }

    fn thaw(&mut self, view: View) {
        match (view.bytes.try_into_mut(), Rc::strong_count(&view.slot)) {
            (Ok(buf), 1) => self.bufs.push(Filling {
                buf,
                model: view.model,
                from: view.from,
            }),
            (Err(bytes), 2..) => self.views.push(View { bytes, ..view }),
            (thawed, others) => panic!("{thawed:?} with {others} handles"),
        }
    }

    /// One step on a buffer.
    fn step_buf(&mut self, op: u8, nth: usize, arg: usize) {
        let nth = nth % self.bufs.len();
        let mut filling = self.bufs.swap_remove(nth);
        let Filling { buf, model, from } = &mut filling;
        let len = model.len();
        match op {
            0..4 => put(buf, model, op, &content(nth as u8, arg % 40)),
            4 => {
                buf.truncate(arg);
                model.truncate(arg);
            }
            5 => {
                buf.consume(arg.min(len));
                model.drain(..arg.min(len));
                *from += arg.min(len);
            }
            6 => {
                buf.compact();
                *from = 0;
            }
            7 => {
                let (seed, room) = (arg as u8, room(buf));
                let input = content(seed, arg % 40);
                let read = buf.read_from(&mut &input[..]);
                assert_eq!(read.is_ok(), room > 0);
                model.extend(&input[..read.unwrap_or(0)]);
            }
            8 => {
                let slot = Rc::new(filling.buf.is_on_heap());
                let (bytes, model, from) = (filling.buf.freeze(), filling.model, filling.from);
                return self.views.push(View {
                    bytes,
                    model,
                    from,
                    slot,
                });
            }
            _ => return,
        }
        self.bufs.push(filling);
    }
}

/// Puts `bytes` in one of four ways, which differ in what they do with what does not fit.
fn put(buf: &mut PooledBuf, model: &mut Vec<u8>, way: u8, bytes: &[u8]) {
    let room = room(buf);
    let fits = bytes.len() <= room;
    let part = &bytes[..bytes.len().min(room)];
    match way {
        0 => assert_eq!(buf.try_put(bytes).is_ok(), fits),
        1 => match buf.try_put_slice(bytes) {
            Ok(()) => assert!(fits),
            Err(left) => {
                assert_eq!((left.written, left.rest), (room, &bytes[room..]));
                model.extend(part);
            }
        },
        2 => {
            let text: String = bytes.iter().map(|byte| char::from(byte % 128)).collect();
            match buf.try_put_fmt(format_args!("{}{}", &text[..text.len() / 2], 7)) {
                Ok(()) => model.extend(format!("{}7", &text[..text.len() / 2]).bytes()),
                Err(PutFmtError::Full(full)) => {
                    assert_eq!((full.requested, full.remaining), (text.len() / 2 + 1, room));
                    assert!(full.requested > room);
                }
                Err(other) => panic!("{other}"),
            }
            return;
        }
        _ => {
            buf.extend(part);
            model.extend(part);
            return;
        }
    }
    if fits {
        model.extend(bytes);
    }
}

/// Takes a step for each three bytes, with everything compared after each.
pub(crate) fn run(steps: &[u8]) {
    let builder = BufferPool::builder().class(CAPACITY, SLOTS);
    let builder = builder.heap_overflow(HEAP * CAPACITY + CAPACITY - 1);
    let pool = builder.build().expect("a pool");
    let mut state = State::default();
    let (mut exhausted, mut refused) = (0, 0);
    for step in steps.chunks_exact(3) {
        let (op, nth, arg) = (step[0] % 20, usize::from(step[1]), usize::from(step[2]));
        match op {
            0..3 => {
                let (slots, heap) = state.in_use();
                exhausted += u64::from(slots == SLOTS);
                match pool.try_acquire(arg % (CAPACITY + 1)) {
                    Ok(buf) => {
                        assert_eq!(buf.is_on_heap(), slots == SLOTS);
                        let (model, from) = (Vec::new(), 0);
                        state.bufs.push(Filling { buf, model, from });
                    }
                    Err(_) => {
                        assert_eq!((slots, heap), (SLOTS, HEAP));
                        refused += 1;
                    }
                }
            }
            3..11 if !state.views.is_empty() && state.views.len() < 64 => {
                state.step_view(op - 3, nth, arg);
            }
            3..11 => {}
            _ if !state.bufs.is_empty() => state.step_buf(op - 11 + nth as u8 / 128, nth, arg),
            _ => {}
        }
        state.check(&pool);
    }
    drop(state);
    let stats = pool.stats();
    assert_eq!(
        (stats.in_use, stats.heap_buffers, stats.heap_bytes),
        (0, 0, 0)
    );
    assert_eq!((stats.exhausted, stats.heap_refused), (exhausted, refused));
    assert_eq!(stats.heap_taken, exhausted - refused);
}
