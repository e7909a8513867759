//! Every hot call carries the attribute of RealtimeSanitizer, so that a user's run of it sees in.
//! Every call that waits carries the opposite one, so that a hot call which makes it is stopped
//! also where there was nothing to wait for.

use super::assert_none;
use super::source::{File, in_library, rust_files};

/// Functions by file.
pub(crate) type List = &'static [(&'static str, &'static [&'static str])];

/// How a mark stands in the source.
const NONBLOCKING: &str = "#[cfg_attr(shorttail_rtsan, sanitize(realtime = \"nonblocking\"))]";
const BLOCKING: &str = "#[cfg_attr(shorttail_rtsan, sanitize(realtime = \"blocking\"))]";

/// What promises never to block or allocate, by file. A release is the `drop` of a guard, or
/// `release` or `give_back` where the guard's drop may also free the pool.
pub(crate) const HOT: List = &[
    ("src/arena/boxed.rs", &["try_new"]),
    (
        "src/arena/bump.rs",
        &[
            "reset",
            "try_alloc",
            "try_alloc_slice_copy",
            "try_alloc_slice_fill_with",
            "try_alloc_str",
            "try_alloc_uninit_slice",
        ],
    ),
    ("src/arena/pool.rs", &["drop", "try_acquire"]),
    ("src/arena/string.rs", &["try_push", "try_push_str"]),
    (
        "src/arena/vec.rs",
        &["try_extend_from_slice", "try_push", "try_reserve"],
    ),
    (
        "src/cache/forget.rs",
        &["invalidate_all", "invalidate_tag", "try_remove"],
    ),
    ("src/cache/handle.rs", &["contains", "get", "stats", "with"]),
    ("src/cache/iter.rs", &["for_each"]),
    (
        "src/cache/write.rs",
        &["try_insert", "try_insert_negative", "try_insert_with_terms"],
    ),
    (
        "src/channel/lanes/lane.rs",
        &["force_send", "len", "try_send"],
    ),
    (
        "src/channel/lanes/receiver.rs",
        &["is_closed", "len", "try_recv"],
    ),
    ("src/channel/lanes/sender.rs", &["is_closed"]),
    (
        "src/channel/reserve.rs",
        &["try_reserve", "try_reserve_owned"],
    ),
    ("src/channel/receiver.rs", &["is_closed", "len", "try_recv"]),
    ("src/channel/recv_many.rs", &["try_recv_many"]),
    ("src/channel/select/mod.rs", &["try_wait"]),
    ("src/channel/send_many.rs", &["try_send_many"]),
    (
        "src/channel/sender.rs",
        &["force_send", "is_closed", "len", "try_send"],
    ),
    ("src/channel/stamped/message.rs", &["record"]),
    ("src/channel/stamped/fresh.rs", &["try_recv_fresh"]),
    ("src/channel/stamped/receiver.rs", &["try_recv"]),
    ("src/channel/stamped/recv_many.rs", &["try_recv_many"]),
    ("src/channel/stamped/reserve.rs", &["try_reserve"]),
    ("src/channel/stamped/sender.rs", &["force_send", "try_send"]),
    ("src/http1/batch.rs", &["next"]),
    (
        "src/http1/connection.rs",
        &[
            "discard_body",
            "limit_body",
            "parse_head",
            "read_body",
            "take_continue",
        ],
    ),
    ("src/http1/frozen_head.rs", &["as_head"]),
    (
        "src/http1/head.rs",
        &[
            "authority",
            "get",
            "get_all",
            "headers",
            "method",
            "path",
            "query",
            "target",
            "target_form",
            "upgrade",
        ],
    ),
    ("src/http1/named.rs", &["header", "next"]),
    (
        "src/http1/owned.rs",
        &["as_head", "to_owned_in", "to_owned_into"],
    ),
    (
        "src/http1/read_buf.rs",
        &["consume", "parse_head", "release", "release_unused", "room"],
    ),
    ("src/http1/cookie.rs", &["next"]),
    ("src/http1/decode.rs", &["form_decode", "percent_decode"]),
    ("src/http1/multipart/decoder.rs", &["read"]),
    ("src/http1/multipart/part.rs", &["next"]),
    ("src/http1/pairs.rs", &["next"]),
    ("src/http1/params.rs", &["decode"]),
    ("src/http1/scratch.rs", &["try_take"]),
    ("src/http1/response.rs", &["encode"]),
    ("src/control/attempts.rs", &["failed", "succeeded"]),
    ("src/control/client_throttle.rs", &["accepted", "try_send"]),
    ("src/control/cancel.rs", &["is_cancelled"]),
    ("src/control/endpoint/mod.rs", &["observe", "tick"]),
    (
        "src/control/gate/mod.rs",
        &["load", "try_enter", "try_enter_owned"],
    ),
    (
        "src/control/gate/permit.rs",
        &["cut_off", "finish", "overloaded"],
    ),
    (
        "src/control/hedge.rs",
        &["answered", "start", "start_unchecked", "try_hedge"],
    ),
    ("src/control/retry_budget.rs", &["deposit", "try_withdraw"]),
    (
        "src/control/retry_policy.rs",
        &["start", "start_nested", "start_unchecked", "start_unmarked"],
    ),
    ("src/control/toggle/mod.rs", &["is_on", "is_on_for", "set"]),
    ("src/control/toggle/measured.rs", &["side_for", "record"]),
    ("src/limit/backoff.rs", &["draw"]),
    (
        "src/limit/breaker.rs",
        &["admit", "succeeded", "failed", "cancelled", "admits"],
    ),
    ("src/limit/codel.rs", &["sheds"]),
    (
        "src/limit/pacer.rs",
        &["try_pass", "try_pass_many", "reserve"],
    ),
    (
        "src/measure/histogram/owned.rs",
        &["record", "record_n", "snapshot_into"],
    ),
    ("src/measure/histogram/recorder.rs", &["record", "record_n"]),
    (
        "src/measure/histogram/shared.rs",
        &["record", "record_n", "snapshot_into"],
    ),
    (
        "src/measure/histogram/snapshot.rs",
        &["delta", "merge", "quantiles"],
    ),
    ("src/measure/stage/exemplars.rs", &["offer"]),
    (
        "src/measure/stage/set.rs",
        &["mark_slow", "record", "record_task", "report_into"],
    ),
    ("src/measure/stage/timer.rs", &["begin_earlier", "lap"]),
    ("src/pool/buffer_pool.rs", &["try_acquire"]),
    ("src/pool/bytes_buf.rs", &["drop", "freeze", "try_put"]),
    ("src/pool/bytes_pool.rs", &["try_acquire"]),
    (
        "src/pool/local_bytes.rs",
        &["freeze", "trim", "try_acquire"],
    ),
    ("src/pool/local.rs", &["put_back", "trim", "try_acquire"]),
    ("src/pool/pooled_buf.rs", &["compact", "freeze", "try_put"]),
    (
        "src/pool/pooled_bytes.rs",
        &["clone", "drop", "slice", "try_into_mut", "try_unsplit"],
    ),
    ("src/pool/putting.rs", &["try_put_slice"]),
    ("src/slots/set.rs", &["claim", "release"]),
    ("src/slots/word.rs", &["give_back"]),
    ("src/time/clock.rs", &["now_ns"]),
    ("src/time/coarse.rs", &["now_ns", "tick"]),
    ("src/time/tsc.rs", &["now_ns"]),
    ("src/workers/budget.rs", &["should_yield"]),
    ("src/workers/pool.rs", &["is_closed", "try_submit"]),
    ("src/workers/task.rs", &["try_submit"]),
];

