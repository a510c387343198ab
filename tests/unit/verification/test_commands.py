"""``testamur verify``, ``testamur trust``, ``testamur log``: what they print and how they end."""

import json
import subprocess
import sys
import threading
from datetime import UTC, datetime, timedelta
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer

import pytest

from testamur.cli import log, trust, verify
from testamur.kernel import clock
from testamur.verification import bundle, layout
from testamur.verification import site as sites
from unit.verification.universe import ACC, CERT, HOST, NOW, World

AT = "2026-11-22T12:00:00Z"


@pytest.fixture(autouse=True)
def english(monkeypatch):
    for name in ("LC_ALL", "LC_MESSAGES"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("LANG", "C.UTF-8")


@pytest.fixture
def world():
    return World().build()


@pytest.fixture
def site(world, tmp_path, monkeypatch):
    monkeypatch.setenv("TESTAMUR_TRUST", str(tmp_path / "trust.json"))
    return world.write(tmp_path)


def test_verify_says_valid_shows_the_line_of_authority_and_ends_with_0(site, capsys):
    status = verify.main([str(site / layout.certificate(CERT)), "--site", str(site), "--at", AT])

    printed = capsys.readouterr().out
    assert status == 0
    assert printed.startswith("VALID · Valid\nSample cb1 was entitled to issue this, and it stands as of 22 Nov 2026")
    for expected in (
        "certificate CN-QC-2026-000001234 · 示例制造有限公司 Sample Maker · valid",
        "├─ licence LICENCE001 · Sample cb1 · valid",
        "└─ accreditation ACC0000001",
        "   └─ competence COMP000001",
        "root: Sample root (did:web:sample.testamur.example:org:root)",
        "Entry 11 of the log sample.testamur.example/log",
        "Not yet witnessed",
        "It does not prove",
    ):
        assert expected in printed


def test_a_credential_inside_a_mirror_needs_no_site_argument(site):
    assert verify.main([str(site / layout.certificate(CERT)), "--at", AT]) == 0


def test_json_has_the_codes_the_path_and_as_of(site, capsys):
    assert verify.main([str(site / layout.authority(ACC)), "--site", str(site), "--at", AT, "--json"]) == 0

    found = json.loads(capsys.readouterr().out)
    assert (found["result"], found["now"], found["at_issue"]) == ("VALID", "VALID", "VALID")
    assert [link["kind"] for link in found["path"]] == ["accreditation", "competence", "root"]
    assert found["as_of"]["now"] == AT


def test_many_credentials_get_the_verdict_that_each_gets_alone(tmp_path, monkeypatch, capsys):
    world = World()
    world.more_certificates = 3
    world.set_bits.append(("cb1", "suspension", 94567))
    world.after.append(lambda files: files.update({layout.certificate("MORE000001"): b"no credential"}))
    site = world.build().write(tmp_path)
    monkeypatch.setenv("TESTAMUR_TRUST", str(tmp_path / "trust.json"))
    names = [str(site / layout.certificate(code)) for code in (CERT, "MORE000000", "MORE000001", "MORE000002")]
    names.append(str(site / layout.authority(ACC)))

    assert verify.main([*names, "--at", AT, "--json"]) == 1
    together = json.loads(capsys.readouterr().out)
    alone = []
    for name in names:
        verify.main([name, "--at", AT, "--json"])
        alone.append({"file": name, **json.loads(capsys.readouterr().out)})

    assert together == alone
    assert {found["result"] for found in together} == {"SUSPENDED", "MALFORMED", "VALID"}
    assert verify.main([names[4], names[4], "--at", AT]) == 0
    assert capsys.readouterr().out.splitlines()[0].startswith(f"VALID · {names[4]} · Sample ab was entitled")


def test_many_files_with_a_bundle_among_them_end_with_2_and_say_what_to_do(site, world, tmp_path, capsys):
    whole, _verdict = bundle.build(layout.certificate(CERT), site=world, trust=world.trust, now=NOW)
    (tmp_path / "bundle.json").write_text(json.dumps(whole))
    name = str(site / layout.certificate(CERT))

    assert verify.main([name, str(tmp_path / "bundle.json"), "--at", AT]) == 2
    assert "Verify the others one by one" in capsys.readouterr().err


def test_a_withdrawn_certificate_ends_with_1_and_says_what_held_at_issue(tmp_path, monkeypatch, capsys):
    world = World()
    june = datetime(2026, 6, 1, tzinfo=UTC)
    from testamur.verification.history import Change

    world.changes["cert"] = [Change(2, "withdrawn", "fraud", june, june)]
    world.set_bits.append(("cb1", "revocation", 94567))
    site = world.build().write(tmp_path)
    monkeypatch.setenv("TESTAMUR_TRUST", str(tmp_path / "trust.json"))
    path = str(site / layout.certificate(CERT))

    assert verify.main([path, "--at", AT]) == 1
    printed = capsys.readouterr().out
    assert printed.startswith("REVOKED · Not valid: withdrawn or cancelled\nSample cb1 has withdrawn")
    assert "When it was issued: VALID · Valid" in printed
    assert verify.main([path, "--at", AT, "--at-issue"]) == 0
    assert "Now: REVOKED" in capsys.readouterr().out
    assert verify.main([path, "--at", AT, "--on", "2026-05-01"]) == 0
    assert verify.main([path, "--at", AT, "--on", "2026-06-02"]) == 1


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["nowhere.jwt"], "cannot be read"),
        (["CERT", "--site", "nowhere"], "no folder"),
        (["CERT", "--at", "yesterday"], "--at is an instant"),
        (["CERT", "--on", "yesterday"], "--on is a day"),
        (["CERT", "--on", "2026-12-31"], "has begun"),
        (["CERT", "--on", "2026-05-01", "--at-issue"], "not together"),
        (["CERT", "--trust", "nowhere.json"], "testamur trust init"),
    ],
)
def test_unusable_arguments_end_with_2_and_a_sentence(site, capsys, arguments, sentence):
    given = [str(site / layout.certificate(CERT)) if one == "CERT" else one for one in arguments]
    if "--at" not in given:
        given += ["--at", AT]

    assert verify.main(given) == 2
    assert sentence in capsys.readouterr().err


