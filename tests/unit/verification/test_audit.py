"""What an outsider's audit names: a thousand changed bytes, a rewritten log, keys taken out, what nobody logged."""

from __future__ import annotations

import functools
import http.server
import json
import random
import threading
from datetime import timedelta

import pytest

from testamur.cli import log as log_command
from testamur.cli import main as command
from testamur.cli import site as site_command
from testamur.verification import (
    audit,
    checkpoint,
    copying,
    credential,
    did,
    entry,
    layout,
    monitor,
    note,
    table,
    tiles,
    tree,
)
from testamur.verification.entry import EntryType, build
from testamur.verification.path import validate
from testamur.verification.signature import PublicKey
from testamur.verification.site import FolderSite, OriginSite
from testamur.verification.verdict import Code
from unit.verification.universe import ACC, CB, CERT, HOST, KEYS, MARCH, NOW, WITNESSES, World


def witnessed(**more):
    world = World()
    world.quorum, world.cosigners, world.filler = 2, ["w1", "w2"], 300
    for name, value in more.items():
        setattr(world, name, value)
    return world


def kept(world):
    """Add the versions that stay served: here each is the first and the newest."""
    newest = [path for path in world.files if path.endswith("/did.json")] + [layout.TRUST_ROOTS]
    for path in newest:
        base = path.removesuffix(".json")
        for form in ("json", "tlog-proof"):
            world.files[f"{base}.1.{form}"] = world.files[f"{base}.{form}"]
    return world


BUILT = kept(witnessed().build())
#: kind → files of it
KINDS = {
    "entry": [path for path in BUILT.files if path.startswith("log/tile/entries/")],
    "tile": [path for path in BUILT.files if path.startswith(("log/tile/0", "log/tile/1"))],
    "checkpoint": [layout.CHECKPOINT],
    "did.json": [path for path in BUILT.files if path.endswith("did.json")],
    "earlier version": [path for path in BUILT.files if ".1." in path],
    "status list": [path for path in BUILT.files if path.startswith("status/")],
    "credential": [
        path for path in BUILT.files if path.startswith(("c/", "acc/")) and path.endswith((".jwt", ".json"))
    ],
    "proof": [path for path in BUILT.files if path.endswith(".tlog-proof")],
    "scheme and tree": [path for path in BUILT.files if path.startswith(("schemes/", "trees/")) and ".json" in path],
    "trust": [layout.TRUST_ROOTS, layout.REVOKED_KEYS, layout.LOG_KEY],
}
MUTATIONS = 1_000


class Files(dict):
    def read(self, path):
        return self.get(path)


def audited(files, **more):
    asked = {"host": HOST, "log": BUILT.trust.log, "cosigners": tuple(WITNESSES.values()), "quorum": 2, **more}
    return audit.audit(files, **asked)


@pytest.fixture
def fast(monkeypatch):
    """Remember signatures that were judged: a thousand audits of one world ask the same hundred questions."""
    whole = PublicKey.verifies
    judged = {}

    def remembered(self, signature, data):
        asked = (self.thumbprint, signature, data)
        if asked not in judged:
            judged[asked] = whole(self, signature, data)
        return judged[asked]

    monkeypatch.setattr(PublicKey, "verifies", remembered)
    for module in (entry, table, did):
        monkeypatch.setattr(module, "parse", functools.lru_cache(None)(module.parse))
    monkeypatch.setattr(credential, "parse", functools.lru_cache(None)(credential.parse))
    monkeypatch.setattr(tree, "leaf_hash", functools.lru_cache(None)(tree.leaf_hash))


def test_an_untouched_world_has_no_finding_and_names_its_cosigners():
    report = audited(Files(BUILT.files))

    assert report.findings == []
    assert (
        report.size == len(BUILT.entries)
        and report.root == tree.root_of([tree.leaf_hash(one) for one in BUILT.entries]).hex()
    )
    assert [name for name, _time in report.cosigned] == ["w1.example/witness", "w2.example/witness"]
    assert report.absent == 0 and report.checked > 40


def test_of_a_thousand_changed_bytes_none_is_missed_and_each_file_is_named(fast):
    chance, missed, misnamed, made = random.Random(3), [], [], 0
    kinds = list(KINDS)
    while made < MUTATIONS:
        kind = kinds[made % len(kinds)]
        path = chance.choice(KINDS[kind])
        whole = BUILT.files[path]
        place = chance.randrange(len(whole))
        changed = whole[:place] + bytes([whole[place] ^ chance.randrange(1, 256)]) + whole[place + 1 :]
        if _same_meaning(path, whole, changed):
            continue
        made += 1
        report = audited(Files({**BUILT.files, path: changed}))
        if not report.findings:
            missed.append((path, place))
        elif path not in {finding.path for finding in report.findings}:
            misnamed.append((path, place, [finding.path for finding in report.findings][:3]))
    assert (missed, misnamed) == ([], [])


