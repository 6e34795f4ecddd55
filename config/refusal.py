"""How a reader says no: one sentence with the cure. Never with a secret's text in it."""

from typing import NoReturn

from environs import ValidationError


def refuse(sentence: str) -> NoReturn:
    """Refuse the value of a setting. The name of the setting is put in front by config.load."""
    raise ValidationError(sentence)