def test_a_pdf_a_lone_file_and_a_broken_trust_file_are_explained(site, tmp_path, capsys):
    (tmp_path / "c.pdf").write_bytes(b"%PDF-1.7")
    (tmp_path / "lone").mkdir()
    (tmp_path / "lone" / "c.jwt").write_bytes((site / layout.certificate(CERT)).read_bytes())
    (tmp_path / "broken.json").write_text('{"host":"x"}')

    assert verify.main([str(tmp_path / "c.pdf"), "--site", str(site)]) == 1
    assert "carries no signed credential" in capsys.readouterr().out
    assert verify.main([str(tmp_path / "lone" / "c.jwt")]) == 2
    assert verify.main([str(site / layout.certificate(CERT)), "--trust", str(tmp_path / "broken.json")]) == 2
    said = capsys.readouterr().err
    assert "--site" in said and "roots: expected" in said


# ---------------------------------------------------------------------- bundles


def test_a_bundle_alone_decides_everything_and_a_changed_one_shows(world, site, tmp_path, capsys):
    facts, verdict = bundle.build(layout.certificate(CERT), site=world, trust=world.trust, now=NOW)
    path = tmp_path / "bundle.json"
    path.write_text(json.dumps(facts, ensure_ascii=False))

    assert verdict.valid
    assert path.stat().st_size < 90_000
    assert verify.main([str(path), "--at", AT]) == 0
    assert verify.main([str(path), "--at", AT, "--on", "2026-05-01"]) == 0
    assert verify.main([str(path), "--at", "2026-12-22T12:00:00Z"]) == 1
    capsys.readouterr()
    header, payload, signature = facts["files"]["acc/ACC0000001.jwt"]
    files = {**facts["files"], "acc/ACC0000001.jwt": [header, payload, signature + "A"]}
    path.write_text(json.dumps({**facts, "files": files}))
    assert verify.main([str(path), "--at", AT]) == 1
    assert capsys.readouterr().out.startswith("ACCREDITATION_INVALID")


def test_a_bundle_gives_back_every_byte_and_those_of_the_version_before_are_read_too(world, tmp_path, site):
    facts, _verdict = bundle.build(layout.certificate(CERT), site=world, trust=world.trust, now=NOW)
    whole = sites.BundleSite(json.dumps(facts).encode())
    signed = [name for name in facts["files"] if name.endswith(".jwt")]

    assert len(signed) > 10
    assert all(isinstance(facts["files"][name], list) for name in signed)
    assert all(whole.read(name) == world.files[name] for name in facts["files"] if not name.startswith("trees/"))
    before = {**facts, "v": 1, "files": {name: whole.read(name).decode() for name in facts["files"]}}
    path = tmp_path / "before.bundle.json"
    path.write_text(json.dumps(before))
    assert verify.main([str(path), "--at", AT]) == 0


