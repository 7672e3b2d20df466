"""Write the files that follow from the code: JSON schemas, default config, sheet of the demo.

Run from anywhere: ``python scripts/generate_config.py``.
"""

from __future__ import annotations

from pathlib import Path

from atrasig.config import config_schema, default_yaml
from atrasig.files import canonical_json, write_text
from atrasig.report import record_schema
from atrasig.sheet import sheet_schema

ROOT = Path(__file__).resolve().parents[1]
DEMO_SHEET = ROOT / "config" / "demo" / "samples.tsv"


def generated() -> dict[str, str]:
    """Return the text of every generated file, by path below the repository root."""
    texts = {
        "workflow/schemas/config.schema.json": canonical_json(config_schema()),
        "workflow/schemas/samples.schema.json": canonical_json(sheet_schema()),
        "workflow/schemas/record.schema.json": canonical_json(record_schema()),
        "config/config.yaml": default_yaml({"samples": "config/samples.tsv"}),
    }
    if DEMO_SHEET.is_file():
        texts["config/samples.tsv"] = first_sheet(DEMO_SHEET.read_text(encoding="utf-8"))
    return texts


def first_sheet(demo: str) -> str:
    """Rewrite the demo's sheet as seen from the folder above it."""
    lines = demo.splitlines()
    header = next(i for i, line in enumerate(lines) if line and not line.startswith("#"))
    column = lines[header].split("\t").index("matrix")
    for i in range(header + 1, len(lines)):
        cells = lines[i].split("\t")
        if lines[i].strip() and not lines[i].startswith("#"):
            cells[column] = f"demo/{cells[column]}"
            lines[i] = "\t".join(cells)
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    for name, text in generated().items():
        write_text(ROOT / name, text)
        print(name)
