"""Functions, reductions and products of PyTorch, forward and gradients, for Neural to equal: writes functions.safetensors.

To make it again, in any virtual environment:

    python -m venv venv && venv/bin/pip install torch numpy && venv/bin/python Tests/NeuralTests/Fixtures/functions.py

Everything is float64, and complex128 as a last axis of pairs. `group.case` holds the result y and the gradients d…; the
inputs are shared: of `unary.NAME.DOMAIN` they are `domain.DOMAIN`, of the other groups `input.…`. Gradients of results are
`dy`, cut to the result's count and shape.
"""
import math
from pathlib import Path

import torch

from safetensors import save

torch.manual_seed(2)
torch.set_default_dtype(torch.float64)
tensors = {}


def stored(x):
    return torch.view_as_real(x.resolve_conj()) if x.is_complex() else x


dy_all = {False: torch.randn(200), True: torch.randn(200, dtype=torch.complex128)}
tensors |= {"dy": dy_all[False], "dy.complex": stored(dy_all[True])}


def run(name, function, **inputs):
    leaves = {key: value.clone().requires_grad_() for key, value in inputs.items()}
    y = function(*leaves.values())
    y.backward(dy_all[y.is_complex()][: y.numel()].reshape(y.shape))
    tensors[f"{name}.y"] = stored(y.detach())
    for key, leaf in leaves.items():
        tensors[f"{name}.d{key}"] = stored(leaf.grad if leaf.grad is not None else torch.zeros_like(leaf))


any = torch.cat([torch.randn(14) * 3, torch.tensor([0.5, -0.5, 1.5, 2.5, -2.0, 1e-9, -1e-9, 30.0, -30.0, 7.0])])
domains = {
    "any": any, "positive": any.abs() + 0.01, "unit": torch.rand(24) * 1.9 - 0.95, "above": any.abs() + 1.01,
    "complex": torch.randn(24, dtype=torch.complex128) * 2,
}
tensors |= {f"domain.{name}": stored(x) for name, x in domains.items()}
UNARY = {
    "negate": (torch.neg, "any complex"), "abs": (torch.abs, "any complex"), "sign": (torch.sign, "any"),
    "squared": (torch.square, "any complex"), "sqrt": (torch.sqrt, "positive complex"),
    "rsqrt": (torch.rsqrt, "positive complex"), "reciprocal": (torch.reciprocal, "any complex"),
    "exp": (torch.exp, "any complex"), "expm1": (torch.expm1, "any"), "log": (torch.log, "positive complex"),
    "log1p": (torch.log1p, "positive unit"), "sin": (torch.sin, "any complex"), "cos": (torch.cos, "any complex"),
    "tan": (torch.tan, "unit complex"), "asin": (torch.asin, "unit complex"), "acos": (torch.acos, "unit complex"),
    "atan": (torch.atan, "any complex"), "sinh": (torch.sinh, "unit complex"), "cosh": (torch.cosh, "unit complex"),
    "tanh": (torch.tanh, "any complex"), "asinh": (torch.asinh, "any complex"), "acosh": (torch.acosh, "above complex"),
    "atanh": (torch.atanh, "unit complex"), "sigmoid": (torch.sigmoid, "any complex"), "erf": (torch.erf, "any"),
    "floor": (torch.floor, "any"), "ceil": (torch.ceil, "any"), "rounded": (torch.round, "any"),
    "truncated": (torch.trunc, "any"), "relu": (torch.relu, "any"),
    "softplus": (lambda x: torch.logaddexp(x, torch.zeros(())), "any"),
    "clamped": (lambda x: torch.clamp(x, -1, 2.5), "any"), "power": (lambda x: x**2.5, "positive complex"),
    "real": (torch.real, "complex"), "imaginary": (torch.imag, "complex"), "conjugate": (torch.conj, "complex"),
    "angle": (torch.angle, "complex"),
}
for name, (function, names) in UNARY.items():
    for domain in names.split():
        run(f"unary.{name}.{domain}", lambda x: function(x), x=domains[domain])

