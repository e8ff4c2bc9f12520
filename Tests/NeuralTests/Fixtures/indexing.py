"""NumPy's answers to random questions of slicing, assignment, broadcasting and gathering: writes indexing.json.

To make it again, in any virtual environment with NumPy:  python Tests/NeuralTests/Fixtures/indexing.py

Arrays are small whole numbers; x of a slice is 0, 1, 2, …. An index is text: "3", "from:to:step", "None" or "...".
"""
import json
import random
from pathlib import Path

import numpy as np

random.seed(4)
rng = np.random.default_rng(4)


def shape(least=0, most=4, sizes=(0, 1, 1, 2, 3, 4, 5)):
    return tuple(random.choice(sizes) for _ in range(random.randint(least, most)))


def array(shape):
    return rng.integers(-9, 10, shape)


def stored(a):
    return {"shape": list(a.shape), "values": a.reshape(-1).tolist()}


def index(size):
    """One index of an axis, as text."""
    if size and random.random() < 0.3:
        return str(random.randint(-size, size - 1))
    ends = [random.choice(["", str(random.randint(-size - 2, size + 2))]) for _ in range(2)]
    step = random.choice(["", "", "1", "2", "3", "-1", "-2"])
    return f"{ends[0]}:{ends[1]}:{step}"


def indices(shape):
    """Indices for some first axes, or around an ellipsis, with new axes between them."""
    used = random.randint(0, len(shape))
    first = random.randint(0, used)
    result = [index(n) for n in shape[:first]]
    if first < used or random.random() < 0.3:
        result += ["..."] + [index(n) for n in shape[len(shape) - (used - first) :]]
    for _ in range(random.choice([0, 0, 0, 1, 2])):
        result.insert(random.randint(0, len(result)), "None")
    return result


def evaluated(texts):
    def one(text):
        if text in ("None", "..."):
            return {"None": None, "...": ...}[text]
        if ":" in text:
            return slice(*(int(part) if part else None for part in text.split(":")))
        return int(text)

    return tuple(one(text) for text in texts)


def part(shape):
    """A shape that broadcasts to the given one."""
    sizes = [n if random.random() < 0.7 else 1 for n in shape]
    return tuple(sizes[random.randint(0, len(sizes)) if random.random() < 0.4 else 0 :])


slices, assignments = [], []
while len(slices) < 300:
    of = shape(least=len(slices) > 5, sizes=(1, 2, 3, 4, 5) if random.random() < 0.9 else (0, 1, 2))
    texts = indices(of)
    x = np.arange(np.prod(of, dtype=int)).reshape(of)
    y = x[evaluated(texts)]
    if y.ndim > 8 or y.size > 40:
        continue
    slices.append({"of": list(of), "index": texts, "result": stored(np.asarray(y))})
    if x.size <= 30 and len(assignments) < 100:
        value = array(part(y.shape))
        x = x.copy()
        x[evaluated(texts)] = value
        assignments.append({"of": list(of), "index": texts, "value": stored(value), "result": stored(x)})

broadcasts = []
while len(broadcasts) < 200:
    whole = shape(sizes=(0, 1, 2, 3) if random.random() < 0.2 else (1, 2, 3))
    a, b = array(part(whole)), array(part(whole))
    result = 10 * a - b
    if result.size <= 30:
        broadcasts.append({"a": stored(a), "b": stored(b), "result": stored(result)})

gathers = []
while len(gathers) < 60:
    of = shape(least=1, most=3, sizes=(1, 2, 3, 4))
    axis = random.randrange(len(of))
    x = array(of)
    take = rng.integers(-of[axis], of[axis], shape(most=2, sizes=(0, 1, 2, 3)))
    along = rng.integers(-of[axis], of[axis], of[:axis] + (random.randint(0, 4),) + of[axis + 1 :])
    added = np.zeros_like(x)
    values = array(along.shape)
    for place, value in np.ndenumerate(values):
        added[place[:axis] + (along[place],) + place[axis + 1 :]] += value
    gathers.append({
        "x": stored(x), "axis": axis, "indices": stored(take), "taken": stored(np.take(x, take, axis)),
        "along": stored(along), "gathered": stored(np.take_along_axis(x, along, axis)), "values": stored(values),
        "added": stored(added)})

cases = {"slices": slices, "assignments": assignments, "broadcasts": broadcasts, "gathers": gathers}
lines = [f'"{key}": [\n' + ",\n".join(json.dumps(case, separators=(",", ":")) for case in list) + "\n]" for key, list in cases.items()]
Path(__file__).with_name("indexing.json").write_text("{" + ",\n".join(lines) + "}\n")
