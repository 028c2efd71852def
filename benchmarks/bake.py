"""Baking, side by side in one run: `python -m benchmarks.bake`.

The floor of a bake is what nobody can leave out: the chunk itself, one CRC-32 over it, one copy of the
file with it.
Medians of CPU time; the cases take turns, so that a busy machine slows all of them alike.
"""

from __future__ import annotations

import io
import json
import random
import time
from collections.abc import Callable
from statistics import median
from zlib import crc32

from openbadgeslib import baking
from PIL import Image, ImageDraw
from PIL.PngImagePlugin import PngInfo

from exchange.core.bake import bake_png, bake_svg, extract

KEYWORD = "openbadgecredential"
ROUNDS = 60


def credential() -> str:
    """JSON of 3.9 KB, as long as the badge of the proof benchmarks; what it says does not matter here."""
    words = ["evidence", "criteria", "narrative", "alignment", "result", "rubric", "level", "issuer"]
    rng = random.Random(7)
    subject = {"narrative": " ".join(rng.choice(words) for _ in range(440)), "id": "mailto:ada@example.org"}
    return json.dumps({"type": ["VerifiableCredential", "OpenBadgeCredential"], "credentialSubject": subject})


def flat_png() -> bytes:
    image = Image.new("RGBA", (512, 512))
    draw = ImageDraw.Draw(image)
    rng = random.Random(1)
    draw.ellipse((8, 8, 504, 504), fill="#1f3a5f", outline="#f2b134", width=12)
    for _ in range(9):
        x, y = rng.randrange(100, 400), rng.randrange(100, 400)
        draw.ellipse((x, y, x + 60, y + 60), outline="#ffffff", width=5)
    return _png(image)


def noisy_png() -> bytes:
    noise = Image.frombytes("RGB", (512, 512), random.Random(2).randbytes(512 * 512 * 3))
    return _png(noise.point(lambda level: level & 0xFC))


def svg() -> bytes:
    rng = random.Random(3)
    dots = "".join(f'<path d="M{rng.randrange(512)} {rng.randrange(512)}h1v1z"/>' for _ in range(400))
    return f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 512 512">{dots}</svg>'.encode()


def _png(image: Image.Image) -> bytes:
    out = io.BytesIO()
    image.save(out, "PNG")
    return out.getvalue()


def floor(png: bytes, text: str) -> bytes:
    chunk = b"iTXt" + KEYWORD.encode() + b"\0\0\0\0\0" + text.encode()
    crc32(chunk)
    return b"".join((png, chunk))


def pillow(png: bytes, text: str) -> bytes:
    info = PngInfo()
    info.add_itxt(KEYWORD, text)
    out = io.BytesIO()
    Image.open(io.BytesIO(png)).save(out, "PNG", pnginfo=info)
    return out.getvalue()


def measure(cases: dict[str, Callable[[], object]], slow: frozenset[str]) -> dict[str, float]:
    """Microseconds of CPU a call, the median of `ROUNDS` turns; a slow case gets fewer and shorter turns."""
    taken: dict[str, list[float]] = {name: [] for name in cases}
    for turn in range(ROUNDS):
        for name, case in cases.items():
            if name in slow and turn % 10:
                continue
            loops = 1 if name in slow else 100
            start = time.process_time_ns()
            for _ in range(loops):
                case()
            taken[name].append((time.process_time_ns() - start) / loops / 1000)
    return {name: median(times) for name, times in taken.items()}


def table(title: str, cases: dict[str, Callable[[], object]], slow: frozenset[str] = frozenset()) -> None:
    taken = measure(cases, slow)
    base, ours = taken.get("floor", 0.0), taken["ours"]
    print(f"\n{title}")
    for name, micros in taken.items():
        ratio = f"of floor {base / micros:5.2f}" if base else ""
        print(f"  {name:14} {micros:10.1f} µs   {ratio}   × ours {micros / ours:7.1f}")


def bench_png(png: bytes, text: str) -> None:
    baked = bake_png(png, text)
    assert extract(baked).text == text
    cases: dict[str, Callable[[], object]] = {
        "floor": lambda: floor(png, text),
        "ours": lambda: bake_png(png, text),
        "ours, again": lambda: bake_png(baked, text),
        "openbadgeslib": lambda: baking.bake_png(png, text, keyword=KEYWORD.encode()),
        "Pillow": lambda: pillow(png, text),
    }
    table(f"bake PNG, {len(png) / 1000:.0f} KB", cases, frozenset({"Pillow"}))
    readers: dict[str, Callable[[], object]] = {
        "ours": lambda: extract(baked),
        "openbadgeslib": lambda: baking.extract_png(baked, keyword=KEYWORD.encode()),
    }
    table(f"extract from PNG, {len(baked) / 1000:.0f} KB (ours checks every CRC)", readers)


def bench_svg(picture: bytes, text: str) -> None:
    cases: dict[str, Callable[[], object]] = {
        "floor": lambda: b"".join((picture, text.encode())),
        "ours": lambda: bake_svg(picture, text),
        "openbadgeslib": lambda: baking.bake_svg(picture, text, as_text=True),
    }
    table(f"bake SVG, {len(picture) / 1000:.0f} KB", cases, frozenset({"openbadgeslib"}))


def main() -> None:
    text = credential()
    print(f"credential {len(text)} bytes of JSON")
    for png in (flat_png(), noisy_png()):
        bench_png(png, text)
    bench_svg(svg(), text)


if __name__ == "__main__":
    main()
