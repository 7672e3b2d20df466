"""The per-sample record: the one source of every number on a report page, and its JSON schema."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field, JsonValue

from atrasig.report.hypotheses import Hypotheses
from atrasig.report.pairs import Pair
from atrasig.report.part import Count, Number, Part, Scalar, Text
from atrasig.report.running import RunningSum
from atrasig.report.standing import Standing

SCHEMA_ID = "atrasig/record.schema.json"

SensitivityWord = Literal["sensitive", "intermediate", "resistant", "no call"]
ResponseWord = Literal["responding", "partial", "not responding", "no call"]


class Call(Part):
    """What one model says of one sample: a row of the calls table.

    ``low`` and ``high`` bound the interval named by ``interval_kind``. ``threshold_low`` and
    ``threshold_high`` are the scores from which the model says the middle and the upper word,
    where the model states them. ``percentile`` is the place of the score among the frozen
    reference samples, 0 to 100; ``probability`` that of being sensitive, where a model states
    one. ``control`` is a list that moves without the drug too, with its
    own shift, and ``specificity`` says whether the score goes beyond it. Missing numbers are null.
    """

    model: str
    model_version: Text = ""
    model_hash: Text = ""
    score: Number = None
    low: Number = None
    high: Number = None
    interval_kind: Text = ""
    threshold_low: Number = None
    threshold_high: Number = None
    grade: Text = ""
    reference: Text = ""
    reason: Text = ""
    primary: bool
    coverage: Number = None
    n_genes: Count = None
    n_matched: Count = None
    percentile: Number = None
    probability: Number = None
    control: Text = ""
    control_score: Number = None
    control_low: Number = None
    control_high: Number = None
    specificity: Text = ""


class SensitivityCall(Call):
    """Whether a sample is likely to respond, from its transcriptome before ATRA."""

    question: Literal["sensitivity"]
    call: SensitivityWord


class ResponseCall(Call):
    """Whether a sample has responded, from its transcriptome after ATRA."""

    question: Literal["response"]
    call: ResponseWord


class Calls(Part):
    """The two primary answers, kept apart by type."""

    sensitivity: SensitivityCall
    response: ResponseCall


class Agreement(Part):
    """Whether the models of each question agree, in a sentence."""

    sensitivity: Text
    response: Text


class Flag(Part):
    """One quality check: its value, the threshold it met or missed, and what follows from it."""

    flag: str
    level: Literal["pass", "warn", "fail"]
    value: Scalar
    threshold: Scalar
    message: Text
    consequence: Text


class FlagCounts(Part):
    """Number of checks that failed, warned and passed."""

    failed: int
    warned: int
    passed: int


class Score(Part):
    """One signature scored by one method; ``z`` and ``p`` are against the null of the method.

    ``q`` is Benjamini-Hochberg within this sample and method, over the signatures.
    """

    signature: str
    version: Text
    method: str
    universe: Text
    score: Number
    z: Number
    p: Number
    q: Number
    n_genes: Count
    n_matched: Count
    coverage: Number
    reason: Text


class MethodUsed(Part):
    """A scoring method: its publication, and what z and p are against.

    ``relative_to`` says which samples a score depends on beside its own; empty where on none.
    """

    name: str
    title: Text
    reference: Text
    null: Text
    relative_to: Text


class MarkerValue(Part):
    """One marker gene: ``value`` in log2 units of the matrix, ``percentile`` in this sample.

    ``percentile`` is the average rank among the sample's measured protein-coding genes, divided by
    their number, times 100. ``direction`` is the direction under ATRA that the source states.
    """

    gene: str
    label: Text
    role: Text
    direction: Text
    value: Number
    percentile: Number
    measured: bool
    source: Text
    note: Text


class DriverGene(Part):
    """Contribution of one gene of one set to a model's score.

    ``rank`` lies within 0..1; None for a part that is no gene, such as an intercept.
    """

    gene: str
    set: Text
    rank: Number
    contribution: float


class DriverSet(Part):
    """Sum of the contributions of one set, with the genes that the matrix lacks."""

    set: Text
    n_matched: int
    contribution: float
    missing: tuple[str, ...]


class Drivers(Part):
    """Genes behind one model's score, by falling size of contribution.

    ``total`` is the sum over all ``genes`` and equals the model's score; ``n_others`` and
    ``others`` are the number and the sum of the genes that follow the first `TOP_DRIVERS`.
    """

    model: str
    genes: tuple[DriverGene, ...]
    sets: tuple[DriverSet, ...]
    total: float
    n_matched: int
    n_missing: int
    n_others: int
    others: float


class EnrichmentRow(Part):
    """Enrichment of one direction of one signature; ``nes`` exists for contrasts only.

    ``reason`` says why a part was not tested.
    """

    signature: str
    direction: Text
    metric: Text
    es: Number
    nes: Number
    z: Number
    p: Number
    q: Number
    n_genes: Count
    n_matched: Count
    leading_edge: tuple[str, ...]
    n_leading_edge: int
    reason: Text


class Contrast(Part):
    """Enrichment of all signatures in one contrast of groups of the cohort."""

    contrast: str
    rows: tuple[EnrichmentRow, ...]


class Enrichment(Part):
    """Enrichment within the sample alone, and in the contrasts of its cohort.

    ``running`` holds the walks of the leading sets of the sample.
    """

    sample: tuple[EnrichmentRow, ...]
    running: tuple[RunningSum, ...] = ()
    contrasts: tuple[Contrast, ...]


class EvidenceCard(Part):
    """Where a signature comes from, under which licence, and what speaks against it."""

    id: str
    version: Text
    title: Text
    kind: Text
    n_up: int
    n_down: int
    context: dict[str, str]
    source: dict[str, str]
    obtained: Text
    derivation: Text
    licence: Text
    limits: tuple[str, ...]
    contradictions: tuple[str, ...]
    sha256: Text


class ModelUsed(Part):
    """Identity of a model artefact that made a call."""

    id: str
    version: Text
    sha256: Text


class InputMatrix(Part):
    """The matrix as read: what the reader and the harmonisation decided, dropped and counted."""

    matrix: Text
    name: Text
    sha256: Text
    format: Text
    platform: Text
    species: Text
    scale_in_words: Text
    scale: dict[str, JsonValue]
    reading: dict[str, JsonValue]
    harmonised: dict[str, JsonValue]


class Provenance(Part):
    """What made the numbers: versions, hashes and parameters; no dates and no paths.

    ``changed`` are the parameters that differ from the defaults, by dotted key.
    """

    atrasig: str
    signature_set: Text
    gene_table: dict[str, str]
    parameters: dict[str, JsonValue]
    changed: dict[str, JsonValue] = Field(default_factory=dict)
    packages: dict[str, str]
    models: tuple[ModelUsed, ...]
    inputs: tuple[InputMatrix, ...]


class SampleRecord(Part):
    """All that is reported about one sample; the HTML page is a view of it and adds no number."""

    schema_version: Literal["1.0"] = "1.0"
    id: str
    file: str
    matrix: Text
    metadata: dict[str, str]
    calls: Calls
    models: tuple[SensitivityCall | ResponseCall, ...]
    agreement: Agreement
    standing: tuple[Standing, ...] = ()
    pairs: tuple[Pair, ...] = ()
    flags: tuple[Flag, ...]
    flag_counts: FlagCounts
    methods: tuple[MethodUsed, ...]
    scores: tuple[Score, ...]
    markers: tuple[MarkerValue, ...]
    drivers: tuple[Drivers, ...]
    enrichment: Enrichment
    hypotheses: Hypotheses = Hypotheses()
    signatures: tuple[EvidenceCard, ...]
    provenance: Provenance


def record_schema() -> dict[str, Any]:
    """JSON schema of `SampleRecord` as written to ``samples/<sample>.json``.

    Returns
    -------
    dict
        Draft 2020-12 schema; ``workflow/schemas/record.schema.json`` is its canonical text.
    """
    schema = SampleRecord.model_json_schema(mode="serialization")
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": SCHEMA_ID,
        **schema,
    }
