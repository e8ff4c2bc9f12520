"""Measures ours and the peers' processes in turn and merges the figures into results/peers.json.

Turn 1 tries every mode of a peer on every workload; later turns alternate ours and each workload's best mode of the peer.
Then what is close to a tie takes more turns, ours and the peer's alike: on a machine that is never quite idle a few minima
decide nothing there. A figure is the minimum over all turns (and the median over all of that mode).

usage: run.py [--quick] [--filter TEXT] [--alternations N] [--under COMMAND] [--python PYTHON]
"""
import argparse
import json
import os
import shlex
import statistics
import subprocess
import sys
import tempfile
from datetime import datetime, timezone
from pathlib import Path

HERE = Path(__file__).resolve().parent
BENCH = HERE.parent / ".build/release/bench"
RESULTS = HERE.parent / "results/peers.json"
# Measured in the same minutes: a filter of bench, alternations, figures per process, seconds per figure.
CHUNKS = [
    ("network", 5, 12, 0.025),
    ("convolution forward", 2, 2, 0.01),
    ("convolution backward-data", 2, 2, 0.01),
    ("convolution backward-weights", 2, 2, 0.01),
    ("pooling", 2, 2, 0.01),
    ("gemm", 2, 2, 0.01),
]
# PyTorch's time for ours that is close to a tie, and how many more turns that takes.
CLOSE, MORE_TURNS = (0.6, 1.2), 8
WAITS = {
    "active": {"OMP_WAIT_POLICY": "active", "KMP_BLOCKTIME": "200"},
    "passive": {"OMP_WAIT_POLICY": "passive", "KMP_BLOCKTIME": "0"},
}
# With one thread nobody waits. Kernels run eagerly: there is nothing to compile.
EAGER = [("PyTorch", "eager", 2, "active"), ("PyTorch", "eager", 1, "passive")]
MODES = {
    "network": EAGER + [
        ("PyTorch", "eager", 2, "passive"), ("PyTorch", "compiled", 2, "active"), ("PyTorch", "compiled", 1, "passive"),
        ("PyTorch", "compiled", 2, "passive"), ("JAX", "jit", 2, "passive")],
}
# A workload that takes two threads so many seconds is not tried with one.
TOO_LONG_FOR_ONE = 0.002


