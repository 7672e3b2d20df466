"""The command on what is published of ATRA with a partner."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from atrasig.cli.printing import print_facts, print_table, shortened

if TYPE_CHECKING:
    from atrasig.evidence import EvidenceBase
    from atrasig.signatures.evidence_records import Combination, Trial

_LISTED = ("combination", "disease", "partner", "grade", "n", "marker", "outcome", "against")
_TRIALS = ("trial", "phase", "diseases", "compounds", "enrolment")


@click.command(epilog="Example: atrasig evidence MM")
@click.argument("disease", required=False)
@click.option("--show", metavar="ID", help="All that is recorded on one combination.")
@click.option("--trials", is_flag=True, help="List trials instead of combinations.")
def evidence(disease: str | None, show: str | None, **kind: bool) -> None:
    """List combinations of ATRA with a partner that were reported, or those for DISEASE.

    Listed is what holds for DISEASE or for a part of it. All was read in two reviews; it is
    evidence for research and no advice.
    """
    from atrasig.evidence import context_touches, load_evidence
    from atrasig.vocabulary import load_vocabulary

    base = load_evidence()
    if show is not None:
        _show(base, show)
        return
    term = load_vocabulary().disease(disease) if disease else None
    found = [c for c in base.combinations if not term or context_touches(term.id, c.disease)]
    listed = base.trials_for(term.id) if term else base.trials
    trials = kind["trials"]
    rows = [_trial(t) for t in listed] if trials else [_combination(base, c) for c in found]
    if not rows:
        click.echo(f"Nothing that was read fits {term.name if term else 'any disease'}.")
        return
    print_table([_TRIALS if trials else _LISTED, *rows])
    if trials:
        click.echo("As listed on 10 March 2024 (Chen 2024, Table 2); look the state up.")
    else:
        click.echo("`--show ID` gives figures, sources and findings against one.")


def _combination(base: EvidenceBase, entry: Combination) -> tuple[str, ...]:
    return (
        entry.id,
        entry.disease,
        shortened(entry.partner, 40),
        entry.grade,
        "" if entry.n is None else str(entry.n),
        ", ".join(f"{gene.gene} {gene.marker}" for gene in entry.markers),
        entry.outcome,
        str(len(base.against(entry)) or ""),
    )


def _trial(entry: Trial) -> tuple[str, ...]:
    phases = "/".join(entry.phases)
    diseases = ", ".join(entry.diseases)
    return (
        entry.identifier, phases, diseases, shortened(", ".join(entry.compounds), 60),
        str(entry.enrolment),
    )  # fmt: skip


def _show(base: EvidenceBase, identifier: str) -> None:
    found = next((entry for entry in base.combinations if entry.id == identifier), None)
    if found is None:
        raise click.UsageError(f"No combination is called {identifier}; `atrasig evidence` lists.")
    facts = found.model_dump(exclude={"id", "genes", "reference", "read_in", "against", "caveats"})
    facts["classes"] = tuple(base.classes[name].title for name in found.classes)
    facts["genes"] = tuple(
        f"{gene.gene} ({', '.join(_known(gene.change, gene.marker, gene.basis))}{gene.why})"
        for gene in found.genes
    )
    facts["source"] = base.cited(found.reference, found.read_in)
    facts["against"] = base.against(found)
    print_facts(found.id, facts)


def _known(change: str | None, marker: str | None, basis: str | None) -> tuple[str, ...]:
    moved = {"up": "raised", "down": "lowered", None: ""}[change]
    parts = (moved, f"marker: {marker}, {basis}" if marker else "")
    return (*(part for part in parts if part), "")
