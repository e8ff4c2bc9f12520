"""Writes the .mat fixtures: python mat.py, with NumPy and SciPy."""
import numpy as np
from scipy.io import savemat

arrays = {
    "X": np.arange(6.0).reshape(2, 3) / 4,
    "cube": np.arange(24, dtype=np.float32).reshape(2, 3, 4),
    "small": np.array([[-1, 300]], dtype=np.int16),
    "bytes": np.array([[0], [255]], dtype=np.uint8),
    "flag": np.array([[True, False]]),
    "empty": np.zeros((0, 3)),
    # What a reader of numeric arrays leaves out.
    "text": "hello",
    "record": {"a": 1.0, "b": np.ones((2, 2))},
    "cells": np.array([1.0, "x"], dtype=object),
    "complex": np.array([[1 + 2j]]),
}
savemat("v5.mat", arrays)
savemat("v5-compressed.mat", arrays, do_compression=True)
savemat("v4.mat", {"X": arrays["X"]}, format="4")
