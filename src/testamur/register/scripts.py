"""Traditional Chinese characters by the simplified ones that stand for them, one for one.

OpenCC's tables are asked once for each character alone, so that a text and any fragment of it become the same, whatever
stands beside. What several characters are simplified to (發 and 髮 are 发) finds all of them. Japanese forms that are
neither (検, 気) stay: they are other characters to everybody who writes Chinese.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

#: OpenCC's configurations, in turn: its standard characters, then those that Hong Kong and Taiwan write otherwise.
CONFIGURATIONS = ("t2s", "hk2s", "tw2s")
#: First and last characters of the blocks that are asked about: unified ideographs with extension A, compatibility.
BLOCKS = (("\u3400", "\u9fff"), ("\uf900", "\ufaff"))
#: Characters from which a text is converted as an array: many times faster, and dearer to begin.
LONG = 400
#: Characters of one such array: small ones are allocated faster than a large one.
STEP = 1 << 14


def simplified(text: str) -> str:
    """Return a text with simplified characters for traditional ones; all others, and the length, stay."""
    if len(text) >= LONG:
        return "".join([_converted(text[start : start + STEP]) for start in range(0, len(text), STEP)])
    table = _table()
    return text.translate(table.simplified) if table.traditional.search(text) else text


def _converted(text: str) -> str:
    import numpy as np

    codes = np.frombuffer(text.encode("utf-32-le", "surrogatepass"), dtype=np.uint32)
    return _table().codes.take(codes).tobytes().decode("utf-32-le", "surrogatepass")


@dataclass(frozen=True)
class Table:
    """The conversion in three forms.

    Attributes:
        simplified: code of a traditional character → the simplified one.
        traditional: finds a character that has one.
        codes: of every character, the code of what it becomes; shape (0x110000,).
    """

    simplified: dict[int, str]
    traditional: re.Pattern[str]
    codes: NDArray[np.uint32]


@cache
def _table() -> Table:
    """Build the table, in some hundredths of a second: when the first text wants it, not when a program starts."""
    import numpy as np
    from opencc import OpenCC

    asked = [chr(code) for first, last in BLOCKS for code in range(ord(first), ord(last) + 1)]
    lines = "\n".join(asked)
    for name in CONFIGURATIONS:
        lines = OpenCC(name).convert(lines)
    known = {one: other for one, other in zip(asked, lines.split("\n"), strict=True) if one != other}
    # What is simplified to something that is simplified further (薴, 苧, 苎) becomes the last of them at once.
    known = {one: known.get(other, other) for one, other in known.items()}
    codes = np.arange(0x110000, dtype="<u4")
    for one, other in known.items():
        codes[ord(one)] = ord(other)
    return Table({ord(one): other for one, other in known.items()}, re.compile(f"[{''.join(known)}]"), codes)
