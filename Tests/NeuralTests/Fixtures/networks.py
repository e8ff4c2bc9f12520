"""Ten training steps of each course network in PyTorch, which Neural's must follow: writes networks.safetensors beside this file.

To make it again, in any virtual environment:

    python -m venv venv && venv/bin/pip install torch numpy && venv/bin/python Tests/NeuralTests/Fixtures/networks.py

Weights, images and labels come from a hash that Neural computes too, so that the file holds only what came out: for each network
the losses of the ten steps, and for each parameter (`network.change.name`) what the steps have added to it: Σ|change|, the sum
of the changes with the hash's signs, and 40 of them. Every step has its own batch. PyTorch 2.13, float32, one thread.
"""
from pathlib import Path

import numpy as np
import torch
import torch.nn as nn
import torch.nn.functional as F

from safetensors import save


def hash64(seed, count):
    """The first `count` numbers of SplitMix64 (Steele, Lea and Flood 2014)."""
    with np.errstate(over="ignore"):
        z = np.uint64(seed) + np.arange(1, count + 1, dtype=np.uint64) * np.uint64(0x9E3779B97F4A7C15)
        z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        return z ^ (z >> np.uint64(31))


def uniform(seed, shape):
    """In [-1, 1), float64."""
    bits = hash64(seed, int(np.prod(shape))) >> np.uint64(11)
    return torch.tensor(bits.astype(np.float64) * 2.0**-52 - 1).reshape(shape)


