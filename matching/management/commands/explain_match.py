"""`manage.py explain_match`: why two people are, or are not, introduced to each other."""

from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from matching.explanation import Explanation, Rule, explain
from profiles.look_alikes import key
from profiles.models import Profile

# Of the largest number that a key of PostgreSQL can be, less one.
_MOST_DIGITS = 18


class Command(BaseCommand):
    """Goes through the rules for a pair, one a line, then through the parts of their score."""

    help = "Explain why two people are, or are not, introduced to each other."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """The two."""
        for name in ("one", "other"):
            parser.add_argument(name, help="a nickname, however it is spelled, or a profile's number")

    def handle(self, *args: Any, one: str, other: str, **options: Any) -> None:
        """Explain; raises CommandError where one of the two is nobody, or both are the same."""
        people = _named(one), _named(other)
        if people[0] == people[1]:
            raise CommandError(f"{one} and {other} are the same person: name two.")
        explanation = explain(*people, now=timezone.now())
        for line in _lines(explanation):
            self.stdout.write(line)


def _named(who: str) -> Profile:
    """The person with this nickname, else with this number."""
    people = Profile.objects.select_related("recipient")
    person = people.filter(nickname_key=its_key).first() if (its_key := key(who)) else None
    if person is None and who.isdecimal() and len(who) <= _MOST_DIGITS:
        person = people.filter(pk=int(who)).first()
    if person is None:
        raise CommandError(f"Nobody is called {who}: give a nickname as the admin shows it, or a profile's number.")
    return person


def _lines(explanation: Explanation) -> list[str]:
    return [
        f"Allowed: {'yes' if explanation.allowed else 'no'}",
        *(_line(rule) for rule in explanation.rules),
        "",
        "Now:",
        *(_line(rule) for rule in explanation.places),
        "",
        *_score(explanation),
    ]


def _line(rule: Rule) -> str:
    return f"  {'✓' if rule.holds else '✗'} {rule.name}" + (f": {rule.why}" if rule.why else "")


def _score(explanation: Explanation) -> list[str]:
    score, weights = explanation.score, settings.MATCH_WEIGHTS
    if score is None:
        return ["Score: none before both profiles are complete"]
    parts = (
        ("topics in common", weights["topic"], score.topic_overlap),
        ("hours in common", weights["time"], score.time_overlap),
        ("helpfulness", weights["helpfulness"], score.helpfulness),
    )
    asked = explanation.asked
    enough = "enough" if score.total >= asked else "too little"
    return [
        f"Score: {score.total:.3f}, the same in both directions",
        *(f"  {weight:.2f} × {part:.3f} = {weight * part:.3f}  {name}" for name, weight, part in parts),
        f"Patience: asks for {asked:.3f} now: {enough}" if asked else "Patience: off",
    ]
