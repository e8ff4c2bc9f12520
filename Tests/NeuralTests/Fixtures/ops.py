"""Operations of PyTorch, forward and all gradients, for Neural to equal: writes ops.safetensors beside this file.

To make it again, in any virtual environment:

    python -m venv venv && venv/bin/pip install torch numpy && venv/bin/python Tests/NeuralTests/Fixtures/ops.py

Names are `group.case.what`. A setting is stored as an int32 tensor: of a convolution [stride, padding, dilation (height
and width each), groups], of a pool [kernel, stride, padding (height and width each)]. Convolutions, pools and `linear`
have small integers as values and as gradient `dy`, so that every sum is exact and results can be compared for equality;
average pools divide by the window size, which is a power of two in all cases but one.
"""
import torch
import torch.nn.functional as F

from cases import integers, run, tensors, write

# batch, channels, height, width, out channels, kernel, stride, padding, dilation, groups, bias
CONVOLUTIONS = {
    "plain": (2, 1, 7, 7, 2, (3, 3), (1, 1), (0, 0), (1, 1), 1, True),
    "padded": (3, 2, 6, 5, 3, (3, 3), (1, 1), (1, 1), (1, 1), 1, True),
    "strided": (2, 3, 9, 8, 2, (3, 3), (2, 2), (1, 1), (1, 1), 1, False),
    "uneven": (2, 2, 8, 9, 3, (2, 4), (3, 1), (1, 2), (1, 1), 1, True),
    "dilated": (2, 2, 9, 9, 2, (3, 3), (1, 1), (2, 2), (2, 2), 1, True),
    "grouped": (2, 4, 5, 5, 6, (3, 3), (1, 1), (1, 1), (1, 1), 2, True),
    "depthwise": (2, 5, 6, 6, 5, (3, 3), (1, 1), (1, 1), (1, 1), 5, True),
    "pointwise": (2, 5, 4, 4, 3, (1, 1), (1, 1), (0, 0), (1, 1), 1, True),
    "everything": (2, 4, 10, 11, 4, (3, 2), (2, 3), (2, 1), (2, 1), 2, True),
    "block": (16, 2, 6, 6, 3, (3, 3), (1, 1), (1, 1), (1, 1), 1, True),
    "tail": (17, 2, 6, 7, 3, (3, 3), (2, 1), (1, 0), (1, 1), 1, True),
    "lenet": (18, 1, 12, 12, 6, (5, 5), (1, 1), (0, 0), (1, 1), 1, True),
}
# batch, channels, height, width, kernel, stride, padding
POOLS = {
    "halves": (2, 3, 6, 6, (2, 2), (2, 2), (0, 0)),
    "rest": (2, 2, 7, 5, (2, 2), (2, 2), (0, 0)),
    "overlap": (2, 2, 7, 7, (4, 4), (2, 2), (0, 0)),
    "padded": (2, 2, 6, 7, (4, 2), (2, 1), (2, 1)),
    "thirds": (2, 2, 8, 8, (3, 3), (2, 2), (1, 1)),
    "tail": (17, 2, 6, 6, (2, 2), (2, 2), (0, 0)),
    "overlaptail": (19, 1, 7, 7, (4, 2), (1, 2), (1, 1)),
}

torch.set_num_threads(1)
torch.manual_seed(1)
for case, (n, c, h, w, k, kernel, stride, padding, dilation, groups, bias) in CONVOLUTIONS.items():
    inputs = {"x": integers((n, c, h, w)), "weight": integers((k, c // groups, *kernel))}
    if bias:
        inputs["bias"] = integers((k,))
    settings = {"stride": stride, "padding": padding, "dilation": dilation, "groups": groups}
    run(f"conv.{case}", lambda x, weight, bias=None: F.conv2d(x, weight, bias, **settings), integers, **inputs)
    tensors[f"conv.{case}.settings"] = torch.tensor([*stride, *padding, *dilation, groups], dtype=torch.int32)

for case, (n, c, h, w, kernel, stride, padding) in POOLS.items():
    x = integers((n, c, h, w))
    run(f"maxpool.{case}", lambda x: F.max_pool2d(x, kernel, stride, padding), integers, x=x)
    run(f"avgpool.{case}", lambda x: F.avg_pool2d(x, kernel, stride, padding), integers, x=x)
    for kind in ("maxpool", "avgpool"):
        tensors[f"{kind}.{case}.settings"] = torch.tensor([*kernel, *stride, *padding], dtype=torch.int32)

for case, (batch, inside, outside) in {"small": (3, 5, 4), "vector": (1, 7, 2), "tail": (17, 9, 3)}.items():
    run(
        f"linear.{case}", F.linear, integers, x=integers((batch, inside)), weight=integers((outside, inside)),
        bias=integers((outside,)))

labels = torch.randint(0, 7, (19,))
tensors["crossentropy.labels"] = labels
logits = torch.randn(19, 7) * 5
for reduction in ("mean", "sum", "none"):
    run(
        f"crossentropy.{reduction}", lambda logits: F.cross_entropy(logits, labels, reduction=reduction), torch.rand,
        logits=logits)
for axis in (0, 1, 2):
    x = torch.randn(3, 4, 5) * 10
    run(f"softmax.{axis}", lambda x: F.softmax(x, axis), torch.randn, x=x)
    run(f"logsoftmax.{axis}", lambda x: F.log_softmax(x, axis), torch.randn, x=x)

write(__file__)
