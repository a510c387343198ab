"""Addresses of the public pages. Files with an extension (``/c/<id>.json``) are the public site's own."""

from django.urls import path

from testamur.portal.views import (
    badge,
    bodies,
    calculators,
    certificate,
    compare,
    dependants,
    evidence,
    home,
    log,
    methods,
    schemes,
    search,
    standards,
    suggest,
    verify,
)

app_name = "portal"

urlpatterns = [
    path("", home.home, name="home"),
    path("about", home.about, name="about"),
    path("changes", home.changes, name="changes"),
    path("changes.json", home.changes_json, name="changes-json"),
    path("changes.atom", home.changes_atom, name="changes-atom"),
    path("search", search.search, name="search"),
    path("search/suggest", suggest.suggest, name="suggest"),
    path("compare", compare.compare, name="compare"),
    path("answer", search.answer, name="answer"),
    path("c/<slug:public_id>", certificate.certificate, name="certificate"),
    path("c/<slug:public_id>/qr.svg", evidence.qr, name="qr"),
    path("c/<slug:public_id>/badge.svg", badge.picture, name="badge"),
    path("c/<slug:public_id>/badge.json", badge.facts, name="badge-facts"),
    path("badge.js", badge.script, name="badge-script"),
    path("c/<slug:public_id>/bundle", evidence.offline_bundle, name="bundle"),
    path("acc/<slug:public_id>", certificate.authority, name="authority"),
    path("verify", verify.verify, name="verify"),
    path("verify-worker.js", verify.worker, name="verify-worker"),
    path("bodies", bodies.bodies, name="bodies"),
    path("bodies/<slug:public_id>", bodies.body, name="body"),
    path("schemes", schemes.schemes, name="schemes"),
    path("schemes/<slug:scheme_id>", schemes.scheme, name="scheme"),
    path("schemes/<slug:scheme_id>/differences", schemes.differences, name="scheme-differences"),
    path("schemes/<slug:scheme_id>/<slug:version>", schemes.version, name="scheme-version"),
    path("calculators", calculators.calculators, name="calculators"),
    path("calculators/<str:rule_id>", calculators.rule, name="rule"),
    path("methods", methods.methods, name="methods"),
    path("methods/<slug:method_id>", methods.method, name="method"),
    path("standards", standards.standards, name="standards"),
    path("standards/<path:key>", standards.standard, name="standard"),
    path("sources/<path:key>", standards.source, name="source"),
    path("rests-on/<str:kind>/<path:key>", dependants.rests_on, name="rests-on"),
    path("log", log.log, name="log"),
]
