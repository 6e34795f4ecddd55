"""The passwords that leaks hold most often, and what people make of them when a longer one is asked for.

The list: the 20,000 most common ones compiled by Royce Williams
(https://gist.github.com/roycewilliams/226886fd01572964e1431ac8afc999ce), as shipped by Django 5.2 under BSD-3-Clause
(django/contrib/auth/common-passwords.txt.gz, read 2026-11-28); without digits-only, non-ASCII and very short ones.
"""

import gzip
import re
from functools import cache
from pathlib import Path

LIST = Path(__file__).with_name("common_passwords.txt.gz")
_ENDS = re.compile(r"^[\d\W_]+|[\d\W_]+$")  # digits and signs before and after


def is_common(password: str) -> bool:
    """Whether it is one of the list, one of them with digits and signs around it, or one of them said again."""
    plain = password.strip().lower()
    core = _ENDS.sub("", plain)
    return any(one in _listed() for one in (plain, core, _said_once(plain), _said_once(core)))


def _said_once(text: str) -> str:
    """What is repeated: dragondragon and dragon-dragon are dragon."""
    found = re.fullmatch(r"(.+?)(?:[\W_]?\1)+", text)
    return found[1] if found else text


@cache
def _listed() -> frozenset[str]:
    return frozenset(gzip.decompress(LIST.read_bytes()).decode("ascii").splitlines())