/// What may wait for another thread or for time to pass, by file: the calls of users, and the
/// places where a thread is put to sleep or joined, which see those that wait only at times
/// (`Cache::get_or_load` with a budget, `offer` of a full channel that blocks, a drop of workers).
///
/// Not the lock: who finds it free has not waited, and who does not makes a system call, which the
/// sanitizer sees by itself.
const WAITS: List = &[
    (
        "src/arena/acquire.rs",
        &["acquire", "acquire_deadline", "acquire_timeout"],
    ),
    ("src/cache/gate.rs", &["wait"]),
    ("src/cache/load_runner.rs", &["run"]),
    ("src/cache/warm/mod.rs", &["run"]),
    (
        "src/channel/lanes/lane.rs",
        &["send", "send_deadline", "send_timeout"],
    ),
    (
        "src/channel/lanes/receiver.rs",
        &["recv", "recv_deadline", "recv_timeout"],
    ),
    (
        "src/channel/receiver.rs",
        &["recv", "recv_deadline", "recv_timeout"],
    ),
    (
        "src/channel/recv_many.rs",
        &["recv_many", "recv_many_deadline", "recv_many_timeout"],
    ),
    (
        "src/channel/reserve.rs",
        &[
            "reserve",
            "reserve_deadline",
            "reserve_owned",
            "reserve_timeout",
        ],
    ),
    (
        "src/channel/select/mod.rs",
        &["wait", "wait_deadline", "wait_timeout"],
    ),
    (
        "src/channel/send_many.rs",
        &["send_many", "send_many_deadline", "send_many_timeout"],
    ),
    (
        "src/channel/sender.rs",
        &["send", "send_deadline", "send_timeout"],
    ),
    (
        "src/channel/stamped/fresh.rs",
        &["recv_fresh", "recv_fresh_deadline", "recv_fresh_timeout"],
    ),
    (
        "src/channel/stamped/receiver.rs",
        &["recv", "recv_deadline", "recv_timeout"],
    ),
    (
        "src/channel/stamped/recv_many.rs",
        &["recv_many", "recv_many_deadline", "recv_many_timeout"],
    ),
    (
        "src/channel/stamped/reserve.rs",
        &["reserve", "reserve_deadline", "reserve_timeout"],
    ),
    (
        "src/channel/stamped/sender.rs",
        &["send", "send_deadline", "send_timeout"],
    ),
    ("src/control/cancel.rs", &["wait"]),
    ("src/measure/trial/run.rs", &["run"]),
    (
        "src/pool/acquire.rs",
        &["acquire", "acquire_deadline", "acquire_timeout"],
    ),
    ("src/slots/waiting.rs", &["wait"]),
    ("src/sync/park.rs", &["park"]),
    ("src/sync/threads.rs", &["join"]),
    ("src/time/tsc.rs", &["calibrated"]),
    ("src/wait/thread.rs", &["wait"]),
    ("src/workers/pool.rs", &["drain", "stop", "submit"]),
    ("src/workers/worker.rs", &["run"]),
];

