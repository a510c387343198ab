"""The WSGI application that `testamur serve` starts."""

import gc
import os

from django.core.wsgi import get_wsgi_application
from django.urls import get_resolver

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "testamur.config.settings")

framework = get_wsgi_application()
# After the framework, because it reads settings that the framework has set up.
from testamur.config.fast import FastPath  # noqa: E402

application = FastPath(framework)

# Models, settings and (read here) all pages live as long as the process. Left to itself, the collector walks over all
# of them every hundred requests or so, and whoever asks then waits a quarter of a second longer than everybody else.
pages = get_resolver().url_patterns
gc.collect()
gc.freeze()
