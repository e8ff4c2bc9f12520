"""Writes the PNG fixtures: python png.py, with NumPy and Pillow. Pixels follow a formula that the tests know too."""
import json
import zlib

import numpy as np
from PIL import Image

height, width = 9, 13
y, x = np.mgrid[:height, :width]
plane = lambda channel: ((37 * x + 11 * y + 80 * channel) % 256).astype(np.uint8)
grey, color = plane(0), np.stack([plane(c) for c in range(3)], -1)

Image.fromarray(grey).save("png/grey.png")
Image.fromarray(color).save("png/rgb.png")
Image.fromarray(np.concatenate([color, plane(3)[..., None]], -1)).save("png/rgba.png")
Image.fromarray(np.stack([grey, plane(3)], -1)).save("png/grey-alpha.png")
palette = Image.fromarray(((x + y) % 3).astype(np.uint8))
palette.putpalette([255, 0, 0, 0, 128, 7, 1, 2, 3])
palette.convert("P").save("png/palette.png")
palette.convert("P").save("png/palette-transparent.png", transparency=1)
Image.fromarray(grey.astype(np.uint16) * 257).save("png/grey16.png")
Image.fromarray((x + y) % 2 == 0).save("png/bit.png")
Image.fromarray(color).save("png/jpeg.png", format="jpeg")

# Interlaced in seven passes, which Pillow does not write.
chunk = lambda kind, data: len(data).to_bytes(4, "big") + kind + data + zlib.crc32(kind + data).to_bytes(4, "big")
rows = b""
for y0, x0, dy, dx in [(0, 0, 8, 8), (0, 4, 8, 8), (4, 0, 8, 4), (0, 2, 4, 4), (2, 0, 4, 2), (0, 1, 2, 2), (1, 0, 2, 1)]:
    for line in color[y0::dy, x0::dx]:
        if line.size:
            rows += b"\0" + line.tobytes()
header = width.to_bytes(4, "big") + height.to_bytes(4, "big") + bytes([8, 2, 0, 0, 1])
with open("png/interlaced.png", "wb") as file:
    file.write(b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b""))

sizes = [(3, 4), (9, 5), (20, 31), (1, 1), (28, 28)]
resized = {f"{h}x{w}": np.asarray(Image.fromarray(grey).resize((w, h), Image.BILINEAR)).ravel().tolist() for h, w in sizes}
with open("png/resized.json", "w") as file:
    json.dump(resized, file)
