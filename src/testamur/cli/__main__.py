"""``python -m testamur.cli`` is the ``testamur`` command."""

import sys

from testamur.cli import main

sys.exit(main())
