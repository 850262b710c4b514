"""Recomputes the report from the ledger's entries and verifies their chain: plain Python, nothing to install, nothing fetched.

    python3 recompute.py

Prints each figure that it recomputed; the last line is OK where everything agrees, and the exit code is 0.
"""

import csv
import hashlib
import json
import sys
from pathlib import Path

here = Path(__file__).resolve().parent
report = json.loads((here / "report.json").read_text(encoding="utf-8"))
baseline = json.loads((here / "baseline.json").read_text(encoding="utf-8"))
faults = []


def sha256(data):
    """Give the SHA-256 of a text, or of bytes."""
    return hashlib.sha256(data.encode("utf-8") if isinstance(data, str) else data).hexdigest()


def say(text):
    """Print a line."""
    sys.stdout.write(text + "\n")


def check(good, what):
    """Note what is wrong, if it is."""
    if not good:
        faults.append(what)
        say("WRONG: " + what)


# 1. The chain: each entry holds the hash of the one before, and its own hash covers all that it holds.
entries, previous = [], "0" * 64
with (here / "entries.jsonl").open(encoding="utf-8") as lines:
    for number, line in enumerate(lines, 1):
        entry = json.loads(line)
        held = {name: value for name, value in entry.items() if name != "hash"}
        text = json.dumps(held, ensure_ascii=True, sort_keys=True, separators=(",", ":"))
        check(
            entry["number"] == number and entry["previous"] == previous,
            f"entry {number} does not follow on the one before",
        )
        check(sha256(text) == entry["hash"], f"entry {number} is not what was written")
        previous = entry["hash"]
        entries.append(entry)
check(len(entries) == report["ledger"]["entries"], "the report was made of another number of entries")
check(not entries or previous == report["ledger"]["head"], "the report was made of another ledger")
check(len({entry["id"] for entry in entries}) == len(entries), "an entry counts twice")
say(f"{len(entries)} entries in the chain, the last is {previous}")

# 2. The figures: sums of the entries of the months reported on. Fills and receipts apart, deliveries apart.
first, last = report["from"] or "", report["to"] or "9999-99"
VIEWS = {"fill": "fills", "receipt": "receipts"}
entries = [entry for entry in entries if first <= entry["month"] <= last and entry["kind"] in VIEWS]
check(len(entries) == report["entries"], "the months have another number of entries")
COUNTS = ("asked", "known", "confirm", "new", "keystrokes_blank", "keystrokes_left")


def total(chosen):
    """Add entries up, as the report does."""
    sums = {"forms": len(chosen)}
    for name in COUNTS:
        sums[name] = sum(entry[name] for entry in chosen)
    for name in ("seconds_blank", "seconds_left"):  # in thousandths, so that no order of adding matters
        sums[name] = sum(round(1000 * entry[name]) for entry in chosen)
    sums["keystrokes_saved"] = sums["keystrokes_blank"] - sums["keystrokes_left"]
    sums["seconds_saved"] = round((sums["seconds_blank"] - sums["seconds_left"]) / 1000, 1)
    return sums


def agrees(told, chosen, name):
    """Hold the report's figures to the entries that they are made of."""
    sums = total(chosen)
    for key in ("forms", "asked", "known", "confirm", "new", "keystrokes_saved", "seconds_saved"):
        check(told[key] == sums[key], f"{name}: {key} is {told[key]}, recomputed {sums[key]}")
    return sums


deliveries = sorted({entry["delivery"] for entry in entries})
check(deliveries == sorted(report["headline"]), "the headline has other deliveries")
for delivery in deliveries:
    for kind, view in VIEWS.items():
        chosen = [entry for entry in entries if (entry["delivery"], entry["kind"]) == (delivery, kind)]
        sums = agrees(report["headline"][delivery][view], chosen, f"{delivery} {view}")
        say(
            f"{delivery} {view}: {sums['forms']} forms, {sums['keystrokes_saved']} keys and {sums['seconds_saved']} seconds saved"
        )
for by, groups in report["groups"].items():
    heaps = {}
    for entry in entries:
        key = "" if entry[by] is None else str(entry[by])
        heaps.setdefault((entry["delivery"], key, VIEWS[entry["kind"]]), []).append(entry)
    for group in groups:
        for view in VIEWS.values():
            agrees(group[view], heaps.pop((group["delivery"], group["key"], view), []), f"{by} {group['key']} {view}")
    check(not heaps, f"the report leaves out a {by}")

# 3. The constants and the specs: what the entries say that they were made with, and what lies here.
text = json.dumps(baseline["model"], ensure_ascii=True, sort_keys=True, separators=(",", ":"))
check(sha256(text) == baseline["model_hash"], "the constants are not those of the digest")
specs = {}
for file in sorted((here / "specs").glob("*.txt")):
    text = file.read_bytes().decode("utf-8")
    check(sha256(text) == file.stem, f"specs/{file.name} is not what its name says")
    for line in text.splitlines():
        digest = line.split("  ", 1)[0]
        if digest not in specs:
            specs[digest] = sha256((here / "specs" / "files" / (digest + ".yaml")).read_bytes())
        check(specs[digest] == digest, f"specs/files/{digest}.yaml is not what its name says")
    specs[file.stem] = file.stem
say(
    f"{sum(entry['model_hash'] != baseline['model_hash'] for entry in entries)} entries were made with other constants than these"
)
say(
    f"{sum(entry['spec_hash'] not in specs for entry in entries)} entries were made with specs that are no longer there"
)

# 4. The sample: drawn by the ledger's last hash, so that nobody could choose.
drawn = sorted(entries, key=lambda entry: sha256(report["ledger"]["head"] + entry["id"]))
with (here / "sample.csv").open(encoding="utf-8-sig", newline="") as file:
    lines = list(csv.reader(file))[1:]
check([line[0] for line in lines] == [str(entry["number"]) for entry in drawn[: len(lines)]], "another sample is drawn")
say(f"{len(lines)} entries in the sample")

say("OK" if not faults else f"{len(faults)} faults")
sys.exit(bool(faults))