def test_an_earlier_version_that_nobody_logged_is_named(tmp_path):
    place = layout.did_version("cb1", 1)
    forged = json.dumps({**json.loads(BUILT.files[place]), "alsoKnownAs": ["did:web:else.example"]}).encode()
    other = BUILT.files[layout.did_version("ab", 1, "tlog-proof")]
    folder = kept(witnessed().build()).write(tmp_path)
    (folder / layout.did_version("cb1", 7)).write_bytes(BUILT.files[place])
    (folder / layout.root_list(9)).write_bytes(BUILT.files[layout.TRUST_ROOTS])

    def named(**files):
        return {finding.path for finding in audited(Files({**BUILT.files, **files})).findings}

    assert named(**{place: forged}) == {place, layout.did_version("cb1", 1, "tlog-proof")}
    assert named(**{layout.did_version("cb1", 1, "tlog-proof"): other}) == {layout.did_version("cb1", 1, "tlog-proof")}
    found = {finding.path for finding in audited(FolderSite(folder)).findings}
    assert found == {layout.did_version("cb1", 7), layout.root_list(9)}


def _same_meaning(path, before, after):
    """Say whether a changed byte only spells the same: white space between the words of a JSON file, or at an end."""
    if path.endswith(".json"):
        try:
            return json.loads(before) == json.loads(after)
        except ValueError:
            return False
    return before.strip() == after.strip() and path.endswith((".jwt", ".vkey"))


