# make demo   sets up and runs the main job: a simulated bank, from raw tables to call lists
# make test   sets up, with Spark, and passes all tests
# make check  linters, types, import floors, spelling
# make serve  the scoring endpoint on the demo's workspace
# make lock   pins the newest versions that pyproject.toml allows

PYTHON ?= python3
BIN := .venv/bin
READY := .venv/ready
READY_FOR_SPARK := .venv/ready-spark

.PHONY: demo test check format serve lock clean
.DEFAULT_GOAL := demo

demo: $(READY)
	$(BIN)/goodcall demo

# Every core has a worker of its own; LightGBM's threads would wait for one another by spinning.
# Files are handed out in the order of their names: those with the fewest tests, which would else
# come last, are among the longest, and one worker would wait for another's.
# Hundreds of processes start: what one of them compiles is kept for the next, even where images
# tell Python to write no bytecode.
test: $(READY_FOR_SPARK)
	PYTHONDONTWRITEBYTECODE= OMP_NUM_THREADS=1 $(BIN)/python -m pytest -n auto --dist loadfile \
		--no-loadscope-reorder --durations=20

check: $(READY_FOR_SPARK)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports --cache-dir .cache/import-linter
	$(BIN)/codespell

format: $(READY)
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

serve: $(READY)
	$(BIN)/goodcall serve

lock: $(READY)
	sh requirements/lock.sh $(BIN)/uv

$(READY): requirements/all.txt requirements/uv.txt pyproject.toml requirements/setup.sh
	sh requirements/setup.sh $(PYTHON)

$(READY_FOR_SPARK): $(READY) requirements/spark.txt
	sh requirements/setup.sh $(PYTHON) spark

clean:
	rm -rf .venv .cache build dist *.egg-info var
