#!/usr/bin/env bash
# Runs scenarios on several processes over MPI and compares every file with a run in one process:
# the start, a checkpoint that continues on other numbers of processes, a process that is killed, panics or runs
# short of memory, refusals. If MPI cannot be installed, it prints the reason and exits with 0.
#
#   [MPI=openmpi|mpich] runner/tests/mpi.sh [PATCHDAY]
#
# PATCHDAY is a program built with `--features mpi`; by default it is built. MPI is by default the one of
# `mpirun`, or OpenMPI if there is none.
set -euo pipefail
cd "$(dirname "$0")/../.."

skip() {
    echo "skipped: $*"
    exit 0
}

mpi=${MPI:-openmpi}
if [ -z "${MPI:-}" ] && mpirun --version 2>/dev/null | grep -q HYDRA; then
    mpi=mpich
fi
case $mpi in
    openmpi)
        packages=(libopenmpi-dev openmpi-bin)
        options=(--bind-to none --oversubscribe --mca mpi_yield_when_idle 1)
        [ "$(id -u)" = 0 ] && options+=(--allow-run-as-root)
        rank_of=OMPI_COMM_WORLD_RANK
        size_of=OMPI_COMM_WORLD_SIZE
        target=target
        ;;
    mpich)
        packages=(libmpich-dev mpich)
        options=(-bind-to none)
        rank_of=PMI_RANK
        size_of=PMI_SIZE
        # The build of the crate `mpi` does not notice that the library is another one.
        target=target/mpich
        ;;
    *)
        echo "MPI must be openmpi or mpich, not $mpi"
        exit 2
        ;;
esac
# Debian names the commands of each MPI; elsewhere there is one.
found() {
    command -v "$1.$mpi" || command -v "$1"
}
if ! found mpirun >/dev/null || ! found mpicc >/dev/null; then
    [ "$(id -u)" = 0 ] || skip "no MPI, and installing it requires root"
    command -v apt-get >/dev/null || skip "no MPI, and no apt-get to install it"
    { apt-get update && apt-get install -y --no-install-recommends "${packages[@]}" libclang-dev; } \
        >/tmp/mpi-install.log 2>&1 || skip "MPI cannot be installed: $(tail -1 /tmp/mpi-install.log)"
fi
mpirun=$(found mpirun)
mpicc=$(found mpicc)
if [ -n "${1:-}" ]; then
    program=$(realpath "$1")
else
    MPICC=$mpicc cargo build --release -p patchday-runner --features mpi --target-dir "$target"
    cp "$target/release/patchday" "$target/release/patchday-mpi"
    program=$(realpath "$target/release/patchday-mpi")
fi

work=$(mktemp -d)
group=
trap 'rm -rf "$work"; [ -z "$group" ] || rmdir "$group"' EXIT
echo "with $mpi: $("$mpirun" --version 2>&1 | grep -Ei "open|version" | head -1 | sed 's/^ *//; s/  */ /g')"

launch() { # COMMAND..., for at most $limit seconds
    timeout "${limit:-300}" "$mpirun" "${options[@]}" "$@"
}

ranks() { # COUNT WORDS...
    local count=$1
    shift
    launch -n "$count" "$program" "$@"
}

# Every file of two runs byte by byte, without the manifest and the report, which have the cost of a run.
same() {
    local file
    for file in config.toml series.csv summary.json observed.csv online.svg timeline.csv timeline.md; do
        cmp "$1/$file" "$2/$file" || { echo "$1 and $2 differ in $file"; exit 1; }
    done
    local digest='"digest": *"[^"]*"'
    [ "$(grep -o "$digest" "$1/manifest.json")" = "$(grep -o "$digest" "$2/manifest.json")" ] \
        || { echo "$1 and $2 have other digests"; exit 1; }
}

quietly() {
    "$@" >"$work/log" 2>&1 || { cat "$work/log"; exit 1; }
}

