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
COUNTS = ("asked", "known", "confirm", "new", "hand", "skip", "maybe", "keystrokes_blank", "keystrokes_left")
BACK = ("answers", "measured", "unmeasured", "keyed", "measured_keys", "modelled_keys")
BACK += ("filled", "corrected", "confirmed", "confirmed_timed", "confirmed_fast")
TIMES = ("seconds_blank", "seconds_left", "measured_seconds", "modelled_seconds")


def total(chosen):
    """Add entries up, as the report does."""
    sums = {name: sum(entry[name] for entry in chosen) for name in COUNTS + BACK}
    times = {name: sum(round(1000 * entry[name]) for entry in chosen) for name in TIMES}  # no order of adding matters
    times["seconds_saved"] = times["seconds_blank"] - times["seconds_left"]
    sums.update({name: round(time / 1000, 1) for name, time in times.items()})
    sums["forms"] = len(chosen)
    sums["keystrokes_saved"] = sums["keystrokes_blank"] - sums["keystrokes_left"]
    sums["share_filled"] = share(sums["known"] + sums["confirm"], sums["asked"])
    sums["share_corrected"] = share(sums["corrected"], sums["filled"])
    sums["share_fast"] = share(sums["confirmed_fast"], sums["confirmed_timed"])
    return sums


def share(part, whole):
    """Divide, where there is something to share."""
    return round(part / whole, 4) if whole else None


def agrees(told, chosen, name):
    """Hold the report's figures to the entries that they are made of."""
    sums = total(chosen)
    for key in told:
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


# 3. What is typed and corrected most, field by field; the projection: a mean of forms handed out, times forms a year.
def count(kind, name):
    """Add up what the entries of a kind say of each field of each form."""
    counts = {}
    for entry in entries:
        for key, n in entry.get(name, {}).items() if entry["kind"] == kind else ():
            counts[entry["form"], key] = counts.get((entry["form"], key), 0) + n
    return counts


def lists(told, view, counts, name):
    """Hold a list of the report's to counts."""
    for one in told:
        own = counts.pop((one["form"], one["key"]), 0)
        check(one[view] == own, f"{name} {one['form']} {one['key']}: {view} is {one[view]}, recomputed {own}")
    check(not counts, f"the report leaves out a field of {name}")


lists(report["typed_fields"], "fills", count("fill", "typed_fields"), "typed_fields")
lists(report["typed_fields"], "receipts", count("receipt", "typed_fields"), "typed_fields")
lists(report["corrected_fields"], "receipts", count("receipt", "corrected_fields"), "corrected_fields")
sources, whose = {}, {}
for entry in entries:
    for source, n in entry["corrected_sources"].items():
        sources[source] = sources.get(source, 0) + n
    for key, counts in entry.get("corrected_field_sources", {}).items():  # entries of format 1 have none
        for source, n in counts.items():
            own = whose.setdefault((entry["form"], key), {})
            own[source] = own.get(source, 0) + n
told = {one["source"]: one["corrected"] for one in report["corrected_sources"]}
check(told == sources, "the sources corrected are others")
for one in report["corrected_fields"]:
    told = {each["source"]: each["corrected"] for each in one["corrected_sources"]}
    check(told == whose.get((one["form"], one["key"]), {}), f"the sources of {one['form']} {one['key']} are others")
communities = report["projection"]["assumptions"]["communities"]
for one in report["projection"]["forms"]:
    fills = [entry for entry in entries if (entry["form"], entry["kind"]) == (one["form"], "fill")]
    own = [entry for entry in fills if entry["delivery"] == one["delivery"]]
    check(one["rests_on"] == len(own), f"projection {one['form']}: it rests on {len(own)} forms")
    if not own:
        continue
    forms = one["times_a_year"] * communities * len(own) / len(fills)
    check(abs(one["forms_a_year"] - forms) <= 0.05 + 1e-9, f"projection {one['form']}: {forms} forms a year")
    for name, saved in (("keystrokes", total(own)["keystrokes_saved"]), ("seconds", total(own)["seconds_saved"])):
        year = saved / len(own) * forms
        off = abs(one[name + "_saved_a_year"] - year)  # seconds_saved is told to a tenth
        check(off <= 0.51 + 0.05 * forms / len(own), f"projection {one['form']}: {year} {name} a year")

# 4. The constants and the specs: what the entries say that they were made with, and what lies here.
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

# 5. The sample: drawn by the ledger's last hash, so that nobody could choose.
drawn = sorted(entries, key=lambda entry: sha256(report["ledger"]["head"] + entry["id"]))
with (here / "sample.csv").open(encoding="utf-8-sig", newline="") as file:
    lines = list(csv.reader(file))[1:]
check([line[0] for line in lines] == [str(entry["number"]) for entry in drawn[: len(lines)]], "another sample is drawn")
say(f"{len(lines)} entries in the sample")

say("OK" if not faults else f"{len(faults)} faults")
sys.exit(bool(faults))
