"""Runs every NAME.onnx of a folder in onnxruntime: `onnxruntime_check.py FOLDER`.

For each NAME.*.input.npy the result must be NAME.*.output.npy.
"""
import sys
from pathlib import Path

import numpy as np
import onnxruntime

try:
    import onnx
except ImportError:
    onnx = None

folder = Path(sys.argv[1])
models = sorted(folder.glob("*.onnx"))
assert models, "no models"
for path in models:
    if onnx:
        onnx.checker.check_model(str(path), full_check=True)
    session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    inputs = sorted(folder.glob(f"{path.stem}.*.input.npy"))
    assert inputs, f"{path.stem}: no inputs"
    for file in inputs:
        expected = np.load(str(file).replace(".input.", ".output."))
        (found,) = session.run(None, {session.get_inputs()[0].name: np.load(file)})
        assert found.shape == expected.shape, f"{file.name}: {found.shape} and {expected.shape}"
        assert found.dtype == expected.dtype, f"{file.name}: {found.dtype} and {expected.dtype}"
        worst = np.abs(found - expected).max(initial=0)
        assert worst <= 1e-5 * max(1, np.abs(expected).max()), f"{file.name}: largest difference {worst}"
