# Every target begins with what it needs; a second run finds it there. See CONTRIBUTING.md.
.PHONY: help setup demo check test soak bench docs lock fmt

help:
	@echo "make demo    a sample world on this machine, in the browser"
	@echo "make check   before each commit: lint, types, layers, migrations, tests on SQLite"
	@echo "make test    everything: the same, and PostgreSQL, and the browser"
	@echo "make soak    kill and race ten times as much as the tests do, on both databases: an hour"
	@echo "make setup   .venv and everything else a checkout needs"
	@echo "make docs    write docs/reference again from the code"
	@echo "make bench   measure, beside a limit measured in the same run"
	@echo "make lock    choose newer packages and write their hashes"
	@echo "make fmt     sort imports, apply the linter's safe corrections"

setup:
	@tools/setup test

demo:
	@tools/setup demo
	@.venv/bin/testamur demo

check:
	@tools/setup check
	@tools/check

test:
	@tools/setup test
	@tools/check everything

soak:
	@tools/setup check
	@TESTAMUR_SOAK=10 .venv/bin/python -m pytest -q -s tests/endurance
	@TESTAMUR_SOAK=10 .venv/bin/python tools/postgres.py .venv/bin/python -m pytest -q -s tests/endurance

bench:
	@tools/setup check
	@.venv/bin/python -m bench

docs:
	@tools/setup check
	@.venv/bin/python tools/reference.py

lock:
	@tools/lock

fmt:
	@tools/setup check
	@.venv/bin/ruff check --fix --quiet src tests tools bench
