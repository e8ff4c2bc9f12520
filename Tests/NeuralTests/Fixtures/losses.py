"""PyTorch's losses with all gradients, for Neural to equal: writes losses.safetensors beside this file.

To make it again, in any virtual environment:

    python -m venv venv && venv/bin/pip install torch numpy && venv/bin/python Tests/NeuralTests/Fixtures/losses.py

Names are `loss.setting.reduction.what`. Everything is float64, from which float32 is cast.
"""
import torch
import torch.nn.functional as F

from cases import run, tensors, write

torch.set_num_threads(1)
torch.set_default_dtype(torch.float64)
torch.manual_seed(5)

labels = torch.randint(0, 7, (19,))
some_ignored = torch.where(torch.arange(19) % 4 == 1, -100, labels)
places = torch.randint(0, 3, (2, 4, 5))
places[0, 1, 2] = 9
weights = torch.rand(7) + 0.2

for reduction in ("mean", "sum", "none"):
    logits = torch.randn(19, 7) * 4

    def cross_entropy(setting, labels=labels, logits=logits, **options):
        run(
            f"crossEntropy.{setting}.{reduction}",
            lambda logits, labels: F.cross_entropy(logits, labels, reduction=reduction, **options), torch.rand,
            logits=logits, labels=labels)

    cross_entropy("plain")
    cross_entropy("smooth", label_smoothing=0.1)
    cross_entropy("weighted", weight=weights)
    cross_entropy("ignored", labels=some_ignored)
    cross_entropy("all", labels=some_ignored, weight=weights, label_smoothing=0.2)
    cross_entropy("places", labels=places, logits=torch.randn(2, 3, 4, 5), ignore_index=9, label_smoothing=0.1)

    def soft(setting, **options):
        run(
            f"soft.{setting}.{reduction}",
            lambda logits, probabilities: F.cross_entropy(logits, probabilities, reduction=reduction, **options),
            torch.rand, logits=logits, probabilities=torch.softmax(torch.randn(19, 7), 1))

    soft("plain")
    soft("all", weight=weights, label_smoothing=0.2)

    log_probabilities = torch.log_softmax(torch.randn(19, 7), 1)
    log_probabilities[0, (labels[0] + 1) % 7] = -torch.inf
    for setting, options in {"plain": {}, "weighted": {"weight": weights}}.items():
        run(
            f"likelihood.{setting}.{reduction}",
            lambda logits, labels: F.nll_loss(logits, labels, reduction=reduction, **options), torch.rand,
            logits=log_probabilities, labels=some_ignored)

    # Distances on both sides of the kinks, none at them.
    pair = {"predictions": torch.randn(3, 5) * 2, "targets": torch.randn(3, 5)}
    for name, function in {
        "squared": F.mse_loss,
        "absolute": F.l1_loss,
        "huber": lambda x, y, reduction: F.huber_loss(x, y, reduction, delta=0.7),
        "smooth": lambda x, y, reduction: F.smooth_l1_loss(x, y, reduction=reduction, beta=0.4),
    }.items():
        run(f"{name}.plain.{reduction}", lambda predictions, targets: function(
            predictions, targets, reduction=reduction), torch.rand, **pair)

    logits, targets = torch.randn(4, 3) * 10, torch.rand(4, 3)
    for setting, options in {
        "plain": {},
        "all": {"weight": torch.rand(4, 1), "pos_weight": torch.rand(3) * 3},
    }.items():
        names = {"weight": "weights", "pos_weight": "positive"}
        extra = {names[key]: value for key, value in options.items()}
        run(
            f"binary.{setting}.{reduction}",
            lambda logits, targets, weights=None, positive=None: F.binary_cross_entropy_with_logits(
                logits, targets, None if weights is None else weights.detach(), reduction=reduction,
                pos_weight=None if positive is None else positive.detach()),
            torch.rand, logits=logits, targets=targets, **extra)

    probabilities = torch.softmax(torch.randn(4, 6), 1)
    probabilities[0, 2] = 0
    run(
        f"divergence.plain.{reduction}",
        lambda predictions, targets: F.kl_div(
            predictions, targets, reduction="batchmean" if reduction == "mean" else reduction),
        torch.rand, predictions=torch.log_softmax(torch.randn(4, 6), 1), targets=probabilities)

    # Where a target is 0 PyTorch's derivative with respect to it is NaN.
    tensors[f"divergence.plain.{reduction}.dtargets"].nan_to_num_()

    signs = torch.randn(9).sign()
    run(
        f"sigmoid.plain.{reduction}",
        lambda logits: F.mse_loss(torch.sigmoid(logits), (1 + signs) / 2, reduction=reduction), torch.rand,
        logits=torch.randn(9) * 3)
    tensors[f"sigmoid.plain.{reduction}.signs"] = signs

tensors["weights"] = weights
write(__file__)
