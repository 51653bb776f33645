"""The stack of the system that this one replaces, rebuilt for comparison: a bot that asks a second process over HTTP.

Runs in `.venv-bench` and imports nothing of the product.
"""