@pytest.mark.parametrize("kind", list(KINDS))
def test_a_file_cut_short_or_emptied_is_named(kind, fast):
    for path in KINDS[kind]:
        for changed in (b"", BUILT.files[path][: len(BUILT.files[path]) // 2]):
            names = {finding.path for finding in audited(Files({**BUILT.files, path: changed})).findings}
            assert path in names, path


# ---------------------------------------------------------------------- the log against itself and an older copy


def _relogged(world, entries):
    """Let the log's own key sign another history: what only an older copy or a cosigner can show."""
    world.entries = entries
    world._log()
    return world


def test_a_log_rewritten_with_its_own_key_is_named_by_an_older_copy(tmp_path):
    old = witnessed().build()
    folder = FolderSite(old.write(tmp_path))
    forged = witnessed().build()
    entries = list(forged.entries)
    entries[40] = build(EntryType.PROCESS_EVENT, digest="uEiForged", id="E0", at=MARCH, sample=True)
    report = audited(Files(_relogged(forged, entries).files), since=folder)

    assert "The log was rewritten" in " ".join(finding.said.sentence() for finding in report.findings)
    shorter = witnessed().build()
    report = audited(Files(_relogged(shorter, shorter.entries[:-5]).files), since=folder)
    assert "smaller than it was" in " ".join(finding.said.sentence() for finding in report.findings)


def test_growth_out_of_an_older_copy_is_counted(tmp_path):
    old = witnessed()
    old.filler = 290
    folder = FolderSite(old.build().write(tmp_path))

    report = audited(Files(BUILT.files), since=folder)
    assert report.grown == 10
    assert report.findings == []


@pytest.mark.parametrize(
    ("before", "after", "says"),
    [
        ({}, None, "no longer served"),
        ({}, lambda key: [did.DidKey("k2", key.jwk)], "taken out"),
        ({}, lambda key: [did.DidKey("k1", KEYS["stranger"].public_jwk)], "taken out or exchanged"),
        ({"revoked": MARCH, "revoked_at_log_index": 5}, lambda key: [did.DidKey("k1", key.jwk)], "taken back"),
        ({"expires": NOW}, lambda key: [did.DidKey("k1", key.jwk)], "put off"),
    ],
)
def test_keys_are_marked_and_never_taken_out(tmp_path, before, after, says):
    old = witnessed()
    old.did_keys["ab"] = lambda key: [did.DidKey("k1", key.jwk, **before)]
    folder = FolderSite(old.build().write(tmp_path))
    now = witnessed()
    if after is not None:
        now.did_keys["ab"] = after
    files = now.build().files
    if after is None:
        files.pop(layout.did_document("ab"))

    sentences = [
        finding.said.sentence()
        for finding in audited(Files(files), since=folder).findings
        if finding.path == layout.did_document("ab")
    ]
    assert any(says in sentence for sentence in sentences), sentences


def test_an_issued_credential_that_vanished_or_changed_is_named(tmp_path):
    folder = FolderSite(BUILT.write(tmp_path))
    files = dict(BUILT.files)
    del files[layout.certificate(CERT)]
    files[layout.authority(ACC)] = files[layout.authority(ACC)] + b"\n"

    found = {finding.path: finding.said.sentence() for finding in audited(Files(files), since=folder).findings}
    assert "no longer served" in found[layout.certificate(CERT)]
    assert "never changes" in found[layout.authority(ACC)]


# ---------------------------------------------------------------------- cosigners


@pytest.mark.parametrize(("cosigners", "says"), [(["w1"], "Only 1 of 2"), ([], "Only 0 of 2")])
def test_too_few_cosigners_are_a_finding_on_the_checkpoint_and_on_each_proof(cosigners, says):
    report = audited(Files(witnessed(cosigners=cosigners).build().files))

    named = {finding.path: finding.said.sentence() for finding in report.findings}
    assert says in named[layout.CHECKPOINT]
    assert layout.certificate(CERT, "tlog-proof") in named


def test_what_waits_for_cosigners_is_no_finding_but_is_counted():
    world = witnessed().build()
    files = Files(world.files)
    name, size = layout.log_name(HOST), len(world.entries)
    world.entries = [
        *world.entries,
        *(build(EntryType.PROCESS_EVENT, digest="uEi", id=f"N{n}", at=MARCH) for n in (1, 2)),
    ]
    leaves = [tree.leaf_hash(one) for one in world.entries]
    for tile in tiles.grow(0, leaves, lambda *_: None):
        files[layout.log_file(tile.path)] = tile.data
    for index, width in tiles.widths(len(leaves)):
        part = world.entries[index * tiles.WIDTH : index * tiles.WIDTH + width]
        files[layout.log_file(tiles.entries_path(index, width))] = tiles.pack_entries(part)
    files[layout.CHECKPOINT_NEXT] = checkpoint.sign(name, len(leaves), tree.root_of(leaves), KEYS["log"]).encode()

    report = audited(files)
    assert (report.findings, report.size, report.waiting) == ([], size + 2, 2)
    files[layout.CHECKPOINT_NEXT] = checkpoint.sign(name, len(leaves), bytes(32), KEYS["log"]).encode()
    assert [finding.path for finding in audited(files).findings] == [layout.CHECKPOINT_NEXT]


# ---------------------------------------------------------------------- what nobody logged


def test_what_is_served_and_not_logged_is_named(tmp_path):
    folder = BUILT.write(tmp_path)
    for path in ("c/FORGED0001.jwt", "acc/FORGED0001.jwt", "status/forged-revocation-1.jwt", "org/forged/did.json"):
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(b"{}")

    named = {finding.path for finding in audited(FolderSite(folder)).findings}
    assert named == {
        "c/FORGED0001.jwt", "acc/FORGED0001.jwt", "status/forged-revocation-1.jwt", "org/forged/did.json",
    }  # fmt: skip


def test_an_entry_signed_with_a_revoked_key_is_named():
    index = next(place for place, data in enumerate(BUILT.entries) if b'"cert.issue"' in data)
    world = witnessed()
    world.did_keys["cb1"] = lambda key: [did.DidKey("k1", key.jwk, revoked=NOW, revoked_at_log_index=index)]

    sentences = {finding.path: finding.said.sentence() for finding in audited(Files(world.build().files)).findings}
    assert "had been revoked" in sentences[f"#{index}"]


def test_a_key_that_entries_name_must_be_published():
    world = witnessed()
    world.edits["entry:cert"] = lambda facts: facts.update(k="another")

    sentences = {finding.path: finding.said.sentence() for finding in audited(Files(world.build().files)).findings}
    assert "not among the keys" in sentences[layout.did_document("cb1")]


def test_a_bundle_with_a_changed_file_is_named(tmp_path):
    from testamur.verification import bundle, jcs

    folder = BUILT.write(tmp_path)
    facts, verdict = bundle.build(layout.certificate(CERT), site=BUILT, trust=BUILT.trust, now=NOW)
    assert verdict.result is Code.VALID
    place = folder / layout.bundle(CERT)
    place.parent.mkdir()
    place.write_bytes(jcs.canonical(facts))
    assert audited(FolderSite(folder)).findings == []
    for path in facts["files"]:
        held = facts["files"][path]
        text = held if isinstance(held, str) else held[2]
        swapped = text[:-20] + ("B" if text[-20] != "B" else "C") + text[-19:]
        swapped = swapped if isinstance(held, str) else [*held[:2], swapped]
        place.write_bytes(jcs.canonical({**facts, "files": {**facts["files"], path: swapped}}))
        assert [finding.path for finding in audited(FolderSite(folder)).findings] == [f"{layout.bundle(CERT)}#{path}"]


# ---------------------------------------------------------------------- a mirror


@pytest.fixture
def served(tmp_path):
    """A copy of the site, served by Python's own file server, which knows nothing of us."""
    site = BUILT.write(tmp_path)
    copied = tmp_path / "copy"
    assert site_command.main(["export", str(copied), "--source", str(site), "--language", "en"]) == 0
    handler = functools.partial(http.server.SimpleHTTPRequestHandler, directory=str(copied))
    handler.func.log_message = lambda *_: None
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    yield f"http://127.0.0.1:{server.server_address[1]}", copied, tmp_path / "trust.json"
    server.shutdown()
    thread.join()
    server.server_close()


def test_everything_verifies_against_a_mirror_alone(served, capsys):
    origin, copied, trust = served
    site = OriginSite(origin)
    for path in KINDS["credential"]:
        if ".history." not in path:
            data = site.read(path)
            assert validate(data, site=site, trust=BUILT.trust, now=NOW).result is Code.VALID, path
    capsys.readouterr()
    assert log_command.main(["audit", origin, "--trust", str(trust), "--since", str(copied), "--language", "en"]) == 0
    said = capsys.readouterr().out
    assert "0 findings" in said and "Cosigned by w1.example/witness" in said and "grew by 0" in said
    at = f"{NOW:%Y-%m-%dT%H:%M:%SZ}"
    credential_file = str(copied / layout.certificate(CERT))
    arguments = ["verify", credential_file, "--site", origin, "--trust", str(trust), "--at", at, "--language", "en"]
    assert command(arguments) == 0
    assert "Witnessed by 2 of 2" in capsys.readouterr().out


def test_a_copy_is_brought_up_to_date_and_never_half_written(tmp_path):
    site, target = BUILT.write(tmp_path), tmp_path / "copy"
    first = copying.copy(site, target)
    assert first.settled and first.files == first.written == len(BUILT.files)
    assert copying.copy(site, target).written == 0
    (site / layout.CHECKPOINT).write_bytes(b"changed")

    assert copying.copy(site, target).written == 1
    assert (target / layout.CHECKPOINT).read_bytes() == b"changed"
    with pytest.raises(FileNotFoundError):
        copying.copy(tmp_path / "nothing", target)


def test_a_copy_does_not_lie_inside_its_site(tmp_path, capsys):
    site = BUILT.write(tmp_path)

    assert site_command.main(["export", str(site / "copy"), "--source", str(site), "--language", "en"]) == 2
    assert "inside" in capsys.readouterr().err


# ---------------------------------------------------------------------- watching


class Hook:
    """A webhook that can refuse."""

    def __init__(self):
        hook = self
        self.got, self.refuses = [], False

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                if not hook.refuses:
                    hook.got.append(json.loads(body))
                self.send_response(503 if hook.refuses else 204)
                self.end_headers()

            def log_message(self, *_):
                pass

        self.server = http.server.HTTPServer(("127.0.0.1", 0), Handler)
        self.thread = threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.05})
        self.thread.start()
        self.address = f"http://127.0.0.1:{self.server.server_address[1]}/"

    def close(self):
        self.server.shutdown()
        self.thread.join()
        self.server.server_close()


