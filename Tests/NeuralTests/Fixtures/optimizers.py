"""Trajectories of PyTorch's optimizers on given gradients: writes optimizers.safetensors beside this file.

To make it again, in any virtual environment:

    python -m venv venv && venv/bin/pip install torch numpy && venv/bin/python Tests/NeuralTests/Fixtures/optimizers.py

For each case `gradients` [6, 37] and `values` [7, 37], before the first step and after each, in float64. Gradients span
many magnitudes and hold zeros. At step 3 (from 0) the learning rate changes to a tenth, as a schedule would do it.
"""
from pathlib import Path

import torch
import torch.nn as nn
from torch.optim import SGD, Adadelta, Adam, AdamW, RMSprop

from safetensors import save

CASES = {
    "sgd": (SGD, {"lr": 0.1}),
    "sgd-decay": (SGD, {"lr": 0.1, "weight_decay": 0.05}),
    "sgd-momentum": (SGD, {"lr": 0.1, "momentum": 0.9}),
    "sgd-dampened": (SGD, {"lr": 0.1, "momentum": 0.9, "dampening": 0.3, "weight_decay": 0.01}),
    "sgd-nesterov": (SGD, {"lr": 0.1, "momentum": 0.8, "nesterov": True, "weight_decay": 0.02}),
    "adadelta": (Adadelta, {}),
    "adadelta-decay": (Adadelta, {"lr": 0.5, "rho": 0.8, "eps": 1e-4, "weight_decay": 0.1}),
    "adam": (Adam, {}),
    "adam-decay": (Adam, {"lr": 0.1, "betas": (0.8, 0.9), "eps": 1e-3, "weight_decay": 0.1}),
    "adam-amsgrad": (Adam, {"lr": 0.1, "betas": (0.5, 0.6), "amsgrad": True}),
    "adamw": (AdamW, {}),
    "adamw-decay": (AdamW, {"lr": 0.1, "betas": (0.8, 0.9), "weight_decay": 0.2, "amsgrad": True}),
    "rmsprop": (RMSprop, {}),
    "rmsprop-momentum": (RMSprop, {"lr": 0.05, "alpha": 0.9, "momentum": 0.7, "weight_decay": 0.1}),
    "rmsprop-centered": (RMSprop, {"lr": 0.05, "alpha": 0.8, "eps": 1e-4, "centered": True}),
    "rmsprop-all": (RMSprop, {"lr": 0.05, "alpha": 0.8, "momentum": 0.7, "centered": True, "weight_decay": 0.1}),
}

torch.set_num_threads(1)
torch.set_default_dtype(torch.float64)
torch.manual_seed(3)
tensors = {}
for case, (optimizer_type, settings) in CASES.items():
    parameter = nn.Parameter(torch.randn(37))
    gradients, values = torch.randn(6, 37) * 10 ** torch.randint(-3, 2, (37,)), [parameter.detach().clone()]
    gradients[:, 5] = 0
    optimizer = optimizer_type([parameter], **settings)
    for step, gradient in enumerate(gradients):
        if step == 3:
            optimizer.param_groups[0]["lr"] *= 0.1
        parameter.grad = gradient.clone()
        optimizer.step()
        values.append(parameter.detach().clone())
    tensors |= {f"{case}.gradients": gradients, f"{case}.values": torch.stack(values)}

save(Path(__file__).with_name("optimizers.safetensors"), tensors)
