.DEFAULT_GOAL := help
.PHONY: help run test check bench install

# The project's own Python once it exists, else the first on this machine that starts.
FOUND = $(shell for python in .venv/bin/python python3.11 python3.12 python3.13 python3; do \
	$$python -c "" 2>/dev/null && echo $$python && break; done)
PYTHON = .venv/bin/python

help: ## this list
	@sed -n 's/^\([a-z]*\):.*## /  make \1\t/p' $(MAKEFILE_LIST)

run: install ## start everything on this machine, with a Telegram to try it in the browser
	@exec $(PYTHON) -m project.supervisor

test: install ## all tests, on servers of their own (some only: make test ARGS="tests/chat -k end")
	@exec $(PYTHON) -m pytest $(or $(ARGS),--numprocesses=logical)

check: install ## style, types, layers, migrations, settings, translations
	@exec $(PYTHON) .ci/check.py

bench: install ## measure (one part only: make bench ONLY=relay)
	@exec $(PYTHON) -m tests.load $(ONLY)

install: ## .venv with everything in it; nothing to do when it is up to date
	@test -n "$(FOUND)" || { echo "No Python on this machine: install Python 3.11 or newer."; exit 1; }
	@$(FOUND) install.py
