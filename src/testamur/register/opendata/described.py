"""A snapshot described for machines: ``datapackage.json`` (Frictionless Data Package) and a DCAT 3 catalogue."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from django.conf import settings

from testamur.kernel import days
from testamur.register.models import Snapshot
from testamur.register.opendata.columns import schema
from testamur.verification import layout

PARQUET, CSV, PACKAGE, SUMS, PROOF = (
    "certificates.parquet", "certificates.csv.gz", "datapackage.json", "SHA256SUMS", "SHA256SUMS.tlog-proof",
)  # fmt: skip
MEDIA_TYPES = {
    PARQUET: "application/vnd.apache.parquet",
    CSV: "application/gzip",
    PACKAGE: "application/json",
    SUMS: "text/plain; charset=utf-8",
    PROOF: "text/plain; charset=utf-8",
}
#: Licences that are known by their short name, with their address; any other is named as the operator wrote it.
LICENCES = {
    "CC-BY-4.0": "https://creativecommons.org/licenses/by/4.0/",
    "CC0-1.0": "https://creativecommons.org/publicdomain/zero/1.0/",
    "ODbL-1.0": "https://opendatacommons.org/licenses/odbl/1-0/",
    "ODC-By-1.0": "https://opendatacommons.org/licenses/by/1-0/",
    "etalab-2.0": "https://www.etalab.gouv.fr/licence-ouverte-open-licence/",
}
TITLE = {"en": "Public register of certificates", "zh": "认证公共登记簿"}


def address(snapshot: Snapshot, file: str = "") -> str:
    """Return the address of a snapshot, or of a file of it."""
    return layout.url(settings.HOST, f"open-data/{snapshot.name}{'/' + file if file else ''}")


def package(snapshot: Snapshot) -> bytes:
    """Return ``datapackage.json``: columns, licence, sources, coverage. The same snapshot gives the same bytes."""
    resources = [
        {
            "name": "certificates-parquet", "path": PARQUET, "format": "parquet", "mediatype": MEDIA_TYPES[PARQUET],
            "schema": schema(),
        },
        {
            "name": "certificates-csv", "path": CSV, "format": "csv", "mediatype": "text/csv", "encoding": "utf-8",
            "compression": "gz", "dialect": {"delimiter": ",", "lineTerminator": "\r\n", "header": True},
            "schema": schema(),
        },
    ]  # fmt: skip
    said = {
        "profile": "tabular-data-package",
        "name": "register",
        "id": address(snapshot),
        "title": TITLE["en"],
        "title_zh": TITLE["zh"],
        "version": snapshot.name,
        "created": days.iso(snapshot.began_at),
        "sample": settings.SAMPLE,
        "licenses": [{"name": snapshot.licence, "path": LICENCES.get(snapshot.licence, "")}],
        "sources": [
            {"title": one["names"].get("en") or one["key"], "licence": one["attribution"]}
            for one in snapshot.coverage["sources"]
        ],
        "rows": snapshot.rows,
        "coverage": snapshot.coverage,
        "notes": NOTES,
        "resources": resources,
    }
    return (json.dumps(said, ensure_ascii=False, indent=1, sort_keys=True) + "\n").encode()


NOTES = {
    "en": "A cell of the CSV that a spreadsheet would run as a formula begins with an apostrophe; the Parquet file has "
    "every text as it is.",
    "zh": "CSV中会被电子表格当作公式执行的单元格以撇号开头；Parquet文件保留原文。",
}


def catalogue(snapshots: Iterable[Snapshot]) -> dict[str, Any]:
    """Return a DCAT 3 catalogue of the published snapshots as JSON-LD."""
    return {
        "@context": {
            "dcat": "http://www.w3.org/ns/dcat#", "dct": "http://purl.org/dc/terms/",
            "spdx": "http://spdx.org/rdf/terms#", "xsd": "http://www.w3.org/2001/XMLSchema#",
        },
        "@id": layout.url(settings.HOST, "open-data"),
        "@type": "dcat:Catalog",
        "dct:title": _texts(TITLE),
        "dcat:dataset": [_dataset(one) for one in snapshots],
    }  # fmt: skip


def _dataset(snapshot: Snapshot) -> dict[str, Any]:
    licence = LICENCES.get(snapshot.licence)
    return {
        "@id": address(snapshot),
        "@type": "dcat:Dataset",
        "dct:title": [{"@value": f"{text} {snapshot.name}", "@language": key} for key, text in TITLE.items()],
        "dct:issued": {"@value": snapshot.day.isoformat(), "@type": "xsd:date"},
        "dct:license": {"@id": licence} if licence else snapshot.licence,
        "dcat:version": snapshot.name,
        "dcat:distribution": [
            {
                "@type": "dcat:Distribution",
                "dcat:downloadURL": {"@id": address(snapshot, file["name"])},
                "dcat:mediaType": file["media_type"],
                "dcat:byteSize": {"@value": str(file["size"]), "@type": "xsd:nonNegativeInteger"},
                "spdx:checksum": {
                    "spdx:algorithm": {"@id": "spdx:checksumAlgorithm_sha256"},
                    "spdx:checksumValue": file["sha256"],
                },
            }
            for file in snapshot.files
        ],
    }


def _texts(text: dict[str, str]) -> list[dict[str, str]]:
    return [{"@value": value, "@language": key} for key, value in text.items()]
