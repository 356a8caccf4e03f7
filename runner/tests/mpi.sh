#!/usr/bin/env bash
# Runs scenarios on several processes over MPI and compares every file with a run in one process:
# the start, a checkpoint that continues on other numbers of processes, a killed process, refusals. If MPI
# cannot be installed, it prints the reason and exits with 0.
#
#   runner/tests/mpi.sh [PATCHDAY]    (a program built with `--features mpi`; by default it is built)
set -euo pipefail
cd "$(dirname "$0")/../.."

skip() {
    echo "skipped: $*"
    exit 0
}

if ! command -v mpirun >/dev/null || ! command -v mpicc >/dev/null; then
    [ "$(id -u)" = 0 ] || skip "no MPI, and installing it requires root"
    command -v apt-get >/dev/null || skip "no MPI, and no apt-get to install it"
    { apt-get update && apt-get install -y --no-install-recommends libopenmpi-dev openmpi-bin libclang-dev; } \
        >/tmp/mpi-install.log 2>&1 || skip "MPI cannot be installed: $(tail -1 /tmp/mpi-install.log)"
fi
if [ -n "${1:-}" ]; then
    program=$(realpath "$1")
else
    cargo build --release -p patchday-runner --features mpi
    program=$(realpath target/release/patchday)
fi

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
root=()
[ "$(id -u)" = 0 ] && root=(--allow-run-as-root)

# A process that waits gives way, because the processes share processors here.
ranks() {
    local count=$1
    shift
    timeout 300 mpirun -n "$count" --bind-to none --oversubscribe --mca mpi_yield_when_idle 1 "${root[@]}" \
        "$program" "$@"
}

# The files of two runs, without what depends on the machine.
same() {
    local file
    for file in series.csv summary.json observed.csv; do
        if [ -e "$1/$file" ] || [ -e "$2/$file" ]; then
            cmp "$1/$file" "$2/$file" || { echo "$1 and $2 differ in $file"; exit 1; }
        fi
    done
    local digest='"digest": *"[^"]*"'
    [ "$(grep -o "$digest" "$1/manifest.json")" = "$(grep -o "$digest" "$2/manifest.json")" ] \
        || { echo "$1 and $2 have other digests"; exit 1; }
}

for year in 2007 2010; do
    scenario=configs/outage-$year.toml
    "$program" run "$scenario" --scale 0.001 --threads 1 --out "$work/$year-1" >/dev/null 2>&1
    for count in 2 3 4; do
        ranks "$count" run "$scenario" --scale 0.001 --threads 1 --out "$work/$year-$count" >"$work/log" 2>&1 \
            || { cat "$work/log"; exit 1; }
        same "$work/$year-1" "$work/$year-$count"
    done
    echo "$year on 1, 2, 3, 4 processes: the same files"
done

# Interrupted on three processes, continued on two and on one.
scenario=configs/outage-2007.toml
whole=$work/2007-1
for next in 2 1; do
    out=$work/resumed-$next
    ranks 3 run "$scenario" --scale 0.001 --threads 1 --checkpoint-every 24h --out "$out" >"$work/log" 2>&1 &
    launcher=$!
    # Until there is a checkpoint, then a process is killed.
    for _ in $(seq 600); do
        ls "$out"/checkpoints/*.checkpoint >/dev/null 2>&1 && break
        sleep 0.1
    done
    victim=$(pgrep -f "^$program run .*--out $out( |$)" | tail -1)
    kill -9 "$victim"
    began=$(date +%s)
    ! wait "$launcher" || { echo "mpirun succeeded without a process"; exit 1; }
    took=$(($(date +%s) - began))
    [ "$took" -le 20 ] || { echo "the others took $took s to end"; exit 1; }
    if [ "$next" = 1 ]; then
        "$program" run "$out" --resume --threads 1 >"$work/log" 2>&1 || { cat "$work/log"; exit 1; }
    else
        ranks "$next" run "$out" --resume --threads 1 >"$work/log" 2>&1 || { cat "$work/log"; exit 1; }
    fi
    same "$whole" "$out"
    echo "killed on 3 processes, continued on $next: the same files"
done

# Refusals.
for words in "check $scenario" "sweep $scenario --vary run.seed=1,2"; do
    # shellcheck disable=SC2086
    if ranks 2 $words >"$work/log" 2>&1; then
        echo "\`$words\` ran on two processes"
        exit 1
    fi
    grep -q "runs in one process" "$work/log" || { cat "$work/log"; exit 1; }
done
if OMPI_COMM_WORLD_SIZE=2 timeout 60 "$program" run "$scenario" --scale 0.001 --out "$work/alone" >"$work/log" 2>&1; then
    echo "a process without its others ran"
    exit 1
fi
echo "refusals: fine"