def ours(options, filters, rounds, seconds):
    with tempfile.NamedTemporaryFile(suffix=".json") as file:
        command = [*options.under, BENCH, "--rounds", rounds, "--seconds", seconds, "--json", file.name]
        command += [argument for text in filters for argument in ("--filter", text)]
        done = subprocess.run([str(c) for c in command], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        if done.returncode:
            sys.exit(f"error: bench: {done.stderr.strip()}")
        return json.load(open(file.name))


def theirs(options, mode, rows, rounds, seconds):
    """Rows by name; none if the peer cannot be run."""
    if not rows:
        return {}
    peer, compiled, threads, waits = mode
    script = HERE / {"PyTorch": "torch_peer.py", "JAX": "jax_peer.py"}[peer]
    with tempfile.NamedTemporaryFile("w", suffix=".json") as file:
        json.dump(rows, file)
        file.flush()
        command = [*options.under, options.python, script, threads, compiled, rounds, seconds, file.name]
        done = subprocess.run(
            [str(c) for c in command], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
            env={**os.environ, **WAITS[waits], "OMP_NUM_THREADS": str(threads)})
    if done.returncode:
        print(f"  {peer} {compiled}: {(done.stderr.strip() or 'ended').splitlines()[-1]}", file=sys.stderr)
    return {r["name"]: r for r in map(json.loads, done.stdout.splitlines())}


class Figure:
    """All that was measured of one workload in one mode."""

    def __init__(self):
        self.minima, self.medians = [], []

    def add(self, row):
        self.minima.append(row["minimum"])
        self.medians.append(row["median"])

    def summary(self):
        return {"minimum": min(self.minima), "median": statistics.median(self.medians)}


def measure(options, chunk, alternations, rounds, seconds):
    report = ours(options, [f"{chunk} {options.filter}"], rounds, seconds)
    rows = report["rows"]
    modes = MODES.get(rows[0]["group"], EAGER)
    own = {r["name"]: Figure() for r in rows}
    peers = {r["name"]: {} for r in rows}  # name -> mode -> Figure

    # A filter for batch 1 also finds batch 16, which would get more figures of ours than of the peer.
    def add_ours(measured, wanted):
        names = {r["name"] for r in wanted}
        for row in measured:
            if row["name"] in names:
                own[row["name"]].add(row)

    def add_theirs(mode, wanted):
        for name, row in theirs(options, mode, wanted, rounds, seconds).items():
            peers[name].setdefault(mode, Figure()).add(row)

    def best(name, peer):
        return min((m for m in peers[name] if m[0] == peer), key=lambda m: min(peers[name][m].minima), default=None)

    def is_tried(row, mode):
        of_two = [min(f.minima) for m, f in peers[row["name"]].items() if m[2] == 2]
        return mode[2] == 2 or row["group"] == "network" or min(of_two, default=0) < TOO_LONG_FOR_ONE

    def is_close(row):
        mode = best(row["name"], "PyTorch")
        return mode and CLOSE[0] < min(peers[row["name"]][mode].minima) / min(own[row["name"]].minima) < CLOSE[1]

    def take_turn(wanted):
        again = ours(options, [f"{row['group']} {row['name']}" for row in wanted], rounds, seconds)
        add_ours(again["rows"], wanted)
        for mode in modes:
            add_theirs(mode, [r for r in wanted if best(r["name"], mode[0]) == mode])
        for key in "peak", "bandwidth":
            report["machine"][key] = max(report["machine"][key], again["machine"][key])

    add_ours(rows, rows)
    for mode in modes:
        add_theirs(mode, [r for r in rows if is_tried(r, mode)])
    for _ in range(alternations - 1):
        take_turn(rows)
    for _ in range(0 if options.quick else MORE_TURNS):
        if close := [row for row in rows if is_close(row)]:
            take_turn(close)

    for row in rows:
        name = row["name"]
        row |= own[name].summary() | {"peak": report["machine"]["peak"], "date": report["machine"]["date"], "peers": {}}
        for peer in "PyTorch", "JAX":
            if mode := best(name, peer):
                text = f"{mode[1]}, {mode[2]} threads, {mode[3]}" if mode[2] > 1 else f"{mode[1]}, 1 thread"
                row["peers"][peer] = peers[name][mode].summary() | {"mode": text}
    return report


def merge(old, new, options):
    """New rows take the place of old ones of the same name; the order is that of the program."""
    versions = subprocess.run(
        [options.python, "-c", "import torch; print(torch.__version__)\ntry: import jax; print(jax.__version__)\nexcept ImportError: pass"],
        stdout=subprocess.PIPE, text=True).stdout.split()
    key = lambda row: (row["group"], row["name"])
    rows = {key(r): r for r in old.get("rows", [])} | {key(r): r for r in new["rows"]}
    return old | {"machine": new["machine"], "peers": dict(zip(("PyTorch", "JAX"), versions)), "rows": list(rows.values())}


def rounded(value):
    if isinstance(value, float):
        return float(f"{value:.4g}")
    if isinstance(value, dict):
        return {k: rounded(v) for k, v in value.items()}
    return value


def write(results):
    """A row a line, so that changes can be read."""
    RESULTS.parent.mkdir(exist_ok=True)
    lines = [f'"{key}": {json.dumps(rounded(value))}' for key, value in results.items() if key != "rows"]
    rows = ",\n  ".join(json.dumps(rounded(row)) for row in results["rows"])
    temporary = RESULTS.with_suffix(".part")
    temporary.write_text("{" + ",\n".join(lines) + ',\n"rows": [\n  ' + rows + "\n]}\n")
    temporary.rename(RESULTS)


def main():
    parser = argparse.ArgumentParser(description="Ours and the peers in turn.")
    parser.add_argument("--quick", action="store_true", help="one alternation, short figures")
    parser.add_argument("--filter", default="", help="only workloads whose `group name` contains every word")
    parser.add_argument("--alternations", type=int, help="how often ours and the peers take turns")
    parser.add_argument("--under", type=shlex.split, default=[], help="a command to run each process under, such as nice")
    parser.add_argument("--python", default=str(HERE.parent / ".venv/bin/python"), help="one that has the peers")
    options = parser.parse_args()
    results = json.loads(RESULTS.read_text()) if RESULTS.exists() else {}
    measured = False
    for chunk, alternations, rounds, seconds in CHUNKS:
        if options.quick:
            alternations, rounds, seconds = 1, 2, seconds / 4
        if not subprocess.run([BENCH, "--list", "--filter", f"{chunk} {options.filter}"], stdout=subprocess.PIPE).stdout:
            continue
        start = datetime.now(timezone.utc)
        report = measure(options, chunk, options.alternations or alternations, rounds, seconds)
        measured = True
        results = merge(results, report, options)
        write(results)
        took = (datetime.now(timezone.utc) - start).total_seconds()
        print(f"{chunk}: {len(report['rows'])} workloads, {took:.0f} s", flush=True)
    if not measured:
        sys.exit("error: no workload matches")


if __name__ == "__main__":
    main()