for year in 2007 2010; do
    one=(run configs/outage-$year.toml --scale 0.001 --threads 1)
    quietly "$program" "${one[@]}" --out "$work/$year"
    quietly ranks 2 "${one[@]}" --out "$work/$year-2"
    same "$work/$year" "$work/$year-2"
    # More processes than processors take long for each of many ticks.
    quietly "$program" "${one[@]}" --until 12h --out "$work/$year-short"
    for count in 3 4; do
        quietly ranks "$count" "${one[@]}" --until 12h --out "$work/$year-$count"
        same "$work/$year-short" "$work/$year-$count"
    done
    echo "$year on 1, 2, 3, 4 processes: the same files"
done

# Two threads in each process.
quietly ranks 2 run configs/outage-2007.toml --scale 0.01 --threads 2 --until 2h --out "$work/threads-2"
quietly "$program" run configs/outage-2007.toml --scale 0.01 --threads 1 --until 2h --out "$work/threads-1"
same "$work/threads-1" "$work/threads-2"
echo "two threads in each process: the same files"

await_checkpoint() { # OUT
    for _ in $(seq 1200); do
        ls "$1"/checkpoints/*.checkpoint >/dev/null 2>&1 && break
        sleep 0.05
    done
}

fails_soon() { # LAUNCHER
    local began
    began=$(date +%s)
    ! wait "$1" || { echo "a run that was stopped succeeded"; exit 1; }
    [ "$(($(date +%s) - began))" -le 20 ] || { echo "the processes took more than 20 s to end"; exit 1; }
}

# A process is killed; the run continues on other numbers of processes.
scenario=configs/outage-2007.toml
begun=(run $scenario --scale 0.001 --threads 1 --checkpoint-every 2h)
quietly "$program" "${begun[@]}" --until 18h --out "$work/whole"
for next in 2 1; do
    out=$work/resumed-$next
    ranks 3 "${begun[@]}" --until 18h --out "$out" >"$work/log" 2>&1 &
    launcher=$!
    await_checkpoint "$out"
    victim=$(pgrep -f "^$program run .*--out $out( |$)" | tail -1)
    kill -9 "$victim"
    fails_soon "$launcher"
    grep -q "if a process is lost, resume" "$work/log" || { echo "no command that resumes"; cat "$work/log"; exit 1; }
    if [ "$next" = 1 ]; then
        quietly "$program" run "$out" --resume --threads 1
    else
        quietly ranks "$next" run "$out" --resume --threads 1
    fi
    grep -q '"resumed": 1' "$out/manifest.json" || { echo "$out did not continue from a checkpoint"; exit 1; }
    same "$work/whole" "$out"
    echo "killed on 3 processes, continued on $next: the same files"
done

# A process panics: it cannot read a message, which a library between the program and MPI has damaged.
cat >"$work/damage.c" <<'END'
#include <mpi.h>
#include <stdlib.h>
#include <string.h>

int MPI_Mrecv(void *buffer, int count, MPI_Datatype type, MPI_Message *message, MPI_Status *status) {
    static int ticks;
    int rank, outcome = PMPI_Mrecv(buffer, count, type, message, status);
    char *bytes = buffer;
    MPI_Comm_rank(MPI_COMM_WORLD, &rank);
    /* A message of the end of a tick begins with 2. */
    if (rank == atoi(getenv("DAMAGED_RANK")) && count > 1 && bytes[0] == 2 && ++ticks == 40000)
        memset(bytes + 1, 0xff, count - 1);
    return outcome;
}
END
"$mpicc" -shared -fPIC -o "$work/damage.so" "$work/damage.c"
for rank in 0 1; do
    out=$work/panicked-$rank
    code=0
    limit=120 launch -n 3 env DAMAGED_RANK=$rank LD_PRELOAD="$work/damage.so" "$program" "${begun[@]}" --until 18h \
        --out "$out" >"$work/log" 2>&1 || code=$?
    [ "$code" = 3 ] || { echo "the run with a panic ended with $code"; cat "$work/log"; exit 1; }
    tr '\n' ' ' <"$work/log" | sed 's/  */ /g' >"$work/line"
    grep -q "the run failed: rank $rank: the message of rank . cannot be read at tick .* --resume" "$work/line" \
        || { echo "no sentence with the command that resumes"; cat "$work/log"; exit 1; }
    quietly "$program" run "$out" --resume --threads 1
    grep -q '"resumed": 1' "$out/manifest.json" || { echo "$out did not continue from a checkpoint"; exit 1; }
    same "$work/whole" "$out"
