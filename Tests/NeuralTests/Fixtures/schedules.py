"""Learning rates of PyTorch's schedulers over 40 steps: writes schedules.safetensors beside this file.

To make it again, in any virtual environment:

    python -m venv venv && venv/bin/pip install torch numpy && venv/bin/python Tests/NeuralTests/Fixtures/schedules.py

Each array has the learning rate before each step, float64; the base is 0.3. `plateau.metrics` is what the two cases of
ReduceLROnPlateau saw after each step.
"""
from pathlib import Path

import torch
import torch.nn as nn
from torch.optim import lr_scheduler as s

from safetensors import save

STEPS = 40
CASES = {
    "step": lambda o: s.StepLR(o, 7, 0.3),
    "multiStep": lambda o: s.MultiStepLR(o, [3, 11, 11, 30], 0.5),
    "exponential": lambda o: s.ExponentialLR(o, 0.9),
    "cosine": lambda o: s.CosineAnnealingLR(o, STEPS, 0.01),
    "linear": lambda o: s.LinearLR(o, 0.25, 0.9, 13),
    "oneCycle": lambda o: s.OneCycleLR(o, 0.3, STEPS, cycle_momentum=False),
    "oneCycleAll": lambda o: s.OneCycleLR(
        o, 2.0, STEPS, pct_start=0.45, div_factor=10, final_div_factor=50, cycle_momentum=False),
    "warmUp": lambda o: s.SequentialLR(o, [s.LinearLR(o, 0.1, 1, 5), s.ExponentialLR(o, 0.9)], [5]),
    "chained": lambda o: s.ChainedScheduler([s.StepLR(o, 10, 0.5), s.ExponentialLR(o, 0.95)]),
    "plateauLow": lambda o: s.ReduceLROnPlateau(o, factor=0.5, patience=2, threshold=0.01, cooldown=1, min_lr=0.02),
    "plateauHigh": lambda o: s.ReduceLROnPlateau(o, mode="max", factor=0.3, patience=3),
}

torch.manual_seed(7)
metrics = torch.rand(STEPS, dtype=torch.float64) + torch.linspace(2, 1, STEPS, dtype=torch.float64)
tensors = {"plateau.metrics": metrics}
for case, make in CASES.items():
    optimizer = torch.optim.SGD([nn.Parameter(torch.zeros(1))], lr=0.3)
    scheduler, rates = make(optimizer), []
    for step in range(STEPS):
        rates.append(optimizer.param_groups[0]["lr"])
        optimizer.step()
        if step < STEPS - 1:
            scheduler.step(*([metrics[step].item()] if case.startswith("plateau") else []))
    tensors[case] = torch.tensor(rates, dtype=torch.float64)
save(Path(__file__).with_name("schedules.safetensors"), tensors)
