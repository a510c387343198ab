"""Addresses of the public site's files (trust.md 5). Pages of the portal at ``/c/<id>`` carry no extension."""

from django.urls import re_path

from testamur.transparency.views import site_file

FILE = (
    r"\.well-known/did\.json"
    r"|(?:c|acc|rec|bundle)/[0-9A-Za-z-]+\.(?:jwt|json|pdf|tlog-proof|history\.jwt|history\.tlog-proof)"
    r"|org/[0-9A-Za-z-]+/did(?:\.[0-9]+)?\.(?:json|tlog-proof)"
    r"|status/[0-9A-Za-z-]+\.(?:jwt|json)"
    r"|trust/[0-9A-Za-z.-]+"
    r"|schemes/[0-9a-z-]+/[0-9A-Za-z.-]+\.(?:json|tlog-proof)"
    r"|trees/[0-9A-Za-z@._-]+\.(?:json|tlog-proof)"
    r"|ns/[0-9a-z./-]+\.jsonld"
    r"|log/[0-9A-Za-z./-]+"
)

urlpatterns = [re_path(rf"^(?P<path>{FILE})$", site_file, name="site-file")]
