"""Tables and pictures from results/peers.json: in the terminal, and between README.md's markers.

usage: report.py [--below RATIO]    kernels with a smaller ratio are listed in the terminal (1 by default)
"""
import argparse
import json
import math
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
RESULTS = HERE.parent / "results"
README = HERE.parent.parent / "README.md"
BEGIN, END = "<!-- begin: bench/peers/report.py -->", "<!-- end: bench/peers/report.py -->"
NETWORKS = {
    "lenet": "LeNet (ReLU, max-pool)", "lenet5": "LeNet-5 (tanh, average pool)", "mnist-cnn": "MNIST CNN 1→32→64",
    "simplenn": "SimpleNN 3→16→16→32", "mlp": "MLP 784-100-10", "softmax": "softmax 784-10",
}


def time(seconds):
    """Three digits."""
    value, unit = (seconds * 1e3, "ms") if seconds >= 1e-3 else (seconds * 1e6, "µs")
    return f"{value:.{max(0, 2 - int(math.floor(math.log10(value))))}f} {unit}"


def ratio(row, peer="PyTorch"):
    return row["peers"][peer]["minimum"] / row["minimum"] if peer in row["peers"] else None


def geometric_mean(values):
    return math.exp(sum(map(math.log, values)) / len(values))


def table(header, rows):
    """Markdown that is also readable in a terminal."""
    cells = [header] + rows
    widths = [max(len(row[i]) for row in cells) for i in range(len(header))]
    lines = ["| " + " | ".join(c.ljust(w) for c, w in zip(row, widths)) + " |" for row in cells]
    lines.insert(1, "| " + " | ".join("-" * w if i == 0 else "-" * (w - 1) + ":" for i, w in enumerate(widths)) + " |")
    return "\n".join(lines)


def workload(row):
    """What a network does, in words."""
    operation, name, _, batch = row["name"].split()
    work = "step" if operation == "step" else f"{int(batch):,} image" + "s" * (batch != "1")
    return NETWORKS[name], f"training step, batch {batch}" if work == "step" else f"inference, {work}"


def network_table(rows):
    lines = []
    for row in rows:
        peer, jax = row["peers"].get("PyTorch"), row["peers"].get("JAX")
        lines.append([
            ": ".join(workload(row)), time(row["minimum"]), time(peer["minimum"]) if peer else "",
            f"**{ratio(row):.1f}×**" if peer else "", peer["mode"] if peer else "",
            f"{time(jax['minimum'])} ({ratio(row, 'JAX'):.1f}×)" if jax else ""])
    return table(["network", "Neural", "PyTorch", "ratio", "PyTorch's best mode", "JAX"], lines)


def kernel_groups(rows):
    """Rows by what is compared as one: the operation and, where there is one, the batch."""
    groups = {}
    for row in rows:
        if row["group"] == "network" or not ratio(row):
            continue
        name = f"{row['group']} {row['operation']}"
        if "batch" in row["sizes"]:
            name += f", batch {row['sizes']['batch']}"
        groups.setdefault(name, []).append(row)
    return groups


def kernel_table(groups):
    lines = []
    for name, rows in groups.items():
        ratios = sorted(map(ratio, rows))
        shares = [r["operations"] / r["minimum"] / r["peak"] for r in rows if r["operations"]]
        lines.append([
            name, str(len(rows)), f"{geometric_mean(ratios):.2f}×", f"{ratios[len(ratios) // 2]:.2f}×",
            f"{ratios[0]:.2f}×", str(sum(r < 0.9 for r in ratios)), f"{100 * max(shares):.0f} %" if shares else ""])
    return table(["kernels", "shapes", "geometric mean", "median", "least", "under 0.9", "most of the peak"], lines)


def draw(name, height, script):
    style = f"""
set terminal pngcairo size 1000,{height} font "DejaVu Sans,11" background "#ffffff"
set output "{RESULTS / name}"
set border 3 lc rgb "#888888"; set tics nomirror textcolor rgb "#333333"; set grid x lt 1 lw 1 lc rgb "#dddddd"
"""
    try:
        subprocess.run(["gnuplot"], input=style + script, text=True, check=True)
    except (OSError, subprocess.CalledProcessError):
        sys.exit("error: gnuplot with pngcairo is needed for the pictures (Debian: gnuplot-nox)")


def block(name, lines):
    return f"${name} << EOD\n" + "\n".join(lines) + "\nEOD\n"


