"""Keeping people safe: hotlines."""