done
echo "a panic of process 0 or 1 of 3: all end with its message, and the run continues with the same files"

# A signal to one of the processes stops all with a checkpoint at the same simulated second.
pid_of() { # RANK OUT
    local pid
    for pid in $(pgrep -f "^$program run .*--out $2( |$)"); do
        tr '\0' '\n' <"/proc/$pid/environ" 2>/dev/null | grep -qx "$rank_of=$1" && echo "$pid"
    done
}
for rank in 0 1; do
    out=$work/interrupted-$rank
    ranks 2 "${begun[@]}" --until 72h --out "$out" >"$work/log" 2>&1 &
    launcher=$!
    await_checkpoint "$out"
    kill -TERM "$(pid_of $rank "$out")"
    ! wait "$launcher" || { echo "an interrupted run succeeded"; exit 1; }
    grep -q '"complete": false' "$out/manifest.json" || { cat "$out/manifest.json" "$work/log"; exit 1; }
    grep -q -- "--resume" "$work/log" || { echo "no command that resumes"; cat "$work/log"; exit 1; }
    quietly "$program" run "$out" --resume --threads 1
    grep -q '"complete": true' "$out/manifest.json"
    digest=$(grep '"digest"' "$out/manifest.json")
    [ -z "${last:-}" ] || [ "$last" = "$digest" ] || { echo "other digests"; exit 1; }
    last=$digest
    echo "a signal to process $rank: a checkpoint, which continues"
done

# Ctrl-C to mpirun itself: it passes a signal on, and the run ends with a checkpoint or with the last one.
out=$work/interrupted-mpirun
ranks 2 "${begun[@]}" --until 72h --out "$out" >"$work/log" 2>&1 &
launcher=$!
await_checkpoint "$out"
kill -INT "$(pgrep -f "^$mpirun .*--out $out( |$)" | head -1)"
fails_soon "$launcher"
quietly "$program" run "$out" --resume --threads 1
[ "$last" = "$(grep '"digest"' "$out/manifest.json")" ] || { echo "another digest after Ctrl-C"; exit 1; }
echo "Ctrl-C to mpirun: all processes end, and the run continues"

# A process runs short of memory in the middle of the run, because its control group gets a lower limit.
for parent in /sys/fs/cgroup /sys/fs/cgroup/memory; do
    mkdir "$parent/patchday-$$" 2>/dev/null || continue
    group=$parent/patchday-$$
    [ ! -e "$group/memory.max" ] || { most=memory.max; used=memory.current; break; }
    [ ! -e "$group/memory.limit_in_bytes" ] || { most=memory.limit_in_bytes; used=memory.usage_in_bytes; break; }
    rmdir "$group"
    group=
done
if [ -n "$group" ]; then
    cat >"$work/grouped" <<END
#!/usr/bin/env bash
[ "\$$rank_of" != 1 ] || echo \$\$ >"$group/cgroup.procs"
exec "\$@"
END
    chmod +x "$work/grouped"
    out=$work/short-midway
    launch -n 2 "$work/grouped" "$program" "${begun[@]}" --until 72h --out "$out" >"$work/log" 2>&1 &
    launcher=$!
    await_checkpoint "$out"
    echo $(($(cat "$group/$used") + 4000000)) >"$group/$most"
    fails_soon "$launcher"
    tr '\n' ' ' <"$work/log" | sed 's/  */ /g' >"$work/line"
    grep -q "before memory runs out: rank 1: only .* to resume from this point, .* --resume" "$work/line" \
        || { echo "no sentence with the command that resumes"; cat "$work/log"; exit 1; }
    quietly "$program" run "$out" --resume --threads 1
    [ "$last" = "$(grep '"digest"' "$out/manifest.json")" ] || { echo "another digest after short memory"; exit 1; }
    echo "process 1 short of memory midway: all stop with a checkpoint, and the run continues"