def draw_ratios(rows, groups):
    """Horizontal bars, one a network's workload or a group of kernels, on a log axis with a line at 1."""
    bars = [
        (", ".join(workload(r)), ratio(r), "0x2563eb") for r in rows if r["group"] == "network" and ratio(r)]
    bars += [(name, geometric_mean([ratio(r) for r in rows]), "0x94a3b8") for name, rows in groups.items()]
    bars.reverse()
    most = max(12, 1.4 * max(value for _, value, _ in bars))
    data = block("bars", [f'{i} {value} {color} "{name}"' for i, (name, value, color) in enumerate(bars)])
    draw("ratios.png", 90 + 22 * len(bars), data + f"""
set title "times as fast as PyTorch (grey: kernels, geometric means)"
set logscale x; set xrange [0.5:{most}]; set yrange [-1:{len(bars)}]
set xtics (0.5, 1, 2, 3, 5, 10, 20, 50, 100); set ytics scale 0 font ",10"; unset key
set arrow from 1,graph 0 to 1,graph 1 nohead lw 2 lc rgb "#dc2626" front
set style fill solid noborder
plot $bars using (1):1:(1):2:($1-0.36):($1+0.36):3:ytic(4) with boxxyerror lc rgb variable, \\
  $bars using ($2 > 1 ? $2*1.02 : 1.02):1:(sprintf("%.1f", $2)) with labels left font ",9"
""")


def draw_roofline(machine, rows):
    """Kernels by operations per byte that they cannot but move, under the probed roof."""
    peak, bandwidth = machine["peak"] / 1e9, machine["bandwidth"] / 1e9
    kinds = ["forward", "backward-data", "backward-weights", "gemm"]
    data, plots = "", []
    for number, (kind, color) in enumerate(zip(kinds, ["#2563eb", "#059669", "#d97706", "#7c3aed"])):
        points = [
            f"{r['operations'] / r['bytes']} {r['operations'] / r['minimum'] / 1e9}" for r in rows
            if r["operations"] and r["bytes"] and kind in (r["operation"], r["group"])]
        if points:
            data += block(f"d{number}", points)
            title = "matrix product" if kind == "gemm" else f"convolution {kind}"
            plots.append(f'$d{number} with points pt 7 ps 0.5 lc rgb "{color}" title "{title}"')
    draw("roofline.png", 620, data + f"""
set title "Neural's kernels under the probed roof: {peak:.0f} GFLOP/s, {bandwidth:.0f} GB/s from memory"
set grid x y; set logscale xy; set xrange [0.2:2000]; set yrange [0.5:{4 * peak}]; set samples 1000
set xlabel "operations per byte of input and output"; set ylabel "GFLOP/s"; set key bottom right
roof(x) = x * {bandwidth} < {peak} ? x * {bandwidth} : {peak}
plot {", ".join(["roof(x) lw 2 lc rgb '#dc2626' title 'roof'", *plots])}
""")


def markdown(results, groups):
    machine = results["machine"]
    networks = [r for r in results["rows"] if r["group"] == "network"]
    versions = " and ".join(f"{name} {version}" for name, version in results["peers"].items())
    text = (
        f"{machine['processor']}, {machine['threads']} threads, {machine['instructionSet']}, fp32 peak "
        f"{machine['peak'] / 1e9:.0f} GFLOP/s, memory {machine['bandwidth'] / 1e9:.0f} GB/s (both probed), "
        f"{machine['date'][:10]}. {versions}, each workload at its best of eager and compiled, one and two threads, active "
        "and passive waits; minimum of several rounds in turn with ours (`make bench-peers`).\n")
    if networks:
        text += "\n" + network_table(networks) + "\n\n![Ratios to PyTorch](bench/results/ratios.png)\n"
    if groups:
        text += (
            "\nSingle kernels over the shape lists in `bench/shapes/` (VGG-16, ResNet, MobileNet, the course networks):\n\n"
            + kernel_table(groups) + "\n\n![Roofline](bench/results/roofline.png)\n")
    if "system" in results:
        rows = [[r["quantity"], r["bound"], r["measured"]] for r in results["system"]]
        text += "\n" + table(["whole processes", "bound", "measured"], rows) + "\n"
    return text


def main():
    parser = argparse.ArgumentParser(description="Tables and pictures from results/peers.json.")
    parser.add_argument("--below", type=float, default=1.0, help="list kernels with a smaller ratio")
    options = parser.parse_args()
    try:
        results = json.loads((RESULTS / "peers.json").read_text())
    except (OSError, ValueError) as error:
        sys.exit(f"error: {error}")
    groups = kernel_groups(results["rows"])
    draw_ratios(results["rows"], groups)
    draw_roofline(results["machine"], results["rows"])
    text = markdown(results, groups)
    print(text)
    for row in sorted((r for rows in groups.values() for r in rows if ratio(r) < options.below), key=ratio):
        peer = row["peers"]["PyTorch"]["minimum"]
        print(f"{ratio(row):5.2f}  {row['group']} {row['name']}: {time(row['minimum'])}, PyTorch {time(peer)}")

    readme = README.read_text()
    begin, end = readme.find(BEGIN), readme.find(END)
    if begin < 0 or end < begin:
        sys.exit(f"error: {README.name}: no marker {BEGIN}")
    README.write_text(readme[:begin] + BEGIN + "\n\n" + text + "\n" + readme[end:])


main()
