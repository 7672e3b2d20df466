"""Workbooks of the formats that are read, made by hand: no library here writes them."""

from __future__ import annotations

import io
import struct
import zipfile
from collections.abc import Sequence
from xml.sax.saxutils import escape, quoteattr

Cell = str | float | bool | tuple[str, str] | None
"""A value, or ("date", ISO), ("error", TEXT), ("formula", TEXT): one without a stored value."""
Sheets = dict[str, Sequence[Sequence[Cell]]]

_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_DOCUMENT = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_EPOCH = 25569  # 1970-01-01 in days of Excel


def letters(column: int) -> str:
    name = ""
    while column >= 0:
        column, rest = divmod(column, 26)
        name, column = chr(65 + rest) + name, column - 1
    return name


def serial(date: str) -> int:
    import datetime

    return (datetime.date.fromisoformat(date) - datetime.date(1970, 1, 1)).days + _EPOCH


def _xlsx_cell(place: str, cell: Cell) -> str:
    match cell:
        case None:
            return ""
        case bool():
            return f'<c r="{place}" t="b"><v>{int(cell)}</v></c>'
        case ("date", text):
            return f'<c r="{place}" s="1"><v>{serial(text)}</v></c>'
        case ("error", text):
            return f'<c r="{place}" t="e"><v>{text}</v></c>'
        case ("formula", text):
            return f'<c r="{place}"><f>{escape(text)}</f></c>'
        case str():
            text = f'<t xml:space="preserve">{escape(cell)}</t>'
            return f'<c r="{place}" t="inlineStr"><is>{text}</is></c>'
        case _:
            return f'<c r="{place}"><v>{cell!r}</v></c>'


def xlsx_rows(rows: Sequence[Sequence[Cell]]) -> str:
    made = []
    for number, row in enumerate(rows, start=1):
        cells = (_xlsx_cell(f"{letters(n)}{number}", cell) for n, cell in enumerate(row))
        made.append(f'<row r="{number}">{"".join(cells)}</row>')
    return "".join(made)


def xlsx(sheets: Sheets | dict[str, str]) -> bytes:
    """Make xlsx; a sheet may also be given as the XML of its rows."""
    names = list(sheets)
    numbered = list(enumerate(names, start=1))
    listed = "".join(
        f'<sheet name={quoteattr(name)} sheetId="{n}" r:id="rId{n}"/>' for n, name in numbered
    )
    relations = "".join(
        f'<Relationship Id="rId{n}" Type="{_DOCUMENT}/worksheet" Target="worksheets/s{n}.xml"/>'
        for n, _ in numbered
    )
    parts = {
        "[Content_Types].xml": f'<Types xmlns="{_PACKAGE}/content-types">'
        '<Default Extension="xml" ContentType="application/xml"/></Types>',
        "_rels/.rels": f'<Relationships xmlns="{_PACKAGE}/relationships"><Relationship Id="r" '
        f'Type="{_DOCUMENT}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
        "xl/workbook.xml": f'<workbook xmlns="{_MAIN}" xmlns:r="{_DOCUMENT}"><sheets>{listed}'
        "</sheets></workbook>",
        "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{_PACKAGE}/relationships">'
        f'{relations}<Relationship Id="styles" Type="{_DOCUMENT}/styles" Target="styles.xml"/>'
        "</Relationships>",
        "xl/styles.xml": f'<styleSheet xmlns="{_MAIN}"><cellXfs count="2"><xf numFmtId="0"/>'
        '<xf numFmtId="16" applyNumberFormat="1"/></cellXfs></styleSheet>',
    }
    for n, name in numbered:
        rows = sheets[name]
        data = rows if isinstance(rows, str) else xlsx_rows(rows)
        parts[f"xl/worksheets/s{n}.xml"] = (
            f'<worksheet xmlns="{_MAIN}"><sheetData>{data}</sheetData></worksheet>'
        )
    return _zip({name: text.encode() for name, text in parts.items()})


