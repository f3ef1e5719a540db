# A fresh machine needs git, make and Python 3.11 or newer; everything else is made here.
#   make paper   a trading morning on the built-in venue, with a report at the end
#   make viewer  the C++ viewer, beside the newest run or on an invented day
#   make gui     the same morning in a window of its own
#   make demo    two recorded days of the sample in that window, to hold, rewind and trade in
#   make test    lint, types, import contracts, tests
#   make faults  whole sessions through faults and crashes, on virtual time (make mutants: does it see bugs?)
SHELL := /bin/bash
PYTHON ?= $(shell for p in python3.13 python3.12 python3.11 python3; do \
	command -v $$p >/dev/null 2>&1 && $$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$p && break; done)
VENV := .venv
BIN := $(VENV)/bin
ARGS ?=
export NO_PROXY := 127.0.0.1,localhost

.PHONY: help screen paper test check lint faults mutants soak bench ratios pictures gui-pictures sample gui demo viewer clean

help:
	@sed -n 's/^#   //p' Makefile

$(BIN)/python:
	@test -n "$(PYTHON)" || { echo "make: Python 3.11 or newer is needed (found none); on Debian: apt-get install python3"; exit 2; }
	@$(PYTHON) -m venv $(VENV) 2>/dev/null || scripts/venv.sh "$(PYTHON)" $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --upgrade pip

$(VENV)/.run: $(BIN)/python pyproject.toml
	@echo "installing tradeplat ..."
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -e .
	@touch $@

$(VENV)/.dev: $(VENV)/.run pyproject.toml
	@echo "installing the development tools ..."
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -e '.[dev]'
	@touch $@

$(VENV)/.gui: $(VENV)/.run pyproject.toml
	@echo "installing the windows ..."
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -e '.[gui]'
	@scripts/gui.sh window
	@touch $@

paper: $(VENV)/.run
	@$(BIN)/tradeplat run --on-exit flatten $(ARGS)

lint: $(VENV)/.dev
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/lint-imports
	$(BIN)/mypy

test: lint
	@scripts/debian.sh chromium chromium "the report's page is not opened in a browser"
	@scripts/gui.sh tests window viewer
	$(BIN)/pytest -n 3 --dist worksteal $(ARGS)

# What a committer runs most: lint and the tests, stopping at the first failure.
check: lint
	$(BIN)/pytest -x -q $(ARGS)

# Sessions through faults on virtual time: seconds each, and every one can be repeated.
# Then what the goal table wants shown more often than a run of all tests has time for.
faults: $(VENV)/.dev
	PYTHONHASHSEED=0 PYTHONPATH=src:. $(BIN)/python -m faultsim --tier commit $(ARGS)
	$(if $(ARGS),,GOALS=whole $(BIN)/pytest -q -n 2 --dist worksteal -m goals tests/failures tests/execution)

# One bug at a time, put into a copy of the source: the seeds of the commit tier have to catch each.
mutants: $(VENV)/.dev
	PYTHONHASHSEED=0 PYTHONPATH=src:. $(BIN)/python -m faultsim.hunt $(ARGS)

# Sessions by the tens of thousands, for a night; it goes on where it was stopped.
soak: $(VENV)/.dev
	PYTHONHASHSEED=0 PYTHONPATH=src:. $(BIN)/python -m faultsim --tier nightly --state .soak.state $(ARGS)

bench: $(VENV)/.dev
	$(BIN)/python -m bench $(ARGS)

# The ratios of drawing and of the windows' link that are held to: exit code 1 where one is missed.
ratios: $(VENV)/.dev
	@scripts/gui.sh tests
	$(BIN)/python -m bench gui_draw gui_tables gui_link gui_loop --quick --check $(ARGS)

# The files in backtest_data/, made anew from their seed.
sample: $(VENV)/.run
	@$(BIN)/python scripts/make_sample.py

pictures: $(VENV)/.dev
	$(BIN)/python scripts/pictures.py $(ARGS)

# Those of docs/windows.md, four minutes; the C++ viewer's too where it is built.
gui-pictures: $(VENV)/.gui
	$(BIN)/python scripts/gui_pictures.py $(ARGS)

screen:
	@scripts/open_gui.sh --screen

# The main window on a session at the built-in venue; closing the window flattens and ends the session.
gui: screen $(VENV)/.gui
	@scripts/open_gui.sh $(BIN) $(ARGS)

# The bundled sample in the main window; Space holds it, F11 shows the keys, closing the window ends it.
DEMO := --strategy ema_cross --param span=60 --param fast_span=2 --param slow_span=5 --param atr_span=3 \
	--set scanner.use=polygon_top_gainer --set scanner.limits.min_rvol=0
demo: screen $(VENV)/.gui
	@$(BIN)/tradeplat gui --replay backtest_data $(DEMO) --play 60 $(ARGS)

# The C++ viewer beside the newest daemon; `make viewer ARGS="--board 40"`, or `ARGS=--build-only`.
viewer: $(VENV)/.run
	@scripts/viewer.sh $(BIN)/python $(ARGS)

clean:
	rm -rf $(VENV) build dist .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
