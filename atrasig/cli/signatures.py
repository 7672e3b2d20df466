"""Commands on signatures: look at them, check them, bring in your own."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from atrasig.cli import options
from atrasig.cli.printing import print_table, shortened
from atrasig.cli.sources import show_modifiers, trace_genes

if TYPE_CHECKING:
    from atrasig.signatures import Signature, SignatureSet

_KINDS = (
    "sensitivity", "response", "differentiation", "stemness", "pathway", "modifier", "marker",
    "subtype",
)  # fmt: skip
_kind = click.option("--kind", type=click.Choice(_KINDS), help="Only signatures of this kind.")
_ROLES = ("autophagy", "differentiation", "angiogenesis", "apoptosis", "immune")
_LISTED = ("signature", "kind", "roles", "up", "down", "source", "licence", "title")
_NUMBERS = ("signature", "signature", "shared", "same", "opposite", "jaccard", "coefficient")


@click.group()
def signatures() -> None:
    """Look at signatures, check them, bring in your own."""


signatures.add_command(show_modifiers)
signatures.add_command(trace_genes)


@signatures.command("list", epilog="Example: atrasig signatures list --kind response")
@_kind
@click.option(
    "--role", type=click.Choice(_ROLES),
    help="Only those of a role of ATRA, and its markers; apoptosis includes cycle and "
    "proliferation.",
)  # fmt: skip
@options.signatures
def list_signatures(kind: str | None, role: str | None, signatures: tuple[Path, ...]) -> None:
    """List signatures: kind, genes up and down, source, licence; `*` marks those of your library.

    A file of your library that cannot be used is named, and the others are listed.
    """
    from atrasig.signatures import load_markers, load_signatures
    from atrasig.signatures.loading import read_library

    installed, broken = read_library()
    own = {signature.id for signature in installed.values()}
    found = load_signatures().with_added(installed.values())
    found = found.with_added(load_signatures(signatures) if signatures else ())
    rows = [
        _listed(entry, own)
        for entry in found
        if kind in (None, entry.kind) and role in (None, *entry.atra_roles)
    ]
    print_table([_LISTED, *rows])
    if role:
        markers = [m for m in load_markers() if role in m.atra_roles]
        click.echo("markers  " + ", ".join(f"{m.gene} ({m.direction})" for m in markers))
    for error in broken:
        click.echo(f"atrasig: error: {error}", err=True)
    if broken:
        raise click.exceptions.Exit(1)


def _listed(entry: Signature, own: set[str]) -> tuple[str, ...]:
    source = entry.source
    names = {"doi": source.doi, "pmid": source.pmid}
    cited = next((f"{key}:{name}" for key, name in names.items() if name), source.citation)
    return (
        f"{entry.id}{'*' if entry.id in own else ''}",
        entry.kind,
        ", ".join(entry.atra_roles),
        str(len(entry.up)),
        str(len(entry.down)),
        shortened(cited, 40),
        shortened(entry.licence, 30),
        entry.title,
    )


@signatures.command("show", epilog="Example: atrasig signatures show retinoid_response_core")
@click.argument("identifier", metavar="ID")
@click.option("--json", "as_json", is_flag=True, help="All of it as JSON.")
@options.signatures
def show_signature(identifier: str, signatures: tuple[Path, ...], **form: bool) -> None:
    """Show one signature: where it can be read, its limits and its genes."""
    from atrasig.files import canonical_json
    from atrasig.signatures import load_with_shipped
    from atrasig.signatures.rendering import describe

    found = load_with_shipped(signatures)[identifier]
    if form["as_json"]:
        click.echo(canonical_json(found.model_dump(mode="json", exclude_none=True)), nl=False)
    else:
        click.echo(describe(found), nl=False)


@signatures.command("check", epilog="Example: atrasig signatures check my_signatures/")
@click.argument("paths", nargs=-1, type=options.PATH)
def check_signatures(paths: tuple[Path, ...]) -> None:
    """Check files of signatures, by default all that is shipped and your library.

    Every fault is printed with its file and line; the exit code is 1 where there is one.
    """
    from atrasig.curation.check import check_files, check_shipped
    from atrasig.signatures.library import library_files

    checks = {str(path): check_files([path]) for path in paths}
    if not paths:
        checks["shipped"] = check_shipped()
        if own := library_files():
            checks["your library"] = check_files(own)
    for name, checked in checks.items():
        for finding in checked.findings:
            click.echo(finding)
        click.echo(f"{name}: {checked.summary}")
    if any(checked.findings for checked in checks.values()):
        raise click.exceptions.Exit(1)


@signatures.command("export", epilog="Example: atrasig signatures export --gmt all.gmt")
@click.argument("ids", nargs=-1, metavar="[ID]...")
@click.option("--gmt", type=options.PATH, help="GMT; up and down genes become ID_UP and ID_DN.")
@click.option("--tsv", type=options.PATH, help="Table of one gene a line.")
@click.option("--json", type=options.PATH, help="All that is known of each signature.")
@_kind
@options.signatures
def export_signatures(
    ids: tuple[str, ...], kind: str | None, signatures: tuple[Path, ...], **files: Path | None
) -> None:
    """Write signatures, all or those named, to other files."""
    from atrasig.signatures import write_gmt
    from atrasig.signatures.export import write_json, write_tsv

    writers = {"gmt": write_gmt, "tsv": write_tsv, "json": write_json}
    wanted = {writers[name]: path for name, path in files.items() if path is not None}
    if not wanted:
        raise click.UsageError("Name a file: --gmt, --tsv or --json.")
    found = _chosen(ids, kind, signatures)
    for write, path in wanted.items():
        write(path, found)
        click.echo(f"{path}: {len(found)} signatures")


@signatures.command("overlap", epilog="Example: atrasig signatures overlap --out shared.tsv")
@click.argument("ids", nargs=-1, metavar="[ID]...")
@click.option("--out", type=options.PATH, help="Write the matrix to a TSV file.")
@click.option(
    "--measure", default="shared", show_default=True,
    type=click.Choice(["shared", "jaccard", "coefficient"]),
    help="Of the matrix: genes in both, these over genes in either, or over the smaller list.",
)  # fmt: skip
@click.option("--top", default=20, show_default=True, type=click.IntRange(1), help="Pairs shown.")
@_kind
@options.signatures
def overlap_signatures(
    ids: tuple[str, ...], kind: str | None, signatures: tuple[Path, ...], **settings: Any
) -> None:
    """Show which signatures share most genes; with --out write the whole matrix.

    Shared genes are counted whatever their direction; `same` and `opposite` say how many of them
    have one direction in both lists, and how many the contrary.
    """
    from atrasig.files import write_text
    from atrasig.signatures.overlap import matrix_text, overlaps

    found = _chosen(ids, kind, signatures)
    if settings["out"]:
        write_text(settings["out"], matrix_text(found, settings["measure"]))
        click.echo(f"{settings['out']}: {len(found)} x {len(found)}, {settings['measure']}")
        return
    pairs = sorted(
        (pair for pair in overlaps(found) if pair.shared),
        key=lambda pair: (-pair.jaccard, pair.first, pair.second),
    )
    rows = [
        (
            f"{pair.first} ({pair.n_first})", f"{pair.second} ({pair.n_second})",
            str(pair.shared), str(pair.same), str(pair.opposite),
            f"{pair.jaccard:.3f}", f"{pair.coefficient:.3f}",
        )
        for pair in pairs[: settings["top"]]
    ]  # fmt: skip
    print_table([_NUMBERS, *rows])
    click.echo(f"{len(pairs)} pairs share a gene; `coefficient` is over the smaller list.")


def _chosen(ids: Sequence[str], kind: str | None, paths: Sequence[Path]) -> SignatureSet:
    from atrasig.signatures import SignatureSet, load_with_shipped

    every = load_with_shipped(paths)
    found = every.select(ids) if ids else every
    return SignatureSet(entry for entry in found if kind in (None, entry.kind))


@signatures.command(
    "import",
    epilog="Example: atrasig signatures import --as guarrera2023-gastric42 table.xlsx",
)
@click.argument("file", type=options.PATH)
@click.option("--id", help="Id of the signature; by default its name in the file.")
@click.option("--as", "slot", metavar="SLOT", help="Fill the slot of a published model.")
@click.option("--set", "sets", multiple=True, help="Set of a file of several; repeatable.")
@click.option("--pair", is_flag=True, help="NAME_UP and NAME_DN are one signature.")
@click.option("--title", help="One line for reports.")
@click.option("--kind", type=click.Choice(_KINDS), help="Default: pathway.")
@click.option("--citation", help="Where the list can be read.")
@click.option("--doi")
@click.option("--pmid")
@click.option("--licence", help="Terms of the list; default: none stated.")
@click.option("--scale", type=click.Choice(["rank", "log2"]), help="Scale the weights are for.")
@click.option("--worksheet", help="Worksheet of a workbook.")
@click.option("--out", type=options.PATH, help="Write this YAML file instead of your library.")
@click.option("--replace", is_flag=True, help="Overwrite a signature of your library.")
def import_signature(file: Path, **stated: Any) -> None:
    """Bring gene lists into your library, from where every run reads them.

    FILE is a table (TSV, CSV, Excel: gene, and direction or a signed weight), GMT, or the JSON or
    XML of MSigDB; its content decides. The library is the folder $ATRASIG_SIGNATURES, by default
    atrasig/signatures in your data folder.
    """
    from atrasig.curation.importing import ImportOptions, import_signatures

    given = {key: value for key, value in stated.items() if value is not None}
    for entry in import_signatures(file, ImportOptions(**given)):
        made = entry.finished.signature
        click.echo(f"{made.id}: {len(made.up)} up, {len(made.down)} down -> {entry.file}")
        for message in entry.finished.messages:
            click.echo(f"  {message}")


@signatures.command("remove", epilog="Example: atrasig signatures remove my_list")
@click.argument("identifier", metavar="ID")
def remove_signature(identifier: str) -> None:
    """Remove a signature from your library."""
    from atrasig.signatures.library import remove

    click.echo(f"removed {remove(identifier)}")
