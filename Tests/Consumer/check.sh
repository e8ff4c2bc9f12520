#!/bin/sh
# A package that depends on this one by version builds and runs, and a mistake's message survives the optimiser.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
git clone -q "$here/../.." "$work/neural"
git -C "$work/neural" tag 1.0.0
cp -r "$here/Package.swift" "$here/Sources" "$work"
export NEURAL_CLONE="$work/neural"
cd "$work"
swift build -c release
program=$(swift build -c release --show-bin-path)/consumer

found=$("$program")
[ "$found" = "accuracy 1.0" ] || { echo "consumer: expected 'accuracy 1.0', found '$found'" >&2; exit 1; }

expected="linear: input [4, 3], weight [16, 2]: the input must be [batch, 2] (in Sequential.0)"
if "$program" mistake 2>"$work/message"; then echo "consumer: a shape mistake went through" >&2; exit 1; fi
grep -qF "$expected" "$work/message" || { echo "consumer: expected '$expected' in:" >&2; cat "$work/message" >&2; exit 1; }
echo "consumer: 2 passed, 0 failed"
