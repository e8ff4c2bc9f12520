"""Looks for vector registers that the hot loops of the kernels store to the stack: too many accumulators in a tile.

usage: spills.py [--all] OBJECT…    the objects of kernels_avx512.c and kernels_avx2.c; status 1 if an innermost loop of a
convolution, a matrix product or a pool that computes with vectors stores one at a fixed place of the stack frame.
--all lists the loops of all other kernels too; they do not count.
"""
import math
import re
import subprocess
import sys
from pathlib import Path

HOT = re.compile(r"correlate|gradient_\d|plane_|multiply|winograd|bias_gradient|pool")
# A transform of Winograd's algorithm holds 36 vectors, more than there are registers: by the object, the stores that are
# allowed for each operation. AVX2 has 16 registers of half a vector: no limit.
TRANSFORM = re.compile(r"^winograd_")
LIMITS = {"avx512": 0.25, "avx2": math.inf}
FUNCTION = re.compile(r"^([0-9a-f]+) <(.+)>:$")
LINE = re.compile(r"^\s*([0-9a-f]+):\s+(\S+)\s*(.*)$")
# In AT&T order: `vmovaps %zmm3,0x40(%rsp)`, also with a frame pointer; an indexed place is an array, not a spill.
SPILL = re.compile(r"^%[xyz]mm\d+,\s*-?(0x)?[0-9a-f]*\(%r[sb]p\)$")
VECTOR_MOVE = re.compile(r"^v?mov[au]p|^v?movdq[au]|^v?mov[au]p[sd]")
COMPUTES = re.compile(r"^v?f?(n?m)?(add|sub|mul|div|max|min)(sub|add)?(\d{3})?p[sd]$")


def functions(path):
    """Name and (address, mnemonic, operands) of each instruction."""
    text = subprocess.run(
        ["objdump", "-d", "--no-show-raw-insn", path], stdout=subprocess.PIPE, text=True, check=True).stdout
    name, code = None, []
    for line in text.splitlines():
        if match := FUNCTION.match(line):
            if code:
                yield name, code
            name, code = match[2], []
        elif match := LINE.match(line):
            code.append((int(match[1], 16), match[2], match[3].split("#")[0].strip()))
    if code:
        yield name, code


def innermost_loops(code):
    """What lies between a jump backwards and its target, with no other such jump inside."""
    loops = []
    for address, mnemonic, operands in code:
        if mnemonic.startswith("j") and (target := re.match(r"([0-9a-f]+)", operands)):
            if code[0][0] <= int(target[1], 16) <= address:
                loops.append((int(target[1], 16), address))
    for begin, end in loops:
        if not any((b, e) != (begin, end) and begin <= b and e <= end for b, e in loops):
            yield [line for line in code if begin <= line[0] <= end]


def main():
    arguments = sys.argv[1:]
    paths = [Path(a) for a in arguments if a != "--all"]
    if not paths:
        sys.exit("error: no object file given")
    count = bad = 0
    for path in paths:
        try:
            found = list(functions(path))
        except (OSError, subprocess.CalledProcessError):
            sys.exit(f"error: objdump cannot read {path}")
        for name, code in found:
            is_hot = bool(HOT.search(name))
            if not is_hot and "--all" not in arguments:
                continue
            for loop in innermost_loops(code):
                arithmetic = sum(bool(COMPUTES.match(m)) for _, m, _ in loop)
                if not arithmetic:
                    continue
                spills = sum(bool(VECTOR_MOVE.match(m) and SPILL.match(o)) for _, m, o in loop)
                count += is_hot
                limit = next((l for isa, l in LIMITS.items() if isa in path.name), 0) if TRANSFORM.match(name) else 0
                too_many = spills > limit * arithmetic
                bad += is_hot and too_many
                if too_many:
                    print(
                        f"{path.name} {name}+{loop[0][0] - code[0][0]:#x}: {len(loop)} instructions, {arithmetic} of "
                        f"arithmetic, {spills} vectors stored to the stack{'' if is_hot else ' (not hot)'}")
    print(f"{count} hot loops, {bad} of them store too many vectors to the stack")
    if not count:
        sys.exit("error: no loop found: are these the objects of the kernels?")
    sys.exit(bad > 0)


main()
