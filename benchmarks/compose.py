"""How an edit lands: fidelity and detail beside the naive ways, seams, time and memory at 6 to 24 megapixels.

A known edit of a large picture stands for the truth. The "model" sees the picture small and gives back the
small edited truth, both softened as by a decoder; a second, weak model adds patchy noise. The large pictures
are mosaics of photographs at their own resolution: `python -m benchmarks.compose --photos FOLDER`, without it
scikit-image's.
"""

from __future__ import annotations

import argparse
import resource
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
from PIL import Image
from scipy.ndimage import gaussian_filter

from benchmarks.report import machine_line, print_table
from mgie.api.compose_options import ComposeOptions
from mgie.api.picture import ColourSpace, Picture
from mgie.api.rect import Rect
from mgie.compose.curves import SRGB_CURVE
from mgie.compose.region import Region, whole_picture
from mgie.compose.resample import Floats, resize
from mgie.compose.seam import measure_seam
from mgie.model.events import Sampled
from mgie.pipeline import Prepared, finish, paste, prepare

SIZES = {"12 MP": (4000, 3000), "24 MP": (6000, 4000)}
TIMED = {"6 MP": (3000, 2000), **SIZES}
CELL_PX = 500  # of a mosaic: every photograph's middle at its own resolution
NATIVE_PX = 512
CROP_PX = 240


def light(image: Floats, gains: float | tuple[float, float, float]) -> Floats:
    """Multiply linear light."""
    scaled = SRGB_CURVE.decode(image) * np.asarray(gains, np.float32)
    return np.clip(SRGB_CURVE.encode(scaled), 0, 1).astype(np.float32)


def saturate(image: Floats, factor: float) -> Floats:
    """Move colours away from their luma."""
    luma = (image @ np.array([0.25, 0.6, 0.15], np.float32))[..., None]
    return np.clip(luma + factor * (image - luma), 0, 1)


def vignette(image: Floats) -> Floats:
    """Darken towards the corners."""
    v, u = (np.linspace(-1, 1, n, dtype=np.float32) for n in image.shape[:2])
    return image * (1 - 0.3 * (v[:, None] ** 2 + u[None] ** 2))[..., None]


EDITS: dict[str, Callable[[Floats], Floats]] = {
    "exposure +0.8": lambda image: light(image, 2**0.8),
    "exposure -1.5": lambda image: light(image, 2**-1.5),
    "warmer": lambda image: light(image, (1.25, 1.0, 0.7)),
    "contrast": lambda image: image * image * (3 - 2 * image),
    "saturation": lambda image: saturate(image, 1.5),
    "black and white": lambda image: saturate(image, 0.0),
    "night": lambda image: light(image, (0.1, 0.13, 0.2)),
    "vignette": vignette,
}


