"""The crates of the default build, looked at without a network.

Fails if the lock file does not fit the manifests, if a crate was withdrawn, if one has had no
release for three years and is not known to be finished, or if README.md states another number
of them. When a crate was released is read from what the package registry said of it when it was
fetched; "three years" counts back from the latest release of any of them, so that the answer
does not change with the day it is asked.
"""

import json
import os
import re
import subprocess
import sys
from datetime import datetime, timedelta
from pathlib import Path

TOP = Path(__file__).resolve().parent.parent
OURS = "patchday"
LONGEST = timedelta(days=3 * 365)
# No release for long, and none needed.
FINISHED = {
    "scopeguard": "one macro and one type; what it does was settled with version 1",
    "static_assertions": "macros of the compiler's own checks, which have nothing to follow",
}


def tree():
    """Name and version of every crate that is built or linked for the program."""
    told = subprocess.run(
        ["cargo", "tree", "-p", "patchday-runner", "-e", "normal,build", "--prefix", "none"]
        + ["--format", "{p}", "--locked", "--offline"],
        cwd=TOP, check=True, capture_output=True, text=True,
    ).stdout
    crates = {tuple(line.split()[:2]) for line in told.splitlines() if line.strip()}
    return sorted((name, version[1:]) for name, version in crates if not name.startswith(OURS))


def place(name):
    """Where a registry's index has a crate."""
    if len(name) <= 2:
        return f"{len(name)}/{name}"
    return f"3/{name[0]}/{name}" if len(name) == 3 else f"{name[:2]}/{name[2:4]}/{name}"


def releases(name):
    """What the registry said of every release of a crate, or nothing if that is not kept."""
    home = Path(os.environ.get("CARGO_HOME", Path.home() / ".cargo"))
    for kept in home.glob(f"registry/index/*/.cache/{place(name)}"):
        return [json.loads(part) for part in kept.read_bytes().split(b"\0") if part[:1] == b"{"]
    return []


def day(told):
    return datetime.fromisoformat(told.replace("Z", "+00:00"))


def main():
    crates = tree()
    wrong, latest, unknown = [], {}, []
    for name, version in crates:
        told = releases(name)
        days = [day(release["pubtime"]) for release in told if release.get("pubtime")]
        if any(release["vers"] == version and release["yanked"] for release in told):
            wrong.append(f"{name} {version} was withdrawn")
        if days:
            latest[name] = max(days)
        else:
            unknown.append(name)
    for name, last in sorted(latest.items()):
        old = max(latest.values()) - last > LONGEST
        if old and name not in FINISHED:
            wrong.append(f"{name}: the last release is of {last:%Y-%m-%d}; is it maintained?")
        if old and name in FINISHED:
            print(f"{name}: {last:%Y-%m-%d}, finished: {FINISHED[name]}")
    if unknown:
        print(f"when these were released is not known here: {', '.join(unknown)}")
    stated = re.search(r"(\d+) crates in the default build", (TOP / "README.md").read_text())
    if stated is None or int(stated[1]) != len(crates):
        wrong.append(f"README.md states {stated and stated[1]} crates, they are {len(crates)}")
    print(f"{len(crates)} crates in the default build")
    for what in wrong:
        print(what, file=sys.stderr)
    sys.exit(bool(wrong))


main()
