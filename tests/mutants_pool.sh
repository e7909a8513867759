#!/usr/bin/env bash
# Breaks slots, arena and pool in one place at a time; each break must fail the named check.
#
# Usage: tests/mutants_pool.sh [number...]     all mutants, or only those numbered
# Needs a clean work tree for the files it edits; restores them. Exit code 1 if one survived.
set -u
cd "$(dirname "$0")/.."

loom() {
    cargo test -q --config "build.rustflags=['--cfg','shorttail_loom']" \
        --target-dir target/loom --profile loom --lib "$1"
}
plain() { cargo test -q --test "$1" "$2"; }

# file | sed expression | check that must fail | what is broken
table() {
    cat <<'TABLE'
src/slots/summary.rs|/fn candidates/,/^    }/ s/listed.load(Ordering::Acquire)/listed.load(Ordering::Relaxed)/|loom slots::models::release_then|unlisted word read without its doubt [slots-1]
src/slots/summary.rs|/fn candidates/,/^    }/ s/= self.in_doubt.load(Ordering::Acquire) .*;/= 0;/|loom slots::models::release_then|doubtful words not looked at
src/slots/summary.rs|/fn candidates/,/^    }/ s/in_doubt.load(Ordering::Acquire)/in_doubt.load(Ordering::Relaxed)/|loom slots::models::release_then|end of a doubt read without its outcome [slots-2]
src/slots/summary.rs|/fn candidates/,/^    }/ s/self.listed.load(Ordering::Relaxed) & !seen_empty/0/|loom slots::models::release_then|list not read a second time
src/slots/summary.rs|/fn list/,/^    }/ s/self.listed.fetch_or(mask, Ordering::Relaxed);//|loom slots::models::release_races_unlist|released word not listed
src/slots/summary.rs|/fn unlist/,/^    }/ s/fetch_or(mask, Ordering::Acquire) & mask != 0/fetch_or(mask, Ordering::Acquire) == 1 << 63/|loom slots::models::release_then|two threads hold one word in doubt
src/slots/summary.rs|/fn unlist/,/^    }/ s/fetch_or(mask, Ordering::Acquire)/fetch_or(mask, Ordering::Relaxed)/|loom slots::models::release_then_ask|doubt taken without the last one's view [slots-2]
src/slots/summary.rs|/fn unlist/,/^    }/ s/free.load(Ordering::Relaxed) == 0/mask != 0/|loom slots::models::release_then_ask|no first look under the doubt [slots-5]
src/slots/summary.rs|/fn unlist/,/^    }/ s/listed.fetch_and(!mask, Ordering::Release)/listed.fetch_and(!mask, Ordering::Relaxed)/|loom slots::models::release_then|unlisting does not show its doubt [slots-1]
src/slots/summary.rs|/fn unlist/,/^    }/ s/free.fetch_or(0, Ordering::Release)/free.load(Ordering::Acquire)/|loom slots::models::release_races_unlist|second look is no read-modify-write [slots-4]
src/slots/summary.rs|/fn unlist/,/^    }/ s/free.fetch_or(0, Ordering::Release)/free.fetch_or(0, Ordering::Relaxed)/|loom slots::models::release_races_unlist|second look does not show the unlisting [slots-4]
src/slots/summary.rs|/fn unlist/,/^    }/ s/self.listed.fetch_or(mask, Ordering::Relaxed);//|loom slots::models::release_races_unlist|word not listed again after the second look
src/slots/summary.rs|/fn unlist/,/^    }/ s/in_doubt.fetch_and(!mask, Ordering::Release)/in_doubt.fetch_and(!mask, Ordering::Relaxed)/|loom slots::models::release_then|end of the doubt does not show its outcome [slots-2]
src/slots/set.rs|/fn give_back/,/^    }/ s/Ordering::AcqRel/Ordering::Release/|loom slots::models::release_races_unlist|release does not see the unlisting [slots-4]
src/slots/set.rs|/fn give_back/,/^    }/ s/Ordering::AcqRel/Ordering::Acquire/|loom slots::models::release_races_lease|release does not publish the slot's memory [slots-6]
src/slots/set.rs|/fn give_back/,/^    }/ s/before & mask != 0/before == 1 << 63/|loom slots::models::double_release|second release not seen
src/slots/set.rs|/fn take/,/^    }/ s/fetch_and(!mask, Ordering::Acquire)/fetch_and(!mask, Ordering::Relaxed)/|loom slots::models::release_races_lease|claim does not see the last holder's writes [slots-6]
src/slots/set.rs|/fn take/,/^    }/ s/Ordering::Acquire) & mask != 0/Ordering::Acquire) != 1 << 63/|loom slots::models::claim_claim|loser of a bit takes it too
src/slots/lease.rs|/fn try_lease/,/^    }/ s/holds.fetch_add(1/holds.fetch_add(0/|loom slots::models::owner_races|lease without a hold
src/slots/lease.rs|/^fn let_go/,/^}/ s/fetch_sub(1, Ordering::Release)/fetch_sub(1, Ordering::Relaxed)/|loom slots::models::owner_races|a holder's end not published [slots-9]
src/slots/lease.rs|/^fn close_line/,/^}/ s/fence(Ordering::Acquire);//|loom slots::models::owner_races|line closed without its holders' ends [slots-9]
src/slots/lease.rs|/^fn close_line/,/^}/ s/fetch_sub(1, Ordering::AcqRel)/fetch_sub(1, Ordering::Release)/|loom slots::models::owner_races|freed without the other lines' ends [slots-9]
src/slots/lease.rs|/^fn close_line/,/^}/ s/fetch_sub(1, Ordering::AcqRel)/fetch_sub(1, Ordering::Acquire)/|loom slots::models::owner_races|a line's end not published [slots-9]
src/pool/pooled_bytes.rs|/^fn let_go/,/^}/ s/refs.load(Ordering::Acquire)/refs.load(Ordering::Relaxed)/|loom pool::models::drop_races_clone|only handle does not see the others' reads [pool-2]
src/pool/pooled_bytes.rs|/^fn let_go/,/^}/ s/fetch_sub(1, Ordering::Release)/fetch_sub(1, Ordering::Relaxed)/|loom pool::models::three_drops|reads not published [pool-3]
src/pool/pooled_bytes.rs|/^fn let_go/,/^}/ s/fence(Ordering::Acquire);//|loom pool::models::three_drops|last handle does not see the others' reads [pool-3]
src/pool/pooled_bytes.rs|/^fn let_go/,/^}/ s/header.refs.store(1, Ordering::Relaxed);//|loom pool::models::three_drops|count not left at one [pool-4]
src/pool/pooled_bytes.rs|/fn try_into_mut/,/^    }/ s/refs.load(Ordering::Acquire)/refs.load(Ordering::Relaxed)/|loom pool::models::drop_races_try|writer does not see the readers' end [pool-2]
src/pool/pooled_bytes.rs|/fn try_into_mut/,/^    }/ s/ != 1 {/ > 2 {/|loom pool::models::two_try|a shared slot is thawed
src/pool/pooled_bytes.rs|/fn clone/,/^    }/ s/fetch_add(1, Ordering::Relaxed)/fetch_add(0, Ordering::Relaxed)/|loom pool::models::drop_races_clone|clone not counted
src/pool/pooled_buf.rs|/fn clean_spare/,/^    }/ s/start.write_bytes(0,/start.write_bytes(0x53,/|plain pool secrets|spare room not zeroed for a reader
src/pool/pooled_buf.rs|/fn spare_capacity_mut/,/^    }/ s/self.clean = self.len;//|plain pool secrets|lent room taken for clean
src/pool/region_linux.rs|s/!prefault .. region.populate()/true/|plain pool faults|pages not made resident
src/pool/class.rs|s/lines + LINE/lines/|plain pool classes|slots at one page offset
src/arena/bump.rs|s/bump.set_allocation_limit(Some(bump.allocated_bytes()));//|plain arena limit|no limit
src/arena/bump.rs|s/Some(bump.allocated_bytes())/Some(bytes)/|plain arena limit|limit below what is held
src/arena/bump.rs|/pub fn reset/,/^    }/ s/self.bump.reset();//|plain arena lending|nothing taken back
src/arena/pool.rs|/^impl Drop/,/^}/ s/self.reset();//|plain arena lending|arena returned full
TABLE
}

main() {
    local survivors=0 number=0 file expression check broken verdict output
    while IFS='|' read -r file expression check broken <&3; do
        number=$((number + 1))
        if [ $# -gt 0 ] && [[ " $* " != *" $number "* ]]; then continue; fi
        cp "$file" "$file.unbroken"
        trap 'mv "$file.unbroken" "$file"; exit 130' INT TERM
        sed -i "$expression" "$file"
        if cmp -s "$file" "$file.unbroken"; then
            verdict="NOT APPLIED"
        elif output=$(timeout 300 bash -c "$(declare -f loom plain); $check" 2>&1); then
            verdict=SURVIVED
        elif grep -q "could not compile" <<<"$output"; then
            verdict="DOES NOT BUILD"
        else
            verdict=killed
        fi
        mv "$file.unbroken" "$file"
        touch "$file"
        trap - INT TERM
        [ "$verdict" = killed ] || survivors=$((survivors + 1))
        printf '%2d %-14s %s: %s (%s)\n' "$number" "$verdict" "$file" "$broken" "$check"
    done 3< <(table)
    return $((survivors > 0))
}

main "$@"
