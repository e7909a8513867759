#!/usr/bin/env bash
# Runs the tools of src/guide/profilers.md where they are installed, shortly, on the examples pool,
# profiled and service and on the bench pool (profiled and the bench under DHAT alone), and says what it left out: benches/recipes.sh [FOLDER].
# Results go to FOLDER, or target/shorttail/recipes.
#
# Exit code 0: every recipe whose tool is there has run and left what it should.
set -euo pipefail
cd "$(dirname "$0")/.."
out=${1:-target/shorttail/recipes}
mkdir -p "$out"
target=${CARGO_TARGET_DIR:-target}
ran=0 skipped=0

has() { # tool, what is left out without it
    command -v "$1" >/dev/null && return
    printf 'skipped: %s, no %s here\n' "$2" "$1"
    skipped=$((skipped + 1))
    return 1
}

recipe() { # name, command; its output goes to a file
    local name=$1
    shift
    if ! "$@" >"$out/$name.log" 2>&1; then
        printf 'failed: %s\n' "$name"
        tail -n 20 "$out/$name.log"
        exit 1
    fi
    printf 'ran: %s\n' "$name"
    ran=$((ran + 1))
}

# What a recipe must have left.
left() { # file, pattern
    grep -Eq "$2" "$1" && return
    printf 'failed: no %s in %s\n' "$2" "$1"
    exit 1
}

# DHAT's count of allocated blocks; a program's own stands behind those of what it started.
blocks() { # file
    sed -nE 's/.*Total: .* in ([0-9,]+) blocks.*/\1/p' "$1" | tr -d , | tail -n 1
}

# The count is there, and the same in both.
same_blocks() { # file, file
    local few many
    few=$(blocks "$1")
    many=$(blocks "$2")
    [ -n "$few" ] && [ "$few" = "$many" ] && return
    printf 'failed: %s blocks, with more rounds %s\n' "$few" "$many"
    exit 1
}

# The first allocates in setting up alone: not one block for ten of the second.
far_fewer_blocks() { # file, file
    local few many
    few=$(blocks "$1")
    many=$(blocks "$2")
    [ -n "$few" ] && [ "$((few * 10))" -lt "${many:-0}" ] && return
    printf 'failed: %s blocks beside %s\n' "$few" "$many"
    exit 1
}

cargo build --quiet --locked --release --example service --example pool --example profiled
service=("$target/release/examples/service" --seconds 1)
pool=("$target/release/examples/pool")
profiled=$target/release/examples/profiled

if has heaptrack 'heap by call site'; then
    recipe heaptrack heaptrack --output "$out/pool" "${pool[@]}"
    file=$(find "$out" -name 'pool.*' | sort | tail -n 1)
    if has heaptrack_print 'the table of heaptrack'; then
        recipe heaptrack_print heaptrack_print "$file"
        left "$out/heaptrack_print.log" 'calls to allocation functions'
    fi
fi
if has valgrind 'heap by use (DHAT)'; then
    recipe dhat valgrind --tool=dhat --dhat-out-file="$out/dhat.json" "${pool[@]}"
    left "$out/dhat.json" 'shorttail'
    # Ten times the rounds of the hot path, and not one block more.
    for rounds in 1000 10000; do
        recipe "dhat_$rounds" valgrind --tool=dhat --dhat-out-file="$out/dhat_$rounds.json" \
            "$profiled" "$rounds"
    done
    same_blocks "$out/dhat_1000.log" "$out/dhat_10000.log"
    # A bench by itself: what is measured allocates in each of a million rounds, or in none.
    bench=$(cargo build --quiet --locked --release --bench pool --message-format json |
        sed -nE 's/.*"executable":"([^"]+)".*/\1/p' | tail -n 1)
    for measured in local malloc_4096; do
        recipe "dhat_bench_$measured" valgrind --tool=dhat --dhat-out-file="$out/$measured.json" \
            "$bench" --bench --profile-time 1 "pool/acquire_drop/$measured"
    done
    far_fewer_blocks "$out/dhat_bench_local.log" "$out/dhat_bench_malloc_4096.log"
fi
if has perf 'cycles by function, switches'; then
    # A kernel may forbid it, a virtual machine have no counters: then time is sampled, or nothing.
    if perf stat -e task-clock true >/dev/null 2>&1; then
        recipe perf_stat perf stat -e task-clock,context-switches,cpu-migrations,page-faults "${service[@]}"
        left "$out/perf_stat.log" 'context-switches'
        recipe perf_record perf record -e task-clock -g -o "$out/perf.data" "${service[@]}"
        recipe perf_report perf report -i "$out/perf.data" --stdio --no-children --percent-limit 1
        left "$out/perf_report.log" 'service'
    else
        printf 'skipped: perf, not permitted here (kernel.perf_event_paranoid)\n'
        skipped=$((skipped + 1))
    fi
fi
printf '%d recipes ran, %d skipped; results in %s\n' "$ran" "$skipped" "$out"
