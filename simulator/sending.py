"""Bot API methods that send what is not a file."""

from __future__ import annotations

import secrets

from simulator.composing import sent, text_of
from simulator.entities import formatted, utf16_length
from simulator.errors import BadRequestError
from simulator.media import poll
from simulator.state import JSON
from simulator.telegram import Telegram

DICE = {"🎲": 6, "🎯": 6, "🎳": 6, "🏀": 5, "⚽": 5, "🎰": 64}
MAX_QUESTION = 300
MAX_OPTIONS = 12
MAX_OPTION = 100
MAX_EXPLANATION = 200
FOR_EVER = 0x7FFFFFFF


def send_message(telegram: Telegram, params: JSON) -> JSON:
    """Send a text; return the Message."""
    text = text_of(params)
    return sent(telegram, telegram.world.chat_for_bot(params["chat_id"]), params, text)


def send_location(telegram: Telegram, params: JSON) -> JSON:
    """Send a point on the map; return the Message."""
    location = _location(params)
    return sent(telegram, telegram.world.chat_for_bot(params["chat_id"]), params, {"location": location})


def send_venue(telegram: Telegram, params: JSON) -> JSON:
    """Send a place; return the Message."""
    names = ("title", "address", "foursquare_id", "foursquare_type", "google_place_id", "google_place_type")
    location = _location(params)
    venue = {"location": location, **{name: params[name] for name in names if name in params}}
    content = {"venue": venue, "location": location}
    return sent(telegram, telegram.world.chat_for_bot(params["chat_id"]), params, content)


def send_contact(telegram: Telegram, params: JSON) -> JSON:
    """Send somebody's card; return the Message."""
    if not params["phone_number"] or not params["first_name"]:
        raise BadRequestError("contact must have a phone number and a first name")
    names = ("phone_number", "first_name", "last_name", "vcard")
    contact = {name: params[name] for name in names if params.get(name)}
    return sent(telegram, telegram.world.chat_for_bot(params["chat_id"]), params, {"contact": contact})


def send_dice(telegram: Telegram, params: JSON) -> JSON:
    """Throw a die; return the Message with what fell."""
    emoji = params.get("emoji", "🎲")
    if emoji not in DICE:
        raise BadRequestError("wrong dice emoji specified")
    dice = {"emoji": emoji, "value": secrets.randbelow(DICE[emoji]) + 1}
    return sent(telegram, telegram.world.chat_for_bot(params["chat_id"]), params, {"dice": dice})


def send_poll(telegram: Telegram, params: JSON) -> JSON:
    """Send a poll; return the Message."""
    question = _plain(params["question"], params.get("question_parse_mode"), MAX_QUESTION, "poll question")
    options = [
        _plain(option["text"], option.get("text_parse_mode"), MAX_OPTION, "poll option") for option in params["options"]
    ]
    if not 1 <= len(options) <= MAX_OPTIONS:
        raise BadRequestError(f"poll must have from 1 to {MAX_OPTIONS} options")
    settings = ("is_anonymous", "allows_multiple_answers", "allows_revoting", "is_closed", "open_period", "close_date")
    fields = {name: params[name] for name in settings if name in params} | _quiz(params, len(options))
    content = {"poll": poll(question, options, **fields)}
    return sent(telegram, telegram.world.chat_for_bot(params["chat_id"]), params, content)


def _quiz(params: JSON, options: int) -> JSON:
    kind = params.get("type", "regular")
    if kind not in ("regular", "quiz"):
        raise BadRequestError("unsupported poll type specified")
    if kind == "regular":
        return {}
    correct = params.get("correct_option_ids") or []
    if not correct or any(not 0 <= number < options for number in correct):
        raise BadRequestError("wrong correct option ID specified")
    explanation = params.get("explanation")
    told = {"explanation": _plain(explanation, None, MAX_EXPLANATION, "explanation")} if explanation else {}
    return {"type": "quiz", "allows_revoting": False, "correct_option_ids": correct, **told}


def _plain(text: str, parse_mode: str | None, limit: int, what: str) -> str:
    plain = formatted(text, parse_mode=parse_mode, entities=None).text
    if not plain:
        raise BadRequestError(f"{what} must be non-empty")
    if utf16_length(plain) > limit:
        raise BadRequestError(f"{what} length must not exceed {limit}")
    return plain


def _location(params: JSON) -> JSON:
    if abs(params["latitude"]) > 90 or abs(params["longitude"]) > 180:
        raise BadRequestError("wrong location specified")
    period = params.get("live_period", 0)
    if period and period != FOR_EVER and not 60 <= period <= 86_400:
        raise BadRequestError("wrong live location period specified")
    names = ("latitude", "longitude", "horizontal_accuracy", "live_period", "heading", "proximity_alert_radius")
    return {name: params[name] for name in names if params.get(name) is not None}
