"""Tiny folders in the layouts of benchmarks: pictures of one colour, boxes as text."""

from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np

BOXES = ((10, 12, 20, 24), (11, 12, 20, 24), (12, 13, 20, 24), (13, 14, 20, 24))


def images(folder: Path, count: int, first: int = 1, digits: int = 8, suffix: str = ".jpg") -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for number in range(first, first + count):
        picture = np.full((48, 64, 3), number % 250, dtype=np.uint8)
        cv2.imwrite(str(folder / f"{number:0{digits}d}{suffix}"), picture)


def text(path: Path, lines: Sequence[str]) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
    return path


def rows(mark: str = ",", boxes: Sequence[Sequence[float]] = BOXES) -> list[str]:
    return [mark.join(f"{value:g}" for value in box) for box in boxes]


def got10k(root: Path) -> Path:
    for name in ("GOT-10k_Val_000001", "GOT-10k_Val_000002"):
        folder = root / "val" / name
        images(folder, 4)
        text(folder / "groundtruth.txt", rows())
        text(folder / "cover.label", ["8", "0", "8", "8"])
        text(folder / "cut_by_image.label", ["0", "1", "0", "0"])
    text(root / "val" / "list.txt", ["GOT-10k_Val_000001", "GOT-10k_Val_000002"])
    return root


def lasot(root: Path) -> Path:
    for name in ("airplane-1", "airplane-2", "bear-1"):
        folder = root / name.split("-")[0] / name
        images(folder / "img", 4)
        text(folder / "groundtruth.txt", rows())
        text(folder / "full_occlusion.txt", ["0,0,1,0"])
        text(folder / "out_of_view.txt", ["0,1,0,0"])
    text(root / "att" / "bear-1.txt", ["1,0,0,0,0,0,0,0,0,0,1,0,0,0"])
    text(root / "testing_set.txt", ["airplane-2", "bear-1"])
    return root


def otb(root: Path) -> Path:
    images(root / "Basketball" / "img", 4, digits=4)
    text(root / "Basketball" / "groundtruth_rect.txt", rows("\t"))
    images(root / "BlurCar1" / "img", 4, first=247, digits=4)
    text(root / "BlurCar1" / "groundtruth_rect.txt", rows(" "))
    images(root / "Jogging" / "img", 4, digits=4)
    text(root / "Jogging" / "groundtruth_rect.1.txt", rows())
    text(root / "Jogging" / "groundtruth_rect.2.txt", rows())
    images(root / "Skating2-1" / "img", 4, digits=4)
    text(root / "Skating2-1" / "groundtruth_rect.txt", rows())
    text(root / "Skating2-2" / "groundtruth_rect.txt", rows())
    images(root / "David" / "img", 310, digits=4)
    text(root / "David" / "groundtruth_rect.txt", rows(boxes=BOXES * 2))
    images(root / "Tiger1" / "img", 9, digits=4)
    text(root / "Tiger1" / "groundtruth_rect.txt", rows(boxes=(*BOXES, *BOXES, BOXES[0])))
    return root


def uav123(root: Path) -> Path:
    boxes = root / "anno" / "UAV123"
    images(root / "data_seq" / "UAV123" / "bike1", 4, digits=6)
    text(boxes / "bike1.txt", [rows()[0], "NaN,NaN,NaN,NaN", *rows()[2:]])
    text(boxes / "att" / "bike1.txt", ["0,0,1,0,0,0,0,0,0,0,0,1"])
    images(root / "data_seq" / "UAV123" / "car8", 1360, digits=6)
    text(boxes / "car8_2.txt", rows())
    return root


def tnl2k(root: Path) -> Path:
    images(root / "test_001", 0)
    images(root / "test_001" / "imgs", 4, digits=5, suffix=".png")
    text(root / "test_001" / "groundtruth.txt", rows())
    text(root / "test_001" / "attributes.txt", ["1,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,1"])
    return root


def trackingnet(root: Path) -> Path:
    for number in ("0-6LB4FqxoE_0", "1-0"):
        images(root / "TEST" / "frames" / number, 11, first=0, digits=1)
        text(root / "TEST" / "anno" / f"{number}.txt", rows()[:1])
    return root


def nfs(root: Path) -> Path:
    folder = root / "airboard_1" / "30"
    images(folder / "airboard_1", 3, digits=5)
    lines = [f'0 {n} 5 {n + 10} 25 {n} {int(n == 16)} 0 0 "ball"' for n in range(24)]
    text(folder / "airboard_1.txt", lines)
    return root


def folder(root: Path) -> Path:
    images(root / "mine", 4, digits=2, suffix=".png")
    text(root / "mine" / "groundtruth.txt", rows(";"))
    return root
