"""Matrices of different samples put below each other, aligned by gene."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

from atrasig.errors import InputError
from atrasig.io.table import RawMatrix, unique_names

AGREED = ("declared_scale", "quantity", "strand")
"""Facts in which all files must agree, because values would not be comparable otherwise."""
_SHOWN = 5


@dataclass
class Stack:
    """Matrices read one after the other.

    A gene is known by its identifier; where one repeats within a file, the second is aligned with
    the second of other files. A gene that a file does not list is missing (NaN) in its samples.
    """

    _genes: list[str] = field(default_factory=list)
    _places: dict[str, int] = field(default_factory=dict)
    _last: tuple[list[str], np.ndarray] | None = None
    _blocks: list[tuple[np.ndarray, dict[str, Any]]] = field(default_factory=list)
    _annotation: pd.DataFrame | None = None
    _dropped: set[str] = field(default_factory=set)
    _files: list[str] = field(default_factory=list)
    _facts: list[dict[str, str | int]] = field(default_factory=list)
    _obs: list[pd.DataFrame] = field(default_factory=list)

    def add(self, matrix: RawMatrix, file: str) -> None:
        """Add the samples of a file."""
        places = self._places_of(matrix.genes)
        self._annotate(matrix.gene_annotation, places)
        self._blocks.append((places, {"": matrix.values, **matrix.layers}))
        obs = pd.DataFrame(index=range(len(matrix.samples))) if matrix.obs is None else matrix.obs
        self._obs.append(obs.assign(file=file))
        self._files.append(file)
        self._facts.append(matrix.facts)

    def matrix(self, samples: Sequence[str], where: str) -> RawMatrix:
        """Give everything that was added as one matrix, and forget it.

        Parameters
        ----------
        samples
            Names of the samples, in the order in which they were added.
        where
            Folder or pattern, for messages.

        Raises
        ------
        InputError
            If names repeat, or files differ in strand, scale or quantity.
        """
        sizes = [len(obs) for obs in self._obs]
        refuse_repeated(samples, [str(f) for f in np.repeat(self._files, sizes)], where)
        facts = self._common_facts(where)
        common = set.intersection(*(set(held) for _, held in self._blocks))
        dropped = {name for _, held in self._blocks for name in held} - common
        n_genes = len(self._genes)
        listed = sum(held[""].shape[0] * places.size for places, held in self._blocks)
        everywhere = Counter(int(place) for places, _ in self._blocks for place in places)
        facts |= {
            "genes_not_in_every_file": sum(n < len(self._blocks) for n in everywhere.values()),
            "values_not_listed": len(samples) * n_genes - listed,
        }
        if dropped:
            facts["layers_not_in_every_file"] = ", ".join(sorted(dropped))
        if self._dropped:
            facts["annotation_that_differs"] = ", ".join(sorted(self._dropped))
        layers = {name: self._filled(name, len(samples)) for name in sorted(common)}
        annotation = pd.DataFrame() if self._annotation is None else self._annotation
        return RawMatrix(
            layers.pop(""),
            list(samples),
            self._genes,
            annotation.reset_index(drop=True),
            facts,
            layers,
            pd.concat(self._obs, ignore_index=True),
        )

    def _filled(self, name: str, n_samples: int) -> np.ndarray:
        values = np.full((n_samples, len(self._genes)), np.nan)
        row = 0
        for places, held in self._blocks:
            block = held.pop(name)
            values[row : row + block.shape[0], places] = block
            row += block.shape[0]
        return values

    def _places_of(self, genes: list[str]) -> np.ndarray:
        # Files of one reference list the same genes, and their names are kept once.
        if self._last is not None and genes == self._last[0]:
            return self._last[1]
        keys = unique_names(genes)
        for key, gene in zip(keys, genes, strict=True):
            if key not in self._places:
                self._places[key] = len(self._genes)
                self._genes.append(gene)
        places = np.array([self._places[key] for key in keys], dtype=np.intp)
        self._last = (genes, places)
        return places

    def _annotate(self, table: pd.DataFrame, places: np.ndarray) -> None:
        """Keep the columns that say the same of a gene in all files."""
        own = table.set_axis(places, axis=0)
        if self._annotation is None:
            self._annotation = own
            return
        known = self._annotation
        shared = known.index.intersection(own.index)
        same = [
            column
            for column in known
            if column in own and list(known[column].loc[shared]) == list(own[column].loc[shared])
        ]
        self._dropped |= {str(column) for column in {*known, *own} - set(same)}
        new = own.index.difference(known.index)
        self._annotation = pd.concat([known[same], own.loc[new, same]]) if len(new) else known[same]

    def _common_facts(self, where: str) -> dict[str, str | int]:
        for key in AGREED:
            by_value: dict[str, list[str]] = {}
            for file, facts in zip(self._files, self._facts, strict=True):
                by_value.setdefault(str(facts.get(key, "not stated")), []).append(file)
            if len(by_value) > 1:
                raise InputError(
                    f"The files differ in {key.replace('_', ' ')}: {named_groups(by_value)}",
                    where=where,
                    fix="Give each kind as a matrix of its own"
                    + (", or one --strand for all." if key == "strand" else "."),
                )
        return {key: _joined([f[key] for f in self._facts if key in f]) for key in self._keys()}

    def _keys(self) -> dict[str, None]:
        return dict.fromkeys(key for facts in self._facts for key in facts)


def named_groups(groups: dict[str, list[str]]) -> str:
    """List groups with some of their members: ``star (a, b), htseq (c)``."""
    return ", ".join(f"{name} ({shorten(members)})" for name, members in groups.items())


def shorten(names: Sequence[str], shown: int = _SHOWN) -> str:
    """List names, of many the first and how many more there are."""
    more = len(names) - shown
    return ", ".join(names[:shown]) + (f" and {more} more" if more > 0 else "")


def refuse_repeated(samples: Sequence[str], files: Sequence[str], where: str) -> None:
    """Refuse samples of one name, naming their files.

    Raises
    ------
    InputError
        If a name repeats.
    """
    repeated = [name for name, times in Counter(samples).items() if times > 1]
    if repeated:
        own = [file for name, file in zip(samples, files, strict=True) if name == repeated[0]]
        raise InputError(
            f"Sample {repeated[0]!r} stands in {len(own)} files: {shorten(own)}",
            where=where,
            fix="Rename the files, or give a pattern that matches one a sample, such as "
            "'folder/*/quant.sf'.",
        )


def _joined(values: list[str | int]) -> str | int:
    """Add up counts; join texts that differ."""
    if all(isinstance(value, int) for value in values):
        return sum(int(value) for value in values)
    return shorten(list(dict.fromkeys(map(str, values))))
