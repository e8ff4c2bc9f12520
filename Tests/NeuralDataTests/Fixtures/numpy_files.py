"""Files as NumPy writes them: writes npy.json, arrays.npz and compressed.npz.

To make them again, in any virtual environment with NumPy:  python Tests/NeuralDataTests/Fixtures/numpy_files.py

npy.json: for each array its .npy file in base64, its shape, and its values in row-major order, of complex numbers the real
and imaginary parts in turn.
"""
import base64
import io
import json
from pathlib import Path

import numpy as np

folder = Path(__file__).parent
rng = np.random.default_rng(6)
SHAPES = [(), (0,), (1,), (5,), (2, 3), (3, 0, 2), (2, 1, 4), (2, 3, 2, 2)]
TYPES = ["b1", "u1", "i1", "i2", "u2", "i4", "u4", "i8", "f2", "f4", "f8", "c8", "c16"]


def array(code, shape):
    kind = np.dtype(code).kind
    if kind == "b":
        return rng.integers(0, 2, shape).astype(bool)
    if kind in "iu":
        info = np.iinfo(code)
        return rng.integers(info.min, info.max, shape, dtype=code, endpoint=True)
    # Quarters: every float type holds them exactly.
    x = rng.integers(-40, 40, shape) / 4
    return (x + 1j * rng.integers(-40, 40, shape) / 4 if kind == "c" else x).astype(code)


def stored(a, version=None):
    file = io.BytesIO()
    np.lib.format.write_array(file, a, version=version)
    values = np.ascontiguousarray(a).reshape(-1)
    if a.dtype.kind == "c":
        values = np.stack([values.real, values.imag], -1).reshape(-1)
    if a.dtype.kind == "b":
        values = values.astype("u1")
    return {"file": base64.b64encode(file.getvalue()).decode(), "type": a.dtype.str, "shape": list(a.shape), "values": values.astype(object).tolist()}


cases = []
for number, shape in enumerate(SHAPES * 4):
    for code in TYPES[number % 3 :: 3] if number >= 8 else TYPES:
        a = array(code, shape)
        a = a.astype(a.dtype.newbyteorder("<>"[number % 2]))
        if number % 4 >= 2:
            a = np.asfortranarray(a)
        cases.append(stored(a, version=[None, (2, 0), (3, 0)][number % 3]))
# All kinds of 16-bit floats: zeros, the least, the largest, infinities; those below 2⁻¹⁴ are stored differently.
special = np.array([0x0000, 0x8000, 0x0001, 0x83FF, 0x0400, 0x3C00, 0x7BFF, 0xFBFF], np.uint16).view("<f2")
cases.append(stored(special))
lines = ",\n".join(json.dumps(case, separators=(",", ":")) for case in cases)
(folder / "npy.json").write_text(f"[{lines}]\n")

arrays = {
    "images": (np.arange(24, dtype="u1").reshape(2, 3, 4) * 10), "fc1.weight": np.asfortranarray(array("f4", (3, 2))),
    "naïve": array("c16", (2,)), "zeros": np.zeros((40, 50)), "step": np.array(7),
}
np.savez(folder / "arrays.npz", array("i8", (3,)), **arrays)
np.savez_compressed(folder / "compressed.npz", array("i4", (3,)).astype(">i4"), **arrays)
