#!/usr/bin/env bash
# Injects random faults into small runs and sweeps for a given time: kills, signals, full disks,
# directories removed or renamed, files changed by other processes, flipped bits, truncation.
# After each fault it continues with the command that the program prints, on other threads and
# shards. At the end every byte must equal that of an undisturbed run.
#
#   runner/tests/soak.sh PATCHDAY MINUTES [SEED]
#
# Requires bash, POSIX tools and the program. Small disks require mount namespaces (`unshare`) and
# are skipped with a message without them. THREADS is the largest number of threads of a run (3).
# The same seed gives the same faults, but not at the same moments. It exits with 1 if a byte
# differs, a corrupt file is read as data, a run resumes from an older checkpoint than the last
# valid one, or the program exits in an unexpected way; the directory concerned is then kept.
set -u
cd "$(dirname "$0")/../.." || exit 2
[ $# -ge 2 ] || { sed -n '2,13s/^# \{0,1\}//p' "$0"; exit 2; }

# Restarts itself in a mount namespace, if possible.
if [ -z "${SOAK_DISKS:-}" ]; then
    if unshare --mount --map-root-user sh -c 'mount -t tmpfs none /mnt' 2>/dev/null; then
        SOAK_DISKS=yes exec unshare --mount --map-root-user bash "$PWD/runner/tests/soak.sh" "$@"
    fi
    echo "no small disks: mount namespaces are not available"
    SOAK_DISKS=no
fi

seed=${3:-$$}
ends=$((SECONDS + 60 * $2))
threads=${THREADS:-3}
work=${TMPDIR:-/tmp}/soak-$$
said=$work/said
mkdir -p "$work/disk" || exit 2
# A copy of the program, so that a build during the test does not replace it.
cp "$1" "$work/patchday" && program=$work/patchday || exit 2
mkfifo "$work/never" && exec 9<>"$work/never"
echo "seed $seed; in $work"
RANDOM=$((seed % 32768))
# Without job control, background jobs ignore SIGINT.
set -m
# A signal ends the test with its table.
trap 'ends=0' TERM INT

scenario=configs/outage-2007.toml
fleet=configs/retry-storm.toml
every=5h
results="series.csv summary.json observed.csv timeline.md timeline.csv online.svg config.toml"
runs_of_a_sweep=9
begin_run="$program run $scenario --scale 0.0005 --checkpoint-every $every --out"
begin_sweep="$program sweep --scale 0.0005 --until 12h --vary servers.login.queue=5s,20s,60s --reps 3 $fleet --out"

failed=0 differed=0 misread=0 toomuch=0 ended_runs=0 ended_sweeps=0 reads=0
declare -A tried again most restarted
kinds="kill int term twice full removed renamed changed flip cut blank empty gone"
for kind in $kinds; do
    for what in run sweep; do
        tried[$what$kind]=0 again[$what$kind]=0 most[$what$kind]=0 restarted[$what$kind]=0
    done
done

# Sets `rolled` to a random number from 0 to below the argument.
roll() { rolled=$(((RANDOM * 32768 + RANDOM) % $1)); }

# Waits for the given number of milliseconds.
pause() { read -rt "$(($1 / 1000)).$(printf %03d $(($1 % 1000)))" -u 9 || :; }

# Reports a failure and keeps the directory concerned.
wrong() {
    echo "WRONG: $1 ($place, after: $history)"
    sed 's/^/    /' "$said"
    cp -R "$place" "$work/wrong-$((differed + misread + toomuch + failed))" 2>/dev/null
    cp "$said" "$work/said-$((differed + misread + toomuch + failed))"
}

# Sets `command` to a command with other numbers of threads and shards.
elsewhere() {
    local cut
    cut=$(printf '%s\n' "$1" | sed -e 's/ --threads [0-9]*//' -e 's/ --shards [0-9]*//')
    roll "$threads"
    command="$cut --threads $((rolled + 1))"
    roll 5
    [ "$rolled" = 0 ] || command="$command --shards $rolled"
}

# Starts a command and sets `pid` to the process of the program.
begin() {
    sh -c "exec $1" >"$work/out" 2>"$said" &
    pid=$!
}

# Waits for its end and sets `code`. Checkpoints that it has written are valid again.
finish() {
    local path
    { wait "$pid"; code=$?; } 2>/dev/null
    for path in $(sed -n 's/^checkpoint: \(.*checkpoint\), .*/\1/p' "$said"); do
        damaged=$(printf '%s' "$damaged" | sed "s/ ${path##*/}//g")
    done
}

# Prints the command that the program printed to resume or restart, if any.
named() {
    sed -n -e 's/.*to resume[^:]*: //p' -e 's/.*to run it again from the start: //p' "$said" | tail -n 1
}

# Print the last tick in the series of a run, and the tick of a checkpoint from its name.
reached() {
    local at series=$1/.series.csv.partial
    [ -e "$series" ] || series=$1/series.csv
    at=$(tail -n 2 "$series" 2>/dev/null | head -n 1 | cut -d , -f 2)
    case $at in '' | *[!0-9]*) echo 0 ;; *) echo "$at" ;; esac
}
tick_of() {
    echo "${1##*/}" | awk '{ print (substr($0, 9, 2) - 14) * 86400 + substr($0, 12, 2) * 3600 \
        + substr($0, 14, 2) * 60 + substr($0, 16, 2) }'
}