# Two operands with broadcasting.
a, b = torch.randn(3, 1, 4), torch.randn(2, 1)
ca, cb = torch.randn(3, 1, 4, dtype=torch.complex128), torch.randn(2, 1, dtype=torch.complex128)
tensors |= {"input.a": a, "input.b": b, "input.complex.a": stored(ca), "input.complex.b": stored(cb)}
BINARY = {
    "add": torch.add, "subtract": torch.subtract, "multiply": torch.multiply, "divide": torch.divide,
    "pow": lambda a, b: torch.pow(a if a.is_complex() else a.abs(), b), "maximum": torch.maximum,
    "minimum": torch.minimum, "remainder": torch.remainder, "hypot": torch.hypot, "atan2": torch.atan2,
    "where": lambda a, b: torch.where(a.detach() > 0, a, b),
}
for name, function in BINARY.items():
    run(f"binary.{name}", function, a=a, b=b)
    if name in ("add", "subtract", "multiply", "divide", "pow"):
        run(f"binary.complex.{name}", function, a=ca, b=cb)
run("binary.complex.complex", torch.complex, a=a, b=b)

# Reductions over axes; one factor is 0, so that quotients of products would fail.
x = torch.randn(2, 3, 4)
x[1, 2, 0] = 0
cx = torch.randn(2, 3, 4, dtype=torch.complex128)
tensors |= {"input.x": x, "input.complex.x": stored(cx)}
AXES = {"all": (0, 1, 2), "0": (0,), "1": (1,), "-1": (-1,), "0,2": (0, 2)}
REDUCTIONS = {
    "sum": lambda x, d: x.sum(d), "mean": lambda x, d: x.mean(d),
    "variance": lambda x, d: x.var(d, correction=0), "sample": lambda x, d: x.var(d, correction=1),
    "standardDeviation": lambda x, d: x.std(d, correction=0), "max": lambda x, d: x.amax(d), "min": lambda x, d: x.amin(d),
    "logSumExp": lambda x, d: torch.logsumexp(x, d), "norm": lambda x, d: torch.linalg.vector_norm(x, 2, d),
    "norm1": lambda x, d: torch.linalg.vector_norm(x, 1, d), "norm3": lambda x, d: torch.linalg.vector_norm(x + 5, 3, d),
    "normInfinity": lambda x, d: torch.linalg.vector_norm(x, math.inf, d),
}
for name, function in REDUCTIONS.items():
    for key, axes in AXES.items():
        run(f"reduce.{name}.{key}", lambda x: function(x, axes), x=x)
        if name in ("sum", "mean", "norm", "norm1"):
            run(f"reduce.complex.{name}.{key}", lambda x: function(x, axes), x=cx)


def product(x, axes):
    for axis in sorted((axis % 3 for axis in axes), reverse=True):
        x = x.prod(axis)
    return x


for key, axes in AXES.items():
    run(f"reduce.product.{key}", lambda x: product(x, axes), x=x)
for axis in (0, 1, 2):
    run(f"along.cumulativeSum.{axis}", lambda x: x.cumsum(axis), x=x)
    run(f"along.sorted.{axis}", lambda x: x.sort(axis).values, x=x)
    run(f"along.softmax.{axis}", lambda x: torch.softmax(x, axis), x=x)
    run(f"along.logSoftmax.{axis}", lambda x: torch.log_softmax(x, axis), x=x)

# Products of matrices and vectors: shapes of both operands.
SHAPES = [((2, 3), (3, 4)), ((3,), (3, 2)), ((2, 3), (3,)), ((3,), (3,)), ((2, 1, 2, 3), (4, 3, 1)), ((5, 2, 3), (3, 2))]
for number, (m, n) in enumerate(SHAPES):
    for kind, dtype in (("real", torch.float64), ("complex", torch.complex128)):
        m_, n_ = torch.randn(m, dtype=dtype), torch.randn(n, dtype=dtype)
        tensors |= {f"input.matmul.{kind}.{number}.a": stored(m_), f"input.matmul.{kind}.{number}.b": stored(n_)}
        run(f"matmul.{kind}.{number}", lambda a, b: torch.matmul(a, b), a=m_, b=n_)

save(Path(__file__).with_name("functions.safetensors"), {key: value.contiguous() for key, value in tensors.items()})
