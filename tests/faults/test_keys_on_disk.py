"""A key that was used is on the disk: its content and its name are flushed before anybody sees it."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

MAKE_KEYS = "from config import ensure_keys, load_settings; ensure_keys(load_settings({'DATA_DIR': 'var'}))"
ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.full
def test_each_key_is_flushed_before_it_gets_its_name_and_its_directory_after(tmp_path: Path) -> None:
    if shutil.which("strace") is None:
        pytest.skip("strace is not installed")
    trace = tmp_path / "trace"

    subprocess.run(
        ["strace", "-f", "-e", "trace=fsync,link,linkat", "-o", str(trace), sys.executable, "-c", MAKE_KEYS],
        cwd=tmp_path,
        env={"PYTHONPATH": str(ROOT), "PATH": "/usr/bin:/bin", "HOME": str(tmp_path)},
        check=True,
    )

    calls = re.findall(r"\b(fsync|link)(?:at)?\(", trace.read_text())
    assert calls == ["fsync", "link", "fsync"] * 3 + ["fsync"]  # the last: their fingerprints, with the data
