"""The exception tree.

::

    AtrasigError
    ├── InputError              a matrix, sheet or table that cannot be used as it stands
    │   ├── FormatError         the file is not what its content claims to be
    │   ├── ScaleError          the values cannot be on the scale stated or required
    │   ├── GeneIdError         the gene identifiers cannot be used
    │   ├── VocabularyMiss      a disease or tissue outside the vocabulary
    │   └── FaultsError         several located faults, reported together
    │       ├── SheetError      faults of a sample sheet
    │       └── ConfigError     faults of a run configuration
    ├── SignatureError          a signature or gene-set file that cannot be used
    ├── ModelError              a model artefact that cannot be used
    ├── OutputError             a result that cannot be written
    └── UsageError              a call whose arguments contradict each other

Every message says what is wrong, where, and how to mend it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


class AtrasigError(Exception):
    """Root of all errors that atrasig raises on purpose.

    Parameters
    ----------
    what
        What is wrong, as a sentence without its full stop.
    where
        File, row, column or sample in which it was found.
    fix
        What the user can do about it.
    """

    def __init__(self, what: str, *, where: str | None = None, fix: str | None = None) -> None:
        self.what = what
        self.where = where
        self.fix = fix
        place = f" ({where})" if where else ""
        remedy = f" {fix}" if fix else ""
        super().__init__(f"{what}{place}.{remedy}")


class InputError(AtrasigError):
    """A matrix, sheet or table that cannot be used as it stands."""


class FormatError(InputError):
    """The file is not what its content claims to be."""


class ScaleError(InputError):
    """The values cannot be on the scale stated or required."""


class GeneIdError(InputError):
    """The gene identifiers cannot be used."""


@dataclass(frozen=True, order=True)
class Fault:
    """One located fault of a sheet or a configuration.

    Parameters
    ----------
    row
        Line number in the file (the header is line 1), or 0 where no row applies.
    column
        Column name or configuration key.
    message
        What is wrong and how to mend it.
    """

    row: int
    column: str
    message: str

    def __str__(self) -> str:
        row = f"row {self.row}, " if self.row else ""
        return f"{row}{self.column}: {self.message}"


class FaultsError(InputError):
    """Several located faults of one file, reported together."""

    def __init__(self, what: str, faults: Sequence[Fault], *, where: str | None = None) -> None:
        self.faults = tuple(sorted(faults))
        listing = "\n".join(f"  - {fault}" for fault in self.faults)
        super().__init__(what, where=where, fix=f"All faults found:\n{listing}")


class SheetError(FaultsError):
    """Faults of a sample sheet."""


class ConfigError(FaultsError):
    """Faults of a run configuration."""


class SignatureError(AtrasigError):
    """A signature or gene-set file that cannot be used."""


class ModelError(AtrasigError):
    """A model artefact that cannot be used."""


class OutputError(AtrasigError):
    """A result that cannot be written."""


class UsageError(AtrasigError):
    """A call whose arguments contradict each other."""
