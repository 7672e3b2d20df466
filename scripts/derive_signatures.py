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
import re
from collections.abc import Callable, Mapping, Sequence
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
HEADER = ["id", "version", "title", "kind", "atra_roles", "context", "scale", "source", "obtained"]
HEADER += ["derivation", "licence", "limits", "contradictions"]
SOURCE = ["citation", "doi", "pmid", "accession", "table", "address"]
SPREADSHEET_DATE = re.compile(r"\d{2}-[A-Z][a-z]{2}")

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


def list_rows(part: Mapping[str, str], sources: Path, gmt: Path) -> list[Mapping[str, str]]:
    """Read one list: a set of a GMT file, or a table."""
    if "gmt" in part:
        return [{"gene": gene} for gene in read_set(gmt / part["gmt"], part["set"])]
    return list(read_table(sources / part["tsv"]))


def gene_rows(entry: Mapping[str, Any], sources: Path, gmt: Path) -> list[Row]:
    """Read the gene rows of one signature as printed by its lists."""
    if "genes" in entry:
        return [dict(row) for row in entry["genes"]]
    keep = RULES[entry.get("rule", "all")]
    return [
        gene_row(row, part.get("direction"))
        for part in entry["lists"]
        for row in list_rows(part, sources, gmt)
        if keep(row)
    ]


def settled(rows: Sequence[Row]) -> tuple[list[Row], str]:
    """Keep each gene once, and leave out what no gene can be told from.

    A gene that the lists repeat in one direction is kept once. A gene listed in both directions and
    a name that a spreadsheet turned into an ambiguous date are left out. The second value says so,
    and is empty where nothing of the kind occurs.
    """
    directions: dict[str, set[str]] = {}
    for row in rows:
        directions.setdefault(row["gene"], set()).add(row["direction"])
    both = sorted(gene for gene, found in directions.items() if len(found) > 1)
    dates = sorted(gene for gene in directions if SPREADSHEET_DATE.fullmatch(gene))
    kept = {row["gene"]: row for row in reversed(rows) if row["gene"] not in {*both, *dates}}
    repeats = sum(row["gene"] in kept for row in rows) - len(kept)
    said = [f"{repeats} repeated lines of the source are kept once"] if repeats else []
    said += [f"left out, as they are listed up and down: {', '.join(both)}"] if both else []
    said += [f"left out, as a spreadsheet made a date of the name: {', '.join(dates)}"] * bool(
        dates
    )
    return list(kept.values()), "; ".join(said)


def approved(row: Row, table: GeneTable) -> Row:
    """Put the approved symbol in place of the printed one, which is kept where it differs."""
    symbol = table.approve(row["gene"])
    made = {**row, "gene": symbol}
    if symbol != row["gene"]:
        made["printed"] = row["gene"]
    if symbol not in table.frame.index:
        made["note"] = f"{row['note']}; {UNMAPPED}" if row.get("note") else UNMAPPED
    return made


def filled(value: Any, name: str) -> Any:
    """Put the name of the set in place of ``{SET}``, at any depth."""
    if isinstance(value, Mapping):
        return {key: filled(item, name) for key, item in value.items()}
    if isinstance(value, list):
        return [filled(item, name) for item in value]
    return value.replace("{SET}", name) if isinstance(value, str) else value


def completed(entry: Mapping[str, Any], families: Mapping[str, Any]) -> Row:
    """Add the fields of the family, sources and limits of both, and the name of the set."""
    family = families.get(entry.get("family", ""), {})
    limits = [*entry.get("limits", ()), *family.get("limits", ())]
    given = {**family.get("source", {}), **entry.get("source", {})}
    source = {key: given[key] for key in SOURCE if key in given}
    made: Row = {"version": VERSION, "scale": "rank", **family, **entry}
    made |= {"limits": limits, "source": source}
    made = filled(made, entry.get("set", ""))
    if "gmt" in made:
        made["lists"] = [{"gmt": made["gmt"], "set": made["set"], "direction": "up"}]
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
        printed = gene_rows(entry, options.sources, options.gmt)
        rows, said = settled([approved(row, table) for row in printed])
        if said:
            entry["derivation"] = f"{entry.get('derivation', 'As published')}; {said}."
        path = options.out / entry.get("folder", "") / f"{entry['id']}.yaml"
        write_text(path, render(entry, rows))
        signature = read_signature(path)
        print(f"{signature.id}\t{len(signature.up)} up\t{len(signature.down)} down")


if __name__ == "__main__":
    main()
