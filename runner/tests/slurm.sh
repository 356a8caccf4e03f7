#!/usr/bin/env bash
# Runs the example job script on a local Slurm: an array of four tasks, of which one is cut short
# and submitted again, must merge to the same table as the sweep in one process. With a program that is
# built with `--features mpi`, also one run on two processes that Slurm starts. If Slurm cannot
# be installed, it prints the reason and exits with 0.
#
#   runner/tests/slurm.sh PATCHDAY [WITH_MPI]    (the program; default target/release/patchday)
set -euo pipefail
cd "$(dirname "$0")/../.."
program=$(realpath "${1:-target/release/patchday}")

skip() {
    echo "skipped: $*"
    exit 0
}

[ "$(id -u)" = 0 ] || skip "starting the daemons of Slurm requires root"
if ! command -v slurmctld >/dev/null || ! command -v slurmd >/dev/null || ! command -v munged >/dev/null; then
    command -v apt-get >/dev/null || skip "no Slurm, and no apt-get to install it"
    { apt-get update && apt-get install -y --no-install-recommends slurmctld slurmd slurm-client munge; } \
        >/tmp/slurm-install.log 2>&1 || skip "Slurm cannot be installed: $(tail -1 /tmp/slurm-install.log)"
fi

work=$(mktemp -d)
name=$(hostname -s)
stop() {
    for daemon in slurmd slurmctld; do
        [ -e "$work/$daemon.pid" ] && kill "$(cat "$work/$daemon.pid")" 2>/dev/null
    done
    [ -e "$work/munged.pid" ] && kill "$(cat "$work/munged.pid")" 2>/dev/null
    # A daemon may still be writing its log.
    rm -rf "$work" 2>/dev/null || true
}
trap stop EXIT

# A separate munge key and socket.
mkdir -p "$work/munge" "$work/state" "$work/spool"
chmod 755 "$work"
dd if=/dev/urandom of="$work/munge/key" bs=1024 count=1 status=none
chown -R munge: "$work/munge"
chmod 700 "$work/munge" && chmod 400 "$work/munge/key"
mkdir -p "$work/socket" && chown munge: "$work/socket" && chmod 755 "$work/socket"
su -s /bin/sh munge -c "munged --force --key-file='$work/munge/key' --socket='$work/socket/socket' \
    --pid-file='$work/munge/pid' --log-file='$work/munge/log' --seed-file='$work/munge/seed'" \
    || skip "munged does not start: $(tail -1 "$work/munge/log" 2>/dev/null)"
cp "$work/munge/pid" "$work/munged.pid"

cat > "$work/slurm.conf" <<CONF
ClusterName=loopback
SlurmctldHost=$name(127.0.0.1)
AuthType=auth/munge
AuthInfo=socket=$work/socket/socket
CredType=cred/munge
SlurmUser=root
SlurmdUser=root
StateSaveLocation=$work/state
SlurmdSpoolDir=$work/spool
SlurmctldPidFile=$work/slurmctld.pid
SlurmdPidFile=$work/slurmd.pid
SlurmctldLogFile=$work/slurmctld.log
SlurmdLogFile=$work/slurmd.log
SlurmctldPort=46817
SlurmdPort=46818
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU
SchedulerParameters=bf_interval=1
MpiDefault=none
ReturnToService=2
NodeName=$name NodeAddr=127.0.0.1 CPUs=$(nproc) State=UNKNOWN
PartitionName=all Nodes=$name Default=YES MaxTime=INFINITE State=UP
CONF
export SLURM_CONF="$work/slurm.conf"
slurmctld -c || skip "slurmctld does not start: $(tail -1 "$work/slurmctld.log")"
slurmd || skip "slurmd does not start: $(tail -1 "$work/slurmd.log")"
for _ in $(seq 60); do
    sinfo -h -o %T 2>/dev/null | grep -qE '^(idle|mixed)' && break
    sleep 0.5
done
sinfo -h -o %T | grep -qE '^(idle|mixed)' || skip "the node does not start: $(tail -1 "$work/slurmd.log")"

design=(--scale 0.001 --until 3h --vary servers.login.queue=5s,20s,60s --reps 4)
scenario=$PWD/configs/retry-storm.toml
"$program" sweep "$scenario" "${design[@]}" --out "$work/whole" 2>/dev/null

export PATCHDAY=$program
submit() {
    sbatch --parsable --wait --chdir="$work" --output="$work/task-%a.log" "$@" \
        "$PWD/configs/slurm/sweep.sbatch" "$scenario" "$work/spread" "${design[@]}"
}
job=$(submit --array=1-4)
if "$program" merge "$work/spread" >/dev/null; then
    cmp "$work/spread/runs.csv" "$work/whole/runs.csv"
else
    cat "$work"/task-*.log
    exit 1
fi
# Truncates the ledger of one task, as if it had been killed, and submits the array again.
ledger=$work/spread/ledger-2-of-4.jsonl
head -c -50 "$ledger" > "$ledger.cut" && mv "$ledger.cut" "$ledger"
rm "$work/spread/runs.csv"
if "$program" merge "$work/spread" >/dev/null 2>&1; then
    echo "a merge without a run should have failed"
    exit 1
fi
submit --array=1-4 >/dev/null
"$program" merge "$work/spread" >/dev/null
cmp "$work/spread/runs.csv" "$work/whole/runs.csv"
echo "slurm: an array of 4 tasks (job $job) made the same table, also after one was cut short"

[ -e "${2:-}" ] || skip "a run on two processes, because there is no program with MPI"
with_mpi=$(realpath "$2")
one=(run "$PWD/configs/outage-2007.toml" --scale 0.001 --threads 1)
"$program" "${one[@]}" --out "$work/alone" >/dev/null 2>&1
if ! timeout 300 srun --mpi=pmix -n 2 "$with_mpi" "${one[@]}" --out "$work/two" >"$work/log" 2>&1; then
    grep -qi "pmix" "$work/log" && skip "this Slurm cannot start processes over PMIx: $(tail -1 "$work/log")"
    cat "$work/log"
    exit 1
fi
for file in config.toml series.csv summary.json observed.csv online.svg timeline.csv timeline.md; do
    cmp "$work/alone/$file" "$work/two/$file"
done
grep -q '"ranks": 2' "$work/two/manifest.json"
# Started without PMIx, the processes do not know of each other, and refuse.
if timeout 60 srun --mpi=none -n 2 "$with_mpi" "${one[@]}" --out "$work/apart" >"$work/log" 2>&1; then
    echo "two processes that do not know of each other ran"
    exit 1
fi
grep -q "do not know of each other" "$work/log" || { cat "$work/log"; exit 1; }
echo "slurm: a run on 2 processes has the files of one process; without PMIx it is refused"