# Prints the newest checkpoint that was not damaged by this test.
newest() {
    local path last=none
    for path in "$1"/checkpoints/*.checkpoint; do
        case " $damaged " in *" ${path##*/} "*) continue ;; esac
        [ -e "$path" ] && last=${path##*/}
    done
    echo "$last"
}

# Damages a file as `how` says: flip, cut, blank, empty or gone.
damage() {
    local file=$1 size at byte
    size=$(wc -c <"$file")
    [ "$size" -gt 0 ] || return 1
    roll "$size"
    at=$rolled
    case $how in
    flip)
        byte=$(dd if="$file" bs=1 skip="$at" count=1 2>/dev/null | od -An -tu1 | tr -d ' ')
        roll 8
        # shellcheck disable=SC2059
        printf "$(printf '\\%03o' $((byte ^ (1 << rolled))))" |
            dd of="$file" bs=1 seek="$at" conv=notrunc 2>/dev/null
        ;;
    cut) dd if=/dev/null of="$file" bs=1 seek="$at" 2>/dev/null ;;
    blank)
        # A power cut can leave zeros in a page.
        byte=$((size - at < 4096 ? size - at : 4096))
        [ "$(dd if="$file" bs=1 skip="$at" count="$byte" 2>/dev/null | tr -d '\0' | wc -c)" -gt 0 ] || return 1
        dd if=/dev/zero of="$file" bs=1 seek="$at" count="$byte" conv=notrunc 2>/dev/null
        ;;
    empty) : >"$file" ;;
    gone) rm "$file" ;;
    esac
}

# Injects the fault `kind` into the running process.
happen() {
    case $kind in
    kill) kill -9 "$pid" ;;
    int) kill -INT "$pid" ;;
    term) kill -TERM "$pid" ;;
    twice) kill -INT "$pid"; pause 3; kill -TERM "$pid" ;;
    # The program may be writing into the directory at this moment.
    removed) rm -rf "$place" ;;
    renamed) rm -rf "$work/moved"; mv "$place" "$work/moved" ;;
    changed) [ -e "$place/.series.csv.partial" ] && printf 9 >>"$place/.series.csv.partial" ;;
    esac 2>/dev/null
}

# Succeeds if a run has the bytes of an undisturbed one; prints the first difference.
same_run() {
    local name digest
    digest='s/.*"digest": "\(.*\)".*/\1/p'
    for name in $results; do
        cmp -s "$1/$name" "$work/run/$name" || { echo "$name differs"; return 1; }
    done
    [ "$(sed -n "$digest" "$1/manifest.json")" = "$(sed -n "$digest" "$work/run/manifest.json")" ] ||
        { echo "the digest differs"; return 1; }
}

# Succeeds if a run has all its files.
is_complete() {
    local name
    for name in $results manifest.json; do
        [ -e "$1/$name" ] || return 1
    done
}

# Prints a scenario without comments.
without_comments() { tr '\0' '?' <"$1" | sed -e 's/[[:space:]]*#.*//' -e '/^[[:space:]]*$/d'; }

