"""Make the shipped signature files from the published tables and gene-set files.

    python scripts/derive_signatures.py SOURCES GMT [--out signatures]

SOURCES holds the tables (TSV: gene, direction, weight, ...), GMT the MSigDB files, as named in
``scripts/signature_sources.yaml``. Symbols are mapped to approved ones by the shipped gene table.
The same input gives the same files, byte for byte.
"""

from __future__ import annotations

import argparse
import csv
import gzip
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import yaml

from atrasig.files import write_text
from atrasig.genes import GeneTable, load_gene_table
from atrasig.signatures import read_signature, table_hash

SOURCES_FILE = Path(__file__).with_name("signature_sources.yaml")
PREAMBLE = (
    "# Made by scripts/derive_signatures.py from scripts/signature_sources.yaml; edit there.\n"
)
VERSION = "1.0.0"
UNMAPPED = "not in the gene table; matched only by this exact text"
CURATED_LISTS = {"REACTOME_SIGNALING_BY_RETINOIC_ACID", "RARCC_FalkerGieske2021_table4"}
HEADER = ["id", "version", "title", "kind", "context", "scale", "source", "obtained", "derivation"]
HEADER += ["licence", "limits", "contradictions"]

Row = dict[str, Any]


def stands_in_two_lists(row: Mapping[str, str]) -> bool:
    """Two or more supporting lists."""
    return len(set(row["supporting_lists"].split(","))) >= 2


def stands_in_core(row: Mapping[str, str]) -> bool:
    """Two or more supporting lists, one of them a curated pathway or core table."""
    lists = set(row["supporting_lists"].split(","))
    return len(lists) >= 2 and bool(lists & CURATED_LISTS)


RULES: dict[str, Callable[[Mapping[str, str]], bool]] = {
    "all": bool,
    "core": stands_in_core,
    "two_lists": stands_in_two_lists,
}


def read_table(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as handle:
        return list(csv.DictReader(handle, delimiter="\t", quoting=csv.QUOTE_NONE))


def read_set(path: Path, name: str) -> list[str]:
    data = path.read_bytes()
    text = (gzip.decompress(data) if path.suffix == ".gz" else data).decode("utf-8")
    for line in text.splitlines():
        found, _, *genes = line.split("\t")
        if found == name:
            return [gene for gene in genes if gene]
    raise SystemExit(f"{path}: there is no set {name}")


def gene_row(row: Mapping[str, str], direction: str | None) -> Row:
    made: Row = {"gene": row["gene"], "direction": direction or row["direction"]}
    if row.get("weight"):
        made["weight"] = float(row["weight"])
    if row.get("supporting_lists"):
        made["note"] = "in " + ", ".join(row["supporting_lists"].split(","))
    return made


def gene_rows(entry: Mapping[str, Any], sources: Path, gmt: Path) -> list[Row]:
    """Read the gene rows of one signature as printed by its lists."""
    if "genes" in entry:
        return [dict(row) for row in entry["genes"]]
    if "gmt" in entry:
        genes = read_set(gmt / entry["gmt"], entry["set"])
        return [{"gene": gene, "direction": "up"} for gene in genes]
    keep = RULES[entry.get("rule", "all")]
    return [
        gene_row(row, part.get("direction"))
        for part in entry["lists"]
        for row in read_table(sources / part["tsv"])
        if keep(row)
    ]


def approved(row: Row, table: GeneTable) -> Row:
    """Put the approved symbol in place of the printed one, which is kept where it differs."""
    symbol = table.approve(row["gene"])
    made = {**row, "gene": symbol}
    if symbol != row["gene"]:
        made["printed"] = row["gene"]
    if symbol not in table.frame.index:
        made["note"] = f"{row['note']}; {UNMAPPED}" if row.get("note") else UNMAPPED
    return made


def completed(entry: Mapping[str, Any], families: Mapping[str, Any]) -> Row:
    """Add the fields of the family, limits of both, and the name of the set."""
    family = families.get(entry.get("family", ""), {})
    limits = [*entry.get("limits", ()), *family.get("limits", ())]
    made: Row = {"version": VERSION, "scale": "rank", **family, **entry, "limits": limits}
    name = entry.get("set", "")
    made["source"] = {key: text.replace("{SET}", name) for key, text in made["source"].items()}
    made["context"] = {"diseases": [], "tissues": [], "species": "human", **made.get("context", {})}
    made.setdefault("contradictions", [])
    return made


def render(entry: Mapping[str, Any], rows: list[Row]) -> str:
    """Write the YAML text of one signature."""
    header = {key: entry[key] for key in HEADER if entry.get(key) is not None}
    header["sha256"] = table_hash(
        (row["gene"], row["direction"], row.get("weight")) for row in rows
    )
    text = yaml.safe_dump(header, sort_keys=False, allow_unicode=True, width=100)
    lines = [
        "- "
        + yaml.safe_dump(
            row, sort_keys=False, allow_unicode=True, width=10**6, default_flow_style=True
        )
        for row in sorted(rows, key=lambda row: row["gene"])
    ]
    return f"{PREAMBLE}{text}genes:\n{''.join(lines)}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("sources", type=Path, help="folder of source tables")
    parser.add_argument("gmt", type=Path, help="folder of gene-set files")
    parser.add_argument("--out", type=Path, default=SOURCES_FILE.parents[1] / "signatures")
    options = parser.parse_args()
    plan = yaml.safe_load(SOURCES_FILE.read_text(encoding="utf-8"))
    table = load_gene_table()
    for listed in plan["signatures"]:
        entry = completed(listed, plan["families"])
        rows = gene_rows(entry, options.sources, options.gmt)
        path = options.out / entry.get("folder", "") / f"{entry['id']}.yaml"
        write_text(path, render(entry, [approved(row, table) for row in rows]))
        signature = read_signature(path)
        print(f"{signature.id}\t{len(signature.up)} up\t{len(signature.down)} down")


if __name__ == "__main__":
    main()
