//! Every hot call carries the attribute of RealtimeSanitizer, so that a user's run of it sees in.

use super::assert_none;
use super::source::{File, in_library, rust_files};

/// The attribute as the split leaves it; `cfg.rs` holds its one spelling.
const ATTRIBUTE: &str = "#[cfg_attr(shorttail_rtsan, sanitize(realtime = \"\"))]";

/// What promises never to block or allocate, by file. A release is the `drop` of a guard, or
/// `release` or `give_back` where the guard's drop may also free the pool.
const HOT: &[(&str, &[&str])] = &[
    ("src/arena/boxed.rs", &["try_new"]),
    (
        "src/arena/bump.rs",
        &[
            "reset",
            "try_alloc",
            "try_alloc_slice_copy",
            "try_alloc_str",
            "try_alloc_uninit_slice",
        ],
    ),
    ("src/arena/pool.rs", &["drop", "try_acquire"]),
    ("src/arena/vec.rs", &["try_extend_from_slice", "try_push"]),
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
    ("src/control/hedge.rs", &["answered", "start", "try_hedge"]),
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
        &["mark_slow", "record", "report_into"],
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
    ("src/time/coarse.rs", &["now_ns", "tick"]),
    ("src/time/tsc.rs", &["now_ns"]),
    ("src/workers/budget.rs", &["should_yield"]),
    ("src/workers/pool.rs", &["is_closed", "try_submit"]),
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

/// The functions of `file`, in order, and whether the attribute stands above each.
fn marked(file: &File) -> Vec<(&str, bool)> {
    let functions = file
        .code()
        .filter_map(|(index, code)| Some((index, function(code)?)));
    let mark = |index: usize| {
        let above = file.lines[..index].iter().rev();
        above
            .take_while(|line| line.is_only_comment() || line.is_attribute())
            .any(|line| line.code.trim() == ATTRIBUTE)
    };
    functions.map(|(index, name)| (name, mark(index))).collect()
}

/// Listed functions without the attribute, and attributes on functions that are not listed.
fn differences(files: &[File], hot: &[(&str, &[&str])]) -> Vec<String> {
    let mut found = Vec::new();
    for (path, names) in hot {
        let functions = files.iter().find(|file| file.path == *path).map(marked);
        for name in *names {
            let own = functions.iter().flatten().filter(|(own, _)| own == name);
            let mut called = own.peekable();
            if called.peek().is_none() || called.any(|(_, marked)| !marked) {
                found.push(format!("{path}: {name} has to carry {ATTRIBUTE}"));
            }
        }
    }
    for file in files.iter().filter(|file| in_library(&file.path)) {
        let listed = hot.iter().find(|(path, _)| file.path == *path);
        let names = listed.map_or(&[][..], |(_, names)| names);
        for (name, _) in marked(file).iter().filter(|(_, marked)| *marked) {
            if !names.contains(name) {
                found.push(format!("{}: {name} is not in the list", file.path));
            }
        }
    }
    found
}

#[test]
fn every_hot_call_is_marked() {
    assert_none(&differences(&rust_files(), HOT));
}

#[test]
fn a_hot_call_without_its_mark_is_caught() {
    let hot: &[(&str, &[&str])] = &[("src/x/y.rs", &["get"])];
    let mark = ATTRIBUTE.replace("\"\"", "\"nonblocking\"");
    let files = |text: &str| [File::new("src/x/y.rs", text)];
    let good = format!("/// Reads.\n{mark}\n#[inline]\npub fn get<Q>(&self) {{}}\nfn other() {{}}");
    assert_none(&differences(&files(&good), hot));
    let bare = good.replace(&mark, "#[must_use]");
    assert_eq!(differences(&files(&bare), hot).len(), 1);
    let renamed = good.replace("get<Q>", "read");
    assert_eq!(differences(&files(&renamed), hot).len(), 2);
    let second = format!("{good}\npub(crate) fn get() {{}}");
    assert_eq!(differences(&files(&second), hot).len(), 1);
    assert_eq!(differences(&files(""), hot).len(), 1);
}
