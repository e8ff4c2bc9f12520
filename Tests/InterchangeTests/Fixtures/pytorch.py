"""PyTorch's side of the exchange of weights: `pytorch.py write FOLDER` or `pytorch.py check FOLDER`.

write: trains the LeNet for three steps and saves it as float32, float16 and bfloat16, with images and logits.
check: reads a model, images and logits that Neural has written, and compares the logits.
Uses the safetensors package, or where it is missing a reader and writer of its own.
"""
import json
import struct
import sys
from pathlib import Path

import numpy as np
import torch
from torch import nn
from torch.nn import functional as F

TYPES = {"F32": torch.float32, "F16": torch.float16, "BF16": torch.bfloat16}

try:
    from safetensors.torch import load_file, save_file
except ImportError:

    def save_file(tensors, path):
        header, body = {}, b""
        for name, tensor in tensors.items():
            data = tensor.contiguous().view(torch.uint8).numpy().tobytes()
            code = next(code for code, dtype in TYPES.items() if dtype == tensor.dtype)
            header[name] = {"dtype": code, "shape": list(tensor.shape), "data_offsets": [len(body), len(body) + len(data)]}
            body += data
        text = json.dumps(header).encode()
        Path(path).write_bytes(struct.pack("<Q", len(text)) + text + body)

    def load_file(path):
        data = Path(path).read_bytes()
        (length,) = struct.unpack("<Q", data[:8])
        body = bytearray(data[8 + length :])
        return {
            name: torch.frombuffer(body[slice(*entry["data_offsets"])], dtype=TYPES[entry["dtype"]]).reshape(entry["shape"])
            for name, entry in json.loads(data[8 : 8 + length]).items()
            if name != "__metadata__"
        }


class LeNet(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv1, self.conv2 = nn.Conv2d(1, 6, 5), nn.Conv2d(6, 16, 5)
        self.fc1, self.fc2, self.fc3 = nn.Linear(256, 120), nn.Linear(120, 84), nn.Linear(84, 10)

    def forward(self, x):
        x = F.max_pool2d(F.relu(self.conv1(x)), 2)
        x = F.max_pool2d(F.relu(self.conv2(x)), 2)
        return self.fc3(F.relu(self.fc2(F.relu(self.fc1(x.flatten(1))))))


def write(folder):
    torch.manual_seed(0)
    model = LeNet()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.05, momentum=0.9)
    images, labels = torch.rand(20, 1, 28, 28), torch.arange(20) % 10
    for _ in range(3):
        optimizer.zero_grad()
        F.cross_entropy(model(images), labels).backward()
        optimizer.step()
    np.save(folder / "images.npy", images.numpy())
    for name in ["float32", "float16", "bfloat16"]:
        state = {key: value.to(getattr(torch, name)) for key, value in model.state_dict().items()}
        save_file(state, folder / f"{name}.safetensors")
        rounded = LeNet()
        rounded.load_state_dict({key: value.float() for key, value in state.items()})
        with torch.no_grad():
            np.save(folder / f"{name}.npy", rounded(images).numpy())


def check(folder):
    model = LeNet()
    model.load_state_dict(load_file(folder / "model.safetensors"), strict=True)
    images, logits = (torch.from_numpy(np.load(folder / f"{name}.npy")) for name in ["images", "logits"])
    with torch.no_grad():
        worst = (model(images) - logits).abs().max()
    assert worst <= 1e-5 * logits.abs().max(), f"largest difference {worst}"


{"write": write, "check": check}[sys.argv[1]](Path(sys.argv[2]))
