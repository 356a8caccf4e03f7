"""Checks the crates of the default build, without a network.

Fails if the lock file does not match the manifests, if a crate was yanked, if a crate has had no
release for three years and is not listed as finished, or if README.md states another number of
crates. Release dates come from the registry index in cargo's cache. The three years count back
from the latest release of any crate, so that the result does not depend on the current date.
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
MAX_AGE = timedelta(days=3 * 365)
# Crates without recent releases that need none.
FINISHED = {
    "ident_case": "case rules of identifiers, at compile time of the terminal library",
    "same-file": "one type for the identity of a file, complete",
    "scopeguard": "one macro and one type, unchanged since version 1",
    "static_assertions": "macros for constant evaluation, independent of other crates",
}


def tree():
    """Returns name and version of every crate that is built or linked for the program."""
    output = subprocess.run(
        ["cargo", "tree", "-p", "patchday-runner", "-e", "normal,build", "--prefix", "none"]
        + ["--format", "{p}", "--locked", "--offline"],
        cwd=TOP, check=True, capture_output=True, text=True,
    ).stdout
    crates = {tuple(line.split()[:2]) for line in output.splitlines() if line.strip()}
    return sorted((name, version[1:]) for name, version in crates if not name.startswith(OURS))


def index_path(name):
    """Returns the path of a crate within the index of a registry."""
    if len(name) <= 2:
        return f"{len(name)}/{name}"
    return f"3/{name[0]}/{name}" if len(name) == 3 else f"{name[:2]}/{name[2:4]}/{name}"


def releases(name):
    """Returns the index entries of all releases of a crate, or nothing if they are not cached."""
    home = Path(os.environ.get("CARGO_HOME", Path.home() / ".cargo"))
    for cached in home.glob(f"registry/index/*/.cache/{index_path(name)}"):
        return [json.loads(part) for part in cached.read_bytes().split(b"\0") if part[:1] == b"{"]
    return []


def day(text):
    return datetime.fromisoformat(text.replace("Z", "+00:00"))


def main():
    crates = tree()
    wrong, latest, unknown = [], {}, []
    for name, version in crates:
        entries = releases(name)
        days = [day(release["pubtime"]) for release in entries if release.get("pubtime")]
        if any(release["vers"] == version and release["yanked"] for release in entries):
            wrong.append(f"{name} {version} was yanked")
        if days:
            latest[name] = max(days)
        else:
            unknown.append(name)
    for name, last in sorted(latest.items()):
        old = max(latest.values()) - last > MAX_AGE
        if old and name not in FINISHED:
            wrong.append(f"{name}: the last release is from {last:%Y-%m-%d}; is it maintained?")
        if old and name in FINISHED:
            print(f"{name}: {last:%Y-%m-%d}, finished: {FINISHED[name]}")
    if unknown:
        print(f"release dates unknown: {', '.join(unknown)}")
    stated = re.search(r"(\d+) crates in the default build", (TOP / "README.md").read_text())
    if stated is None or int(stated[1]) != len(crates):
        wrong.append(f"README.md states {stated and stated[1]} crates, but there are {len(crates)}")
    print(f"{len(crates)} crates in the default build")
    for what in wrong:
        print(what, file=sys.stderr)
    sys.exit(bool(wrong))


main()
