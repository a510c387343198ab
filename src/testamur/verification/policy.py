"""Who must cosign a log, as a C2SP tlog-policy file: the log, its cosigners with their addresses, the quorum.

witness w1 w1.example/witness+1da2ef2d+BD… http://127.0.0.1:8101/
witness w2 w2.example/witness+7c0ff2e1+BE… http://127.0.0.1:8102/
group cosigners 2 w1 w2
quorum cosigners
"""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlsplit

from testamur.verification.note import COSIGNATURE_V1, VerifierKey
from testamur.verification.strict_json import Malformed

_NONE = "none"


@dataclass(frozen=True, slots=True)
class Cosigner:
    """One cosigner: what it is called in the policy, its key, where it is asked (empty: it is only verified)."""

    short: str
    key: VerifierKey
    address: str = ""


@dataclass(frozen=True, slots=True)
class Policy:
    """Cosigners and how many of them must sign; nobody and 0 where no policy was set."""

    cosigners: tuple[Cosigner, ...] = ()
    quorum: int = 0

    @property
    def keys(self) -> tuple[VerifierKey, ...]:
        """Keys of the cosigners, in the policy's order."""
        return tuple(one.key for one in self.cosigners)

    def text(self, log: VerifierKey | None = None, *, addresses: bool = True) -> str:
        """Return the policy file; the public copy names the log and leaves addresses out."""
        lines = [f"log {log}"] if log else []
        for one in self.cosigners:
            lines.append(f"witness {one.short} {one.key}" + (f" {one.address}" if addresses and one.address else ""))
        if not self.quorum:
            return "\n".join([*lines, f"quorum {_NONE}"]) + "\n"
        lines.append(f"group cosigners {self.quorum} " + " ".join(one.short for one in self.cosigners))
        return "\n".join([*lines, "quorum cosigners"]) + "\n"


def parse(text: str) -> Policy:
    """Read a policy file.

    One group of cosigners is understood, not groups of groups: a trust file says "so many of these".

    Raises:
        Malformed: a line that is not understood, with its number; a quorum above the number of its cosigners.
    """
    cosigners: dict[str, Cosigner] = {}
    groups: dict[str, tuple[int, list[str]]] = {}
    quorum: str | None = None
    for number, line in enumerate(text.splitlines(), 1):
        words = line.split()
        if not words or words[0].startswith("#"):
            continue
        match words:
            case ["log", *_]:
                continue
            case ["witness", short, key, *rest] if short not in {*cosigners, *groups} and len(rest) < 2:
                cosigners[short] = Cosigner(short, _cosigner(key, number), _asked_at(rest, number))
            case ["group", short, wanted, *members] if short not in {*cosigners, *groups} and members:
                groups[short] = (_threshold(wanted, members, number), _members(members, cosigners, number))
            case ["quorum", short] if quorum is None:
                quorum = short
            case _:
                raise Malformed(f"line {number} of the policy is not understood")
    return _policy(cosigners, groups, quorum)


def _policy(cosigners: dict[str, Cosigner], groups: dict[str, tuple[int, list[str]]], quorum: str | None) -> Policy:
    names = [one.key.name for one in cosigners.values()]
    if len(set(names)) < len(names):
        raise Malformed("two cosigners of the policy have keys of one name")
    if quorum is None or (quorum != _NONE and quorum not in cosigners and quorum not in groups):
        raise Malformed("the policy names no quorum: a cosigner, a group, or none")
    if quorum == _NONE:
        return Policy(tuple(cosigners.values()), 0)
    wanted, members = groups.get(quorum, (1, [quorum]))
    return Policy(tuple(cosigners[short] for short in members), wanted)


def _cosigner(text: str, number: int) -> VerifierKey:
    try:
        key = VerifierKey.parse(text)
    except Malformed as error:
        raise Malformed(f"line {number} of the policy: {error}") from None
    if key.algorithm != COSIGNATURE_V1:
        raise Malformed(f"line {number} of the policy: expected a cosigner's key, not a log's")
    return key


def _asked_at(rest: list[str], number: int) -> str:
    if not rest:
        return ""
    parts = urlsplit(rest[0])
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise Malformed(f"line {number} of the policy: expected an http or https address")
    return rest[0].rstrip("/")


def _threshold(text: str, members: list[str], number: int) -> int:
    wanted = {"any": 1, "all": len(members)}.get(text) or (int(text) if text.isascii() and text.isdigit() else 0)
    if not 1 <= wanted <= len(members):
        raise Malformed(f"line {number} of the policy: so many cosigners are not in the group")
    return wanted


def _members(members: list[str], cosigners: dict[str, Cosigner], number: int) -> list[str]:
    if len(set(members)) < len(members) or any(one not in cosigners for one in members):
        raise Malformed(f"line {number} of the policy: a group is made of cosigners named above it, each once")
    return members
