"""Ten training steps of LeNet in PyTorch, which Neural's must follow: writes lenet.safetensors beside this file.

To make it again, in any virtual environment:

    python -m venv venv && venv/bin/pip install torch numpy && venv/bin/python Tests/NeuralTests/Fixtures/lenet.py

Written: initial.* and final.* weights, images (uint8, 100 of them), labels, losses of the ten steps.
SGD with learning rate .001 and momentum .9 on the one batch, images scaled to [-1, 1]; PyTorch 2.13, one thread.
"""
from pathlib import Path

import torch
import torch.nn as nn
import torch.nn.functional as F

from safetensors import save


class LeNet(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv1 = nn.Conv2d(1, 6, 5)
        self.conv2 = nn.Conv2d(6, 16, 5)
        self.fc1 = nn.Linear(256, 120)
        self.fc2 = nn.Linear(120, 84)
        self.fc3 = nn.Linear(84, 10)

    def forward(self, x):
        x = F.max_pool2d(F.relu(self.conv1(x)), 2)
        x = F.max_pool2d(F.relu(self.conv2(x)), 2).flatten(1)
        return self.fc3(F.relu(self.fc2(F.relu(self.fc1(x)))))


def snapshot(prefix, model):
    return {prefix + name: value.detach().clone() for name, value in model.state_dict().items()}


torch.set_num_threads(1)
torch.manual_seed(0)
model = LeNet()
images = torch.randint(0, 256, (100, 1, 28, 28), dtype=torch.uint8)
labels = torch.randint(0, 10, (100,))
tensors = snapshot("initial.", model) | {"images": images, "labels": labels}

optimizer = torch.optim.SGD(model.parameters(), lr=0.001, momentum=0.9)
inputs = images.float() * (2 / 255) - 1
losses = []
for step in range(10):
    optimizer.zero_grad()
    loss = F.cross_entropy(model(inputs), labels)
    loss.backward()
    optimizer.step()
    losses.append(loss.item())

tensors |= snapshot("final.", model) | {"losses": torch.tensor(losses, dtype=torch.float64)}
save(Path(__file__).with_name("lenet.safetensors"), tensors)