@pytest.fixture
def hook():
    made = Hook()
    yield made
    made.close()


@pytest.fixture
def watched(tmp_path):
    """A site that can grow by a forged certificate, and a function that looks once at it."""
    world = witnessed()
    folder = world.build().write(tmp_path)

    def grow(*ids):
        for id in ids:
            world.entries.append(
                build(EntryType.CERT_ISSUE, digest="uEiForged", id=id, issuer=CB, key="stolen", at=NOW, sample=True)
            )
        world._log()
        world.write(tmp_path)

    def look(*more):
        return log_command.main(
            ["watch", str(folder), "--issuer", CB, "--trust", str(tmp_path / "trust.json"), "--once",
             "--state", str(tmp_path / "watch.json"), "--language", "en", *more]
        )  # fmt: skip

    look.grow, look.world, look.folder = grow, world, tmp_path
    return look


FORGED = layout.certificate_id(HOST, "FORGED0001")


def test_a_certificate_that_the_issuer_did_not_issue_is_noticed_and_posted(watched, hook, capsys):
    own = watched.folder / "own.txt"
    own.write_text(layout.certificate_id(HOST, CERT) + "\n")
    assert watched("--known", str(own), "--webhook", hook.address) == 0
    first = capsys.readouterr().out
    assert layout.certificate_id(HOST, CERT) in first and "NOT AMONG YOURS" not in first
    assert [one["known"] for one in hook.got if one["type"] == "cert.issue"] == [True]
    hook.got.clear()

    watched.grow(FORGED)
    assert watched("--known", str(own), "--webhook", hook.address) == 1
    said = capsys.readouterr().out.splitlines()
    assert len(said) == 1 and FORGED in said[0] and "NOT AMONG YOURS" in said[0]
    assert [(one["id"], one["known"], one["key"]) for one in hook.got] == [(FORGED, False, "stolen")]

    assert watched("--known", str(own), "--webhook", hook.address) == 0  # remembered across restarts
    assert capsys.readouterr().out == "" and len(hook.got) == 1