else
    echo "skipped: a process short of memory midway, because no control group can be made here"
fi

# A full disk at the first process, in the middle of the run.
mkdir "$work/small"
if mount -t tmpfs -o size=5m none "$work/small" 2>/dev/null; then
    out=$work/small/full
    if ranks 2 run $scenario --scale 0.002 --threads 1 --checkpoint-every 1h --until 30h --out "$out" \
        >"$work/log" 2>&1; then
        umount "$work/small"
        echo "a run on a full disk succeeded"
        exit 1
    fi
    found=$(ls "$out"/checkpoints/*.checkpoint | wc -l)
    cp -r "$out" "$work/moved"
    umount "$work/small"
    grep -q "No space left on device" "$work/log" || { cat "$work/log"; exit 1; }
    grep -q -- "--resume" "$work/log" || { echo "no command that resumes"; cat "$work/log"; exit 1; }
    [ "$found" -gt 0 ] || { echo "no checkpoint before the disk was full"; exit 1; }
    quietly "$program" run "$work/moved" --resume --threads 1
    grep -q '"complete": true' "$work/moved/manifest.json"
    echo "a full disk: all processes end, and the run continues elsewhere"
else
    echo "skipped: a full disk, because no file system can be mounted here"
fi

# One process short of memory, and one with another build: all refuse with one sentence.
cat >"$work/limited" <<END
#!/usr/bin/env bash
[ "\$$rank_of" != 1 ] || ulimit -v 300000
exec "\$@"
END
chmod +x "$work/limited"
refused() { # WORDS COMMAND...
    local words=$1
    shift
    if limit=60 launch "$@" >"$work/log" 2>&1; then
        echo "a run that should be refused succeeded"
        exit 1
    fi
    grep -q "$words" "$work/log" || { cat "$work/log"; exit 1; }
}
refused "the ranks cannot run: rank 1: " -n 2 "$work/limited" "$program" "${begun[@]}" --out "$work/short"
build=$("$program" run $scenario --scale 0.0001 --until 1h --force --out "$work/build" >/dev/null 2>&1
    sed -n 's/.*"git": *"\([^"]*\)".*/\1/p' "$work/build/manifest.json")
other=$(printf %s "$build" | tr '0-9a-f' '1-9a-f0')
sed "s/$build/$other/g" "$program" >"$work/other"
chmod +x "$work/other"
refused "it has version " -n 1 "$program" "${begun[@]}" --out "$work/builds" : -n 1 "$work/other" "${begun[@]}" \
    --out "$work/builds"
echo "one process short of memory, another build: refused"

# Begun in one process, continued on two.
out=$work/resumed-up
"$program" run $scenario --scale 0.02 --threads 1 --until 18h --checkpoint-every 1h --out "$out" \
    >"$work/log" 2>&1 &
alone=$!
await_checkpoint "$out"
kill -TERM "$alone" 2>/dev/null || true
wait "$alone" || true
quietly "$program" run $scenario --scale 0.02 --threads 1 --until 18h --out "$work/whole-02"
quietly ranks 2 run "$out" --resume --threads 1
same "$work/whole-02" "$out"
echo "begun in one process, continued on 2: the same files"

# Refusals.
for words in "check $scenario" "sweep $scenario --vary run.seed=1,2"; do
    # shellcheck disable=SC2086
    if ranks 2 $words >"$work/log" 2>&1; then
        echo "\`$words\` ran on two processes"
        exit 1
    fi
    grep -q "can be divided among processes" "$work/log" || { cat "$work/log"; exit 1; }
done
if env "$size_of=2" timeout 60 "$program" run "$scenario" --scale 0.001 --out "$work/alone" >"$work/log" 2>&1; then
    echo "a process without its others ran"
    exit 1
fi
echo "refusals: fine"
