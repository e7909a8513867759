#!/usr/bin/env bash
# The tests of channel, pool, arena, cache and http1 under AddressSanitizer and ThreadSanitizer:
# tests/sanitize.sh [address|thread]
#
# Needs a nightly toolchain for Linux x86-64 with the sanitizers' runtimes; skips without, exit code
# 0. The last line says what came out; 1: a test failed or a sanitizer found something.
#
# ThreadSanitizer does not understand fences. One is used here, by the cache's `scan`, and nothing is
# handed over by it: it decides which hazards are seen (cache-1). It must see the standard library
# too, which is built with it where the toolchain has the component rust-src. Where not, only wait,
# ring and slots run, with the false reports of sanitize.supp left out, and tests/races, a program of
# the cache's own: the other tests use the library's locks, scopes and Arc, each of which is then a
# false report.
set -uo pipefail
cd "$(dirname "$0")/.." || exit 2
unset RUSTFLAGS CARGO_ENCODED_RUSTFLAGS CARGO_BUILD_RUSTFLAGS
triple=x86_64-unknown-linux-gnu
minutes_max=10
target=${CARGO_TARGET_DIR:-target}

skip() {
    printf 'sanitize: skipped, %s\n' "$1"
    exit 0
}
[ "$(uname -sm)" = "Linux x86_64" ] || skip "not Linux x86-64"
libraries=$(rustc +nightly --print target-libdir 2>/dev/null) || skip "no nightly toolchain"
compgen -G "$libraries/*_rt.tsan.a" >/dev/null || skip "no runtime of the sanitizers"

build_std=()
if [ -d "$(rustc +nightly --print sysroot)/lib/rustlib/src/rust/library" ]; then
    build_std=(-Zbuild-std)
fi
export ASAN_OPTIONS="detect_leaks=0 allocator_may_return_null=1"
export TSAN_OPTIONS="suppressions=$PWD/tests/sanitize.supp allocator_may_return_null=1 report_thread_leaks=0"

run() { # sanitizer, further arguments
    local name=$1 flags="'-Zsanitizer=$1'" std=()
    shift
    if [ "$name" = thread ]; then
        std=("${build_std[@]}")
        [ ${#std[@]} -gt 0 ] || flags+=",'-Cunsafe-allow-abi-mismatch=sanitizer'"
    fi
    timeout --foreground "${minutes_max}m" cargo +nightly test -q "${std[@]}" \
        --config "build.rustflags=[$flags]" --target "$triple" \
        --target-dir "$target/sanitize-$name" "$@" </dev/null
}

races() {
    timeout --foreground "${minutes_max}m" cargo +nightly run -q --release --locked \
        --config "build.rustflags=['-Zsanitizer=thread','-Cunsafe-allow-abi-mismatch=sanitizer']" \
        --target "$triple" --target-dir "$target/sanitize-races" \
        --manifest-path tests/races/Cargo.toml </dev/null
}

results=() code=0
for name in ${1:-address thread}; do
    found=nothing
    run "$name" --lib -- wait:: ring:: slots:: || found="something in wait, ring or slots"
    if [ "$name" = thread ] && [ ${#build_std[@]} -eq 0 ]; then
        races || found="something in the cache"
        results+=("thread: tests of channel, pool, arena, cache and http1 skipped, no rust-src;")
    else # `idle` measures the processor; what measures pages sees the shadow, and leaves itself out
        run "$name" --test channel -- --skip idle:: || found="something in the channel"
        run "$name" --test pool || found="something in the pool"
        run "$name" --test arena || found="something in the arena"
        run "$name" --test cache || found="something in the cache"
        run "$name" --test http1 || found="something in http1"
    fi
    [ "$found" = nothing ] || code=1
    results+=("$name found $found;")
done
printf 'sanitize: %s\n' "${results[*]}"
exit $code
