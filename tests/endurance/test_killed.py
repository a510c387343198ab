"""Whatever is killed, a restart completes it or takes it back; nothing half-done is ever seen.

``make soak`` runs this with ten times the kills, from another seed each time.
"""

from __future__ import annotations

import os
import secrets

from endurance.installation import run
from endurance.killing import EACH

TIMES = int(os.environ.get("TESTAMUR_SOAK", "1"))
KILLS = 200


def test_an_act_killed_at_any_write_is_completed_or_taken_back(tmp_path):
    seed = int(os.environ.get("TESTAMUR_SEED", "0")) or (secrets.randbelow(1 << 31) if TIMES > 1 else 1)
    print(f"seed {seed}: TESTAMUR_SEED={seed} repeats this")

    told = run("killing", tmp_path, times=TIMES, kills=KILLS, seed=seed)

    assert told["kills"] >= KILLS * TIMES
    missed = {
        place: told["hits"].get(place, 0)
        for counts in told["places"].values()
        for place in counts
        if told["hits"].get(place, 0) < EACH * TIMES
    }
    assert not missed, f"boundaries that were not hit {EACH * TIMES} times"
    reached = set().union(*told["places"].values())
    assert {"before a commit", "after a commit", "fsync", "half of a file", "rename to public/log/*"} <= reached
    assert {"INSERT INTO register_credential", "UPDATE transparency_tree", "rename to public/c/*.jwt"} <= reached
