"""PyTorch's layers: forward, every gradient, three training steps: writes layers.safetensors beside this file.

To make it again, in any virtual environment:

    python -m venv venv && venv/bin/pip install torch numpy && venv/bin/python Tests/NeuralTests/Fixtures/layers.py

For each case: initial.* the state dict, x, dy, y = layer(x), dx and grad.* the gradients, final.* the state dict after three
steps of SGD (learning rate .05, momentum .9) with dy as the gradient of y each time, and evaluated = layer(x) in evaluation
mode then. Inputs are float32 numbers, results float64.
"""
from pathlib import Path

import torch
import torch.nn as nn
import torch.nn.functional as F

from safetensors import save


class Table(nn.Module):
    """A convolution with a connection table, as a masked full one."""

    def __init__(self, table, channels):
        super().__init__()
        self.table, self.channels = table, channels
        self.weight = nn.Parameter(torch.randn(sum(map(len, table)), 2, 3))
        self.bias = nn.Parameter(torch.randn(len(table)))

    def forward(self, x):
        rows, next = [], 0
        for inputs in self.table:
            row = [torch.zeros(2, 3, dtype=x.dtype)] * self.channels
            for channel in inputs:
                row[channel], next = self.weight[next], next + 1
            rows.append(torch.stack(row))
        return F.conv2d(x, torch.stack(rows), self.bias)


