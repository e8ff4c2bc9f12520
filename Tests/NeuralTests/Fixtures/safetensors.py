"""The safetensors format, written by hand: the fixtures need PyTorch and nothing else."""
import json
import struct

CODES = {"float32": "F32", "float64": "F64", "int32": "I32", "int64": "I64", "uint8": "U8", "bool": "BOOL"}


def save(path, tensors):
    """Writes a dictionary of PyTorch tensors: header length, JSON header, then the tensors without gaps."""
    header, body = {}, b""
    for name, tensor in sorted(tensors.items(), key=lambda item: (-item[1].element_size(), item[0])):
        data = tensor.detach().contiguous().numpy().tobytes()
        code = CODES[str(tensor.dtype).removeprefix("torch.")]
        offsets = [len(body), len(body) + len(data)]
        header[name] = {"dtype": code, "shape": list(tensor.shape), "data_offsets": offsets}
        body += data
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    with open(path, "wb") as file:
        file.write(struct.pack("<Q", len(text)) + text + body)