def test_what_only_looks_like_a_signed_file_is_held_as_its_text():
    for text in ("ey.A.b", "ey.AAB.c", "ey._w.c", "a.b.c", "ey"):
        assert sites.opened(text.encode()) == text


def test_a_bundle_carries_only_the_rows_of_a_tree_that_matter(world):
    facts, _verdict = bundle.build(layout.certificate(CERT), site=world, trust=world.trust, now=NOW)

    whole = json.loads(world.files[layout.table("sectors@1")])
    carried = json.loads(facts["files"][layout.table("sectors@1")])
    assert len(whole["rows"]) > 40
    assert [row for _place, row, _path in carried["proven"]] == [["17", None], ["17.1", "17"]]


@pytest.mark.parametrize(
    "change",
    [
        {"v": 3}, {"v": True}, {"v": 1}, {"credential": "c/other.jwt"}, {"files": []}, {"type": "testamur-bundle "},
        {"files": {layout.certificate(CERT): ["a", "b"]}}, {"files": {layout.certificate(CERT): ["a", "b", 5]}},
        {"files": {layout.certificate(CERT): ["a", "\ud800", "c"]}},
    ],
)  # fmt: skip
def test_a_bundle_of_another_shape_is_refused(world, site, tmp_path, change):
    facts, _verdict = bundle.build(layout.certificate(CERT), site=world, trust=world.trust, now=NOW)
    path = tmp_path / "bundle.json"
    path.write_text(json.dumps({**facts, **change}))

    assert verify.main([str(path), "--at", AT]) == 2


def test_a_bundle_of_what_the_site_does_not_have_is_a_lookup_error(world):
    with pytest.raises(LookupError):
        bundle.build("c/NOTHERE.jwt", site=world, trust=world.trust, now=NOW)


# ---------------------------------------------------------------------- trust


def test_trust_init_shows_fingerprints_and_writes_only_when_agreed(world, tmp_path, monkeypatch, capsys):
    site, out = world.write(tmp_path), tmp_path / "mine.json"
    monkeypatch.setattr("builtins.input", lambda _question: "no")
    assert trust.main(["init", "--site", str(site), "--out", str(out)]) == 1
    assert not out.exists()
    monkeypatch.setattr("builtins.input", lambda _question: "yes")
    assert trust.main(["init", "--site", str(site), "--out", str(out)]) == 0

    printed = capsys.readouterr().out
    assert world.trust.log.fingerprint in printed
    assert "root: did:web:sample.testamur.example:org:root" in printed and "k1 " in printed
    assert json.loads(out.read_text()) == world.trust.to_json()
    assert verify.main([str(site / layout.certificate(CERT)), "--trust", str(out), "--at", AT]) == 0
    assert trust.main(["show", "--trust", str(out)]) == 0


def test_trust_init_of_a_site_that_proposes_nothing_is_refused(tmp_path, capsys):
    assert trust.main(["init", "--site", str(tmp_path), "--yes"]) == 2
    assert "proposes nothing" in capsys.readouterr().err


def test_trust_init_can_believe_other_roots_than_the_site_proposes(world, tmp_path):
    site, out = world.write(tmp_path), tmp_path / "mine.json"
    other = layout.organisation_did(HOST, "elsewhere")

    assert trust.main(["init", "--site", str(site), "--out", str(out), "--root", other, "--yes"]) == 0
    assert json.loads(out.read_text())["roots"] == [other]


# ---------------------------------------------------------------------- log audit


def test_an_honest_log_passes_its_audit(site, capsys):
    assert log.main(["audit", str(site)]) == 0
    assert "26 entries" in capsys.readouterr().out


TAMPERED = {
    "a byte of an entry": (
        layout.log_file("tile/entries/000.p/26"),
        lambda d: d.replace(b"2026-03-01", b"2026-03-02", 1),
    ),
    "a cut bundle of entries": (layout.log_file("tile/entries/000.p/26"), lambda d: d[:-1]),
    "a byte of a tile": (layout.log_file("tile/0/000.p/26"), lambda d: d[:5] + bytes([d[5] ^ 1]) + d[6:]),
    "a byte of the checkpoint": (layout.CHECKPOINT, lambda d: d.replace(b"\n26\n", b"\n25\n")),
    "a certificate": (layout.certificate(CERT), lambda d: d[:200] + (b"A" if d[200:201] != b"A" else b"B") + d[201:]),
    "a twin": (layout.certificate(CERT, "json"), lambda d: d.replace(b"000001234", b"000001235")),
    "a proof": (layout.certificate(CERT, "tlog-proof"), lambda d: d.replace(b"index 11", b"index 10")),
    "a history": (
        layout.certificate(CERT, "history.jwt"),
        lambda d: d[:300] + (b"A" if d[300:301] != b"A" else b"B") + d[301:],
    ),
    "did.json": (layout.did_document("cb1"), lambda d: d.replace(b"Multikey", b"multikey", 1)),
    "a scheme's demands": (layout.scheme_extract("cn-qms", "2026-1"), lambda d: d.replace(b"always", b"if_claimed")),
    "a tree": (layout.table("sectors@1"), lambda d: d.replace(b'"17.1","17"', b'"17.1","18"')),
}