/// The name of the function that a line of code begins.
fn function(code: &str) -> Option<&str> {
    let (before, after) = code.split_once("fn ")?;
    let modifiers = ["pub", "pub(crate)", "pub(super)", "const", "unsafe"];
    let starts = before
        .split_whitespace()
        .all(|word| modifiers.contains(&word));
    let end = after.find(|c: char| !c.is_alphanumeric() && c != '_')?;
    starts.then_some(&after[..end])
}

/// The functions of `file` that have a body, in order, and whether `mark` stands above each.
fn marked<'a>(file: &'a File, mark: &str) -> Vec<(&'a str, bool)> {
    let bodies = file.code().filter(|(_, code)| !code.ends_with(';'));
    let functions = bodies.filter_map(|(index, code)| Some((index, function(code)?)));
    let is_marked = |index: usize| {
        let above = file.lines[..index].iter().rev();
        above
            .take_while(|line| line.is_only_comment() || line.is_attribute())
            .any(|line| line.is_attribute() && line.raw.trim() == mark)
    };
    functions
        .map(|(index, name)| (name, is_marked(index)))
        .collect()
}

/// Listed functions without `mark`, and marks on functions that are not listed.
fn differences(files: &[File], list: List, mark: &str) -> Vec<String> {
    let mut found = Vec::new();
    for (path, names) in list {
        let file = files.iter().find(|file| file.path == *path);
        let functions = file.map(|file| marked(file, mark));
        for name in *names {
            let own = functions.iter().flatten().filter(|(own, _)| own == name);
            let mut called = own.peekable();
            if called.peek().is_none() || called.any(|(_, marked)| !marked) {
                found.push(format!("{path}: {name} has to carry {mark}"));
            }
        }
    }
    for file in files.iter().filter(|file| in_library(&file.path)) {
        let listed = list.iter().find(|(path, _)| file.path == *path);
        let names = listed.map_or(&[][..], |(_, names)| names);
        for (name, _) in marked(file, mark).iter().filter(|(_, marked)| *marked) {
            if !names.contains(name) {
                found.push(format!("{}: {name} is not in the list", file.path));
            }
        }
    }
    found
}

