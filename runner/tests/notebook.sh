#!/usr/bin/env bash
# Runs the section on pandas and polars of the guide (runner/guide/src/data.md), word for word: its
# commands, then its Python, in a new virtual environment with the current packages. Then
# compares every cell of the Parquet files, as read by pyarrow, with the CSV files beside them.
# If Python or its packages are not available, it prints the reason and exits with 0.
#
#   runner/tests/notebook.sh    (builds the program with the feature)
set -euo pipefail
cd "$(dirname "$0")/../.."
repository=$PWD

skip() {
    echo "skipped: $*"
    exit 0
}

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# Prints the lines of the section in code fences of a language.
section() {
    awk -v fence="\`\`\`$1" '
        /^## / { here = ($0 == "## A run in pandas and polars") }
        here && /^```/ { inside = ($0 == fence); next }
        here && inside' runner/guide/src/data.md
}
section sh >"$work/commands"
section python >"$work/snippets.py"
if ! grep -q '^patchday ' "$work/commands" || ! grep -q read_parquet "$work/snippets.py"; then
    echo "runner/guide/src/data.md has no section on pandas and polars that could be run"
    exit 1
fi

command -v python3 >/dev/null || skip "no python3"
python3 -m venv "$work/python" >"$work/log" 2>&1 || skip "no venv: $(tail -1 "$work/log")"
python=$work/python/bin/python
"$python" -m pip install --quiet --only-binary :all: --retries 1 pandas pyarrow polars \
    >"$work/log" 2>&1 || skip "pandas, pyarrow and polars cannot be installed: $(tail -1 "$work/log")"

cargo build --quiet -p patchday-runner --features parquet
mkdir "$work/bin" "$work/checkout"
ln -s "$(realpath "${CARGO_TARGET_DIR:-target}/debug/patchday")" "$work/bin/patchday"
ln -s "$repository/configs" "$work/checkout/configs"
export PATH=$work/bin:$PATH
cd "$work/checkout"

# The commands that install the program are skipped; it is built above.
grep -v '^cargo ' "$work/commands" >"$work/commands.sh"
bash -e "$work/commands.sh" >"$work/log" 2>&1 || { cat "$work/log"; exit 1; }
"$python" "$work/snippets.py"

"$python" - <<'PYTHON'
import csv
import datetime
import glob
from importlib.metadata import version

import pyarrow.parquet

cells = 0
for path in sorted(glob.glob("runs/*/*.parquet")):
    table = pyarrow.parquet.read_table(path)
    with open(path.removesuffix("parquet") + "csv", newline="") as file:
        header, *rows = csv.reader(file)
    assert table.column_names == header and table.num_rows == len(rows) > 0, path
    for place, name in enumerate(header):
        for value, row in zip(table.column(place).to_pylist(), rows):
            text = row[place]
            match value:
                case None:
                    same = text == ""
                case datetime.datetime():
                    same = value.strftime("%Y-%m-%dT%H:%M:%SZ") == text
                case float():
                    same = value == float(text)
                case _:
                    same = str(value) == text
            assert same, f"{path}: {name}: {value!r} is not {text!r}"
            cells += 1
assert cells > 0
used = ", ".join(f"{name} {version(name)}" for name in ("pandas", "pyarrow", "polars"))
print(f"notebook: the guide's Python ran, and {cells} cells are those of the CSV ({used})")
PYTHON
