"""What only shows from outside of a process: memory, start, threads, a busy machine. Merges into results/peers.json.

usage: system.py [--under COMMAND] [--python PYTHON]    status 1 if a bound does not hold
"""
import argparse
import json
import os
import shlex
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from run import BENCH, HERE, RESULTS, write

CORES = sorted(os.sched_getaffinity(0))
TURNS = 7  # of measurements that are compared: on a machine that is never quite idle both see the same minutes


def run(options, *command, **settings):
    """Standard output, seconds, and peak resident bytes of a process."""
    with tempfile.TemporaryFile("w+") as output:
        start = time.perf_counter()
        process = subprocess.Popen([str(c) for c in command], stdout=output, **settings)
        _, status, usage = os.wait4(process.pid, 0)
        seconds = time.perf_counter() - start
        if status:
            sys.exit(f"error: {' '.join(map(str, command))} ended with status {status}")
        output.seek(0)
        return output.read(), seconds, usage.ru_maxrss * 1024


def memory(options):
    text, _, ours = run(options, BENCH, "epoch")
    later = int(text.split(": ")[1].split()[0])
    _, _, theirs = run(options, options.python, HERE / "torch_peer.py", "epoch")
    yield ("peak memory, LeNet on 60,000 images", "a third of PyTorch's",
           f"{ours / 1e6:.0f} MB, PyTorch {theirs / 1e6:.0f} MB", ours * 3 <= theirs)
    yield "memory taken from the system after the second of 600 steps", "0", f"{later} bytes", later <= 0


def first_step(options):
    best = min(run(options, BENCH, "first-step")[1] for _ in range(5))
    yield "process start to the end of the first step", "0.1 s", f"{best * 1e3:.0f} ms", best < 0.1


def scaling(options):
    for name in ["lenet", "lenet5", "mnist-cnn", "simplenn"]:
        text, _, _ = run(options, *options.under, BENCH, "scaling", name)
        one, two = (float(part.split(": ")[1].split()[0]) for part in text.split(", "))
        yield f"two threads for one, step of {name}", "1.8×", f"{one / two:.2f}×", one / two >= 1.8


def step(options, name):
    """Seconds of a training step of a network."""
    with tempfile.NamedTemporaryFile(suffix=".json") as file:
        run(options, *options.under, BENCH, "--filter", f"network step {name} batch", "--rounds", 3, "--seconds", 0.1,
            "--json", file.name)
        return json.load(open(file.name))["rows"][0]["minimum"]


def busy_core(options):
    """A process that never rests takes its share of one of two cores: at most half of what there was."""
    def step_of_busy(name):
        burner = subprocess.Popen(
            ["sh", "-c", "while :; do :; done"], preexec_fn=lambda: os.sched_setaffinity(0, CORES[-1:]))
        try:
            return step(options, name)
        finally:
            burner.kill()
            burner.wait()

    for name in "lenet", "simplenn":
        turns = [(step(options, name), step_of_busy(name)) for _ in range(TURNS)]
        alone, busy = (min(seconds) for seconds in zip(*turns))
        yield f"step of {name} with the other core busy", "2×", f"{busy / alone:.2f}×", busy <= 2 * alone


def one_thread(options, **settings):
    return "1 threads" in run(options, BENCH, "first-step", **settings)[0]


def limits(options):
    ok = one_thread(options, preexec_fn=lambda: os.sched_setaffinity(0, CORES[:1]))
    yield "threads with an affinity of one core", "1", "1" if ok else "more", ok
    # Version 2 or 1 of cgroups, if this process may make a group.
    for parent, file, quota in [("", "cpu.max", "100000 100000"), ("cpu", "cpu.cfs_quota_us", "100000")]:
        group = Path("/sys/fs/cgroup", parent, f"neural-bench-{os.getpid()}")
        if not (group.parent / "cgroup.procs").exists():
            continue
        try:
            group.mkdir()
            (group / file).write_text(quota)
            ok = one_thread(options, preexec_fn=lambda: (group / "cgroup.procs").write_text(str(os.getpid())))
        except (OSError, subprocess.SubprocessError):
            continue
        finally:
            if group.exists():
                group.rmdir()
        yield "threads with a cgroup quota of one core", "1", "1" if ok else "more", ok
        return
    print("threads with a cgroup quota: no cgroup can be made here", file=sys.stderr)


def main():
    parser = argparse.ArgumentParser(description="Whole processes, looked at from outside.")
    parser.add_argument("--under", type=shlex.split, default=[], help="a command to run each timed process under")
    parser.add_argument("--python", default=str(HERE.parent / ".venv/bin/python"), help="one that has PyTorch")
    options = parser.parse_args()
    rows = []
    for check in limits, first_step, memory, scaling, busy_core:
        for quantity, bound, measured, ok in check(options):
            print(f"{quantity:52}{bound:>24}{measured:>32}  {'ok' if ok else 'NOT OK'}", flush=True)
            rows.append(dict(quantity=quantity, bound=bound, measured=measured, ok=ok))
    results = json.loads(RESULTS.read_text()) if RESULTS.exists() else {"rows": []}
    write(results | {"system": rows})
    sys.exit(not all(row["ok"] for row in rows))


if __name__ == "__main__":
    main()
