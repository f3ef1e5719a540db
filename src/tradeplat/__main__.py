"""`python -m tradeplat` is the `tradeplat` command."""

import sys

from tradeplat.app.cli import main

if __name__ == "__main__":
    sys.exit(main())
