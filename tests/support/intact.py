"""What an installation says of itself once all is quiet: its audit is whole, its file is in order."""

import re
import subprocess
import sys

from sqlalchemy import text

from tests.support.processes import ROOT, Stand

WHOLE = re.compile(r"(\d+) acts, whole \((\d+) not chained yet\)")


def check_intact(here: Stand, *, chained_within_s: float = 180) -> None:
    """`check-audit` finds every act chained, none changed or gone; SQLite's own check finds nothing. Needs an act."""
    here.wait(lambda: _every_act_is_chained(here), "every act to be chained", chained_within_s)
    if here.database.is_sqlite:
        with here.database.read() as session:
            assert session.scalars(text("PRAGMA integrity_check")).all() == ["ok"]


def _every_act_is_chained(here: Stand) -> bool:
    words = [sys.executable, str(ROOT / "app.py"), "check-audit"]
    said = subprocess.run(words, cwd=here.folder, env=here.variables, capture_output=True, text=True)
    assert said.returncode == 0, said.stderr
    found = WHOLE.search(said.stdout)
    acts, not_yet_chained = map(int, found.groups()) if found else (0, 0)
    assert acts > 0, said.stdout
    return not_yet_chained == 0
