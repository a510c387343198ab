"""Each function knows what came before it, never what comes after: imports (import-linter) and foreign keys (here)."""

from __future__ import annotations

from django.apps import apps
from django.conf import settings

from tests.structure.layers import PACKAGE, packages, ranks

VAGUE = {"core", "common", "utils", "util", "helpers", "helper", "services", "service", "misc", "base", "shared"}


def owner(model) -> str | None:
    """Return the package of ours that a model belongs to, or None for the framework's own models."""
    module = model.__module__
    return module.split(".")[1] if module.startswith("testamur.") else None


def relations():
    """Yield every relation that one of our models declares, as (name, from package, to package)."""
    for model in apps.get_models(include_auto_created=True):
        source = owner(model)
        if source is None:
            continue
        for field in model._meta.get_fields(include_hidden=False):
            if field.is_relation and not field.auto_created and field.related_model is not None:
                target = owner(field.related_model)
                if target is not None:
                    yield f"{model._meta.label}.{field.name}", source, target


def test_a_relation_points_to_its_own_or_an_earlier_function():
    rank = ranks()
    found = list(relations())
    later = [
        f"{name} points up to {target}"
        for name, source, target in found
        if source != target and rank[target] >= rank[source]
    ]

    assert found, "no relation was looked at"
    assert later == []


def test_the_check_would_notice_a_relation_that_points_upward():
    rank = ranks()

    assert rank["review"] > rank["determination"] > rank["selection"] > rank["register"] > rank["kernel"]


def test_every_package_has_its_place_in_the_layers():
    assert set(packages()) - set(ranks()) == set()


def test_installed_apps_stand_in_the_order_of_the_layers():
    rank = ranks()
    order = [rank[name.split(".")[1]] for name in settings.TESTAMUR_APPS]

    assert order == sorted(order)


def test_every_package_with_an_app_is_installed():
    with_app = {folder for folder in packages() if (PACKAGE / folder / "apps.py").is_file()}

    assert with_app == {name.split(".")[1] for name in settings.TESTAMUR_APPS}


def test_no_package_or_module_has_a_vague_name():
    names = {path.stem for path in PACKAGE.rglob("*.py")} | {path.name for path in PACKAGE.rglob("*") if path.is_dir()}

    assert names & VAGUE == set()


def test_every_app_says_in_ten_lines_what_it_is_for():
    wrong = []
    for name in settings.TESTAMUR_APPS:
        readme = PACKAGE / name.split(".")[1] / "README.md"
        lines = readme.read_text(encoding="utf-8").splitlines() if readme.is_file() else []
        written = [line for line in lines if line.strip()]
        if not 3 <= len(written) <= 14:
            wrong.append(f"{name}: {len(written)} lines")

    assert wrong == []
