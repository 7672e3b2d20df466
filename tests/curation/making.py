"""TEST tables of genes: drawn with a seed from the gene table, published by nobody."""

from __future__ import annotations

import random
import zipfile
from collections.abc import Sequence
from html import escape
from pathlib import Path

from atrasig.genes import load_gene_table


def drawn_rows(n: int, seed: int = 1) -> list[list[str]]:
    """Header and `n` rows of real approved symbols with directions drawn at random."""
    table = load_gene_table()
    generator = random.Random(seed)
    genes = generator.sample(sorted(table.coding), n)
    return [["gene", "direction"]] + [[g, generator.choice(["up", "down"])] for g in genes]


def write_xlsx(path: Path, sheets: dict[str, Sequence[Sequence[object]]]) -> Path:
    """A workbook of texts and numbers; a pair ("date", serial) becomes a cell shown as a date."""
    names = list(sheets)
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(
            "[Content_Types].xml", _TYPES.format("".join(map(_override, range(1, len(names) + 1))))
        )
        archive.writestr("_rels/.rels", _RELS)
        listed = "".join(
            f'<sheet name="{escape(name)}" sheetId="{n}" r:id="rId{n}"/>'
            for n, name in enumerate(names, 1)
        )
        archive.writestr("xl/workbook.xml", _BOOK.format(listed))
        related = "".join(_RELATION.format(n=n) for n in range(1, len(names) + 1))
        archive.writestr("xl/_rels/workbook.xml.rels", _BOOK_RELS.format(related))
        archive.writestr("xl/styles.xml", _STYLES)
        for n, name in enumerate(names, 1):
            archive.writestr(f"xl/worksheets/sheet{n}.xml", _sheet(sheets[name]))
    return path


def _sheet(rows: Sequence[Sequence[object]]) -> str:
    lines = []
    for number, row in enumerate(rows, 1):
        cells = "".join(_cell(f"{chr(65 + i)}{number}", value) for i, value in enumerate(row))
        lines.append(f'<row r="{number}">{cells}</row>')
    return f'<worksheet xmlns="{_MAIN}"><sheetData>{"".join(lines)}</sheetData></worksheet>'


def _cell(place: str, value: object) -> str:
    if isinstance(value, tuple):
        return f'<c r="{place}" s="1"><v>{value[1]}</v></c>'
    if isinstance(value, int | float):
        return f'<c r="{place}"><v>{value}</v></c>'
    return f'<c r="{place}" t="inlineStr"><is><t>{escape(str(value))}</t></is></c>'


def _override(number: int) -> str:
    kind = "application/vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml"
    return f'<Override PartName="/xl/worksheets/sheet{number}.xml" ContentType="{kind}"/>'


_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_BOOK_KIND = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"
_STYLE_KIND = "application/vnd.openxmlformats-officedocument.spreadsheetml.styles+xml"
_TYPES = (
    f'<Types xmlns="{_PACKAGE}/content-types"><Default Extension="rels" ContentType='
    '"application/vnd.openxmlformats-package.relationships+xml"/><Default Extension="xml" '
    f'ContentType="application/xml"/><Override PartName="/xl/workbook.xml" '
    f'ContentType="{_BOOK_KIND}"/>'
    f'<Override PartName="/xl/styles.xml" ContentType="{_STYLE_KIND}"/>{{}}</Types>'
)
_RELS = (
    f'<Relationships xmlns="{_PACKAGE}/relationships"><Relationship Id="rId1" '
    f'Type="{_OFFICE}/officeDocument" Target="xl/workbook.xml"/></Relationships>'
)
_BOOK = f'<workbook xmlns="{_MAIN}" xmlns:r="{_OFFICE}"><sheets>{{}}</sheets></workbook>'
_BOOK_RELS = (
    f'<Relationships xmlns="{_PACKAGE}/relationships">{{}}<Relationship Id="rId99" '
    f'Type="{_OFFICE}/styles" Target="styles.xml"/></Relationships>'
)
_RELATION = (
    f'<Relationship Id="rId{{n}}" Type="{_OFFICE}/worksheet" Target="worksheets/sheet{{n}}.xml"/>'
)
_STYLES = (
    f'<styleSheet xmlns="{_MAIN}"><fonts count="1"><font/></fonts><fills count="1"><fill/></fills>'
    '<borders count="1"><border/></borders><cellStyleXfs count="1"><xf/></cellStyleXfs>'
    '<cellXfs count="2"><xf numFmtId="0"/><xf numFmtId="16" applyNumberFormat="1"/></cellXfs>'
    "</styleSheet>"
)
