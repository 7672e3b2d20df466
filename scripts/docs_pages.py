"""Pages of the guide that are made from the program itself: signatures, commands, Python names."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from importlib import import_module

import click

from atrasig.signatures import Signature

KINDS = {
    "sensitivity": "read in a sample before treatment",
    "response": "read after exposure",
    "differentiation": "cell types and programmes of maturation",
    "stemness": "stem cells and the hierarchy of leukemia",
    "pathway": "members of a pathway; `up` means membership",
    "subtype": "siblings of a sensitivity list, from the same study",
    "modifier": "genes that change the effect of ATRA",
    "marker": "single genes shown by name",
}
SUBPACKAGES = (
    "io",
    "harmonisation",
    "signatures",
    "scoring",
    "prediction",
    "prediction.building",
    "prediction.validation",
    "prediction.pairs",
    "enrich",
    "targets",
    "evidence",
    "association",
    "singlecell",
    "sheet",
    "report",
    "errors",
)
"""Rooms whose public names the reference describes; those that do not exist are passed over."""

_SPECIAL = re.compile(r"([\\`*_{}\[\]<>|])")


def plain(text: str) -> str:
    """Escape what Markdown would take for markup."""
    return _SPECIAL.sub(r"\\\1", " ".join(text.split()))


def catalogue(signatures: Iterable[Signature]) -> str:
    """Page of all signatures: a table a kind, then one section each.

    Parameters
    ----------
    signatures
        In any order.
    """
    ordered = sorted(signatures, key=lambda one: one.id)
    lines = [
        "# Catalogue of signatures",
        "",
        f"The {len(ordered)} signatures that are shipped, as their files say. "
        "[Commands](signatures.md) look at them, [the form of a file](signature_files.md) "
        "is explained apart.",
        "",
    ]
    for kind, meaning in KINDS.items():
        own = [one for one in ordered if one.kind == kind]
        if own:
            lines += [f"## {kind.capitalize()}", "", f"{meaning[0].upper()}{meaning[1:]}.", ""]
            lines += ["| signature | what | up | down | licence |", "|---|---|---|---|---|"]
            lines += [_row(one) for one in own]
            lines += ["", *(line for one in own for line in _section(one))]
    return "\n".join(lines) + "\n"


def _anchor(identifier: str) -> str:
    return f"signature-{identifier}".replace("_", "-").lower()


def _count(signature: Signature, direction: str) -> int:
    return sum(gene.direction == direction for gene in signature.genes)


def _row(one: Signature) -> str:
    up, down = _count(one, "up"), _count(one, "down")
    return (
        f"| [{plain(one.id)}](#{_anchor(one.id)}) | {plain(one.title)} | {up} | {down} "
        f"| {plain(one.licence)} |"
    )


def _section(one: Signature) -> Iterator[str]:
    yield from (f"({_anchor(one.id)})=", "", f"### {plain(one.id)}", "", f"{plain(one.title)}.", "")
    for name, value in _facts(one):
        yield f"- {name}: {value}"
    yield ""
    for direction in ("up", "down"):
        genes = sorted(gene.gene for gene in one.genes if gene.direction == direction)
        if genes:
            yield f"<details><summary>{len(genes)} genes {direction}</summary>"
            yield f"<p>{' '.join(genes)}</p></details>"
            yield ""


def _facts(one: Signature) -> Iterator[tuple[str, str]]:
    source = one.source
    yield "source", plain(source.citation)
    if source.doi:
        yield "DOI", f"[{plain(source.doi)}](https://doi.org/{source.doi})"
    for name in ("pmid", "accession", "table", "address"):
        value = getattr(source, name, "")
        if value:
            yield ("PMID" if name == "pmid" else name), plain(str(value))
    yield "obtained", plain(one.obtained)
    if one.context.diseases:
        yield "diseases", plain(", ".join(one.context.diseases))
    if one.atra_roles:
        yield "roles of ATRA", plain(", ".join(one.atra_roles))
    yield "licence", plain(one.licence)
    yield from (("limit", plain(text)) for text in one.limits)
    yield from (("against it", plain(text)) for text in one.contradictions)


def commands(main: click.Group) -> str:
    """Page of what every command says with ``--help``.

    Parameters
    ----------
    main
        The group of all commands.
    """
    lines = ["# Commands", "", "What `atrasig COMMAND --help` prints.", ""]
    for words, command in _walk(("atrasig",), main):
        context = click.Context(command, info_name=" ".join(words), max_content_width=96)
        lines += [f"## {' '.join(words)}", "", "```text", command.get_help(context), "```", ""]
    return "\n".join(lines)


def _walk(
    words: tuple[str, ...], group: click.Group
) -> Iterator[tuple[tuple[str, ...], click.Command]]:
    yield words, group
    for name, command in group.commands.items():
        if isinstance(command, click.Group):
            yield from _walk((*words, name), command)
        else:
            yield (*words, name), command


def api() -> str:
    """Page of the Python names: those of ``import atrasig``, then those of the rooms."""
    atrasig = import_module("atrasig")
    own = [name for name in atrasig.__all__ if name not in ("__version__", "tl")]
    lines = ["# Python reference", "", "## atrasig", "", "What `import atrasig` offers.", ""]
    lines += _directives("atrasig", own)
    lines += ["## atrasig.tl", "", "Inside a scanpy session.", ""]
    lines += _directives("atrasig.tl", ["score"])
    for room in SUBPACKAGES:
        lines += _room(f"atrasig.{room}", own)
    return "\n".join(lines) + "\n"


def _room(name: str, described: Iterable[str]) -> list[str]:
    """Describe the public names of a room that stand nowhere above."""
    try:
        module = import_module(name)
    except ModuleNotFoundError:
        return []
    public = getattr(module, "__all__", None) or [
        key
        for key, value in vars(module).items()
        if getattr(value, "__module__", "") == name and not key.startswith("_")
    ]
    names = [key for key in public if key not in described]
    words = (module.__doc__ or "").strip().splitlines()
    head = [f"## {name}", "", plain(words[0]) if words else "", ""]
    return head + _directives(name, names) if names else []


def _directives(module: str, names: Iterable[str]) -> list[str]:
    lines = ["```{eval-rst}"]
    for name in names:
        value = getattr(import_module(module), name)
        kind = "py:data"  # autodoc would describe the type of a constant
        if isinstance(value, type):
            kind = "autoclass"
        elif callable(value):
            kind = "autofunction"
        options = ["   :members:"] if kind == "autoclass" and _has_members(value) else []
        lines += [f".. {kind}:: {module}.{name}", *options, ""]
    return [*lines, "```", ""]


def _has_members(value: type) -> bool:
    """Tell whether to list members: not of exceptions, nor of pydantic models with many fields."""
    return not (issubclass(value, BaseException) or hasattr(value, "model_fields"))
