"""Write the Chinese of the browser verifier's messages into ``static/testamur/verify/words.js``.

The page must speak without the server that served it, so the words travel with it as a file; they are taken from the
one catalogue. With ``--check`` nothing is written and a difference is an error.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))

import catalogue
import messages

TARGET = messages.PACKAGE / "static/testamur/verify/words.js"
HEAD = """\
// Written by tools/words.py from src/testamur/locale/parts; a test fails where it is not what that writes.

export const ZH = Object.assign(Object.create(null), {
"""


def text() -> str:
    """Return the file: one line for each message of the scripts that has Chinese, in the order of the alphabet."""
    known, _problems = catalogue.parts()
    found = messages.script_messages(messages.PACKAGE)
    lines = [
        f"  {json.dumps(message, ensure_ascii=False)}: {json.dumps(known[message], ensure_ascii=False)},\n"
        for message in sorted(found)
        if message in known
    ]
    return HEAD + "".join(lines) + "});\n"


def main() -> int:
    if "--check" in sys.argv[1:]:
        same = TARGET.is_file() and TARGET.read_text(encoding="utf-8") == text()
        print("words.js is current" if same else "words.js is not what tools/words.py writes")
        return 0 if same else 1
    TARGET.write_text(text(), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