def ods(sheets: Sheets) -> bytes:
    """Make ods of texts and numbers."""
    urn = "urn:oasis:names:tc:opendocument:xmlns"
    tables = ""
    for name, rows in sheets.items():
        tables += f"<table:table table:name={quoteattr(name)}>"
        for row in rows:
            tables += f"<table:table-row>{''.join(map(_ods_cell, row))}</table:table-row>"
        tables += "</table:table>"
    content = (
        f'<office:document-content xmlns:office="{urn}:office:1.0" xmlns:table="{urn}:table:1.0" '
        f'xmlns:text="{urn}:text:1.0"><office:body><office:spreadsheet>{tables}'
        "</office:spreadsheet></office:body></office:document-content>"
    )
    kind = "application/vnd.oasis.opendocument.spreadsheet"
    manifest = (
        f'<manifest:manifest xmlns:manifest="{urn}:manifest:1.0"><manifest:file-entry '
        f'manifest:full-path="/" manifest:media-type="{kind}"/></manifest:manifest>'
    )
    parts = {"mimetype": kind, "META-INF/manifest.xml": manifest, "content.xml": content}
    return _zip({name: text.encode() for name, text in parts.items()})


def _ods_cell(cell: Cell) -> str:
    if cell is None:
        return "<table:table-cell/>"
    if isinstance(cell, str):
        return (
            '<table:table-cell office:value-type="string">'
            f"<text:p>{escape(cell)}</text:p></table:table-cell>"
        )
    return f'<table:table-cell office:value-type="float" office:value="{cell!r}"/>'


def xlsb(name: str, rows: Sequence[Sequence[str | float]]) -> bytes:
    """Make xlsb of texts and numbers: records of a number, a length and data."""
    extent = struct.pack("<IIII", 0, len(rows) - 1, 0, len(rows[0]) - 1)
    sheet = _record(129) + _record(148, extent) + _record(145)
    for number, row in enumerate(rows):
        sheet += _record(0, struct.pack("<I", number) + bytes(21))
        for column, cell in enumerate(row):
            head = struct.pack("<II", column, 0)
            if isinstance(cell, str):
                sheet += _record(6, head + _wide(cell))
            else:
                sheet += _record(5, head + struct.pack("<d", cell))
    sheet += _record(146) + _record(130)
    listed = _record(156, struct.pack("<II", 0, 1) + _wide("rId1") + _wide(name))
    book = _record(131) + _record(143) + listed + _record(144) + _record(132)
    relations = (
        f'<Relationships xmlns="{_PACKAGE}/relationships"><Relationship Id="rId1" '
        f'Type="{_DOCUMENT}/worksheet" Target="worksheets/sheet1.bin"/></Relationships>'
    )
    types = f'<Types xmlns="{_PACKAGE}/content-types"></Types>'
    return _zip(
        {
            "[Content_Types].xml": types.encode(),
            "xl/workbook.bin": book,
            "xl/_rels/workbook.bin.rels": relations.encode(),
            "xl/worksheets/sheet1.bin": sheet,
        }
    )


def _record(number: int, data: bytes = b"") -> bytes:
    def packed(value: int) -> bytes:
        parts = bytearray()
        while value > 0x7F:
            parts.append(value & 0x7F | 0x80)
            value >>= 7
        return bytes([*parts, value])

    # Record numbers above 127 are stored as two bytes that already carry the mark.
    kind = bytes([number & 0x7F | 0x80, number >> 7]) if number > 0x7F else bytes([number])
    return kind + packed(len(data)) + data


def _wide(text: str) -> bytes:
    return struct.pack("<I", len(text)) + text.encode("utf-16-le")


def _zip(parts: dict[str, bytes]) -> bytes:
    stored = io.BytesIO()
    with zipfile.ZipFile(stored, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in parts.items():
            archive.writestr(name, data)
    return stored.getvalue()
