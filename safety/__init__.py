"""Keeping people safe: hotlines, reports and the cases they form, sanctions, blocks."""
