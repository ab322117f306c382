"""
Cut the DejaVu fonts down to the letters that forms need.

    python tests/fonts.py /usr/share/fonts/truetype/dejavu

Needs fontTools, which the program itself does not: it reads what this leaves
behind, the fonts and the widths of their letters.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

from fontTools import subset
from fontTools.ttLib import TTFont

from mailer.forms.font import ALPHABET

HERE = Path(__file__).parents[1] / "mailer" / "forms" / "fonts"
FONTS = ("DejaVuSansCondensed", "DejaVuSansCondensed-Bold")


def main(source: Path) -> None:
    """Write the fonts and metrics.json."""
    metrics = {}
    for name in FONTS:
        options = subset.Options(
            hinting=False, glyph_names=True, layout_features=[], notdef_outline=True
        )
        options.name_IDs = ["*"]  # the licence is among them
        options.drop_tables += ["MATH", "FFTM", "gasp", "GSUB", "GPOS", "GDEF", "kern"]
        font = TTFont(source / f"{name}.ttf", recalcTimestamp=False)
        cut = subset.Subsetter(options)
        cut.populate(text="".join(ALPHABET))
        cut.subset(font)
        font.save(HERE / f"{name}.ttf", reorderTables=True)
        metrics[name] = _metrics(font)
    text = json.dumps(metrics, ensure_ascii=False, indent=0, sort_keys=True)
    (HERE / "metrics.json").write_text(text + "\n", "utf-8")


def _metrics(font: TTFont) -> dict[str, object]:
    """Return what a PDF says about the font, in thousandths of its size."""
    unit = font["head"].unitsPerEm
    letters = font.getBestCmap()
    head = font["head"]
    return {
        "ascent": font["hhea"].ascent * 1000 // unit,
        "descent": font["hhea"].descent * 1000 // unit,
        "box": [n * 1000 // unit for n in (head.xMin, head.yMin, head.xMax, head.yMax)],
        "widths": {
            letter: font["hmtx"][letters[ord(letter)]][0] * 1000 // unit
            for letter in ALPHABET
            if ord(letter) in letters
        },
    }


if __name__ == "__main__":
    main(Path(sys.argv[1]))
