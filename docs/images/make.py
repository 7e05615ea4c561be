"""Make the pictures of the pages (制作插图) from what the program writes today: `make pictures`.

Needs LibreOffice, poppler and Chromium; run it again when forms, reports or pages look different.
"""  # noqa: INP001 - a script beside what it makes

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path

from PIL import Image, ImageChops

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parents[1] / "tests" / "support"))

from artefacts import artefacts  # noqa: E402 - the files of the tests, found by the line above
from batch_folder import BATCH, ran  # noqa: E402
from browsers import BROWSER  # noqa: E402
from pictures import Page, laid_out  # noqa: E402
from samples import DEMO, SEED, check_bytes, check_data, example, macro_example  # noqa: E402

from toolkit.pipeline import Wanted, make_files  # noqa: E402

DOTS, BORDER, COLOURS = 80, 12, 64
# picture → its file, and the words that the pages in it begin with
PICTURES = {
    "填报表": (f"{DEMO}填报表.xlsx", ("部门整体支出绩效自评表",)),
    "自评报表": ("示例自评报表.xlsx", ("部门整体支出绩效评价基础数据表", "部门整体支出绩效自评表")),
    "自评报告": ("示例自评报告.docx", ("示例县数据服务中心（示例）", "1.产出指标")),
    "汇总表-报送情况": ("汇总表.xlsx", ("2023年度绩效自评报送情况",)),
    "汇总表-汇总": ("汇总表.xlsx", ("2023年度绩效自评汇总（",)),
    "通报": ("通报.docx", ("关于2023年度部门整体支出绩效自评",)),
    "宏按钮": ("宏.xlsm", ("2023年度部门整体支出绩效自评填报表", "序号规则")),
}


def main() -> None:
    """Lay everything out once and cut the pages out of it."""
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        result, _ = ran(BATCH, folder / "批量")
        files = artefacts(folder, result, folder / "批量")
        files["宏.xlsm"] = make_files(check_bytes(macro_example(SEED)), ".xlsm")["审核反馈.xlsm"]
        (folder / "版面").mkdir()
        wanted = {name: files[name] for name, _ in PICTURES.values()}
        pages = laid_out(wanted, folder / "版面")
        for picture, (name, beginnings) in PICTURES.items():
            numbers = [_page(pages[name], words) for words in beginnings]
            cut = [_drawn((folder / "版面" / name).with_suffix(".pdf"), number) for number in numbers]
            _save(_side_by_side(cut), picture)
        _save(_screen(folder), "结果页")


def _page(pages: list[Page], words: str) -> int:
    return next(i for i, page in enumerate(pages, 1) if any(line.startswith(words) for line in page.lines[:4]))


def _drawn(pdf: Path, number: int) -> Image.Image:
    target = pdf.with_name(f"{pdf.stem}-{number}")
    words = ["pdftoppm", "-r", str(DOTS), "-f", str(number), "-l", str(number), "-singlefile", "-png", pdf, target]
    subprocess.run(words, check=True)  # noqa: S603 - poppler, on files of our own
    return _trimmed(Image.open(target.with_suffix(".png")).convert("RGB"))


def _trimmed(image: Image.Image) -> Image.Image:
    """Without its white edges."""
    box = ImageChops.difference(image, Image.new("RGB", image.size, "white")).getbbox() or (0, 0, *image.size)
    cut = image.crop(box)
    made = Image.new("RGB", (cut.width + 2 * BORDER, cut.height + 2 * BORDER), "white")
    made.paste(cut, (BORDER, BORDER))
    return made


def _side_by_side(images: list[Image.Image]) -> Image.Image:
    made = Image.new("RGB", (sum(i.width for i in images), max(i.height for i in images)), "white")
    left = 0
    for image in images:
        made.paste(image, (left, 0))
        left += image.width
    return made


def _screen(folder: Path) -> Image.Image:
    """结果.html as a browser shows it."""
    page, target = folder / "结果.html", folder / "结果.png"
    page.write_bytes(make_files(check_data(example(SEED)), wanted=Wanted(html=True))["结果.html"])
    options = ("--headless", "--no-sandbox", "--hide-scrollbars", "--window-size=1000,900", f"--screenshot={target}")
    subprocess.run([str(BROWSER), *options, page.as_uri()], check=True, capture_output=True)  # noqa: S603 - Chromium
    return _trimmed(Image.open(target).convert("RGB"))


def _save(image: Image.Image, name: str) -> None:
    image.quantize(COLOURS).save(HERE / f"{name}.png", optimize=True)


if __name__ == "__main__":
    main()
