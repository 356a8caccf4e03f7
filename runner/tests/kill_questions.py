#!/usr/bin/env python3
"""Kills each question with SIGKILL at random moments, asks it again, and compares.

    runner/tests/kill_questions.py PATCHDAY [QUESTION ...]

For each question: an undisturbed answer first, then the same command in another directory, killed at
KILLS (20) random moments and asked again with --resume until it ends. Every file of the answer must
have the same bytes, no run may have two lines in the ledger, and the ledger must have the same runs as
that of the undisturbed answer. A second undisturbed answer on SEVERAL (7) threads must have the same
bytes, too. SCALE (0.001) is the scale of the runs, SEED chooses the moments. Questions that the
program does not have are skipped with a message. Exits with 1 if anything differs; the directories are
then kept.
"""

import json
import os
import random
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
FLEET = str(ROOT / "configs/retry-storm.toml")
OUTAGE = str(ROOT / "configs/outage-2007.toml")
SCALE = os.environ.get("SCALE", "0.001")
KILLS = int(os.environ.get("KILLS", "20"))
SEVERAL = os.environ.get("SEVERAL", "7")

SMALL = ["--scale", SCALE, "--until", "20h"]
QUESTIONS = {
    "sweep": [FLEET, *SMALL, "--vary", "servers.login.queue=5s,20s,60s", "--reps", "4"],
    "tip": [FLEET, *SMALL, "--param", "servers.login.queue", "--range", "5s..80s",
            "--survives", "hours_below_80_percent < 2", "--reps", "3"],
    "compare": [FLEET, *SMALL, "--vary", "servers.login.queue=5s,20s", "--reps", "5"],
    "map": [FLEET, *SMALL, "--x", "servers.login.queue=5s..60s", "--y",
            "servers.login.rate=130/s..400/s", "--grid", "2", "--depth", "1", "--branches",
            "--dwell", "1h"],
    "fork": ["made", "--at", "6h", "--try", "none", "--try", "few: client.probes=3", "--try",
             "many: client.probes=12"],
    "sensitivity": [FLEET, *SMALL, "--vary", "servers.login.queue=5s..60s", "--vary",
                    "servers.login.rate=130/s..400/s", "--trajectories", "4"],
    "fit": [OUTAGE, "--scale", SCALE, "--vary", "overlay.supernode.seats=450..900", "--vary",
            "overlay.promotion.asks=1..8", "--runs", "60"],
}


def command(program, question, threads, more=()):
    return [program, question, *QUESTIONS[question], "--threads", threads, "--out",
            f"answers/{question}", *more]


def prepare(program, directory, question):
    directory.mkdir(parents=True)
    if question == "fork":
        run = [program, "run", OUTAGE, "--scale", SCALE, "--until", "12h", "--out", "made",
               "--threads", "1"]
        subprocess.run(run, cwd=directory, check=True, capture_output=True)


def answer(directory, question):
    """The files of an answer; of a fork without those of its alternatives, which have times."""
    top = directory / "answers" / question
    found = {}
    for path in sorted(top.rglob("*")):
        name = str(path.relative_to(top))
        is_own = not name.startswith(".") and not name.startswith("ledger")
        if question == "fork":
            # The checkpoint at the fork has the manifest of the run, with its times.
            is_answer = path.parent == top and path.suffix != ".checkpoint"
            is_own = is_own and (is_answer or path.name in ("series.csv", "summary.json"))
        if path.is_file() and is_own:
            found[name] = path.read_bytes()
    return found


def keys(directory):
    found = []
    for path in (directory / "answers/.ledger").glob("*.jsonl"):
        for line in path.read_text(errors="replace").splitlines():
            try:
                found.append(json.loads(line)["key"])
            except (ValueError, KeyError):
                pass
    return found


def differences(expected, found):
    names = sorted(set(expected) | set(found))
    return [name for name in names if expected.get(name) != found.get(name)]


def check(program, question, work):
    whole, killed, several = (work / question / name for name in ("whole", "killed", "several"))
    prepare(program, whole, question)
    begun = time.monotonic()
    done = subprocess.run(command(program, question, "1"), cwd=whole, capture_output=True, text=True)
    took = time.monotonic() - begun
    if done.returncode not in (0, 1):
        return [f"the undisturbed answer: exit {done.returncode}: {done.stderr[-600:]}"]
    expected, runs = answer(whole, question), keys(whole)
    faults = []
    prepare(program, killed, question)
    kills, asked, more = 0, 0, []
    while kills < KILLS and asked < 10 * KILLS:
        asked += 1
        ask = command(program, question, "1", more)
        child = subprocess.Popen(ask, cwd=killed, stdout=subprocess.DEVNULL,
                                 stderr=subprocess.DEVNULL)
        try:
            # Half of the kills come early, so that there is work left for the others.
            child.wait(random.uniform(0, took / random.choice([3, KILLS])))
            if child.returncode not in (0, 1):
                faults.append(f"asked again: exit {child.returncode}")
                break
        except subprocess.TimeoutExpired:
            child.kill()
            child.wait()
            kills += 1
        # A batch that has not begun cannot be resumed.
        has_begun = question != "sweep" or (killed / "answers/sweep/ledger.jsonl").exists()
        more = ["--resume"] if has_begun else []
    last = subprocess.run(command(program, question, "1", ["--resume"]), cwd=killed,
                          capture_output=True, text=True)
    if last.returncode != done.returncode:
        faults.append(f"asked again: exit {last.returncode}: {last.stderr[-600:]}")
    if last.stdout != done.stdout:
        faults.append("another answer on standard output")
    faults += [f"{name} differs" for name in differences(expected, answer(killed, question))]
    again = keys(killed)
    twice = len(again) - len(set(again))
    if twice:
        faults.append(f"{twice} runs were made twice")
    if set(again) != set(runs):
        faults.append(f"{len(set(again) ^ set(runs))} runs differ")
    prepare(program, several, question)
    subprocess.run(command(program, question, SEVERAL), cwd=several, capture_output=True)
    faults += [f"{name} differs on {SEVERAL} threads"
               for name in differences(expected, answer(several, question))]
    print(f"{question:12} {len(runs):4} runs, {took:6.1f} s, killed {kills:3} times, "
          f"{len(expected)} files: {'; '.join(faults) or 'the same bytes, no run twice'}", flush=True)
    return faults


def main():
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    program = str(Path(sys.argv[1]).resolve())
    asked = sys.argv[2:] or list(QUESTIONS)
    seed = int(os.environ.get("SEED", str(os.getpid())))
    random.seed(seed)
    work = Path(tempfile.mkdtemp(prefix="kill-questions-"))
    print(f"seed {seed}; in {work}")
    # A copy, so that a build during the test does not replace it.
    copy = work / "patchday"
    shutil.copy(program, copy)
    failed = False
    for question in asked:
        known = subprocess.run([copy, question, "--help"], capture_output=True)
        if known.returncode != 0:
            print(f"{question:12} skipped: the program has no such command")
            continue
        faults = check(str(copy), question, work)
        if faults:
            print("\n".join(f"  {fault}" for fault in faults))
        failed = failed or bool(faults)
        if not faults:
            shutil.rmtree(work / question)
    if not failed:
        shutil.rmtree(work)
    sys.exit(failed)


if __name__ == "__main__":
    main()
