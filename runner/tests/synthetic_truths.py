#!/usr/bin/env python3
"""Counts how often a fit finds a known truth.

    runner/tests/synthetic_truths.py PATCHDAY

For each of TRUTHS (20) seeds: `patchday fit --synthetic draw` on the scenario of August 2007 at SCALE
(0.001) with the keys below and RUNS (100) runs. Its truth is drawn from the priors, and its observations
are a run with these values, with errors; no discrepancy is assumed, because there is none. Counts the
values that lie in their 90 % intervals. A correct method has nine of ten; the script exits with 1 if so
few or so many are inside that one correct method in a thousand has them, or so few for one key. A fit whose
self-check fails counts like the others, and is named. The first seed is FIRST (1).
"""

import json
import os
import subprocess
import sys
import tempfile
from math import comb
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SCENARIO = str(ROOT / "configs/outage-2007.toml")
SCALE = os.environ.get("SCALE", "0.001")
TRUTHS = int(os.environ.get("TRUTHS", "20"))
RUNS = os.environ.get("RUNS", "100")
FIRST = int(os.environ.get("FIRST", "1"))
KEYS = ["overlay.promotion.flaw_memory=8h..20h,log", "overlay.supernode.seats=335..390",
        "overlay.supernode.requests=1.6..4.0,log", "overlay.supernode.patience=20m..3h,log",
        "operator.force_supernodes.night.requests=0.8..2.0,log",
        "operator.force_supernodes.second.rate=750/h..1150/h", "client.retry.exponential.base=30s..2m,log"]


def region(count, share=0.9, outside=0.001):
    """The least and most successes of a binomial distribution outside which `outside` of it lies."""
    chance = [comb(count, k) * share**k * (1 - share) ** (count - k) for k in range(count + 1)]
    low = next(k for k in range(count + 1) if sum(chance[:k + 1]) > outside / 2)
    high = next(k for k in range(count, -1, -1) if sum(chance[k:]) > outside / 2)
    return low, high


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    program = str(Path(sys.argv[1]).resolve())
    keys = [word for key in KEYS for word in ("--vary", key)]
    inside = {}
    unreliable = 0
    with tempfile.TemporaryDirectory(prefix="synthetic-truths-") as work:
        for seed in range(FIRST, FIRST + TRUTHS):
            words = [program, "fit", SCENARIO, "--scale", SCALE, "--seed", str(seed), "--runs", RUNS,
                     "--synthetic", "draw", "--discrepancy", "0", "--threads", "1", "--json", "--out", f"answers/{seed}", *keys]
            done = subprocess.run(words, cwd=work, capture_output=True, text=True)
            if done.returncode not in (0, 1):
                sys.exit(f"seed {seed}: exit {done.returncode}: {done.stderr[-600:]}")
            answer = json.loads(done.stdout)
            fault = answer["fault"]
            unreliable += fault is not None
            found = {truth["key"]: truth["found"] for truth in answer["truths"]}
            for key, is_found in found.items():
                inside.setdefault(key, []).append(is_found)
            check = answer["self_check"]
            print(f"seed {seed:3}: {sum(found.values())} of {len(found)} inside, "
                  f"self-check {check['inside']} of {check['of']}" if check else
                  f"seed {seed:3}: {sum(found.values())} of {len(found)} inside, no self-check",
                  f"({fault})" if fault else "", flush=True)
    least = region(TRUTHS)[0]
    for key, found in inside.items():
        print(f"{key}: {sum(found)} of {len(found)} (at least {least})")
    few = any(sum(found) < least for found in inside.values())
    everything = [is_found for found in inside.values() for is_found in found]
    low, high = region(len(everything))
    print(f"all keys: {sum(everything)} of {len(everything)} (of a correct method {low} to {high}, but one "
          f"time in a thousand); {unreliable} fits say that they are not reliable")
    sys.exit(few or not low <= sum(everything) <= high)


if __name__ == "__main__":
    main()
