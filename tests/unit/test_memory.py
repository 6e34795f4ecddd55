"""One heap for all threads, in a process of its own: the choice cannot be taken back."""

import subprocess
import sys

import pytest

COUNT_HEAPS = """
import ctypes, sys, threading
from cli.memory import share_one_heap

if sys.argv[1] == "shared":
    share_one_heap()
libc = ctypes.CDLL(None)
libc.malloc.restype, libc.fopen.restype = ctypes.c_void_p, ctypes.c_void_p
gate = threading.Barrier(8)

def allocate():
    gate.wait()
    for _ in range(2000):
        libc.malloc(ctypes.c_size_t(2000))
    gate.wait()

threads = [threading.Thread(target=allocate) for _ in range(8)]
for thread in threads: thread.start()
for thread in threads: thread.join()
told = ctypes.c_void_p(libc.fopen(b"/dev/stdout", b"w"))
libc.malloc_info(0, told)
libc.fclose(told)
"""


@pytest.mark.parametrize(("how", "one_heap"), [("shared", True), ("as it is", False)])
def test_threads_share_one_heap_where_the_c_library_lets_them(how: str, one_heap: bool) -> None:
    said = subprocess.run(
        [sys.executable, "-c", COUNT_HEAPS, how], capture_output=True, text=True, check=True
    )

    assert (said.stdout.count("<heap nr=") == 1) is one_heap
