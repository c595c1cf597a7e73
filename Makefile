# Everything a contributor runs. Each target sets up what it needs in .venv.
PYTHON ?= python3
BIN := .venv/bin

.PHONY: demo translations screenshots test test-fast check lint types bench soak proto proto-check proto-release hosts clean

$(BIN)/.ready: pyproject.toml constraints.txt
	test -x $(BIN)/python || $(PYTHON) -m venv .venv
	$(BIN)/pip install --quiet --constraint constraints.txt torch==2.13.0
	$(BIN)/pip install --quiet --constraint constraints.txt --editable '.[dev]'
	touch $@

demo: $(BIN)/.ready
	$(BIN)/python examples/demo.py

# A process per core and one more, since many tests wait for a server; a file's tests stay together, for what they share.
CORES := $(shell getconf _NPROCESSORS_ONLN)
PARALLEL := --numprocesses $(shell expr $(CORES) + 1) --maxprocesses 8 --dist loadfile

# First the real programs, one at a time, then the rest whatever became of them: the summary of most stands last.
test: $(BIN)/.ready
	$(BIN)/python -m pytest -m hosts tests/hosts; hosts=$$?; \
	$(BIN)/python -m pytest $(PARALLEL) -m "not hosts" && exit $$hosts

# Without the real programs and without what takes more than a few seconds.
test-fast: $(BIN)/.ready
	$(BIN)/python -m pytest $(PARALLEL) -m "not slow and not hosts"

# The types take as long as everything else together, so both run at once.
check: $(BIN)/.ready
	$(MAKE) --jobs=2 --output-sync=target types lint

types: $(BIN)/.ready
	PATH="$(CURDIR)/$(BIN):$$PATH" $(BIN)/pyright

lint: $(BIN)/.ready
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/lint-imports
	$(MAKE) proto-check

proto: $(BIN)/.ready
	$(BIN)/python proto/generate.py
	$(BIN)/python proto/api_docs.py

# Lint, and no change that breaks clients of the released API.
proto-check: $(BIN)/.ready
	mkdir -p out
	$(BIN)/python proto/generate.py image out/api.binpb
	$(BIN)/buf lint out/api.binpb --config buf.yaml
	$(BIN)/buf breaking out/api.binpb --against proto/released.binpb --config buf.yaml

# Part of a release: from then on no client of this API is broken.
proto-release: proto-check
	$(BIN)/python proto/generate.py release

# The panel's German and Japanese, with Qt's tools (Debian: qt6-l10n-tools).
translations: $(BIN)/.ready
	$(BIN)/python ui/translations.py

# Every state of the panel in out/panel, by pictures and text; with CJK fonts (Debian: fonts-noto-cjk) for Japanese.
# Then the pictures of docs/images and, in out/hosts, of the panel's states in every look and language, in the real
# programs where `make hosts` has prepared them (German and Japanese: `tests/hosts/prepare.sh --languages trixie sid`).
screenshots: $(BIN)/.ready
	PYTHONPATH=tests $(BIN)/python -m support.panel_pictures out/panel --docs
	roots="$${MGIE_HOSTS_DIR:-$$HOME/.cache/mgie-hosts}"; if [ -e "$$roots/trixie/.ready" ]; then \
	  PYTHONPATH=tests $(BIN)/python tests/hosts/screenshots.py krita "warm it up" --model mgie-mini && \
	  PYTHONPATH=tests $(BIN)/python tests/hosts/animation.py "make it night" && \
	  if [ -e "$$roots/sid/.languages" ]; then \
	    PYTHONPATH=tests $(BIN)/python tests/hosts/screenshots.py hosts "make it night" --model mgie-mini; fi && \
	  PYTHONPATH=tests $(BIN)/python tests/hosts/state_pictures.py out/hosts; fi

bench: $(BIN)/.ready
	$(BIN)/python -m benchmarks

# 100 kills at random moments, 100,000 mutated calls, 2,000 edits in a row; figures in docs/benchmarks.md.
soak: $(BIN)/.ready
	$(BIN)/python -m benchmarks.soak

# The real GIMP and Krita, about 1.3 GB each: trixie has GIMP 3.0 + Krita 5.2, sid has GIMP 3.2 + Krita 6.
SUITES ?= trixie
hosts:
	tests/hosts/prepare.sh $(SUITES)

clean:
	rm -rf .venv dist build out
