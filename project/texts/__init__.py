"""The texts that people read, in every language: `python -m project.texts extract | check | compile`.

Babel does the work, so that no GNU gettext is needed. The msgids are English; `locale/` holds every other language.
"""
