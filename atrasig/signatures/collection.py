"""Sets of signatures: sorted by id, with one hash for the whole set."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from difflib import get_close_matches

from atrasig.errors import SignatureError
from atrasig.files import sha256_text
from atrasig.signatures.model import Signature

_NEAR = 0.75


class SignatureSet:
    """Signatures sorted by id, with one hash for the whole set.

    Parameters
    ----------
    signatures
        Signatures with distinct ids, in any order.

    Raises
    ------
    SignatureError
        If two signatures have the same id.
    """

    def __init__(self, signatures: Iterable[Signature]) -> None:
        ordered = sorted(signatures, key=lambda signature: signature.id)
        counts = Counter(signature.id for signature in ordered)
        twice = [name for name, count in counts.items() if count > 1]
        if twice:
            raise SignatureError(
                f"Signature ids must be unique; used more than once: {', '.join(twice)}",
                fix="Rename or remove all but one of each.",
            )
        self._by_id = {signature.id: signature for signature in ordered}

    @property
    def ids(self) -> tuple[str, ...]:
        """Ids, sorted."""
        return tuple(self._by_id)

    @property
    def hash(self) -> str:
        """SHA-256 over the ids and the hashes of their gene tables."""
        return sha256_text("".join(f"{s.id}\t{s.sha256}\n" for s in self))

    def select(self, ids: Iterable[str]) -> SignatureSet:
        """Return the signatures named by `ids` as a new set.

        Raises
        ------
        SignatureError
            If an id is not in this set; all unknown ids are named, with near matches.
        """
        wanted = list(dict.fromkeys(ids))
        unknown = [name for name in wanted if name not in self]
        if unknown:
            raise SignatureError(
                f"Unknown signature: {', '.join(unknown)}", fix=self._suggestion(unknown)
            )
        return SignatureSet(self._by_id[name] for name in wanted)

    def with_added(self, added: Iterable[Signature]) -> SignatureSet:
        """Return these signatures and further ones as a new set.

        Raises
        ------
        SignatureError
            If one has the id of a signature of this set and other genes; all such ids are named.
        """
        listed = list(added)
        changed = [s.id for s in listed if s.id in self and self[s.id].sha256 != s.sha256]
        if changed:
            raise SignatureError(
                f"Signatures with the id of another one and other genes: {', '.join(changed)}",
                fix="Give them ids of their own; models rest on the genes they were made with.",
            )
        return SignatureSet([*self, *(s for s in listed if s.id not in self)])

    def _suggestion(self, unknown: Sequence[str]) -> str:
        near = sorted(
            {hit for name in unknown for hit in get_close_matches(name, self.ids, cutoff=_NEAR)}
        )
        if near:
            return f"Did you mean {', '.join(near)}?"
        return f"There are {len(self)}; `atrasig signatures list` names them."

    def __iter__(self) -> Iterator[Signature]:
        """Go through the signatures in the order of their ids."""
        return iter(self._by_id.values())

    def __len__(self) -> int:
        """Count the signatures."""
        return len(self._by_id)

    def __contains__(self, name: object) -> bool:
        """Tell whether a signature has this id."""
        return name in self._by_id

    def __getitem__(self, name: str) -> Signature:
        """Return the signature with this id, or raise `SignatureError` with near matches."""
        if name not in self:
            raise SignatureError(f"Unknown signature: {name}", fix=self._suggestion([name]))
        return self._by_id[name]

    def __repr__(self) -> str:
        """Give the size, for the console."""
        return f"SignatureSet({len(self)} signatures)"
