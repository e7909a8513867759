//! Handles on pooled memory against `Vec<u8>`: each holds what its model holds, a handle that is
//! alone can be thawed and no other, and the pool's counts are those of the handles alive.
#![no_main]

use std::rc::Rc;

use libfuzzer_sys::fuzz_target;
use shorttail::pool::{BufferPool, PooledBuf, PooledBytes};

const CAPACITY: usize = 64;
const SLOTS: usize = 3;

/// A frozen view, what it must hold, and who else is on its slot.
type View = (PooledBytes, Vec<u8>, Rc<()>);

#[derive(Default)]
struct State {
    bufs: Vec<(PooledBuf, Vec<u8>)>,
    views: Vec<View>,
}

/// What both kinds of handle must agree on: bytes of the model, slots in use.
fn check(pool: &BufferPool, state: &State) {
    let mut slots = state.bufs.len();
    for (buf, model) in &state.bufs {
        assert_eq!(buf[..], model[..]);
    }
    for (index, (view, model, slot)) in state.views.iter().enumerate() {
        assert_eq!(view[..], model[..]);
        let seen = |(_, _, other): &View| Rc::ptr_eq(slot, other);
        slots += usize::from(!state.views[..index].iter().any(seen));
    }
    assert_eq!(pool.outstanding(), slots);
}

/// One step on a view that may be cut in two at `at`.
fn step_view(state: &mut State, op: u8, nth: usize, at: usize) {
    let nth = nth % state.views.len();
    let (mut view, mut model, slot) = state.views.swap_remove(nth);
    let at = at.min(view.len());
    let cut = match op {
        0 => Some((view.clone(), model.clone())),
        1 => Some((view.slice(at..), model[at..].to_vec())),
        2 => Some((view.split_to(at), model.drain(..at).collect())),
        3 => Some((view.split_off(at), model.split_off(at))),
        4 => match (view.try_into_mut(), Rc::strong_count(&slot)) {
            (Ok(buf), 1) => return state.bufs.push((buf, model)),
            (Err(back), 2..) => {
                view = back;
                None
            }
            (thawed, others) => panic!("{thawed:?} with {others} handles"),
        },
        _ => return,
    };
    if let Some((other, part)) = cut {
        state.views.push((other, part, Rc::clone(&slot)));
    }
    state.views.push((view, model, slot));
}

fuzz_target!(|data: &[u8]| {
    let pool = BufferPool::builder()
        .class(CAPACITY, SLOTS)
        .build()
        .expect("a pool");
    let mut state = State::default();
    let mut refused = 0;
    for step in data.chunks_exact(2) {
        let (op, nth, arg) = (
            step[0] % 10,
            usize::from(step[0] / 10),
            usize::from(step[1]),
        );
        match op {
            0..6 if !state.views.is_empty() && state.views.len() < 64 => {
                step_view(&mut state, op, nth, arg);
            }
            6 => match pool.try_acquire(arg % (CAPACITY + 1)) {
                Ok(buf) => state.bufs.push((buf, Vec::new())),
                Err(_) => {
                    assert_eq!(pool.outstanding(), SLOTS);
                    refused += 1;
                }
            },
            7..10 if !state.bufs.is_empty() => {
                let nth = nth % state.bufs.len();
                let (mut buf, mut model) = state.bufs.swap_remove(nth);
                match op {
                    7 => {
                        let bytes = vec![step[0]; arg % 40];
                        let room = buf.capacity() - model.len();
                        let put = buf.try_put(&bytes);
                        assert_eq!(put.is_ok(), bytes.len() <= room);
                        model.extend(bytes.iter().filter(|_| put.is_ok()));
                        state.bufs.push((buf, model));
                    }
                    8 => state.views.push((buf.freeze(), model, Rc::new(()))),
                    _ if arg == 0 => drop(buf),
                    _ => {
                        buf.truncate(arg);
                        model.truncate(arg);
                        state.bufs.push((buf, model));
                    }
                }
            }
            _ => {}
        }
        check(&pool, &state);
    }
    drop(state);
    let stats = pool.stats();
    assert_eq!((stats.in_use, stats.exhausted), (0, refused));
});
