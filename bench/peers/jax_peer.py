"""JAX at training steps of `bench`'s networks: `jit` of the whole step. Called as torch_peer.py is; threads are XLA's."""
import json
import sys

import jax
import jax.numpy as jnp
from torch_peer import measure

# As in Networks.swift: widths, learning rate, weight decay.
NETWORKS = {"mlp": ((784, 100, 10), 0.01, 0.0), "softmax": ((784, 10), 0.01, 0.01)}


def forward(weights, x):
    for number, (w, b) in enumerate(weights):
        x = x @ w.T + b if number == 0 else jax.nn.relu(x) @ w.T + b
    return x


def network(row):
    operation, name = row["name"].split()[:2]
    if name not in NETWORKS:
        return None
    widths, rate, decay = NETWORKS[name]
    keys = iter(jax.random.split(jax.random.key(0), 100))
    weights = [
        (jax.random.uniform(next(keys), (o, i), minval=-(i**-0.5), maxval=i**-0.5), jnp.zeros(o))
        for i, o in zip(widths, widths[1:])]
    batch = row["sizes"]["batch"]
    if operation == "inference":
        x, run = jax.random.uniform(next(keys), (batch, 784)), jax.jit(forward)
        return lambda: run(weights, x).block_until_ready()
    batches = [
        (jax.random.uniform(next(keys), (batch, 784)), jax.random.randint(next(keys), (batch,), 0, 10))
        for _ in range(40)]

    def loss(weights, x, labels):
        return -jnp.take_along_axis(jax.nn.log_softmax(forward(weights, x)), labels[:, None], 1).mean()

    @jax.jit
    def update(weights, x, labels):
        gradients = jax.grad(loss)(weights, x, labels)
        return jax.tree.map(lambda w, g: w - rate * (g + decay * w), weights, gradients)

    step = 0

    def train():
        nonlocal weights, step
        weights = update(weights, *batches[step % 40])
        step += 1

    return train


def main():
    rounds, seconds = int(sys.argv[3]), float(sys.argv[4])
    for row in json.load(open(sys.argv[5])):
        if body := network(row):
            minimum, median = measure(body, rounds, seconds)
            print(json.dumps(dict(group=row["group"], name=row["name"], minimum=minimum, median=median)), flush=True)


if __name__ == "__main__":
    main()
