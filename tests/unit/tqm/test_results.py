"""Results are frozen, name how they came about, and carry the digest of what they came from."""

from __future__ import annotations

import dataclasses
import hashlib
import json
from decimal import Decimal

import numpy as np
import pytest

from testamur import tqm
from testamur.kernel.refusal import Refused
from testamur.tqm.methods import find, index
from testamur.tqm.results import canonical, digest

VALUES = ["5.1", "5.3", "5.2", "5.0", "5.4"]


def test_a_result_cannot_be_changed():
    chart = tqm.i_mr(VALUES)

    with pytest.raises(dataclasses.FrozenInstanceError):
        chart.phase = "II"


def test_a_result_names_estimator_phase_and_warnings():
    said = tqm.i_mr(VALUES).to_dict()

    assert said["estimator"] == "MRbar/d2"
    assert said["phase"] == "I"
    assert said["warnings"][0]["code"] == "few_points"
    assert json.dumps(said, allow_nan=False)


def test_evidence_names_method_source_edition_parameters_and_versions():
    evidence = tqm.i_mr(VALUES, nsigma=2.5).evidence()

    assert evidence["method"] == "i_mr"
    assert (evidence["source"], evidence["edition"]) == ("ISO 7870-2", "2023")
    assert evidence["parameters"]["nsigma"] == 2.5
    assert evidence["package"] == "testamur" and evidence["version"]
    assert evidence["inputs_sha256"] == hashlib.sha256(b'{"values":["5.1","5.3","5.2","5.0","5.4"]}').hexdigest()


def test_the_digest_tells_written_digits_apart():
    assert digest({"x": ["5.10"]}) != digest({"x": ["5.1"]})
    assert digest({"x": [Decimal("5.1")]}) == digest({"x": ["5.1"]}) == digest({"x": np.array([5.1])})


def test_the_digest_does_not_depend_on_the_order_of_names_or_the_container():
    assert canonical({"b": [1, 2.0], "a": None}) == canonical({"a": float("nan"), "b": np.array([1.0, 2.0])})


def test_the_digest_changes_with_any_value():
    changed = [*VALUES[:-1], "5.5"]

    assert tqm.i_mr(VALUES).evidence()["inputs_sha256"] != tqm.i_mr(changed).evidence()["inputs_sha256"]


def test_the_seed_of_random_numbers_is_in_the_evidence():
    values = np.random.default_rng(1).lognormal(size=60)
    one, two = (tqm.capability_quantile(values, usl=20, seed=5) for _again in range(2))

    assert one.evidence()["seed"] == 5
    assert one.indices == two.indices
    assert tqm.capability_quantile(values, usl=20, seed=6).indices != one.indices


@pytest.mark.parametrize("name", sorted(index()))
def test_the_edition_of_the_standard_is_a_parameter_of_every_method(name):
    with pytest.raises(Refused, match=r"in the editions|needs"):
        find(name).run({}, {"edition": "1850"})
    method = find(name)
    with pytest.raises(Refused, match="1850 is not one of them"):
        method.check_edition("1850")


def test_importing_the_package_loads_nothing_heavy():
    import subprocess
    import sys

    code = "import sys, testamur.tqm; print(sorted({'numpy', 'scipy', 'django'} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert done.stdout.strip() == "[]"


def test_every_public_name_leads_somewhere():
    assert [name for name in dir(tqm) if not callable(getattr(tqm, name))] == []


def test_an_unknown_method_is_refused_with_the_nearest_name():
    with pytest.raises(Refused, match="Did you mean xbar_r"):
        find("xbar-r")


def test_an_input_that_a_method_does_not_know_is_refused():
    with pytest.raises(Refused, match="i_mr knows no subgroup in data"):
        find("i_mr").run({"values": [1, 2], "subgroup": [1, 2]}, {})
    with pytest.raises(Refused, match="i_mr knows no sigmas in parameters"):
        find("i_mr").run({"values": [1, 2]}, {"sigmas": 3})


def test_an_input_that_is_absent_is_named_with_its_meaning():
    with pytest.raises(Refused, match="bias_study needs reference in parameters: accepted reference value"):
        find("bias_study").run({"values": [1, 2]}, {})
