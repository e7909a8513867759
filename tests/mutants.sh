#!/usr/bin/env bash
# Breaks one promise at a time in a copy of the tree and shows that the named guard notices.
# Usage: tests/mutants.sh [pattern]     (mutants whose name contains the pattern; all without)
#
# Row: name | file | perl substitution | kind | guard
#   kind loom: a model of `cargo loom`; test: a test of `tests/channel`; chaos: of `cargo chaos`.
set -u
root=$(git rev-parse --show-toplevel)
copy=$(mktemp -d)
git -C "$root" worktree add -q --detach "$copy" HEAD
trap 'git -C "$root" worktree remove --force "$copy"' EXIT
cd "$copy" || exit 1
mkdir -p "$root/target/mutants"
ln -s "$root/target/mutants" target # dependencies stay built from run to run

mutants() {
  cat <<'TABLE'
settle-pop-tail | src/ring/settle.rs | s/let tail = self\.tail\.fetch_add\(0, Ordering::AcqRel\)/let tail = self.tail.load(Ordering::Acquire)/ | loom | channel::models::recv_parks_while_a_value_is_pushed
settle-pop-slot | src/ring/settle.rs | s/state\.fetch_add\(0, Ordering::AcqRel\)/state.load(Ordering::Acquire)/ | loom | channel::models::recv_parks_while_a_value_is_pushed
settle-push-head | src/ring/settle.rs | s/self\.head\.fetch_add\(0, Ordering::AcqRel\)/self.head.load(Ordering::Acquire)/ | loom | channel::models::send_parks_while_a_value_is_popped
settle-push-tail | src/ring/settle.rs | s/(fn settle_push.*?)self\.tail\.fetch_add\(0, Ordering::AcqRel\)/$1self.tail.load(Ordering::Acquire)/s | loom | channel::models::last_receiver_leaves_while_a_sender_parks
chain-receive | src/channel/shared.rs | s/if self\.ring\.looks_filled\(\)/if false/ | test | cancel::forgotten_receive_swallows_one_wake_and_no_message
chain-send | src/channel/shared.rs | s/if self\.ring\.looks_open\(\)/if false/ | test | cancel::forgotten_send_swallows_one_wake_and_no_room
forward-on-drop | src/wait/mod.rs | s/if unsafe \{ self\.unlink\(node\) \}/if unsafe { self.unlink(node) } \&\& false/ | loom | channel::models::dropped_async_recv_forwards_its_wake_to_a_thread
forward-on-drop-task | src/wait/mod.rs | s/if unsafe \{ self\.unlink\(node\) \}/if unsafe { self.unlink(node) } \&\& false/ | loom | channel::models::dropped_async_recv_forwards_its_wake_to_a_task
forward-on-drop-send | src/wait/mod.rs | s/if unsafe \{ self\.unlink\(node\) \}/if unsafe { self.unlink(node) } \&\& false/ | loom | channel::models::dropped_async_send_forwards_its_wake
recheck-after-close | src/ring/pop.rs | s/if Pos::of\(tail\)\.since\(head\) <= 0/if is_closed(tail) || Pos::of(tail).since(head) <= 0/ | loom | ring::models::close_races_push_and_pop
publish-by-store | src/ring/push.rs | s/slot\.state\.compare_exchange\(\s*State::free\(pos\)\.0,\s*State::full\(pos\)\.0,\s*Ordering::AcqRel,\s*Ordering::Acquire,?\s*\)/Ok::<u64, u64>(slot.state.swap(State::full(pos).0, Ordering::AcqRel))/ | loom | ring::models::sender_stalled_in_its_window_delays_no_completed_send
release-by-store | src/ring/mod.rs | s/slot\.state\s*\.compare_exchange\(seen\.0, next\.0, Ordering::AcqRel, Ordering::Acquire\)/Ok::<u64, u64>(slot.state.swap(next.0, Ordering::AcqRel))/ | loom | ring::models::receiver_stalled_in_its_copy_for_laps_at_capacity_one
request-recheck | src/wait/mod.rs | s/self\.pending\.fetch_add\(0, Ordering::AcqRel\) != 0/false/ | loom | wait::models::a_request_left_at_a_taken_lock_is_served
request-recheck-load | src/wait/mod.rs | s/self\.pending\.fetch_add\(0, Ordering::AcqRel\)/self.pending.load(Ordering::Acquire)/ | loom | wait::models::a_request_left_at_a_taken_lock_is_served
no-step-over-sender | src/ring/pop.rs | s/if !self\.is_full_between\(head\.next\(\), Pos::of\(tail\)\)/if true/ | loom | ring::models::sender_stalled_in_its_window_delays_no_completed_send
no-step-over-receiver | src/ring/push.rs | s/if self\.step_over\(pos, seen\) =>/if false \&\& self.step_over(pos, seen) =>/ | chaos | channel::a_receiver_in_its_copy_delays_nobody
no-step-over-front | src/ring/push.rs | s/mem::take\(may_step_over\) &&/false \&\& mem::take(may_step_over) \&\&/ | chaos | channel::a_sender_in_its_window_delays_nobody
failed-publish-relaxed | src/ring/push.rs | s/(State::full\(pos\)\.0,\s*Ordering::AcqRel,\s*)Ordering::Acquire/$1Ordering::Relaxed/ | loom | channel::models::a_stalled_sender_does_not_keep_a_receiver_asleep
full-without-second-head | src/ring/push.rs | s/now == tail && self\.head\.load\(Ordering::Acquire\) == head\.word\(\)/now == tail/ | loom | channel::models::a_stalled_sender_does_not_keep_a_receiver_asleep
close-without-wake | src/channel/shared.rs | s/point\(Point::CloseMiddle\);\s*self\.wake_everybody\(\);/point(Point::CloseMiddle);/ | loom | channel::models::last_sender_leaves_while_a_receiver_parks
closed-seen-without-wake | src/channel/shared.rs | s/Err\(PopError::Closed\) => \{\s*self\.wake_everybody\(\);/Err(PopError::Closed) => {/ ; s/Err\(PushError::Closed\(value\)\) => \{\s*self\.wake_everybody\(\);/Err(PushError::Closed(value)) => {/ | chaos | channel::a_thread_in_the_middle_of_close_keeps_nobody_asleep
no-drain | src/channel/shared.rs | s/while self\.ring\.try_pop\(\)\.is_ok\(\) \{\}// | loom | channel::models::last_receiver_leaves_while_a_sender_parks
TABLE
}

guard() { # kind, name: runs the guard; its exit code
  case $1 in
    loom) timeout "${MUTANTS_SECONDS:-120}" cargo loom -q -- --exact "$2" </dev/null ;;
    test) timeout 60 cargo test -q --test channel -- --exact "$2" </dev/null ;;
    chaos) timeout 60 cargo chaos -q -- --exact "$2" </dev/null ;;
  esac
}

field() { perl -e 'print((map { s/^\s+|\s+$//gr } split / \| /, $ARGV[0])[$ARGV[1]])' "$1" "$2"; }

# A guard that fails on the unbroken tree would kill everything.
while IFS= read -r row; do
  [[ $(field "$row" 0) == *"${1:-}"* ]] && printf '%s %s\n' "$(field "$row" 3)" "$(field "$row" 4)"
done < <(mutants) | sort -u | while read -r kind guard; do
  guard "$kind" "$guard" >"$copy.log" 2>&1 && grep -q '1 passed' "$copy.log" && continue
  printf 'guard fails unbroken: %s\n' "$guard"
  exit 1
done || exit 1

survived=0
while IFS= read -r row; do
  name=$(field "$row" 0) file=$(field "$row" 1) change=$(field "$row" 2)
  kind=$(field "$row" 3) guard=$(field "$row" 4)
  [[ $name == *"${1:-}"* ]] || continue
  git checkout -q -- src
  perl -0pi -e "$change" "$file"
  if git diff --quiet; then
    result="DOES NOT APPLY"
  elif ! cargo check -q --lib 2>"$copy.log"; then
    result="DOES NOT BUILD"
  elif guard "$kind" "$guard" >"$copy.log" 2>&1; then
    result="SURVIVED"
  else
    result="killed"
  fi
  [[ $result == killed* ]] || survived=$((survived + 1))
  printf '%-26s %-16s %s\n' "$name" "$result" "$guard"
done < <(mutants)
[ "$survived" -eq 0 ]
