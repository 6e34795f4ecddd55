# make run and make test are all a newcomer needs. Everything else is for people who change the code.
PY := .venv/bin/python
RUN_READY := .venv/.ready-to-run
TEST_READY := .venv/.ready-to-test
CORES := $(shell getconf _NPROCESSORS_ONLN 2>/dev/null || echo 2)
# One more than there are cores: a test often waits for a process or for the database.
WORKERS := $(shell [ $(CORES) -lt 4 ] && echo $$(( $(CORES) + 1 )) || echo 4)
# Compiled tests are kept, whatever the environment says: every worker reads them, and so does the next run.
PYTEST := PYTHONDONTWRITEBYTECODE= $(PY) -m pytest -q

.PHONY: all run test tests test-full soak bench lock format format-check lint types imports templates check \
	migration migrations-check assets assets-check audit browser screenshots

all: format lint types imports tests

$(RUN_READY): requirements.txt tools/make_venv.sh
	@tools/make_venv.sh $@ requirements.txt

$(TEST_READY): requirements.txt requirements-dev.txt tools/make_venv.sh
	@tools/make_venv.sh $@ requirements.txt requirements-dev.txt

# The product, on SQLite with the simulated carrier unless .env says otherwise.
run: $(RUN_READY)
	@$(PY) app.py run

# Everything that needs no privileges; the last line says what had to be left out.
test: $(TEST_READY)
	@$(PYTEST) -n $(WORKERS) -m "not full and not soak"

tests: test

# A browser; Linux and root: strace, namespaces, power cuts. One after the other: they share the machine's network.
test-full: $(TEST_READY) browser
	@$(PYTEST) -n 0 -m "full and not soak" --timeout 600

soak: $(TEST_READY)
	@$(PYTEST) -n 0 -m soak --timeout 0

bench: $(TEST_READY)
	@test -f benchmarks/__main__.py || { echo "error: there are no benchmarks in this version" >&2; exit 1; }
	@$(PY) -m benchmarks

# The pictures of the documents, from the demo clinic.
screenshots: $(TEST_READY) browser
	@$(PY) -m tools.screenshots

browser: $(TEST_READY)
	@$(PY) -m tools.browser

# Compile the hashed lists from requirements*.in, for every platform.
lock: $(TEST_READY)
	@.venv/bin/uv --version >/dev/null 2>&1 || $(PY) -m pip install --quiet uv
	.venv/bin/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-strip-extras requirements.in -o requirements.txt
	.venv/bin/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-strip-extras requirements-dev.in -o requirements-dev.txt

format: $(TEST_READY)
	@$(PY) -m ruff check --quiet --select I --fix .
	@$(PY) -m ruff format --quiet .

format-check: $(TEST_READY)
	@$(PY) -m ruff format --check --quiet . || { echo "error: not formatted; run: make format" >&2; exit 1; }

lint: $(TEST_READY)
	@$(PY) -m ruff check .

types: $(TEST_READY)
	@$(PY) -m mypy

imports: $(TEST_READY)
	@.venv/bin/lint-imports --no-logo

templates: $(TEST_READY)
	@if find . -path ./.venv -prune -o -path ./node_modules -prune -o -path '*/templates/*.html' -print | grep -q .; \
	then .venv/bin/djlint --quiet --lint .; else echo "no templates to check"; fi

# All quick checks, changing nothing.
check: format-check lint types imports templates assets-check migrations-check

# One newest step, the steps build what the models say, and an empty database can be made.
migrations-check: $(TEST_READY)
	@$(PYTEST) -n 0 tests/guards/test_migrations.py
	@empty=$$(mktemp -d) && DATA_DIR=$$empty/var DATABASE_URL= $(PY) app.py migrate; done=$$?; rm -rf "$$empty"; exit $$done

# The next step of the database, from the difference between the models and the steps so far: make migration m="..."
migration: $(TEST_READY)
	@$(PY) -m migrations.new "$(m)" && $(PY) -m ruff format --quiet migrations

# The browser's libraries: copied from the npm lockfile, compared byte by byte.
assets: $(TEST_READY)
	@$(PY) -m tools.vendor_assets copy

assets-check: $(TEST_READY)
	@$(PY) -m tools.vendor_assets check

audit: $(TEST_READY)
	@$(PY) -m pip_audit --require-hashes --disable-pip -r requirements.txt