def test_it_is_noticed_within_a_minute_of_watching(watched, capsys):
    slept = []

    def sleep(seconds):
        slept.append(seconds)
        if len(slept) == 2:
            watched.grow(FORGED)
        if len(slept) == 3:
            raise KeyboardInterrupt

    arguments = log_command._parser().parse_args(
        ["watch", str(watched.folder / "site"), "--issuer", CB, "--trust", str(watched.folder / "trust.json"),
         "--state", str(watched.folder / "watch.json"), "--from-now", "--language", "en"]
    )  # fmt: skip
    from testamur.cli import _watching

    with pytest.raises(KeyboardInterrupt):
        _watching.run(arguments, sleep)
    assert capsys.readouterr().out.count(FORGED) == 1
    assert max(slept) <= 60


def test_a_webhook_that_is_away_gets_everything_later(watched, hook, capsys):
    hook.refuses = True
    watched("--webhook", hook.address, "--from-now")
    watched.grow(FORGED)
    watched("--webhook", hook.address)
    assert hook.got == [] and "1 findings wait" in capsys.readouterr().err

    hook.refuses = False
    watched("--webhook", hook.address)
    assert [one["id"] for one in hook.got] == [FORGED]


def test_a_log_that_shrank_or_was_rewritten_is_called_broken(watched, hook, capsys):
    watched("--from-now")
    whole = list(watched.world.entries)
    for entries in (whole[:-3], [*whole[:50], *whole[51:], whole[0]]):
        watched.world.entries = list(entries)
        watched.grow()
        assert watched("--webhook", hook.address) == 1
        assert "The log is broken" in capsys.readouterr().out
    assert {one["kind"] for one in hook.got} == {"log.broken"}


def test_arguments_that_cannot_be_used_are_said_in_a_sentence(watched, capsys):
    assert watched("--issuer", "cb1") == 2
    (watched.folder / "watch.json").write_text("{}")
    assert watched() == 2
    memory = monitor.Memory("other.example/log")
    memory.write(watched.folder / "watch.json")
    assert watched() == 2
    assert "other.example/log" in capsys.readouterr().err


def test_only_the_right_key_can_say_how_far_the_log_is(watched, capsys):
    path = watched.folder / "site" / layout.CHECKPOINT
    parsed = checkpoint.parse(path.read_bytes())
    path.write_text(
        note.assemble(parsed.note.text, [note.signature_line(parsed.note.text, parsed.origin, KEYS["stranger"])])
    )

    assert watched() == 1
    assert "The log is broken" in capsys.readouterr().out


def test_a_status_list_that_was_never_logged_is_named():
    files = Files(BUILT.files)
    path = layout.status_list("cb1", "revocation")
    payload = {**credential.parse(files[path]).payload, "validFrom": f"{NOW + timedelta(days=1):%Y-%m-%dT%H:%M:%SZ}"}
    files[path] = credential.sign_jwt(payload, KEYS["cb1"], did.jose_method(CB, "k1")).encode()

    assert [finding.path for finding in audited(files).findings] == [path]