@pytest.mark.parametrize("name", TAMPERED)
def test_an_audit_names_what_was_tampered_with(site, capsys, name):
    path, change = TAMPERED[name]
    before = (site / path).read_bytes()
    (site / path).write_bytes(change(before))

    assert change(before) != before
    assert log.main(["audit", str(site)]) == 1
    assert path in capsys.readouterr().out


def test_an_audit_finds_a_certificate_that_the_log_does_not_know(site, capsys):
    (site / "c" / "FORGED.jwt").write_bytes((site / layout.certificate(CERT)).read_bytes())

    assert log.main(["audit", str(site)]) == 1
    assert "c/FORGED.jwt: The credential is served, but the log does not know it." in capsys.readouterr().out


def test_a_log_must_have_grown_out_of_its_older_copy(tmp_path, capsys, monkeypatch):
    old = World()
    old.order = ["comp", "licence", "acc", "cert"]
    older = old.build().write(tmp_path / "old")
    rewritten = World()
    rewritten.at["did:root"] = datetime(2024, 1, 1, tzinfo=UTC)
    newer = rewritten.build().write(tmp_path / "new")
    monkeypatch.setenv("TESTAMUR_TRUST", str(tmp_path / "old" / "trust.json"))

    assert log.main(["audit", str(older), "--since", str(older)]) == 0
    assert "grew by 0" in capsys.readouterr().out
    assert log.main(["audit", str(newer)]) == 0
    assert log.main(["audit", str(newer), "--since", str(older / layout.CHECKPOINT)]) == 1
    assert "was rewritten" in capsys.readouterr().out


# ---------------------------------------------------------------------- start


@pytest.mark.parametrize("name", ["verify", "trust", "log"])
def test_the_commands_start_without_the_framework_or_the_network(name):
    script = (
        f"import sys; from testamur.cli import {name}\n"
        f"try: {name}.main(['--help'])\nexcept SystemExit: pass\n"
        "print([m for m in ('django', 'http.client', 'urllib.request', 'ssl') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)

    assert done.stdout.strip().endswith("[]")


def test_the_clock_is_the_default_now(site, capsys):
    status = verify.main([str(site / layout.certificate(CERT)), "--json"])
    found = json.loads(capsys.readouterr().out)

    assert status in (0, 1)
    assert abs(datetime.fromisoformat(found["as_of"]["now"]) - clock.real_now()) < timedelta(minutes=5)


# ---------------------------------------------------------------------- an origin


@pytest.fixture
def origin(site):
    """Serve the site on loopback; ``/elsewhere/…`` redirects, ``/broken/…`` fails."""

    class Handler(SimpleHTTPRequestHandler):
        def __init__(self, *args):
            super().__init__(*args, directory=str(site))

        def do_GET(self):
            if self.path.startswith("/elsewhere/"):
                self.send_response(302)
                self.send_header("Location", self.path.removeprefix("/elsewhere"))
                self.end_headers()
            elif self.path.startswith("/broken/"):
                self.send_error(503)
            else:
                super().do_GET()

        def log_message(self, *_args):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


def test_a_site_can_be_an_origin_of_any_name(origin, site, tmp_path):
    lone = tmp_path / "c.jwt"
    lone.write_bytes((site / layout.certificate(CERT)).read_bytes())

    assert verify.main([str(lone), "--site", origin, "--at", AT]) == 0
    assert log.main(["audit", origin]) == 0


@pytest.mark.parametrize("place", ["/elsewhere", "/broken"])
def test_an_origin_that_redirects_or_fails_says_nothing_about_the_certificate(origin, site, tmp_path, capsys, place):
    lone = tmp_path / "c.jwt"
    lone.write_bytes((site / layout.certificate(CERT)).read_bytes())

    assert verify.main([str(lone), "--site", origin + place, "--at", AT]) == 2
    assert "does not answer" in capsys.readouterr().err