class LeNet(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv1, self.conv2 = nn.Conv2d(1, 6, 5), nn.Conv2d(6, 16, 5)
        self.fc1, self.fc2, self.fc3 = nn.Linear(256, 120), nn.Linear(120, 84), nn.Linear(84, 10)

    def forward(self, x):
        x = F.max_pool2d(F.relu(self.conv1(x)), 2)
        x = F.max_pool2d(F.relu(self.conv2(x)), 2).flatten(1)
        return self.fc3(F.relu(self.fc2(F.relu(self.fc1(x)))))


class Table(nn.Module):
    """The connections of LeNet-5's C3."""
    ROWS = [
        [0, 1, 2], [1, 2, 3], [2, 3, 4], [3, 4, 5], [0, 4, 5], [0, 1, 5], [0, 1, 2, 3], [1, 2, 3, 4], [2, 3, 4, 5],
        [0, 3, 4, 5], [0, 1, 4, 5], [0, 1, 2, 5], [0, 1, 3, 4], [1, 2, 4, 5], [0, 2, 3, 5], [0, 1, 2, 3, 4, 5],
    ]

    def __init__(self):
        super().__init__()
        self.weight, self.bias = nn.Parameter(torch.zeros(60, 5, 5)), nn.Parameter(torch.zeros(16))

    def forward(self, x):
        maps, first = [], 0
        for row, bias in zip(self.ROWS, self.bias):
            weight = self.weight[first:first + len(row)]
            maps.append(F.conv2d(x[:, row], weight[None], bias[None]))
            first += len(row)
        return torch.cat(maps, 1)


class LeNet5(nn.Module):
    def __init__(self, c3):
        super().__init__()
        self.c1, self.c3 = nn.Conv2d(1, 6, 5, padding=2), c3
        self.c5, self.f6, self.output = nn.Linear(400, 120), nn.Linear(120, 84), nn.Linear(84, 10)

    def forward(self, x):
        x = F.avg_pool2d(self.c1(x).tanh(), 2).tanh()
        x = F.avg_pool2d(self.c3(x).tanh(), 2).tanh().flatten(1)
        return self.output(self.f6(self.c5(x).tanh()).tanh())


class MNISTNet(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv1, self.conv2 = nn.Conv2d(1, 32, 3), nn.Conv2d(32, 64, 3)
        self.fc1, self.fc2 = nn.Linear(9216, 128), nn.Linear(128, 10)

    def forward(self, x):
        x = F.max_pool2d(F.relu(self.conv2(F.relu(self.conv1(x)))), 2).flatten(1)
        return self.fc2(F.relu(self.fc1(x)))


class SimpleNN(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv1 = nn.Conv2d(3, 16, 5, padding=2, bias=False)
        self.conv2 = nn.Conv2d(16, 16, 3, padding=2, bias=False)
        self.conv3 = nn.Conv2d(16, 32, 7, padding=2, bias=False)
        self.fc1, self.fc2 = nn.Linear(288, 32), nn.Linear(32, 10)

    def forward(self, x):
        x = F.max_pool2d(F.relu(self.conv1(x)), 4, 2)
        x = F.max_pool2d(F.relu(self.conv2(x)), 3, 2)
        x = F.max_pool2d(F.relu(self.conv3(x)), 2, 2).flatten(1)
        return self.fc2(F.relu(self.fc1(x)))


class MLP(nn.Module):
    def __init__(self, *widths):
        super().__init__()
        self.layers = nn.ModuleList(nn.Linear(a, b) for a, b in zip(widths, widths[1:]))

    def forward(self, x):
        x = self.layers[0](x.flatten(1))
        for layer in self.layers[1:]:
            x = layer(F.relu(x))
        return x


SGD = torch.optim.SGD
NETWORKS = {
    "lenet": (LeNet(), 100, (1, 28, 28), lambda p: SGD(p, lr=0.001, momentum=0.9)),
    "lenet5": (LeNet5(nn.Conv2d(6, 16, 5)), 100, (1, 28, 28), lambda p: SGD(p, lr=0.1)),
    "lenet5Table": (LeNet5(Table()), 100, (1, 28, 28), lambda p: SGD(p, lr=0.1)),
    "mnist": (MNISTNet(), 64, (1, 28, 28), lambda p: torch.optim.Adadelta(p, lr=0.01)),
    "simpleNN": (SimpleNN(), 64, (3, 32, 32), lambda p: SGD(p, lr=0.01, momentum=0.9)),
    "mlp": (MLP(784, 100, 10), 64, (1, 28, 28), lambda p: SGD(p, lr=0.01)),
    "softmax": (MLP(784, 10), 64, (1, 28, 28), lambda p: SGD(p, lr=0.01, weight_decay=0.01)),
}

torch.set_num_threads(1)
tensors = {}
for network, (model, batch, shape, optimizer) in NETWORKS.items():
    parameters = sorted(model.named_parameters())
    initial = {}
    for number, (name, parameter) in enumerate(parameters):
        bound = np.prod(parameter.shape[1:], dtype=np.float64) ** -0.5
        parameter.data = (uniform(1 << 32 | number << 24, tuple(parameter.shape)) * bound).float()
        initial[name] = parameter.detach().double().clone()
    optimizer, losses = optimizer(model.parameters()), []
    for step in range(10):
        pixels = hash64(2 << 32 | step << 24, batch * int(np.prod(shape))) >> np.uint64(56)
        labels = hash64(3 << 32 | step << 24, batch) % np.uint64(10)
        inputs = torch.tensor(pixels.astype(np.float32)).reshape(batch, *shape) / 255
        optimizer.zero_grad()
        loss = F.cross_entropy(model(inputs), torch.tensor(labels.astype(np.int64)))
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    tensors[f"{network}.losses"] = torch.tensor(losses, dtype=torch.float64)
    for number, (name, parameter) in enumerate(parameters):
        change = (parameter.detach().double() - initial[name]).flatten()
        signs = uniform(4 << 32 | number << 24, change.shape).sign()
        some = change[torch.arange(40) * len(change) // 40]
        tensors[f"{network}.change.{name}"] = torch.cat([change.abs().sum()[None], (change * signs).sum()[None], some])
save(Path(__file__).with_name("networks.safetensors"), tensors)
