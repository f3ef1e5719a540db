"""`python -m tradeplat` is the `tradeplat` command."""

import sys

from tradeplat.app.cli import main

sys.exit(main())
