"""Writes pictures/: small files of every kind that amgen reads, and truth/NAME.png, what Pillow makes of each with
ImageOps.exif_transpose and convert("RGB"). Run with NumPy and Pillow: python3 pictures.py"""

import os
import shutil
import struct
import zlib

import numpy as np
from PIL import Image, ImageOps, PngImagePlugin

HERE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "pictures")
shutil.rmtree(HERE, ignore_errors=True)
os.makedirs(os.path.join(HERE, "truth"))
rng = np.random.default_rng(5)


def at(name):
    return os.path.join(HERE, name)


def photo(w, h):
    """A smooth picture with edges of saturated colour, and no symmetry."""
    y, x = np.mgrid[:h, :w]
    p = np.stack([120 + 100 * np.sin(x / 5 + y / 9), 128 + 90 * np.cos(y / 7 - x / 11), 40 + 12 * x + 0 * y], -1)
    p[(x // 6 + y // 5) % 4 == 0] = [230, 20, 40]
    return np.clip(p, 0, 255).astype(np.uint8)


def chunk(kind, data):
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def png(name, w, h, bits, colour, rows, interlace=0, extra=b""):
    body = chunk(b"IHDR", struct.pack(">IIBBBBB", w, h, bits, colour, 0, 0, interlace)) + extra
    body += chunk(b"IDAT", zlib.compress(b"".join(rows))) + chunk(b"IEND", b"")
    with open(at(name), "wb") as f:
        f.write(b"\x89PNG\r\n\x1a\n" + body)


a = photo(23, 17)
rgb = Image.fromarray(a)
alpha = rng.integers(0, 256, (17, 23, 1)).astype(np.uint8)
rgba = Image.fromarray(np.concatenate([a, alpha], -1))

# JPEG: chroma of every resolution, odd sides, sides too small to interpolate, progressive, grey, CMYK.
for name, subsampling in (("444", 0), ("422", 1), ("420", 2)):
    rgb.save(at(f"{name}.jpg"), quality=90, subsampling=subsampling)
    rgb.save(at(f"{name}-progressive.jpg"), quality=70, subsampling=subsampling, progressive=True)
Image.fromarray(photo(3, 5)).save(at("420-tiny.jpg"), quality=90, subsampling=2)
Image.fromarray(photo(6, 1)).save(at("420-line.jpg"), quality=90, subsampling=2)
rgb.convert("L").save(at("grey.jpg"), quality=80)
rgb.convert("CMYK").save(at("cmyk.jpg"), quality=80)
# 4:4:0: as many blocks as 4:2:2, in other places.
Image.fromarray(photo(32, 16)).save(at("440.jpg"), quality=90, subsampling=1)
data = bytearray(open(at("440.jpg"), "rb").read())
sof = data.index(b"\xff\xc0")
assert data[sof + 11] == 0x21
data[sof + 5 : sof + 9] = struct.pack(">HH", 31, 15)
data[sof + 11] = 0x12
open(at("440.jpg"), "wb").write(data)

# Orientations 1 to 8 in EXIF, in both byte orders; in PNG, as ImageMagick's text, in WebP and in XMP.
small = photo(11, 6)
for o in range(1, 9):
    exif = Image.Exif()
    exif.endian = "<" if o % 2 else ">"
    exif[0x010E] = "a picture"
    exif[0x0112] = o
    block = exif.tobytes()
    Image.fromarray(small).save(at(f"exif{o}.jpg"), quality=95, subsampling=0, exif=block)
    if o in (3, 5, 6):
        Image.fromarray(small).save(at(f"exif{o}.png"), exif=block)
        Image.fromarray(small).save(at(f"exif{o}.webp"), lossless=True, exif=block)
text = PngImagePlugin.PngInfo()
text.add_text("Raw profile type exif", "\nexif\n%8d\n%s\n" % (len(block), block.hex()), zip=True)
Image.fromarray(small).save(at("rawprofile8.png"), pnginfo=text)
xmp = b'<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:Description tiff:Orientation="7"/></x:xmpmeta>'
Image.fromarray(small).save(at("xmp7.jpg"), quality=95, subsampling=0, xmp=xmp)

# Transparency of every kind; colours behind it matter.
rgba.save(at("rgba.png"))
Image.fromarray(np.concatenate([a[:, :, :1], alpha], -1), "LA").save(at("la.png"))
palette = rgb.quantize(15)
palette.save(at("palette.png"))
palette.save(at("palette-transparent.png"), transparency=bytes(range(0, 255, 17)))
rgb.save(at("colour-key.png"), transparency=tuple(int(v) for v in a[2, 2]))
rgb.convert("L").save(at("grey-key.png"), transparency=int(np.asarray(rgb.convert("L"))[2, 2]))
palette.save(at("palette.gif"), transparency=4)
# A frame within a larger canvas, with and without a transparent colour.
for name, kwargs in (("canvas.gif", {}), ("canvas-transparent.gif", {"transparency": 4})):
    palette.save(at(name), **kwargs)
    data = bytearray(open(at(name), "rb").read())
    data[6:10] = struct.pack("<HH", 31, 26)
    i = 13 + (3 * (2 << (data[10] & 7)) if data[10] & 0x80 else 0)
    while data[i] == 0x21:  # extensions
        i += 2
        while data[i]:
            i += data[i] + 1
        i += 1
    assert data[i] == 0x2C
    data[i + 1 : i + 5] = struct.pack("<HH", 5, 7)
    open(at(name), "wb").write(data)

# Depths of PNG, and interlacing.
wide = rng.integers(0, 65536, (5, 7, 4)).astype(">u2")
png("rgb16.png", 7, 5, 16, 2, [b"\0" + row[:, :3].tobytes() for row in wide])
png("rgba16.png", 7, 5, 16, 6, [b"\0" + row.tobytes() for row in wide])
png("la16.png", 7, 5, 16, 4, [b"\0" + row[:, :2].tobytes() for row in wide])
png("rgb16-exif6.png", 7, 5, 16, 2, [b"\0" + row[:, :3].tobytes() for row in wide],
    extra=chunk(b"eXIf", b"II*\0\x08\0\0\0\x01\0\x12\x01\x03\0\x01\0\0\0\x06\0\0\0\0\0\0\0"))
passes = [(0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2)]
rows = [b"\0" + row.tobytes() for x, y, dx, dy in passes for row in a[y::dy, x::dx] if row.size]
png("interlaced.png", 23, 17, 8, 2, rows, interlace=1)
for mode in ("1", "L"):
    rgb.convert(mode).save(at(f"{mode}.png"))
    rgb.convert(mode).save(at(f"{mode}.bmp"))
for bits in (1, 2, 4):
    rgb.quantize(2**bits).save(at(f"palette{bits}.png"), bits=bits)
png("grey2.png", 8, 3, 2, 0, [b"\0" + bytes([0x1B, 0xE4])] * 3)

rgb.save(at("rgb.bmp"))
rgba.save(at("rgba.bmp"))
palette.save(at("palette.bmp"))
rgb.save(at("lossless.webp"), lossless=True)
rgba.save(at("lossless-alpha.webp"), lossless=True, exact=True)
for q in (30, 90):
    rgb.save(at(f"lossy{q}.webp"), quality=q)
Image.fromarray(photo(6, 1)).save(at("lossy-line.webp"), quality=90)
rgba.save(at("lossy-alpha.webp"), quality=80, exact=True)

for name in sorted(os.listdir(HERE)):
    if os.path.isfile(at(name)):
        pixels = np.asarray(ImageOps.exif_transpose(Image.open(at(name))).convert("RGB"))
        Image.fromarray(pixels).save(os.path.join(HERE, "truth", name + ".png"), optimize=True)
