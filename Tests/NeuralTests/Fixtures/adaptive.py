"""Least squares and LMS in NumPy, for Neural to equal: writes adaptive.safetensors beside this file.

To make it again, in any virtual environment:

    python -m venv venv && venv/bin/pip install torch numpy && venv/bin/python Tests/NeuralTests/Fixtures/adaptive.py

A data set of 60 samples: a constant and two correlated inputs; the plain rule for three step sizes and the normalised one
for two, five epochs in the order of the rows, with the mean squared error after each.
"""
from pathlib import Path

import numpy as np
import torch

from safetensors import save

generator = np.random.default_rng(4)
inputs = np.concatenate([np.ones((60, 1)), generator.normal(size=(60, 2)) @ [[1, 0.6], [0, 0.5]]], axis=1)
desired = inputs @ [0.5, -1.25, 2] + 0.05 * generator.normal(size=60)

weights, residual, _, _ = np.linalg.lstsq(inputs, desired, rcond=None)
arrays = {"inputs": inputs, "desired": desired, "wiener.weights": weights, "wiener.error": residual / 60}
for name, size, epsilon in [
    ("lms.0", 0.01, None), ("lms.1", 0.05, None), ("lms.2", 0.3, None), ("nlms.0", 0.5, 1e-3), ("nlms.1", 1.5, 0.0),
]:
    w, errors = np.zeros(3), []
    for _ in range(5):
        for x, d in zip(inputs, desired):
            w = w + size * (d - w @ x) * x / (1 if epsilon is None else epsilon + x @ x)
        errors.append(np.mean((desired - inputs @ w) ** 2))
    arrays |= {f"{name}.weights": w, f"{name}.errors": np.array(errors), f"{name}.size": np.array(size)}
    if epsilon is not None:
        arrays[f"{name}.epsilon"] = np.array(epsilon)

save(Path(__file__).with_suffix(".safetensors"), {name: torch.tensor(value) for name, value in arrays.items()})
