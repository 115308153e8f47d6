# make test   everything that must hold before a commit        make venv   the virtual environment the others use
# make demo [DATABASE=postgres]   a small application runs and shows the defect, is linted, repaired, and runs again
# make docs   the documentation as a site, in site/
# make quick  units and scenarios alone: what a change of a rule or the analysis shows first
# make release VERSION=0.2.0   write the version, build, check what was built, and say what to tag
# make check  lint, format, types, import contracts              make browser   Chromium for the tests of the HTML report
# make lowest  tests on the lowest releases that pyproject.toml allows   make matrix  tests on every Python and flake8 there is
# make replay [DATABASE=postgres]   the incident on a real database: as it was, behind the hotfix, on session_service

PYTHON ?= $(shell for p in python3.13 python3.12 python3.11 python3; do \
	$$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && { echo $$p; break; }; done)
BIN := .venv/bin
STAMP := .venv/installed
DATABASE ?= sqlite

.PHONY: demo test check venv replay docs browser screenshots metamorphic proofs selection quick release lowest matrix

venv: $(STAMP)

$(STAMP): pyproject.toml
	@test -n "$(PYTHON)" || { echo "Python 3.11 or newer is needed; name one with make PYTHON=/path/to/python" >&2; exit 1; }
	test -x $(BIN)/python || $(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[dev]'
	@touch $(STAMP)

check: $(STAMP)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-cache
	$(BIN)/session-lint check --no-cache src/session_service

# without Chromium, zsh, fish and promtool their tests are skipped; on Debian they are installed, CHROMIUM=none or PROMTOOL=none leaves one out
test: check
	@$(BIN)/python tools/install_programs.py --if-possible
	$(BIN)/pytest -n auto

# no process, database or browser is started in these but by a few; the rest of `make test` is for before the commit
QUICK := tests/rules tests/analysis tests/clients tests/settings tests/project tests/known tests/runtime tests/reporting $(wildcard tests/test_*.py)
quick: $(STAMP)
	$(BIN)/pytest -n auto --ignore tests/analysis/call_graph --ignore tests/reporting/browser $(QUICK)

browser: $(STAMP)
	@$(BIN)/python tools/install_programs.py chromium

# docs/images, after the output has changed
screenshots: $(STAMP)
	@$(BIN)/python tools/screenshots.py

demo: $(STAMP)
	@$(BIN)/python tools/demo.py --database $(DATABASE)

replay: $(STAMP)
	@$(BIN)/python tools/replay.py --database $(DATABASE)

release: $(STAMP)
	@$(BIN)/python tools/release.py $(if $(VERSION),$(VERSION),--check)

lowest: $(STAMP)
	@$(BIN)/python tools/lowest.py

matrix: $(STAMP)
	@$(BIN)/python tools/matrix.py

docs: $(STAMP)
	$(BIN)/python tools/generate_docs.py
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --strict
	@echo "The site is in site/index.html."

# every transformation on every scenario it fits; writes docs/metamorphic.md
metamorphic: $(STAMP)
	@$(BIN)/python tools/run_metamorphic.py

# which edits of the codemods' scenarios are proved by execution; writes docs/proofs.md
proofs: $(STAMP)
	@$(BIN)/python tools/run_proofs.py

# what is selected and everything must find the same; TREES="dir dir" for programs on disk, in place of the scenarios
selection: $(STAMP)
	@$(BIN)/python tools/run_selection.py $(TREES)
