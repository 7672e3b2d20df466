"""Where the genes of a list were read."""

from __future__ import annotations

from atrasig.signatures import load_signatures
from atrasig.signatures.tracing import sample_traces, trace


def test_a_gene_is_found_in_every_list_that_holds_it() -> None:
    signatures = load_signatures()
    hits = trace("RARB", signatures)
    assert [hit.signature.id for hit in hits] == [s.id for s in signatures if "RARB" in s.symbols]
    assert len(hits) > 5
    assert trace("no gene", signatures) == []


def test_facts_are_those_of_the_gene_and_of_its_list() -> None:
    signatures = load_signatures()
    (hit,) = trace("ADGRG1", signatures.select(["lsc17"]))
    assert hit.facts["printed"] == "GPR56"
    assert hit.facts["doi"] == "10.1038/nature20598"
    assert hit.facts["licence"] == "none stated"
    (curated,) = trace("OAS1", signatures.select(["atra_immune_genes"]))
    assert "10.1182/blood.2020009856" in curated.facts["read in"]
    assert "pmid" not in curated.facts


def test_a_draw_is_that_of_its_seed_and_holds_distinct_genes() -> None:
    signatures = load_signatures()
    drawn = sample_traces(signatures, 10, seed=1)
    assert drawn == sample_traces(reversed(list(signatures)), 10, seed=1)
    assert drawn != sample_traces(signatures, 10, seed=2)
    assert len({hit.gene.gene for hit in drawn}) == 10
    for hit in drawn:
        assert hit.gene in hit.signature.genes
        assert {"citation", "obtained", "licence"} <= hit.facts.keys()


def test_no_more_genes_are_drawn_than_there_are() -> None:
    small = load_signatures().select(["lsc17"])
    assert [hit.gene.gene for hit in sample_traces(small, 99, seed=3)] == sorted(
        small["lsc17"].symbols
    )
