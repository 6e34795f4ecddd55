"""WHAT ARE WE TOLD? Settings from the environment and `.env`; every problem at once, by name.

Only ensure_keys writes. There is no default secret.
"""

from config.keys import ensure_keys, keys_there
from config.load import load_settings
from config.settings import ConfigurationError, KeysNotMadeError, Problem, Settings
from config.values import Address, PhotoKey

__all__ = [
    "Address",
    "ConfigurationError",
    "KeysNotMadeError",
    "PhotoKey",
    "Problem",
    "Settings",
    "ensure_keys",
    "keys_there",
    "load_settings",
]
