# The two commands that a newcomer needs: make demo, make test. `make help` lists the rest.
.POSIX:
.PHONY: help demo test check bench lock setup
PORT ?= 8000
FRESH ?= 0
ARGS ?=
JOBS ?= 2
PY = .venv/bin/python

help:
	@echo "make demo    everything on this machine: http://127.0.0.1:8000 (PORT=8010: elsewhere, FRESH=1: start anew)"
	@echo "make test    all tests, the browser's too (ARGS='-k booking': some, JOBS=4: by four processes)"
	@echo "make check   format, lint, types, templates, import contracts, missing migrations"
	@echo "make bench   the benchmark"
	@echo "make lock    compile the requirement files from pyproject.toml (ARGS=--upgrade: newest versions)"

demo:
	@sh tools/setup.sh requirements.txt
	@exec env PORT='$(PORT)' FRESH='$(FRESH)' $(PY) -m config.demo

# The tests of one file share what it set up; files are handed out in the order of their names.
test: setup
	@CHROMIUM=$$(sh tools/chromium.sh) && export CHROMIUM && exec $(PY) -m pytest -n $(JOBS) --dist loadfile --no-loadscope-reorder $(ARGS)

check: setup
	@sh tools/check.sh

bench: setup
	@exec $(PY) -m bench $(ARGS)

lock: setup
	@sh tools/lock.sh $(ARGS)

setup:
	@sh tools/setup.sh requirements-dev.txt
