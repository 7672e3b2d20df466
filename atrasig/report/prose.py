"""Methods and limits of one sample in sentences, made from its record."""

from __future__ import annotations

from collections.abc import Iterable

from atrasig.report.record import Call, InputMatrix, MethodUsed, SampleRecord

_ALWAYS = (
    "Research use only: no call is a diagnosis or an advice on treatment.",
    "P-values of single samples are against random genes of the same sample, which ignores that "
    "genes are co-expressed; they say that a programme is expressed, not that the sample differs "
    "from others.",
    "mRNA is not protein: a level of a marker does not replace flow cytometry or "
    "immunohistochemistry.",
)
_GRADES = {
    "cell lines": "rests on cell lines, and is not validated in patients",
    "animals": "rests on animals, and is not validated in patients",
    "review statement": "rests on the statement of a review",
    "none": "rests on no evidence of its own",
}


def methods_paragraph(record: SampleRecord) -> list[str]:
    """Tell how the numbers of a page were made, as a methods section would.

    Parameters
    ----------
    record
        The record; nothing else is known here.

    Returns
    -------
    list of str
        Sentences in order.
    """
    made = record.provenance
    calls = record.calls
    return [
        *(_input(one) for one in made.inputs),
        *_genes(made.gene_table),
        *_scores(record),
        _called("Sensitivity", calls.sensitivity),
        _called("Response", calls.response),
        *_enriched(record),
        *_combinations(record),
        *_made_with(record),
    ]


def _input(one: InputMatrix) -> str:
    digest = f", SHA-256 {one.sha256[:12]}…" if one.sha256 else ""
    return (
        f"The matrix {one.name} (format {one.format or 'not recorded'}{digest}) was read as "
        f"{one.scale_in_words or 'values of a scale that is not recorded'} and brought to the log2 "
        f"scale where its values allow it (platform class {one.platform or 'not known'})."
    )


def _genes(table: dict[str, str]) -> list[str]:
    version = table.get("version", "")
    return [f"Genes were named by the approved symbols of gene table {version}."] if version else []


def _scores(record: SampleRecord) -> list[str]:
    if not record.scores:
        return []
    universe = sorted({score.universe for score in record.scores if score.universe})
    ranked = {"coding": "the protein-coding genes", "all": "all genes"}
    over = " and ".join(ranked.get(name, name) for name in universe) or "the genes"
    number = len({score.signature for score in record.scores})
    methods = _joined(_method(method) for method in record.methods)
    return [
        f"{number} signatures were scored over {over} of the sample by {methods}; z and p are "
        "against the null that each method names, q is Benjamini-Hochberg within the sample and "
        "method."
    ]


def _method(method: MethodUsed) -> str:
    cohort = f", relative to {method.relative_to}" if method.relative_to else ""
    cited = "; ".join(part for part in (method.reference,) if part)
    return f"{method.name} ({cited}{cohort})" if cited or cohort else method.name


def _called(question: str, call: Call) -> str:
    if call.score is None:
        return f"{question} was asked of the model {call.model}, which gave no score."
    interval = f", interval: {call.interval_kind}" if call.interval_kind else ""
    reference = f", reference: {call.reference}" if call.reference else ""
    return (
        f"{question} was called by the frozen model {call.model} {call.model_version} (evidence: "
        f"{call.grade or 'not stated'}{reference}{interval})."
    )


def _enriched(record: SampleRecord) -> list[str]:
    told = []
    if record.enrichment.sample:
        told.append(
            "Enrichment in the sample compares the sum of the ranks of a set with that of as many "
            "genes drawn at random from the same sample; its score is that of single-sample GSEA "
            "(Barbie 2009, doi:10.1038/nature08460)."
        )
    if record.enrichment.contrasts:
        metrics = sorted({r.metric for c in record.enrichment.contrasts for r in c.rows})
        told.append(
            "Enrichment between groups is preranked GSEA (Subramanian 2005, "
            f"doi:10.1073/pnas.0506580102) on the metric {', '.join(metrics)}."
        )
    return told


def _combinations(record: SampleRecord) -> list[str]:
    found = record.hypotheses
    if found.share is None:
        return []
    return [
        "Combinations reported for the disease were held against the ranks of their marker genes; "
        f"one is a hypothesis where a marker stands in the outermost {found.share:.0%} of the "
        "reference, divided by the number of its markers."
    ]


def _made_with(record: SampleRecord) -> list[str]:
    made = record.provenance
    packages = ", ".join(f"{name} {text}" for name, text in sorted(made.packages.items()))
    changed = "; ".join(f"{key} = {value}" for key, value in made.changed.items())
    return [
        f"All was computed by atrasig {made.atrasig}"
        f"{f' with {packages}' if packages else ''}, signature set {made.signature_set[:12]}….",
        f"Parameters that differ from the defaults: {changed}."
        if changed
        else "All parameters were left at their defaults.",
    ]


def limits(record: SampleRecord) -> list[str]:
    """Tell what the calls of a sample cannot say.

    Parameters
    ----------
    record
        The record.

    Returns
    -------
    list of str
        Limits of the models of the two calls, of the checks that did not pass, of the lists that
        the calls rest on, then those that always hold.
    """
    told = []
    for name, call in (("sensitivity", record.calls.sensitivity),
                       ("response", record.calls.response)):  # fmt: skip
        if call.grade in _GRADES:
            told.append(f"The answer on {name} {_GRADES[call.grade]}.")
    told += [
        f"{flag.flag.replace('_', ' ').capitalize()}: {flag.consequence}"
        for flag in record.flags
        if flag.level != "pass" and flag.consequence
    ]
    own = lists_behind_calls(record)
    for card in record.signatures:
        if card.id in own and card.kind != "subtype":
            told += [f"{card.id}: {text}" for text in card.limits]
    return [*dict.fromkeys(told), *_ALWAYS]


def lists_behind_calls(record: SampleRecord) -> set[str]:
    """Ids of the signatures whose genes make up the scores of the models."""
    return {entry.set for part in record.drivers for entry in part.sets if entry.set}


def works_to_cite(record: SampleRecord) -> list[str]:
    """List the references that the page rests on: of methods, and of lists behind the calls."""
    methods = [f"{m.name}: {m.reference}" for m in record.methods if m.reference]
    own = lists_behind_calls(record)
    cards = [
        f"{card.id}: {card.source.get('citation') or '; '.join(card.source.values())}"
        for card in record.signatures
        if card.id in own and card.kind != "subtype"
    ]
    return [*methods, *cards]


def _joined(words: Iterable[str]) -> str:
    listed = list(words)
    return " and ".join([", ".join(listed[:-1]), listed[-1]] if len(listed) > 1 else listed)