# Damages a file of a complete run, and executes a command that only reads.
read_damaged() {
    local file bad=$work/bad reader
    rm -rf "$bad"
    cp -R "$place" "$bad"
    set -- manifest.json config.toml series.csv
    roll 3
    shift "$rolled"
    file=$1
    set -- flip cut blank empty gone
    roll 5
    shift "$rolled"
    how=$1
    damage "$bad/$file" || return
    history="$history, then $how $file"
    set -- "diff $bad $work/run" "diff $work/run $bad" "verify $bad --threads 1" "export $bad --as csv" "report $bad"
    roll 5
    shift "$rolled"
    reader=$1
    begin "$program $reader"
    finish
    reads=$((reads + 1))
    case $code in
    # The message about a missing file need not contain its name.
    2 | 3) { [ "$how" = gone ] || grep -q "$file" "$said"; } && return ;;
    # `verify` computes the run again and reports the file that differs.
    1) case $reader in verify*) return ;; esac ;;
    0)
        [ "$file" = config.toml ] && [ "$how" != gone ] && [ "$(without_comments "$bad/$file")" = "$(without_comments "$work/run/$file")" ] && return
        # `export` does not read the scenario.
        case "$reader $file" in export*config.toml) return ;; esac
        ;;
    esac
    wrong "$reader read $how $file: code $code" && misread=$((misread + 1))
}

# Records how much of the work done before a fault was computed again.
count_again() {
    local key=$1 amount=$2
    [ "$amount" -ge 0 ] || amount=0
    again[$key]=$((again[$key] + amount))
    [ "$amount" -le "${most[$key]}" ] || most[$key]=$amount
}

# Damages up to two files of a stopped run or sweep.
damage_some() {
    local file count
    roll 5
    count=$((rolled > 2 ? rolled - 2 : 0))
    while [ "$count" -gt 0 ]; do
        count=$((count - 1))
        roll 6
        if [ "$what" = sweep ]; then
            file=$(find "$place" -name 'ledger*.jsonl' 2>/dev/null | sort | tail -n 1)
        else
            case $rolled in
            0) file=$place/manifest.json ;;
            1) file=$place/config.toml ;;
            2) file=$place/.series.csv.partial; [ -e "$file" ] || file=$place/series.csv ;;
            3) file=$(find "$place/checkpoints" -name '*.checkpoint' 2>/dev/null | sort | head -n 2 | tail -n 1) ;;
            *) file=$place/checkpoints/$(newest "$place") ;;
            esac
        fi
        set -- flip flip cut blank empty gone
        roll 6
        shift "$rolled"
        how=$1
        [ -f "$file" ] && damage "$file" || continue
        kind=$how
        tried[$what$kind]=$((tried[$what$kind] + 1))
        history="$history, $how ${file##*/}"
        case $file in
        *.checkpoint) [ "$how" = gone ] || damaged="$damaged ${file##*/}" ;;
        esac
    done
}

# Sets `command` to the one that continues after a fault, or to nothing after the end.
next() {
    local line
    line=$(named)
    case $code in
    0)
        command=
        case $what$kind in
        runremoved | runrenamed)
            # The fault removed files after the run was complete.
            is_complete "$place" && return
            restarted[$what$kind]=$((restarted[$what$kind] + 1))
            rm -rf "$place"
            command=$start
            ;;
        esac
        ;;
    137) command="$resume" ;;
    143)
        # Before the results have a directory, a signal ends the process at once.
        command="$resume"
        if grep -q '^results: ' "$said"; then
            wrong "it did not handle a signal"
            failed=$((failed + 1)) command=
        fi
        ;;
    130 | 3 | 4)
        command=$line
        # It was stopped before it had anything to resume from.
        [ -n "$line" ] || command="$resume"
        ;;
    2)
        if grep -q "the run is complete" "$said"; then
            command=
            return
        fi
        if [ "$what" = run ] && [ "$(newest "$place")" != none ]; then
            wrong "it refused a run with a valid checkpoint"
            toomuch=$((toomuch + 1)) command=
            return
        fi
        # Without a checkpoint or the first line of a ledger it starts again; without a valid
        # manifest the directory must be removed first.
        restarted[$what$kind]=$((restarted[$what$kind] + 1))
        count_again "$what$kind" "$before"
        command=$line
        if [ -z "$line" ]; then
            rm -rf "$place"
            command=$start
        fi
        ;;
    *)
        wrong "it ended with $code"
        failed=$((failed + 1)) command=
        ;;
    esac
}