def load_photographs(folder: Path | None) -> list[Image.Image]:
    """At least one photograph of CELL_PX or more on its shorter side; smaller ones are enlarged a little."""
    if folder is None:
        from skimage import data

        return [
            Image.fromarray(picture()) for picture in (data.astronaut, data.coffee, data.chelsea, data.rocket)
        ]
    paths = sorted(path for path in folder.rglob("*") if path.suffix.lower() in (".jpg", ".jpeg", ".png"))
    return [Image.open(path).convert("RGB") for path in paths[:: max(len(paths) // 48, 1)][:48]]


def mosaic(photographs: list[Image.Image], width: int, height: int) -> Floats:
    """(height, width, 3): photographs side by side."""
    result = np.empty((height, width, 3), np.float32)
    number = 0
    for top in range(0, height, CELL_PX):
        for left in range(0, width, CELL_PX):
            cell = _middle(photographs[number % len(photographs)])
            part = result[top : top + CELL_PX, left : left + CELL_PX]
            part[:] = cell[: part.shape[0], : part.shape[1]]
            number += 1
    return result


def _middle(image: Image.Image) -> Floats:
    scale = max(CELL_PX / min(image.size), 1.0)
    size = (max(round(image.width * scale), CELL_PX), max(round(image.height * scale), CELL_PX))
    image = image.resize(size) if scale > 1 else image
    x, y = (image.width - CELL_PX) // 2, (image.height - CELL_PX) // 2
    return np.asarray(image.crop((x, y, x + CELL_PX, y + CELL_PX)), np.float32) / np.float32(255)


def answer(prepared: Prepared, truth: Floats, *, noise: float) -> Sampled:
    """What a model that knows the truth would give back, decoder softness and noise included."""
    width, height = prepared.model_image.size
    random = np.random.default_rng(0)
    patches = random.normal(0, noise, (height // 8, width // 8, 3)).astype(np.float32)
    shown = np.asarray(prepared.model_image, np.float32) / np.float32(255)
    pair = [gaussian_filter(image, (0.8, 0.8, 0)) for image in (resize(truth, width, height), shown)]
    edited = np.clip(pair[0] + resize(patches, width, height), 0, 1)
    return Sampled(image=edited.astype(np.float32), round_trip=pair[1].astype(np.float32))


def psnr(image: Floats, truth: Floats) -> float:
    """dB."""
    return float(-10 * np.log10(np.mean(np.square(image - truth), dtype=np.float64) + 1e-12))


def detail(image: Floats) -> float:
    """Gradient energy."""
    return float(sum(np.square(np.diff(image, axis=axis)).mean(dtype=np.float64) for axis in (0, 1)))


def candidates(full: Floats, truth: Floats, *, native: int, noise: float) -> dict[str, Floats]:
    """The edit at full size, three ways."""
    picture = Picture(pixels=np.round(full * 65535).astype(np.uint16))
    prepared = prepare(picture, whole_picture(picture), native)
    sampled = answer(prepared, truth, noise=noise)
    height, width = full.shape[:2]
    added = np.clip(full + resize(sampled.image - sampled.round_trip, width, height), 0, 1)
    ours = paste(picture, finish(prepared, sampled)).pixels.astype(np.float32) / np.float32(65535)
    return {"enlarged": resize(sampled.image, width, height), "difference": added, "ours": ours}


def fidelity(photographs: list[Image.Image]) -> None:
    """PSNR to the truth and detail relative to it."""
    for size, (width, height) in SIZES.items():
        full = mosaic(photographs, width, height)
        models = (("model of 512 px", 512, 0.0), ("weak model of 128 px, noise 0.05", 128, 0.05))
        for model, native, noise in models:
            rows: list[list[str]] = []
            for name, edit in EDITS.items():
                truth = edit(full)
                found = candidates(full, truth, native=native, noise=noise)
                energy = detail(truth)
                rows.append(
                    [
                        name,
                        *(f"{psnr(image, truth):.1f}" for image in found.values()),
                        *(f"{detail(image) / energy:.3f}" for image in found.values()),
                    ]
                )
            ways = ("enlarged", "difference", "ours")
            header = ["edit", *(f"{way}, dB" for way in ways), *(f"{way}, detail" for way in ways)]
            print_table(f"{size}, {model}: PSNR to the truth; detail relative to it", header, rows)


def seams(photographs: list[Image.Image]) -> None:
    """New content with a colour cast inside a selection: pasted as it is, and landed."""
    full = mosaic(photographs, 2000, 1500)
    picture = Picture(pixels=full)
    rect = Rect(600, 400, 800, 700)
    prepared = prepare(picture, Region(rect=rect), NATIVE_PX, ComposeOptions(transfer="content"))
    shown = np.asarray(prepared.model_image, np.float32) / np.float32(255)
    v, u = (np.linspace(-1, 1, n, dtype=np.float32) for n in shown.shape[:2])
    disc = np.clip((0.4 - np.hypot(v[:, None], u[None])) * 20, 0, 1)[..., None]
    painted = shown * (1 - disc) + np.float32(0.5) * disc + np.array([0.06, 0.02, -0.04], np.float32)
    soft = [gaussian_filter(np.clip(image, 0, 1), (0.8, 0.8, 0)) for image in (painted, shown)]
    sampled = Sampled(image=soft[0], round_trip=soft[1])
    pasted = resize(soft[0], prepared.context.width, prepared.context.height)[rect.within(prepared.context)]
    cover = np.full((rect.height, rect.width), 255, np.uint8)
    outcome = finish(prepared, sampled)
    rows = [
        ["pasted", f"{measure_seam(picture, pasted, rect, cover).visibility:.3f}"],
        ["ours", f"{measure_seam(picture, outcome.pixels, rect, cover).visibility:.3f}"],
    ]
    print_table("Seam of new content with a cast, hard selection", ["way", "visibility"], rows)


def costs() -> None:
    """Time and peak memory for 16-bit Adobe RGB, each size in its own process."""
    rows: list[list[str]] = []
    for size, (width, height) in TIMED.items():
        command = [sys.executable, "-m", "benchmarks.compose", "--cost", str(width), str(height)]
        found = subprocess.run(command, check=True, capture_output=True, text=True).stdout.split()
        rows.append([size, *found])
    header = ["16-bit picture", "prepare, s", "finish, s", "CPU, s", "peak memory, GB"]
    print_table("Time and memory (the picture itself included)", header, rows)


def cost(width: int, height: int) -> None:
    """Print seconds to prepare, to finish, CPU seconds of both, and the peak memory."""
    cell = np.random.default_rng(0).integers(0, 65535, (500, 500, 3)).astype(np.uint16)
    pixels = np.empty((height, width, 3), np.uint16)
    for top in range(0, height, 500):
        for left in range(0, width, 500):
            pixels[top : top + 500, left : left + 500] = cell // (1 + (top + left) // 500 % 3)
    picture = Picture(pixels=pixels, colour_space=ColourSpace(name="adobe-rgb"))
    cpu_s, start_s = time.process_time(), time.perf_counter()
    prepared = prepare(picture, whole_picture(picture), NATIVE_PX)
    prepared_s = time.perf_counter()
    shown = np.asarray(prepared.model_image, np.float32) / np.float32(255)
    finish(prepared, Sampled(image=light(shown, 0.5), round_trip=shown))
    finished_s, cpu_s = time.perf_counter(), time.process_time() - cpu_s
    seconds = f"{prepared_s - start_s:.2f} {finished_s - prepared_s:.2f} {cpu_s:.2f}"
    print(f"{seconds} {peak_memory_gb():.2f}")  # noqa: T201  # read by `costs`


def peak_memory_gb() -> float:
    """Of this process; what getrusage says also counts the parent's memory at the start."""
    status = Path("/proc/self/status")
    if status.exists():
        (peak,) = [line for line in status.read_text().splitlines() if line.startswith("VmHWM:")]
        return int(peak.split()[1]) / 1e6
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6


def write_crops(photographs: list[Image.Image], folder: Path) -> None:
    """Before, enlarged, difference and ours at 100 %, side by side."""
    full = mosaic(photographs, 4000, 3000)
    for name, place, native in (
        ("warmer", (130, 60), 512),
        ("night", (640, 130), 512),
        ("contrast", (1130, 60), 128),
    ):
        truth = EDITS[name](full)
        found = candidates(full, truth, native=native, noise=0.0 if native == 512 else 0.05)
        x, y = place
        shown = [full, *found.values()]
        strip = np.concatenate([image[y : y + CROP_PX, x : x + CROP_PX] for image in shown], axis=1)
        image = Image.fromarray(np.round(np.clip(strip, 0, 1) * 255).astype(np.uint8))
        image.save(folder / f"compose-{name}.jpg", quality=90)


def main() -> None:
    """Everything, on scikit-image's photographs."""
    photographs = load_photographs(None)
    fidelity(photographs)
    seams(photographs)
    costs()


def _command_line() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--photos", type=Path, help="folder of photographs")
    parser.add_argument("--crops", type=Path, help="only write crops to look at into this folder")
    parser.add_argument("--cost", type=int, nargs=2, metavar=("WIDTH", "HEIGHT"), help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.cost:
        cost(*arguments.cost)
        return
    photographs = load_photographs(arguments.photos)
    if arguments.crops:
        write_crops(photographs, arguments.crops)
        return
    print(machine_line())  # noqa: T201  # a report on the terminal
    fidelity(photographs)
    seams(photographs)
    costs()


if __name__ == "__main__":
    _command_line()
