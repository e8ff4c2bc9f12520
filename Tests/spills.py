"""Looks for vector registers that the hot loops of the kernels store to the stack: too many accumulators in a tile.

usage: spills.py [--all] OBJECT…    the objects of kernels_avx512.c and kernels_avx2.c; status 1 if an innermost loop of a
convolution, a matrix product or a pool that computes with vectors stores one at a place of the stack frame and the function
reads it back from there.
--all lists the loops of all other kernels too; they do not count.
"""
import re
import subprocess
import sys
from pathlib import Path

HOT = re.compile(r"correlate|gradient_\d|plane_|multiply|winograd|sum_planes|pool")
# Stores that are allowed, by the object and the function. Winograd's transforms hold the 36 values of a tile between their
# two passes, in 32 registers, or in 16 of half a vector: what does not fit is stored. Little more than the counts of today.
ALLOWED = {
    "avx512": {"winograd_input": 4, "winograd_gradient": 16, "winograd_output": 6, "winograd_data": 24},
    "avx2": {
        "winograd_input": 76, "winograd_gradient": 56, "winograd_output": 144, "winograd_data": 168, "winograd_weights": 144,
        "winograd_multiply_by_channel": 72},
}
FUNCTION = re.compile(r"^([0-9a-f]+) <(.+)>:$")
LINE = re.compile(r"^\s*([0-9a-f]+):\s+(\S+)\s*(.*)$")
# In AT&T order: `vmovaps %zmm3,0x40(%rsp)`, also with a frame pointer; an indexed place is an array, not a spill.
SPILL = re.compile(r"^%[xyz]mm\d+,\s*(-?(?:0x)?[0-9a-f]*\(%r[sb]p\))$")
PLACE = re.compile(r"-?(?:0x)?[0-9a-f]*\(%r[sb]p\)")
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


def blocks_of(code):
    """Basic blocks by the index of their first instruction: (end, where control goes on), as indices."""
    index = {address: i for i, (address, _, _) in enumerate(code)}
    targets = {}
    for i, (_, mnemonic, operands) in enumerate(code):
        if mnemonic.startswith("j") and (match := re.match(r"([0-9a-f]+)", operands)):
            targets[i] = index.get(int(match[1], 16))
    ends = {i for i, (_, mnemonic, _) in enumerate(code) if mnemonic[0] == "j" or mnemonic.startswith("ret")}
    starts = sorted({0, *(t for t in targets.values() if t is not None), *(i + 1 for i in ends if i + 1 < len(code))})
    blocks = {}
    for start, end in zip(starts, starts[1:] + [len(code)]):
        mnemonic = code[end - 1][1]
        after = [] if mnemonic.startswith(("jmp", "ret")) or end == len(code) else [end]
        if targets.get(end - 1) is not None:
            after.append(targets[end - 1])
        blocks[start] = (end, after)
    return blocks


def components(nodes, after):
    """Sets of nodes that reach each other (Tarjan), those of a single node only if it reaches itself."""
    number, low, stack, on_stack, found = {}, {}, [], set(), []
    for root in nodes:
        if root in number:
            continue
        work = [(root, iter(after(root)))]
        number[root] = low[root] = len(number)
        stack.append(root)
        on_stack.add(root)
        while work:
            node, rest = work[-1]
            for other in rest:
                if other not in number:
                    number[other] = low[other] = len(number)
                    stack.append(other)
                    on_stack.add(other)
                    work.append((other, iter(after(other))))
                    break
                if other in on_stack:
                    low[node] = min(low[node], number[other])
            else:
                work.pop()
                if work:
                    low[work[-1][0]] = min(low[work[-1][0]], low[node])
                if low[node] == number[node]:
                    members = set()
                    while not members or other != node:
                        other = stack.pop()
                        on_stack.discard(other)
                        members.add(other)
                    if len(members) > 1 or node in after(node):
                        found.append(members)
    return found


def innermost_loops(code):
    """The instructions of each loop that has no loop inside: blocks that reach each other, without their entry no more."""
    blocks = blocks_of(code)
    pending = [(set(blocks), None)]
    while pending:
        nodes, entry = pending.pop()
        inside = lambda node: [n for n in blocks[node][1] if n in nodes and n != entry]
        loops = components(sorted(nodes - {entry}), inside)
        if not loops and entry is not None:
            yield [line for start in sorted(nodes) for line in code[start : blocks[start][0]]]
        for loop in loops:
            entries = [n for n in loop if any(n in blocks[b][1] for b in blocks if b not in loop)]
            pending.append((loop, min(entries or loop)))


def places_read(code):
    """Places of the stack frame that are read as such. An array that is written element by element is read by a pointer."""
    return {place for _, _, operands in code for place in PLACE.findall(operands) if not operands.endswith(place)}


def count_spills(loop, read):
    stores = (SPILL.match(operands) for _, mnemonic, operands in loop if VECTOR_MOVE.match(mnemonic))
    return sum(bool(store) and store[1] in read for store in stores)


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
        allowed = next((functions for isa, functions in ALLOWED.items() if isa in path.name), {})
        for name, code in found:
            is_hot = bool(HOT.search(name))
            if not is_hot and "--all" not in arguments:
                continue
            read = places_read(code)
            for loop in innermost_loops(code):
                arithmetic = sum(bool(COMPUTES.match(m)) for _, m, _ in loop)
                if not arithmetic:
                    continue
                spills = count_spills(loop, read)
                count += is_hot
                too_many = spills > allowed.get(name, 0)
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