/// Calls that wait by their names and carry no mark: where there is `x_timeout` or `x_deadline`,
/// `x` waits too.
fn unmarked_waits(file: &File) -> Vec<String> {
    let functions = marked(file, BLOCKING);
    let is_there = |name: &str| functions.iter().any(|(own, _)| *own == name);
    let waits = |name: &str| {
        let ends = ["_timeout", "_deadline"];
        let base = ends.iter().find_map(|end| name.strip_suffix(end));
        match base {
            Some(base) => is_there(base),
            None => ends.iter().any(|end| is_there(&format!("{name}{end}"))),
        }
    };
    let unmarked = functions
        .iter()
        .filter(|(name, is_marked)| !is_marked && waits(name));
    unmarked
        .map(|(name, _)| format!("{}: {name} has to carry {BLOCKING}", file.path))
        .collect()
}

#[test]
fn every_hot_call_is_marked() {
    assert_none(&differences(&rust_files(), HOT, NONBLOCKING));
}

#[test]
fn every_call_that_waits_is_marked() {
    let files = rust_files();
    assert_none(&differences(&files, WAITS, BLOCKING));
    let public = files.iter().filter(|file| in_library(&file.path));
    let named: Vec<String> = public
        .filter(|file| file.lines.iter().any(|line| line.code.contains("pub fn")))
        .flat_map(unmarked_waits)
        .collect();
    assert_none(&named);
}

#[test]
fn a_call_without_its_mark_is_caught() {
    let list: List = &[("src/x/y.rs", &["get"])];
    let files = |text: &str| [File::new("src/x/y.rs", text)];
    for (mark, other) in [(NONBLOCKING, BLOCKING), (BLOCKING, NONBLOCKING)] {
        let differ = |text: &str| differences(&files(text), list, mark).len();
        let good = format!(
            "fn get();\n/// Reads.\n{mark}\n#[inline]\npub fn get<Q>(&self) {{}}\nfn no() {{}}"
        );
        assert_eq!(differ(&good), 0);
        assert_eq!(differ(&good.replace(mark, "#[must_use]")), 1);
        assert_eq!(differ(&good.replace(mark, other)), 1);
        assert_eq!(differ(&good.replace(mark, &format!("// {mark}"))), 1);
        assert_eq!(differ(&good.replace("get<Q>", "read")), 2);
        assert_eq!(differ(&format!("{good}\npub(crate) fn get() {{}}")), 1);
        assert_eq!(differ(""), 1);
    }
}

#[test]
fn a_call_that_waits_by_its_name_is_caught() {
    let unmarked = |text: &str| unmarked_waits(&File::new("src/x/y.rs", text)).len();
    let pair = "pub fn get(&self) {}\npub fn get_timeout(&self) {}\nfn try_get() {}";
    assert_eq!(unmarked(pair), 2);
    assert_eq!(
        unmarked(&pair.replace("pub fn", &format!("{BLOCKING}\npub fn"))),
        0
    );
    assert_eq!(unmarked("pub fn key_deadline(self) {}"), 0, "no `key`");
}
