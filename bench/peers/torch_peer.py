"""PyTorch at the workloads of a report of `bench --json`.

usage: torch_peer.py THREADS eager|compiled ROUNDS SECONDS ROWS

Reads a list of rows from the file ROWS and prints, for each, a line of JSON: group, name, and the minimum and median over ROUNDS of the mean
time of a call, each over as many calls as take SECONDS; the same rule as ours (Measurement.swift).
"""
import json
import sys
import time

import torch
import torch.nn.functional as F
from torch import nn


class LeNet(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv1, self.conv2 = nn.Conv2d(1, 6, 5), nn.Conv2d(6, 16, 5)
        self.fc1, self.fc2, self.fc3 = nn.Linear(256, 120), nn.Linear(120, 84), nn.Linear(84, 10)

    def forward(self, x):
        x = F.max_pool2d(F.relu(self.conv1(x)), 2)
        x = F.max_pool2d(F.relu(self.conv2(x)), 2)
        return self.fc3(F.relu(self.fc2(F.relu(self.fc1(x.flatten(1))))))


def lenet5():
    return nn.Sequential(
        nn.Conv2d(1, 6, 5, padding=2), nn.Tanh(), nn.AvgPool2d(2), nn.Tanh(),
        nn.Conv2d(6, 16, 5), nn.Tanh(), nn.AvgPool2d(2), nn.Tanh(), nn.Flatten(),
        nn.Linear(400, 120), nn.Tanh(), nn.Linear(120, 84), nn.Tanh(), nn.Linear(84, 10))


class MNISTNet(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv1, self.conv2 = nn.Conv2d(1, 32, 3), nn.Conv2d(32, 64, 3)
        self.dropout1, self.dropout2 = nn.Dropout(0.25), nn.Dropout(0.5)
        self.fc1, self.fc2 = nn.Linear(9216, 128), nn.Linear(128, 10)

    def forward(self, x):
        x = F.max_pool2d(F.relu(self.conv2(F.relu(self.conv1(x)))), 2)
        x = F.relu(self.fc1(self.dropout1(x).flatten(1)))
        return self.fc2(self.dropout2(x))


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
        x = F.max_pool2d(F.relu(self.conv3(x)), 2, 2)
        return self.fc2(F.relu(self.fc1(x.flatten(1))))


def mlp(*widths):
    layers = [nn.Flatten()]
    for i, o in zip(widths, widths[1:]):
        layers += [nn.Linear(i, o), nn.ReLU()]
    return nn.Sequential(*layers[:-1])


SGD = torch.optim.SGD
# As in Networks.swift: the model, the shape of an image, the optimizer.
NETWORKS = {
    "lenet": (LeNet, (1, 28, 28), lambda p: SGD(p, lr=0.001, momentum=0.9)),
    "lenet5": (lenet5, (1, 28, 28), lambda p: SGD(p, lr=0.1)),
    "mnist-cnn": (MNISTNet, (1, 28, 28), lambda p: torch.optim.Adadelta(p, lr=1.0)),
    "simplenn": (SimpleNN, (3, 32, 32), lambda p: SGD(p, lr=0.01, momentum=0.9)),
    "mlp": (lambda: mlp(784, 100, 10), (1, 28, 28), lambda p: SGD(p, lr=0.01)),
    "softmax": (lambda: mlp(784, 10), (1, 28, 28), lambda p: SGD(p, lr=0.01, weight_decay=0.01)),
}


def network(row, compiled):
    operation, name = row["name"].split()[:2]
    make, image, optimizer = NETWORKS[name]
    batch = row["sizes"]["batch"]
    model = make()
    torch.compiler.reset()  # or the eighth network of a process would run eagerly: all count as one that changes
    run = torch.compile(model) if compiled else model
    if operation == "inference":
        model.eval()
        x = torch.rand(batch, *image)
        return lambda: run(x)
    optimizer = optimizer(model.parameters())
    loss = nn.CrossEntropyLoss()
    x, labels = torch.rand(40, batch, *image), torch.randint(0, 10, (40, batch))
    step = 0

    def train():
        nonlocal step
        optimizer.zero_grad()
        loss(run(x[step % 40]), labels[step % 40]).backward()
        optimizer.step()
        step += 1

    return train


def convolution(row, compiled):
    s = row["sizes"]
    stride, pad, dilation = [s["stride"]] * 2, [s["padding"]] * 2, [s["dilation"]] * 2
    x = torch.rand(s["batch"], s["channels"], s["height"], s["width"])
    w = torch.rand(s["outChannels"], s["channels"] // s["groups"], s["kernelHeight"], s["kernelWidth"])
    bias = torch.rand(s["outChannels"])
    if row["operation"] == "forward":
        return lambda: torch.conv2d(x, w, bias, stride, pad, dilation, s["groups"])
    dy = torch.rand_like(torch.conv2d(x, w, bias, stride, pad, dilation, s["groups"]))
    wanted = [True, False, False] if row["operation"] == "backward-data" else [False, True, True]
    backward = torch.ops.aten.convolution_backward.default
    return lambda: backward(dy, x, w, [len(bias)], stride, pad, dilation, False, [0, 0], s["groups"], wanted)


def pooling(row, compiled):
    s = row["sizes"]
    settings = [s["kernelHeight"], s["kernelWidth"]], [s["stride"]] * 2, [s["padding"]] * 2
    x = torch.rand(s["batch"], s["channels"], s["height"], s["width"])
    aten = torch.ops.aten
    if row["operation"].startswith("max"):
        y, winners = aten.max_pool2d_with_indices(x, *settings)
        if row["operation"] == "max forward":
            return lambda: aten.max_pool2d_with_indices(x, *settings)
        return lambda: aten.max_pool2d_with_indices_backward(y, x, *settings, [1, 1], False, winners)
    y = aten.avg_pool2d(x, *settings)
    if row["operation"] == "average forward":
        return lambda: aten.avg_pool2d(x, *settings)
    return lambda: aten.avg_pool2d_backward(y, x, *settings, False, True, None)


def gemm(row, compiled):
    m, n, k = (row["sizes"][i] for i in "mnk")
    a = torch.rand(k, m).t() if row["operation"][0] == "t" else torch.rand(m, k)
    b = torch.rand(n, k).t() if row["operation"][1] == "t" else torch.rand(k, n)
    c = torch.empty(m, n)
    return lambda: torch.mm(a, b, out=c)


def measure(body, rounds, seconds):
    def run(calls):
        start = time.perf_counter()
        for _ in range(calls):
            body()
        return time.perf_counter() - start

    body()
    calls = max(1, int(seconds / run(1)))
    times = sorted(run(calls) / calls for _ in range(rounds))
    return times[0], times[len(times) // 2]


def epoch():
    """The job of `bench epoch`: LeNet for one epoch on 60,000 images that stay bytes until their batch."""
    images = torch.full((60000, 1, 28, 28), 7, dtype=torch.uint8)
    data = torch.utils.data.TensorDataset(images, torch.arange(60000) % 10)
    model = LeNet()
    optimizer, loss = SGD(model.parameters(), lr=0.001, momentum=0.9), nn.CrossEntropyLoss()
    for order in torch.randperm(60000).split(100):
        x, labels = data[order]
        optimizer.zero_grad()
        loss(model(x.float() / 255), labels).backward()
        optimizer.step()


def main():
    if sys.argv[1:] == ["epoch"]:
        return epoch()
    torch.set_num_threads(int(sys.argv[1]))
    compiled, rounds, seconds = sys.argv[2] == "compiled", int(sys.argv[3]), float(sys.argv[4])
    for row in json.load(open(sys.argv[5])):
        body = globals()[row["group"]](row, compiled)
        # A network's training step needs gradients; all else does not.
        with torch.set_grad_enabled(row["operation"] == "step"):
            minimum, median = measure(body, rounds, seconds)
        print(json.dumps(dict(group=row["group"], name=row["name"], minimum=minimum, median=median)), flush=True)


if __name__ == "__main__":
    main()
