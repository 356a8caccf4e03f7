#!/usr/bin/env bash
# Fuzzes every reader: run.sh RUNS [READER...], such as `run.sh 20000` or `run.sh 1000000 ledger`.
# RUNS is the number of executions of each reader, or `budget`: ten million in all, distributed by
# the time that one execution takes; about an hour on one core. SECONDS_EACH limits the time of each
# reader. Corpora and inputs that fail are in target/fuzz; later runs continue with them. Without a
# nightly toolchain and cargo-fuzz the script prints a message and exits.
set -uo pipefail
cd "$(dirname "$0")/.."

runs=${1:?run.sh RUNS [READER...]}
shift
most_seconds=${SECONDS_EACH:-0}
work=$(cd .. && pwd)/target/fuzz

if ! cargo +nightly fuzz --version >/dev/null 2>&1; then
    echo "not fuzzed: needs a nightly toolchain (rustup toolchain install nightly) and cargo-fuzz"
    exit 0
fi
# The build has AddressSanitizer, debug assertions and overflow checks.
cargo +nightly fuzz build --target-dir "$work" || exit 1
triple=$(rustc +nightly -vV | awk '/^host:/ { print $2 }')

# The longest input of a reader, in bytes: a little more than its longest seed.
most_bytes() {
    case $1 in
    criterion | factor | variant | overrides | points) echo 512 ;;
    table | timeline | ledger | runs | frames | kept | bands) echo 4096 ;;
    scenario | study | manifest | answer | summary) echo 8192 ;;
    series | recording | checkpoint) echo 16384 ;;
    esac
}

# The number of executions of a reader.
share() {
    [ "$runs" = budget ] || { echo "$runs"; return; }
    case $1 in
    scenario | variant) echo 60000 ;;
    overrides | recording | study) echo 100000 ;;
    checkpoint | series) echo 200000 ;;
    table | kept | bands) echo 400000 ;;
    frames | ledger | points | timeline) echo 600000 ;;
    summary) echo 900000 ;;
    answer | criterion | factor | manifest) echo 1500000 ;;
    esac
}

# Prints a row of the table. Executions are those counted by libFuzzer, including the corpus.
row() {
    printf '%-11s %12s %9s %9s  %s\n' "$@"
}

readers=("$@")
if [ ${#readers[@]} = 0 ]; then
    for program in fuzz/fuzz_targets/*.rs; do
        readers+=("$(basename "$program" .rs)")
    done
fi
all=0
bad=0
row reader executions seconds a_second result
for reader in "${readers[@]}"; do
    place=$work/corpus/$reader
    mkdir -p "$place/found" "$place/seeds" "$place/bad"
    begun=$(date +%s)
    PATCHDAY_SEEDS=$place "$work/$triple/release/$reader" "$place/found" "$place/seeds" \
        -dict="$place/words" -artifact_prefix="$place/bad/" -runs="$(share "$reader")" \
        -max_total_time="$most_seconds" -max_len="$(most_bytes "$reader")" -timeout=10 \
        -rss_limit_mb=2048 -malloc_limit_mb=512 -print_final_stats=1 >"$place/log" 2>&1
    code=$?
    seconds=$(($(date +%s) - begun))
    done=$(awk '/^stat::number_of_executed_units/ { print $2 }' "$place/log")
    done=${done:-0}
    all=$((all + done))
    result=fine
    if [ $code != 0 ]; then
        bad=1
        result="exit $code, see $place/log"
    fi
    row "$reader" "$done" "$seconds" "$((done / (seconds > 0 ? seconds : 1)))" "$result"
done
row all "$all" "" "" "$([ $bad = 0 ] && echo fine || echo 'failures found')"
exit $bad
