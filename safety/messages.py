"""What the safety app says."""

from delivery.outgoing import Text

from .hotlines import Country, countries, sos_html

FLAGS_IN_A_ROW = 6


def sos(language: str, country: Country | None) -> Text:
    """The hotlines of `country` (None: an overview for the language), with a flag button for every country we know."""
    flags = [(each.flag, f"safety:sos:{each.code}") for each in countries().values()]
    rows = [flags[start : start + FLAGS_IN_A_ROW] for start in range(0, len(flags), FLAGS_IN_A_ROW)]
    return Text(sos_html(language, country), rows)
