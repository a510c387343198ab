"""Questions about the log."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from testamur.kernel.once import once
from testamur.transparency import custody, sequencer
from testamur.transparency.models import Checkpoint, Cosigner, Entry
from testamur.verification import note, proof
from testamur.verification.tree import leaf_hash


@dataclass(frozen=True)
class CosignerState:
    """One cosigner: name of its key, whether it signed the newest checkpoint, how far it followed, since when not."""

    name: str
    key: str
    fingerprint: str
    signed: bool
    size: int
    answered_at: datetime | None
    failures: int
    problem: str

    @property
    def answers(self) -> bool:
        """False for one that failed when it was last asked."""
        return not self.failures


@dataclass(frozen=True)
class LogState:
    """How far the log is, in real time.

    Args:
        size: entries under the newest signed checkpoint.
        signed_at: when the newest checkpoint was signed.
        cosigners: how many of the policy's cosigners have signed the newest checkpoint.
        quorum: how many must; 0 while nobody was appointed.
        appointed: how many there are.
        cosigned_size: entries under the newest checkpoint that has a quorum.
        cosigned_at: when it got it.
    """

    size: int
    signed_at: datetime | None
    cosigners: int
    quorum: int = 0
    appointed: int = 0
    cosigned_size: int = 0
    cosigned_at: datetime | None = None

    @property
    def witnessed(self) -> bool:
        """True where the newest checkpoint has its quorum."""
        return self.quorum > 0 and self.cosigners >= self.quorum


def state() -> LogState:
    """Return how far the log is. Where nobody was appointed, quorum is 0, and pages say "not yet witnessed"."""
    return once("log: state", _state)


def _state() -> LogState:
    newest, policy = newest_checkpoint(), custody.cosigning_policy()
    keys = [str(key) for key in policy.keys]
    done = Checkpoint.objects.filter(cosigned_at__isnull=False).order_by("-size").first() if policy.quorum else None
    return LogState(
        size=newest.size if newest else 0,
        signed_at=newest.signed_at if newest else None,
        cosigners=newest.cosignatures.filter(cosigner__key__in=keys).count() if newest and keys else 0,
        quorum=policy.quorum,
        appointed=len(keys),
        cosigned_size=done.size if done else 0,
        cosigned_at=done.cosigned_at if done else None,
    )


def waiting() -> int:
    """Return how many entries wait for their number."""
    return Entry.objects.filter(index__isnull=True).count()


def cosigners() -> list[CosignerState]:
    """Return every cosigner of the policy, and how it is doing."""
    newest, policy = newest_checkpoint(), custody.cosigning_policy()
    rows = {row.key: row for row in Cosigner.objects.filter(key__in=[str(key) for key in policy.keys])}
    signed = set(newest.cosignatures.values_list("cosigner__key", flat=True)) if newest else set()
    found = []
    for key in policy.keys:
        row = rows.get(str(key)) or Cosigner(key=str(key))
        found.append(
            CosignerState(
                name=key.name,
                key=str(key),
                fingerprint=key.fingerprint,
                signed=str(key) in signed,
                size=row.size,
                answered_at=row.answered_at,
                failures=row.failures,
                problem=row.problem,
            )
        )
    return found


def cosigned(checkpoint: Checkpoint) -> str:
    """Return a checkpoint with the cosignatures it has, as it is served."""
    return sequencer.cosigned_note(checkpoint, custody.cosigning_policy())


def cosignatures_of(entry: Entry) -> tuple[int, int]:
    """Return how many cosigners signed the checkpoint that an entry's proof leads to, and how many had to."""
    policy = custody.cosigning_policy()
    if not policy.quorum or not entry.proof:  # nobody was appointed: a proof need not be written out to count none
        return 0, policy.quorum
    found = proof.parse(entry.proof).checkpoint.note
    return sum(1 for key in policy.keys if note.cosigned_at(found, key)), policy.quorum


def newest_checkpoint() -> Checkpoint | None:
    """Return the newest signed checkpoint."""
    return once("log: newest checkpoint", lambda: Checkpoint.objects.order_by("-size").first())


def altered() -> list[Entry]:
    """Return the numbered entries whose bytes no longer are what their leaf says: somebody changed the database."""
    return [
        entry
        for entry in Entry.objects.filter(index__isnull=False).iterator()
        if leaf_hash(bytes(entry.data)) != bytes(entry.leaf)
    ]


def is_shown(entry: Entry) -> bool:
    """Say whether everybody can see an entry: it is below a checkpoint, and one that a quorum cosigned."""
    if entry.index is None:
        return False
    return entry.cosigned_at is not None or not custody.cosigning_policy().quorum
