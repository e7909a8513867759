//! `PooledBytes` against `bytes::Bytes`, and `PooledBuf` against `Vec<u8>`.

use std::io::Write;

use bytes::{Buf, BufMut, Bytes};
use proptest::prelude::*;
use shorttail::pool::PooledBytes;

use crate::{frozen, pool};

#[derive(Clone, Debug)]
enum View {
    Slice(usize, usize),
    SplitTo(usize),
    SplitOff(usize),
    Truncate(usize),
    Advance(usize),
    CopyToBytes(usize),
    Clone,
    Drop,
    ThawAndPut(u8),
}

fn views() -> impl Strategy<Value = Vec<(usize, View)>> {
    let at = 0..40_usize;
    let view = prop_oneof![
        (at.clone(), at.clone()).prop_map(|(from, to)| View::Slice(from, to)),
        at.clone().prop_map(View::SplitTo),
        at.clone().prop_map(View::SplitOff),
        at.clone().prop_map(View::Truncate),
        at.clone().prop_map(View::Advance),
        at.prop_map(View::CopyToBytes),
        Just(View::Clone),
        Just(View::Drop),
        any::<u8>().prop_map(View::ThawAndPut),
    ];
    prop::collection::vec((any::<usize>(), view), 0..40)
}

/// Applies one step to handle `nth` of both; they hold the same views in the same order.
fn step(ours: &mut Vec<PooledBytes>, theirs: &mut Vec<Bytes>, nth: usize, view: View) {
    let nth = nth % ours.len();
    let len = ours[nth].len();
    match view {
        View::Slice(from, to) => {
            let to = to.min(len);
            let from = from.min(to);
            ours.push(ours[nth].slice(from..to));
            theirs.push(theirs[nth].slice(from..to));
        }
        View::SplitTo(at) => {
            let (a, b) = (
                ours[nth].split_to(at.min(len)),
                theirs[nth].split_to(at.min(len)),
            );
            ours.push(a);
            theirs.push(b);
        }
        View::SplitOff(at) => {
            let (a, b) = (
                ours[nth].split_off(at.min(len)),
                theirs[nth].split_off(at.min(len)),
            );
            ours.push(a);
            theirs.push(b);
        }
        View::Truncate(at) => {
            ours[nth].truncate(at);
            theirs[nth].truncate(at);
        }
        View::Advance(count) => {
            ours[nth].advance(count.min(len));
            theirs[nth].advance(count.min(len));
        }
        View::CopyToBytes(count) => {
            let ours = ours[nth].copy_to_bytes(count.min(len));
            assert_eq!(ours, theirs[nth].copy_to_bytes(count.min(len)));
        }
        View::Clone => {
            ours.push(ours[nth].clone());
            theirs.push(theirs[nth].clone());
        }
        View::Drop if ours.len() > 1 => {
            ours.swap_remove(nth);
            theirs.swap_remove(nth);
        }
        View::Drop => {}
        View::ThawAndPut(byte) => thaw(ours, theirs, nth, byte),
    }
}

/// With one handle left, writes through it; with more, must be refused.
fn thaw(ours: &mut Vec<PooledBytes>, theirs: &mut [Bytes], nth: usize, byte: u8) {
    let alone = ours.len() == 1;
    match ours.swap_remove(nth).try_into_mut() {
        Ok(mut buf) => {
            assert!(alone);
            let put = buf.try_put(&[byte]).is_ok();
            ours.push(buf.freeze());
            let mut bytes = theirs[0].to_vec();
            bytes.extend(put.then_some(byte));
            theirs[0] = bytes.into();
        }
        Err(bytes) => {
            assert!(!alone);
            ours.push(bytes);
            let last = ours.len() - 1;
            ours.swap(nth, last);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn handles_keep_what_their_models_hold(
        steps in prop::collection::vec(any::<u8>(), 0..900),
    ) {
        crate::steps::run(&steps);
    }

    #[test]
    fn views_are_as_those_of_bytes(
        content in prop::collection::vec(any::<u8>(), 0..40),
        views in views(),
    ) {
        let pool = pool(48, 1);
        let mut ours = vec![frozen(&pool, &content)];
        let mut theirs = vec![Bytes::from(content)];
        for (nth, view) in views {
            step(&mut ours, &mut theirs, nth, view);
            for (ours, theirs) in ours.iter().zip(&theirs) {
                prop_assert_eq!(&ours[..], &theirs[..]);
                prop_assert_eq!(format!("{ours:?}"), format!("b\"{}\"", theirs.escape_ascii()));
            }
            prop_assert_eq!(pool.outstanding(), 1);
        }
        drop(ours);
        prop_assert_eq!(pool.outstanding(), 0);
    }

    #[test]
    fn buffer_is_as_a_vec_with_a_cap(
        puts in prop::collection::vec((0..5_u8, prop::collection::vec(any::<u8>(), 0..20)), 0..30),
    ) {
        const CAP: usize = 64;
        let pool = pool(CAP, 1);
        let mut buf = pool.try_acquire(CAP).unwrap();
        let mut vec: Vec<u8> = Vec::new();
        for (way, bytes) in puts {
            let fits = vec.len() + bytes.len() <= CAP;
            let part = &bytes[..bytes.len().min(CAP - vec.len())];
            match way {
                0 => {
                    prop_assert_eq!(buf.try_put(&bytes).is_ok(), fits);
                    vec.extend(fits.then_some(&bytes).into_iter().flatten());
                }
                1 => {
                    prop_assert_eq!(buf.write(&bytes).unwrap(), part.len());
                    vec.extend(part);
                }
                2 => {
                    buf.put(part);
                    vec.extend(part);
                }
                3 if vec.len() < CAP => {
                    prop_assert_eq!(buf.read_from(&mut &bytes[..]).unwrap(), part.len());
                    vec.extend(part);
                }
                _ => {
                    buf.truncate(bytes.len());
                    vec.truncate(bytes.len());
                }
            }
            prop_assert_eq!(&buf[..], &vec[..]);
            prop_assert_eq!(buf.remaining_mut(), CAP - vec.len());
        }
    }
}
