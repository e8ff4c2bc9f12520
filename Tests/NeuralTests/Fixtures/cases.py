"""Cases of operations for fixtures: inputs, result, and the gradients that follow from a given gradient of the result."""
from pathlib import Path

import torch

from safetensors import save

tensors = {}


def integers(shape):
    """Small integers: sums of their products are exact, so that results can be compared for equality."""
    return torch.randint(-4, 5, shape).float()


def run(name, function, dy, **inputs):
    """Stores inputs, result y, its gradient dy(shape) and the gradients d… of the floating-point inputs."""
    leaves = {key: value.clone() for key, value in inputs.items()}
    for leaf in leaves.values():
        if leaf.is_floating_point():
            leaf.requires_grad_()
    y = function(**leaves)
    gradient = dy(y.shape)
    y.backward(gradient)
    tensors.update({f"{name}.{key}": value for key, value in inputs.items()})
    tensors.update({f"{name}.d{key}": leaf.grad for key, leaf in leaves.items() if leaf.grad is not None})
    tensors.update({f"{name}.y": y.detach(), f"{name}.dy": gradient})


def write(script):
    """Writes all cases beside the script, under its name."""
    save(Path(script).with_suffix(".safetensors"), tensors)