# Checks from where a run or sweep resumed.
check_again() {
    local from left
    if [ "$what" = run ]; then
        from=$(sed -n 's/^resuming from .*\/\(.*checkpoint\)$/\1/p' "$said")
        [ -n "$from" ] || return
        count_again "$what$kind" $((before - $(tick_of "$from")))
        [ "$from" = "$expected" ] && return
        wrong "it resumed from $from and not from $expected"
        toomuch=$((toomuch + 1))
    else
        left=$(sed -n 's/.* runs, \([0-9]*\) of them still to run.*/\1/p' "$said")
        [ -n "$left" ] || return
        count_again "$what$kind" $((before - (runs - left)))
        case $kind in kill | int | term | twice) ;; *) return ;; esac
        [ "$runs" -ge $((before + left)) ] && return
        wrong "$left of $runs runs were to do with $before in the ledger"
        toomuch=$((toomuch + 1))
    fi
}

# Prints the progress: ticks of a run, or lines of a ledger without the first.
done_so_far() {
    if [ "$what" = run ]; then
        reached "$place"
    else
        cat "$ledger" 2>/dev/null | awk 'END { print (NR > 0 ? NR - 1 : 0) }'
    fi
}

# Executes a run or a part of a sweep with faults, until it is complete.
execute_with_faults() {
    local faults
    roll 6
    faults=$((rolled + 1))
    elsewhere "$start"
    kind=kill before=0 expected=
    while [ -n "$command" ]; do
        begin "$command"
        if [ "$faults" -gt 0 ]; then
            faults=$((faults - 1))
            set -- kill kill kill int term twice removed renamed changed
            roll 9
            shift "$rolled"
            now=$1
            [ "$now$what" != changedsweep ] || now=kill
            [ "$now$small" != renamedyes ] || now=removed
            # A change after the last check of the series is detected by its hash only.
            [ "$now" = changed ] && roll 600 || roll 1000
            pause $((rolled * took / 1000))
            was=$kind
            kind=$now
            if kill -0 "$pid" 2>/dev/null && happen; then
                tried[$what$kind]=$((tried[$what$kind] + 1))
                history="$history, $kind"
            else
                now=none
            fi
            finish
            # This process resumed after the previous fault.
            kind=$was
            check_again
            [ "$now" = none ] || kind=$now
        else
            finish
            check_again
        fi
        if [ "$small" = yes ] && [ "$code" != 0 ]; then
            mount -o remount,size=64m "$work/disk"
            if grep -q "No space left" "$said"; then
                kind=full
                history="$history, full"
            fi
        fi
        before=$(done_so_far)
        next
        [ -n "$command" ] || break
        if [ "$code" != 2 ]; then
            damage_some
            # Without a directory there is nothing to resume.
            [ -e "$place" ] || command=$start
        fi
        expected=$(newest "$place")
        elsewhere "$command"
    done
}

# Mounts a small disk with a probability of one in four; `small` is yes or no.
disk() {
    roll 4
    small=no place=$work/$1
    [ "$SOAK_DISKS$rolled" = yes0 ] || return
    roll "$2"
    mount -t tmpfs -o "size=$(((rolled / 4096 + 1) * 4096))" none "$work/disk" || return
    small=yes place=$work/disk/$1
    tried[$what"full"]=$((tried[$what"full"] + 1))
    history="a disk of $((rolled / 1024)) KiB"
}

one_run() {
    what=run took=$run_took damaged= history=begun ledger=
    disk under-way 15000000
    start="$begin_run $place" resume="$program run $place --resume --checkpoint-every $every"
    rm -rf "$place" "$work/moved"
    execute_with_faults
    if [ "$code" = 0 ] || [ "$code" = 2 ]; then
        ended_runs=$((ended_runs + 1))
        same=$(same_run "$place") || { wrong "$same"; differed=$((differed + 1)); }
        [ -n "$same" ] || read_damaged
    fi
    # A renamed directory is that of a killed run.
    if [ -d "$work/moved/checkpoints" ]; then
        begin "$program run $work/moved --resume"
        finish
        place=$work/moved
        if [ "$code" = 0 ] || grep -q "the run is complete" "$said"; then
            ended_runs=$((ended_runs + 1))
            same=$(same_run "$place") || { wrong "$same"; differed=$((differed + 1)); }
        elif ! grep -q "no checkpoint to resume from" "$said"; then
            wrong "the renamed run ended with $code"
            failed=$((failed + 1))
        fi
    fi
    [ "$small" = no ] || umount "$work/disk"
}

