# Every target makes what it needs: on a fresh machine `make demo` and `make test` are all there is to do.

VENV := .venv
PYTHON := $(VENV)/bin/python
STAMP := $(VENV)/.installed
TRIAL := $(VENV)/.simulator
FIND_PYTHON := for each in python3.11 python3 python3.12 python3.13 python3.14; do \
	if $$each -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then echo $$each; break; fi; done

.DEFAULT_GOAL := help
.PHONY: help venv demo test coverage check soak bench bench-peers release docs messages picture site clean

help:
	@echo 'make demo    try everything on a simulated Alice; leaves nothing running'
	@echo 'make test    all tests but the long ones'
	@echo 'make check   make test, and the branches of the planner, the site, ruff, the formatting and mypy'
	@echo 'make soak    the long tests'
	@echo 'make bench   time and memory of a million rows, and of 100,000 resources'
	@echo 'make bench-peers   the same plan by octoDNS, which is installed for it'
	@echo 'make release VERSION=0.2.0   build sdist and wheel, try the wheel out, tag; pushes nothing'
	@echo 'make docs    write what the documents take from schemas, commands, checks and a plan'
	@echo 'make messages collect the sentences that are translated, and compile their translations'
	@echo 'make picture draw the HTML page of that plan again (needs chromium)'
	@echo 'make site    build the documents as a site, in site/'
	@echo 'make clean   remove the virtual environment and the caches'

venv: $(STAMP)

# A virtual environment that works is kept (pip brings it up to date); one that does not is made anew.
# A first look needs the simulator only, a quarter of what development needs.
$(STAMP): EXTRA := dev
$(TRIAL): EXTRA := simulator
$(STAMP) $(TRIAL): pyproject.toml
	@$(PYTHON) -c 'import pip, sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || { \
		base=$$($(FIND_PYTHON)); \
		if [ -z "$$base" ]; then echo 'error: alice-apply needs Python 3.11 or newer' >&2; exit 1; fi; \
		rm -rf $(VENV); \
		echo "$$base -m venv $(VENV)"; \
		$$base -m venv $(VENV) || { rm -rf $(VENV); \
			echo "error: $$base cannot make virtual environments (Debian: apt-get install python3-venv)" >&2; exit 1; }; \
	}
	$(PYTHON) -m pip install --quiet --disable-pip-version-check --editable '.[$(EXTRA)]'
	@touch $@

demo: $(TRIAL)
	@PATH="$(CURDIR)/$(VENV)/bin:$$PATH" sh docs/demo.sh

test: $(STAMP)
	$(PYTHON) -m pytest -n auto --dist worksteal -rfEs -m 'not soak'

coverage: $(STAMP)
	$(PYTHON) -m pytest -n auto --cov --cov-report=term -m 'not soak' tests/plan tests/forecast

check: test coverage site
	$(PYTHON) -m ruff check .
	$(PYTHON) -m ruff format --check .
	$(PYTHON) -m mypy

soak: $(STAMP)
	$(PYTHON) -m pytest -n auto --dist worksteal -m soak

bench: $(STAMP)
	$(PYTHON) -m tests.bench.run --write docs/benchmarks.md $(BENCH)

bench-peers: $(STAMP)
	$(PYTHON) -m venv $(VENV)/peers
	$(VENV)/peers/bin/python -m pip install --quiet --disable-pip-version-check octodns
	$(PYTHON) -m tests.bench.peers $(VENV)/peers/bin/octodns-sync $(BENCH)

docs: $(STAMP)
	$(PYTHON) docs/generate_reference.py

messages: $(STAMP)
	$(PYTHON) docs/generate_messages.py

picture: $(STAMP)
	$(PYTHON) docs/generate_reference.py --picture

site: $(STAMP)
	NO_MKDOCS_2_WARNING=1 $(PYTHON) -m mkdocs build --strict --quiet

release: $(STAMP)
	$(PYTHON) .ci/release.py '$(VERSION)'

clean:
	rm -rf $(VENV) site .coverage .pytest_cache .mypy_cache .ruff_cache .hypothesis build dist
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
