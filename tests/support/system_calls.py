"""Runs a program and follows its system calls that write or talk; kills the process that begins the one asked for.

As strace would, but strace counts the calls of each thread by itself; here they are counted by what they are on, in
all threads and children together, so that each has its own number. Linux 5.3 or newer.
"""

import ctypes
import json
import os
import platform
import shutil
import signal
import struct
import sys
import time
from collections import Counter
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import ClassVar, NamedTuple

ORDER, NOTES, FOLLOWING = "order.json", "notes.jsonl", "following"
# Names and numbers of the kernel's tables: man pages of ptrace, prctl, seccomp.
SEIZE, GO_ON, WHICH_CALL = 0x4206, 7, 0x420E
FOLLOW_CHILDREN_AND_THREADS, STOP_WHERE_FILTERED, END_WITH_ME = 0b1110, 1 << 7, 1 << 20
ANY_THREAD, AT_THE_FILTER = 0x40000000, 7
NO_NEW_PRIVILEGES, SET_FILTER, FILTER = 38, 22, 2
LOAD, IS_EQUAL, RETURN, ALLOW, TELL_THE_TRACER = 0x20, 0x15, 0x06, 0x7FFF0000, 0x7FF00000
NUMBERS = {
    "x86_64": {"pwrite64": 18, "connect": 42, "sendto": 44, "recvfrom": 45, "fdatasync": 75},
    "aarch64": {"pwrite64": 68, "connect": 203, "sendto": 206, "recvfrom": 207, "fdatasync": 83},
}
ANSWERS_WITHIN_S = 60


class Kind(NamedTuple):
    """A system call, and what it is on: a file's name, or who is at the other end."""

    call: str
    on: str


class Moment(NamedTuple):
    """The n-th call of its kind since the notes began."""

    kind: Kind
    n: int


def followed(folder: Path) -> list[str]:
    """The words to put before a program's; the notes about it are in this folder."""
    return [sys.executable, "-m", "tests.support.system_calls", str(empty(folder))]