class Residual(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv1, self.norm1 = nn.Conv2d(2, 3, 3, padding=1, bias=False), nn.BatchNorm2d(3)
        self.conv2, self.norm2 = nn.Conv2d(3, 2, 3, padding=1, bias=False), nn.BatchNorm2d(2)

    def forward(self, x):
        return F.relu(x + self.norm2(self.conv2(F.relu(self.norm1(self.conv1(x))))))


CASES = {
    "linear": (nn.Linear(5, 4), (3, 5)),
    "linearWithoutBias": (nn.Linear(5, 4, bias=False), (17, 5)),
    "conv": (nn.Conv2d(2, 3, 3), (2, 2, 5, 4)),
    "convSame": (nn.Conv2d(1, 2, (2, 3), padding="same"), (2, 1, 4, 5)),
    "convSameDilated": (nn.Conv2d(2, 2, (3, 2), padding="same", dilation=(2, 3)), (17, 2, 4, 5)),
    "convGrouped": (nn.Conv2d(4, 6, (1, 3), stride=(2, 1), padding=(0, 1), groups=2, bias=False), (17, 4, 3, 3)),
    "transposed": (nn.ConvTranspose2d(2, 3, 3), (2, 2, 3, 2)),
    "transposedStrided": (nn.ConvTranspose2d(3, 2, (2, 3), stride=2, padding=(0, 1), output_padding=(1, 0)), (2, 3, 3, 2)),
    "transposedBlock": (nn.ConvTranspose2d(2, 1, 4, stride=2, padding=1), (17, 2, 2, 2)),
    "transposedAll": (
        nn.ConvTranspose2d(4, 6, (2, 3), (3, 2), (1, 2), (2, 1), 2, False, (2, 2)), (2, 4, 3, 3)),
    "table": (Table([[0, 1], [2], [0, 1, 2], [1]], 3), (2, 3, 4, 4)),
    "tableBlock": (Table([[1, 0], [0]], 2), (17, 2, 3, 3)),
    "maxPool": (nn.MaxPool2d(2), (2, 2, 5, 4)),
    "maxPoolCeil": (nn.MaxPool2d(3, 2, ceil_mode=True), (2, 1, 6, 4)),
    "maxPoolAll": (nn.MaxPool2d((3, 2), (2, 1), (1, 0), ceil_mode=True), (17, 1, 4, 3)),
    "avgPool": (nn.AvgPool2d((3, 2), 2, (1, 1)), (2, 2, 5, 4)),
    "avgPoolCeil": (nn.AvgPool2d(3, 2, 1, ceil_mode=True), (2, 1, 6, 4)),
    "avgPoolInside": (nn.AvgPool2d(3, 2, 1, ceil_mode=True, count_include_pad=False), (17, 1, 4, 4)),
    "avgPoolDivisor": (nn.AvgPool2d(2, 3, ceil_mode=True, divisor_override=3), (17, 1, 5, 4)),
    "adaptive": (nn.AdaptiveAvgPool2d((3, 2)), (2, 2, 5, 7)),
    "adaptiveWhole": (nn.AdaptiveAvgPool2d(1), (17, 2, 3, 4)),
    "adaptiveMixed": (nn.AdaptiveAvgPool2d((2, 4)), (17, 1, 4, 3)),
    "batchNorm1d": (nn.BatchNorm1d(5), (4, 5)),
    "batchNorm1dBlock": (nn.BatchNorm1d(3, eps=1e-2, momentum=0.3), (19, 3)),
    "batchNorm1dLength": (nn.BatchNorm1d(2, momentum=None), (3, 2, 5)),
    "batchNorm2d": (nn.BatchNorm2d(3), (2, 3, 4, 3)),
    "batchNorm2dBlock": (nn.BatchNorm2d(2, momentum=None), (17, 2, 3, 3)),
    "batchNorm2dPlain": (nn.BatchNorm2d(2, affine=False), (2, 2, 5, 5)),
    "batchNorm2dUntracked": (nn.BatchNorm2d(2, track_running_stats=False), (3, 2, 2, 3)),
    "layerNorm": (nn.LayerNorm(7), (3, 7)),
    "layerNormAxes": (nn.LayerNorm((2, 3), eps=1e-2), (4, 2, 3)),
    "layerNormPlain": (nn.LayerNorm(18, elementwise_affine=False), (2, 3, 18)),
    "leakyRelu": (nn.LeakyReLU(0.2), (5, 7)),
    "elu": (nn.ELU(1.5), (5, 7)),
    "gelu": (nn.GELU(), (5, 7)),
    "geluApproximate": (nn.GELU("tanh"), (5, 7)),
    "silu": (nn.SiLU(), (5, 7)),
    "softplus": (nn.Softplus(2, 3), (5, 7)),
    "hardtanh": (nn.Hardtanh(-0.5, 1.5), (5, 7)),
    "relu": (nn.ReLU(), (5, 7)),
    "tanh": (nn.Tanh(), (5, 7)),
    "sigmoid": (nn.Sigmoid(), (5, 7)),
    "softmax": (nn.Softmax(1), (2, 3, 4)),
    "logSoftmax": (nn.LogSoftmax(0), (2, 3, 4)),
    "flatten": (nn.Flatten(), (2, 3, 2, 2)),
    "dropoutNone": (nn.Dropout(0), (3, 4)),
    "sequential": (
        nn.Sequential(
            nn.Conv2d(1, 2, 3), nn.BatchNorm2d(2), nn.SiLU(), nn.AdaptiveAvgPool2d(2), nn.Flatten(), nn.Linear(8, 3)),
        (17, 1, 6, 6)),
    "residual": (Residual(), (16, 2, 4, 4)),
}

torch.set_num_threads(1)
torch.manual_seed(9)
tensors = {}
for case, (layer, shape) in CASES.items():
    for parameter in layer.parameters():
        nn.init.normal_(parameter, std=0.7)
    x, layer = torch.randn(shape) * 2, layer.double()

    def snapshot(prefix):
        for key, value in layer.state_dict().items():
            tensors[f"{case}.{prefix}.{key}"] = value.float() if value.is_floating_point() and prefix == "initial" else value.clone()

    snapshot("initial")
    leaf = x.double().requires_grad_()
    parameters = list(layer.parameters())
    optimizer = torch.optim.SGD(parameters, lr=0.05, momentum=0.9) if parameters else None
    dy = None
    for step in range(3):
        layer.zero_grad()
        y = layer(leaf)
        if step == 0:
            dy = torch.randn(y.shape)
            (dx,) = torch.autograd.grad(y, leaf, dy.double(), retain_graph=True)
            tensors |= {f"{case}.x": x, f"{case}.dy": dy, f"{case}.y": y.detach(), f"{case}.dx": dx}
        if not parameters:
            break
        y.backward(dy.double())
        if step == 0:
            tensors |= {f"{case}.grad.{key}": value.grad.clone() for key, value in layer.named_parameters()}
        optimizer.step()
    if parameters:
        snapshot("final")
    tensors[f"{case}.evaluated"] = layer.eval()(x.double()).detach()
save(Path(__file__).with_name("layers.safetensors"), tensors)
