#!/usr/bin/env bash
# Breaks one promise at a time in a copy of the tree and shows that the named guard notices.
#
#   tests/mutants.sh [TABLE] [PATTERN]          e.g. tests/mutants.sh channel wake
#   tests/mutants.sh --applies [TABLE]          only checks that every edit still changes its file
#
# TABLE is a file of tests/mutants/ without its ending, or `all`. A row, fields apart by tabs:
#   what is broken, file, editor (perl, sed, sed -E), expression, guard
# Guards: `loom NAME`, `shuttle NAME`, `chaos NAME`, `lib NAME`, `test TARGET NAME`; NAME is part of
# a test's name.
# Exit code 0: every mutant was killed. A guard that hangs for five minutes has noticed, and is
# told apart.
set -u
root=$(git -C "$(dirname "$0")" rev-parse --show-toplevel)
only_applies=
[ "${1:-}" = --applies ] && { only_applies=yes; shift; }
table=${1:-all} pattern=${2:-}
copy=$(mktemp -d)
git -C "$root" worktree add -q --detach "$copy" HEAD
trap 'git -C "$root" worktree remove --force "$copy"; rm -f "$copy.log"' EXIT
cd "$copy" || exit 2
mkdir -p "$root/target/mutants"
ln -s "$root/target/mutants" target # dependencies stay built from run to run
# A row builds little anew: what the last one left is taken up, and nothing is written for debuggers.
export CARGO_INCREMENTAL=1 CARGO_PROFILE_DEV_DEBUG=0 CARGO_PROFILE_TEST_DEBUG=0
export CARGO_PROFILE_LOOM_DEBUG=0

rows() {
  local file
  for file in tests/mutants/*.tsv; do
    [[ $table == all || $file == tests/mutants/$table.tsv ]] && grep -e "$pattern" "$file"
  done
}

cargo_with_cfg() { # name of the cfg, further arguments
  local also=
  [ "$1" = shuttle ] && also="'--cfg','shorttail_loom',"
  cargo test -q --config "build.rustflags=[$also'--cfg','shorttail_$1']" \
    --target-dir "target/$1" "${@:2}"
}

guard() { # kind and names: runs the guard; its exit code
  case $1 in
    loom) cargo_with_cfg loom --profile loom --lib "$2" ;;
    shuttle) cargo_with_cfg shuttle --lib "$2" ;;
    chaos) cargo_with_cfg chaos --test chaos "$2" ;;
    lib) cargo test -q --all-features --lib "$2" ;;
    test) cargo test -q --all-features --test "$2" "${3:-}" ;;
  esac </dev/null
}

# Passes on the unbroken tree, and runs at least one test: else it would kill everything.
guards_hold() {
  local words ok=0
  while read -r -a words; do
    guard "${words[@]}" >"$copy.log" 2>&1 && grep -q '[1-9][0-9]* passed' "$copy.log" && continue
    printf 'guard fails on the unbroken tree: %s\n' "${words[*]}"
    ok=1
  done < <(rows | cut -f 5 | sort -u)
  return $ok
}

edit() { # editor, expression, file
  case $1 in
    perl) perl -0pi -e "$2" "$3" ;;
    sed) sed -i -e "$2" "$3" ;;
    "sed -E") sed -E -i -e "$2" "$3" ;;
  esac
}

verdict() { # words of the guard
  local code
  if git diff --quiet; then
    echo "DOES NOT APPLY"
  elif [ -n "$only_applies" ]; then
    echo applies
  else
    export -f guard cargo_with_cfg
    timeout 300 bash -c 'guard "$@"' guard "$@" >"$copy.log" 2>&1
    code=$?
    if [ $code -eq 0 ]; then
      echo SURVIVED
    elif grep -q 'could not compile' "$copy.log"; then
      echo "DOES NOT BUILD"
    elif [ $code -eq 124 ]; then
      echo "killed (hangs)"
    else
      echo killed
    fi
  fi
}

[ -n "$only_applies" ] || guards_hold || exit 1
left=0 total=0
while IFS=$'\t' read -r broken file editor expression guard; do
  git checkout -q -- src examples
  edit "$editor" "$expression" "$file"
  read -r -a words <<<"$guard"
  result=$(verdict "${words[@]}")
  total=$((total + 1))
  [[ $result == killed* || $result == applies ]] || left=$((left + 1))
  printf '%-15s %s: %s (%s)\n' "$result" "$file" "$broken" "$guard"
done < <(rows)
printf '%d mutants, %d not noticed\n' "$total" "$left"
[ "$left" -eq 0 ]