def empty(folder: Path) -> Path:
    """The folder for the notes about a program that is to be started."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    return folder


def order_notes(folder: Path, ports: Mapping[int, str], kill_at: Moment | None = None) -> None:
    """A program started after this is noted from its first call."""
    (folder / ORDER).write_text(json.dumps({"ports": ports, "kill_at": kill_at}), encoding="utf-8")


def begin_notes(tracer: int, folder: Path, ports: Mapping[int, str], kill_at: Moment | None = None) -> None:
    """From now on calls are noted and counted, and the one asked for is not lived through."""
    await_file(folder / FOLLOWING)
    (folder / NOTES).unlink(missing_ok=True)
    order_notes(folder, ports, kill_at)
    os.kill(tracer, signal.SIGUSR1)
    await_file(folder / NOTES)


def await_file(file: Path) -> None:
    """Until the tracer has made it."""
    ends_at = time.monotonic() + ANSWERS_WITHIN_S
    while not file.exists():
        assert time.monotonic() < ends_at, "nobody takes notes"
        time.sleep(0.02)


def noted(folder: Path) -> list[Moment]:
    """Every call since, oldest first."""
    whole = (folder / NOTES).read_text(encoding="utf-8").rpartition("\n")[0]
    lines = (json.loads(line) for line in whole.splitlines())
    return [Moment(Kind(*kind), n) for kind, n in lines]


class Call(ctypes.Structure):
    """struct ptrace_syscall_info where a filter has stopped it."""

    _fields_: ClassVar = [
        ("op", ctypes.c_uint8),
        ("arch", ctypes.c_uint32),
        ("instruction", ctypes.c_uint64),
        ("stack", ctypes.c_uint64),
        ("number", ctypes.c_uint64),
        ("arguments", ctypes.c_uint64 * 6),
    ]


class Tracer:
    """The process that follows another one."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._names = {number: name for name, number in NUMBERS[platform.machine()].items()}
        self._libc = ctypes.CDLL(None, use_errno=True)
        self._libc.ptrace.argtypes = [ctypes.c_long, ctypes.c_long, ctypes.c_void_p, ctypes.c_void_p]
        self._libc.ptrace.restype = ctypes.c_long
        self._kill_at: Moment | None = None
        self._ports: dict[int, str] = {}
        self._counted: Counter[Kind] = Counter()
        self._committing: set[int] = set()
        self._peers: dict[str, str] = {}
        self._write: Callable[[str], object] | None = None
        signal.signal(signal.SIGUSR1, lambda *_: self._begin_notes())

    def run(self, program: Callable[[], int]) -> int:
        """Begin the program in a process of its own and follow that until its end; its exit code."""
        if (self._folder / ORDER).exists():
            self._begin_notes()
        may_go, go = os.pipe()
        child = os.fork()
        if child == 0:
            signal.signal(signal.SIGUSR1, signal.SIG_DFL)
            os.read(may_go, 1)
            self._filter_calls()
            raise SystemExit(program())
        options = FOLLOW_CHILDREN_AND_THREADS | STOP_WHERE_FILTERED | END_WITH_ME
        assert self._ptrace(SEIZE, child, options), os.strerror(ctypes.get_errno())
        with suppress(
            PermissionError
        ):  # on a busy machine every stop would wait for its turn, and locks with it
            os.sched_setscheduler(0, os.SCHED_RR, os.sched_param(1))
        os.write(go, b"!")
        (self._folder / FOLLOWING).touch()
        return self._follow(child)

    def _filter_calls(self) -> None:
        jumps = [(IS_EQUAL, len(self._names) - place, 0, n) for place, n in enumerate(self._names)]
        steps = [(LOAD, 0, 0, 0), *jumps, (RETURN, 0, 0, ALLOW), (RETURN, 0, 0, TELL_THE_TRACER)]
        code = ctypes.create_string_buffer(b"".join(struct.pack("HBBI", *step) for step in steps))
        program = struct.pack("HxxxxxxP", len(steps), ctypes.addressof(code))
        self._libc.prctl(NO_NEW_PRIVILEGES, 1, 0, 0, 0)
        assert self._libc.prctl(SET_FILTER, FILTER, program) == 0

    def _follow(self, child: int) -> int:
        while True:
            thread, status = os.waitpid(-1, ANY_THREAD)
            if os.WIFSTOPPED(status):
                self._look(thread, os.WSTOPSIG(status), status >> 16)
            elif thread == child:
                return os.waitstatus_to_exitcode(status)

    def _look(self, thread: int, stopped_by: int, event: int) -> None:
        if event == AT_THE_FILTER and self._write and (kind := self._what_begins(thread)):
            self._counted[kind] += 1
            moment = Moment(kind, self._counted[kind])
            self._write(json.dumps(moment) + "\n")
            if moment == self._kill_at:
                os.kill(process_of(thread), signal.SIGKILL)
                return
        self._ptrace(GO_ON, thread, 0 if event else stopped_by)

    def _begin_notes(self) -> None:
        told = json.loads((self._folder / ORDER).read_text(encoding="utf-8"))
        self._ports = {int(port): name for port, name in told["ports"].items()}
        self._kill_at = Moment(Kind(*told["kill_at"][0]), told["kill_at"][1]) if told["kill_at"] else None
        self._counted.clear()
        self._peers.clear()  # a number may be another socket's by now
        self._write = (self._folder / NOTES).open("w", encoding="utf-8", buffering=1).write

    def _what_begins(self, thread: int) -> Kind | None:
        call = Call()
        self._libc.ptrace(WHICH_CALL, thread, ctypes.sizeof(call), ctypes.byref(call))
        with suppress(OSError, KeyError):  # the process may end meanwhile
            name = self._names[call.number]
            return Kind(name, self._what_it_is_on(thread, name, call.arguments))
        return None

    def _what_it_is_on(self, thread: int, name: str, arguments: "ctypes.Array[ctypes.c_uint64]") -> str:
        open_file = str(Path(f"/proc/{thread}/fd/{arguments[0]}").readlink())
        if not open_file.startswith("socket:"):
            return Path(open_file).name
        if name == "connect":
            port = int.from_bytes(read_memory(thread, int(arguments[1]) + 2, 2), "big")
            return self._ports.get(port, "another")
        peer = self._peers.get(open_file) or self._peers.setdefault(open_file, self._peer(thread, open_file))
        if name == "sendto":
            self._note_commit(thread, read_memory(thread, int(arguments[1]), min(int(arguments[2]), 40)))
        return f"{peer}, COMMIT" if peer == "database" and thread in self._committing else peer

    def _note_commit(self, thread: int, said: bytes) -> None:
        (self._committing.add if b"COMMIT" in said else self._committing.discard)(thread)

    def _peer(self, thread: int, socket: str) -> str:
        for line in Path(f"/proc/{thread}/net/tcp").read_text(encoding="ascii").splitlines()[1:]:
            _, here, there, *rest = line.split()
            if socket == f"socket:[{rest[6]}]":
                ends = (int(end.split(":")[1], 16) for end in (there, here))
                return next((self._ports[end] for end in ends if end in self._ports), "another")
        return "another"

    def _ptrace(self, what: int, thread: int, data: int) -> bool:
        return int(self._libc.ptrace(what, thread, None, data)) == 0


def process_of(thread: int) -> int:
    """Whose thread this is."""
    lines = Path(f"/proc/{thread}/status").read_text(encoding="utf-8").splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("Tgid:"))


def read_memory(thread: int, address: int, size: int) -> bytes:
    """What stands there; shorter where the memory ends."""
    with Path(f"/proc/{thread}/mem").open("rb", buffering=0) as memory:
        memory.seek(address)
        return memory.read(size) or b""


if __name__ == "__main__":
    sys.exit(Tracer(Path(sys.argv[1])).run(lambda: os.execvp(sys.argv[2], sys.argv[2:])))
