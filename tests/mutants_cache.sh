#!/usr/bin/env bash
# Breaks one promise of the cache at a time and checks that the named test notices.
# Run in a clean checkout: `tests/mutants_cache.sh [part of a name]`. Exit code 0: all were noticed.
# WRAP, if set, is put in front of each cargo command.
# Each line: name | file | sed expression | loom or test | filter of the killer.
set -u
cd "$(dirname "$0")/.."
mutants=$(cat <<'LIST'
no second look at the index word|src/cache/store.rs|s/if again != word \{/if again != word \&\& word == 0 {/|loom|cache::models::reader_races
second look not ordered after the claim|src/cache/store.rs|s/^( *)model_seqcst\(\);$/\1if false { model_seqcst(); }/|loom|cache::models::reader_races
second look does not acquire|src/cache/store.rs|s/lane.load\(Ordering::SeqCst\)/lane.load(Ordering::Relaxed)/|loom|cache::models::reader_races
publish does not release|src/cache/locked.rs|s/word_of\(hash.tag\(\), slot\), Ordering::Release/word_of(hash.tag(), slot), Ordering::Relaxed/|loom|cache::models::lookup_races
scan ignores hazard records|src/cache/reclaim.rs|s/held_in_scan == scans/held_in_scan == scans.wrapping_add(1)/|loom|cache::models::reader_races
scan ignores pins|src/cache/reclaim.rs|s/held \|\| pins > 0/held \|\| pins > 9/|loom|cache::models::nested
scan without a fence|src/cache/reclaim.rs|s/^( *)fence\(Ordering::SeqCst\);/\1if false { fence(Ordering::SeqCst); }/|loom|cache::models::reader_races
record freed without release|src/cache/hazard.rs|s/store\(FREE, Ordering::Release\)/store(FREE, Ordering::Relaxed)/|loom|cache::models::reader_races
record scanned without acquire|src/cache/hazard.rs|s/record.slot.load\(Ordering::Acquire\)/record.slot.load(Ordering::Relaxed)/|loom|cache::models::reader_races
pin given back without release|src/cache/hazard.rs|s/pins.fetch_sub\(1, Ordering::Release\)/pins.fetch_sub(1, Ordering::Relaxed)/|loom|cache::models::nested
pins read without acquire|src/cache/reclaim.rs|s/pins.load\(Ordering::Acquire\)/pins.load(Ordering::Relaxed)/|loom|cache::models::nested
waiter looks by a load|src/cache/flight.rs|s/self.state.fetch_add\(0, Ordering::AcqRel\)/self.state.load(Ordering::Acquire)/|loom|cache::models::load_lands
landing does not release|src/cache/flight.rs|s/fetch_or\(DONE, Ordering::AcqRel\)/fetch_or(DONE, Ordering::Relaxed)/|loom|cache::models::load_lands
last hold does not acquire|src/cache/flight.rs|s/holds.fetch_sub\(1, Ordering::AcqRel\)/holds.fetch_sub(1, Ordering::Relaxed)/|loom|cache::models::load_lands
a revoked lease still publishes|src/cache/loads.rs|s/\.is_some_and\(\|load\| load.since == Since::Untouched\)/.is_none_or(|load| load.since == Since::Untouched)/|test|loads::a_hung_load
a write does not void the load|src/cache/inflight.rs|s/underway.since = Since::Written;/underway.since = Since::Untouched;/|test|loads::a_key_removed
an insert does not void the load|src/cache/core.rs|s/flight = locked.state.loads.mark_written\(hash\);/flight = None;/|test|loads::an_insert_during
invalidate_all does not void the load|src/cache/loads.rs|s/ \|\| plan.generation != self.store.generation\(\)//|test|loads::a_load_begun_before
an insert does not wake the load's waiters|src/cache/core.rs|s/self.loads.flights.wake\(number\);/let _ = number;/|test|loads::an_insert_during
a cancelled wait leaves its node|src/cache/future.rs|s/unsafe \{ waiter.release\(&hold.flight\(\).waiters\) \};/let _ = (waiter, hold);/|test|tasks::
a flight is not freed by its last holder|src/cache/flight.rs|s/Ordering::AcqRel\) == 1/Ordering::AcqRel) == 0/|test|tasks::all_callers
no single flight|src/cache/loads.rs|s/if let Some\(load\) = same \{/if let Some(load) = same.filter(|load| load.lease == 0) {/|test|loads::a_budget_of_zero
bulkhead ignored|src/cache/flight.rs|s/before < self.active_max/before < self.active_max * 2/|test|loads::what_comes_on_top
seventeen visits|src/cache/policy.rs|s/VISITS_MAX: u32 = 16/VISITS_MAX: u32 = 17/|test|policy::
two uses to promote|src/cache/policy.rs|s/dead \|\| uses == 0/dead \|\| uses <= 1/|test|policy::
no main-first fill|src/cache/policy.rs|s/recalled \|\| fill/recalled \|\| (fill \&\& false)/|test|policy::
half a ghost|src/cache/policy.rs|s/capacity \* 9 \/ 10/capacity \/ 2/|test|policy::
low trust is full trust|src/cache/locked.rs|s/if trust == Trust::Full \|\| old.is_some\(\)/if trust != Trust::Full \|\| old.is_some() \|\| trust == Trust::Full/|test|policy::
keys are not compared|src/cache/store.rs|s/key.equivalent\(&entry.key\)$/(key.equivalent(\&entry.key) || true)/|test|store::all_keys_with_one_hash
a scan never frees|src/cache/reclaim.rs|s/if held \|\| pins > 0 \{ retired/if held \|\| pins < 9 { retired/|test|store::
values drop twice|src/cache/reclaim.rs|s/\.filled = false;/.filled = true;/|test|store::every_entry
LIST
)
failed=0
while IFS='|' read -r -u 3 name file rest; do
  # The sed expression may hold bars: take the last two fields from the right.
  killer=${rest##*|}; rest=${rest%|*}; kind=${rest##*|}; expression=${rest%|*}
  if [ $# -gt 0 ] && [[ $name != *"$1"* ]]; then continue; fi
  cp "$file" "$file.orig"
  sed -E -i "$expression" "$file"
  if cmp -s "$file" "$file.orig"; then
    echo "STALE     $name: the expression changes nothing"; failed=1; rm "$file.orig"; continue
  fi
  if [ "$kind" = loom ]; then
    # The alias would add its own filter; this one runs the killer alone.
    base=(cargo test -q --config "build.rustflags=['--cfg','shorttail_loom']"
      --target-dir target/loom --profile loom --lib)
    build=("${base[@]}" --no-run); run=("${base[@]}" "$killer")
  else
    build=(cargo test -q --test cache --no-run); run=(cargo test -q --test cache "$killer")
  fi
  if ! ${WRAP:-} "${build[@]}" </dev/null >/dev/null 2>&1; then
    echo "BROKEN    $name: does not build"; failed=1
  elif ${WRAP:-} timeout 120 "${run[@]}" </dev/null >/dev/null 2>&1; then
    echo "SURVIVED  $name ($killer)"; failed=1
  else
    echo "killed    $name ($killer)"
  fi
  mv "$file.orig" "$file"; touch "$file"
done 3<<<"$mutants"
exit $failed
