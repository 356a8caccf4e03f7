#!/usr/bin/env bash
# Compares the estimates of `patchday plan` with the memory and time of real runs.
#
#   runner/tests/forecast.sh PATCHDAY [SCENARIO=SCALE...]
#
# Without scenarios, it runs five with 2 to 56 million users, some six minutes on two cores. Fails
# if an estimate of memory differs from the measured value by more than a tenth. Times are only
# printed, since other programs may be running: a factor of up to 1.5 is expected.
set -euo pipefail
cd "$(dirname "$0")/../.."
[ $# -ge 1 ] || { sed -n '2,8s/^# \{0,1\}//p' "$0"; exit 2; }
program=$1
shift
cases=("$@")
[ ${#cases[@]} -gt 0 ] || cases=(
    configs/thundering-herd.toml=0.1
    configs/retry-storm.toml=0.25
    configs/outage-2007.toml=0.05
    configs/cold-start.toml=1
    configs/outage-2010.toml=0.1
)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# A number in a JSON file.
number() {
    sed -n "s/.*\"$1\": *\([0-9.]*\).*/\1/p" "$2" | head -n 1
}

wrong=0
printf '%-32s %12s %10s %10s %6s %9s %9s %6s %6s\n' scenario users planned measured ratio \
    planned took ratio events
for case in "${cases[@]}"; do
    scenario=${case%=*} scale=${case##*=}
    "$program" plan "$scenario" --scale "$scale" --threads 2 --json >"$work/plan" 2>/dev/null
    rm -rf "$work/run"
    "$program" run "$scenario" --scale "$scale" --threads 2 --out "$work/run" >/dev/null \
        2>"$work/errors" || { cat "$work/errors"; exit 1; }
    manifest=$work/run/manifest.json
    awk -v name="$(basename "$scenario" .toml)" -v users="$(number users "$manifest")" \
        -v memory="$(number memory_bytes "$work/plan")" -v peak="$(number peak_rss_bytes "$manifest")" \
        -v wall="$(number wall_s "$work/plan")" -v took="$(number wall_s "$manifest")" \
        -v planned="$(number events "$work/plan")" -v events="$(number events "$manifest")" 'BEGIN {
            printf "%-32s %12d %6d MiB %6d MiB %6.3f %7.0f s %7.0f s %6.2f %6.2f\n", name, users,
                memory / 1048576, peak / 1048576, memory / peak, wall, took, wall / took,
                planned / events
            exit memory / peak < 0.9 || memory / peak > 1.1
        }' || wrong=1
done
[ $wrong = 0 ] || echo "an estimate of memory differs by more than a tenth"
exit $wrong
