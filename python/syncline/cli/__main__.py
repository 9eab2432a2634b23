"""`python -m syncline.cli`."""

from syncline.cli.main import main

raise SystemExit(main())
