# make demo     build a student copy, make four submissions, grade them
# make test     run the tests, on all cores, but for the slow ones
# make audit    prove that the graders are right: known mistakes, mutants, other styles, many seeds
#               (RUNS=40 grades the reference so often, not 200 times; SAMPLE=4 makes one mistake and mutant of four)
# make check    lint, format, types
# make site     build the website in build/site, with notebooks that have run
# make proof    the slow tests (a whole class in nbgrader, the website in a browser), and a benchmark
#
# TORCH=torch==2.12.0 chooses another torch than the one that was tested; PYTHON=python3.12 another
# Python. pip's own settings (PIP_INDEX_URL and so on) decide where packages come from.

PYTHON ?= python3
TORCH ?= $(shell grep '^torch==' constraints.txt)
VENV ?= .venv
RUNS ?= 200
SAMPLE ?= 1
RUN := $(VENV)/bin/python
READY := $(VENV)/.ready-$(shell cat pyproject.toml constraints.txt | cksum | cut -d' ' -f1)-$(subst /,-,$(TORCH))

.PHONY: demo test audit check site proof setup clean

demo: setup
	@$(RUN) -m tools.demo build/demo

test: setup
	@OMP_NUM_THREADS=1 $(RUN) -m pytest -n auto --dist loadfile -m "not proof"

audit: setup
	@$(VENV)/bin/course audit --runs $(RUNS) --sample $(SAMPLE)

check: setup
	@$(RUN) -m ruff check .
	@$(RUN) -m ruff format --check .
	@$(RUN) -m mypy

site: setup
	@$(RUN) -m website

proof: setup
	@OMP_NUM_THREADS=1 $(RUN) -m pytest -n auto --dist loadfile -m proof
	@$(RUN) benchmarks/grading.py --rounds 2 --submissions 10

setup: $(READY)

$(READY):
	@PYTHON="$(PYTHON)" VENV="$(VENV)" TORCH="$(TORCH)" sh tools/setup.sh
	@rm -f $(VENV)/.ready-*
	@touch $@

clean:
	rm -rf $(VENV) build