# Merges the parts of a sweep. Their ledgers may have filled the disk, so that it needs more
# space.
join() {
    begin "$program merge $place"
    finish
    if [ "$small$code" = yes3 ] && grep -q "No space left" "$said"; then
        mount -o remount,size=64m "$work/disk"
        begin "$program merge $place"
        finish
    fi
}

one_sweep() {
    what=sweep took=$sweep_took damaged= history=begun runs=$runs_of_a_sweep
    disk batch 32000
    rm -rf "$place" "$work/moved"
    roll 3
    if [ "$rolled" = 0 ]; then
        # In two parts, merged at the end.
        for part in 1 2; do
            runs=$((part == 1 ? (runs_of_a_sweep + 1) / 2 : runs_of_a_sweep / 2))
            ledger=$place/ledger-$part-of-2.jsonl
            start="$begin_sweep $place --shard $part/2" resume="$begin_sweep $place --shard $part/2 --resume"
            execute_with_faults
        done
        join
        # A fault hit the first part during the second.
        if [ "$code" = 2 ] && grep -q -e "runs are missing" -e "ledger-1-of-2" "$said"; then
            [ "$small" = no ] || mount -o remount,size=64m "$work/disk"
            for part in 1 2; do
                begin "$begin_sweep $place --shard $part/2 --resume"
                finish
                [ "$code" != 2 ] || { begin "$begin_sweep $place --shard $part/2 --force"; finish; }
            done
            join
        fi
    else
        ledger=$place/ledger.jsonl
        start="$begin_sweep $place" resume="$begin_sweep $place --resume"
        execute_with_faults
    fi
    ended_sweeps=$((ended_sweeps + 1))
    cmp -s "$place/runs.csv" "$work/sweep/runs.csv" || { wrong "runs.csv differs"; differed=$((differed + 1)); }
    [ "$small" = no ] || umount "$work/disk"
}

place=$work/run history=none damaged=
undisturbed() {
    local from=${EPOCHREALTIME/./}
    begin "$2"
    finish
    [ "$code" = 0 ] || { wrong "an undisturbed $1 ended with $code"; exit 1; }
    took=$(((${EPOCHREALTIME/./} - from) / 1000))
}
undisturbed run "$begin_run $work/run --threads 1"
run_took=$took
undisturbed sweep "$begin_sweep $work/sweep --threads 1"
sweep_took=$took

while [ "$SECONDS" -lt "$ends" ]; do
    roll 3
    [ "$rolled" = 0 ] && one_sweep || one_run
done

row() { printf '%-9s %6s %9s %14s %14s   %6s %9s %11s %11s\n' "$@"; }
row "" runs "" "hours redone" "hours redone" sweeps "" "runs redone" "runs redone"
row fault tried restarted "in all" "at most" tried restarted "in all" "at most"
hours() { awk -v ticks="$1" 'BEGIN { printf "%.1f", ticks / 3600 }'; }
for kind in $kinds; do
    row $kind "${tried[run$kind]}" "${restarted[run$kind]}" "$(hours "${again[run$kind]}")" "$(hours "${most[run$kind]}")" \
        "${tried[sweep$kind]}" "${restarted[sweep$kind]}" "${again[sweep$kind]}" "${most[sweep$kind]}"
done
echo "$ended_runs runs of 120 h and $ended_sweeps sweeps of $runs_of_a_sweep runs came to their end; $reads damaged files were read"
echo "bytes differed: $differed; damaged files read as data: $misread; resumed from too far back: $toomuch; unexpected exits: $failed"
if [ $((differed + misread + toomuch + failed)) = 0 ]; then
    rm -rf "$work"
else
    echo "seed $seed; the directories concerned are in $work"
    exit 1
fi
