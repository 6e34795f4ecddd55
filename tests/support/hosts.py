"""Hosts for tests: network namespaces behind one bridge, each to be cut off and joined again. Needs root."""

import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from secrets import token_hex


class Net:
    """A bridge and hosts with the addresses .10, .11, .12; `ours` is where the database and the carrier listen."""

    def __init__(self, hosts: int) -> None:
        self._tag = token_hex(2)
        self._third = 1 + int(self._tag, 16) % 250
        self.ours = f"10.213.{self._third}.1"
        self._bridge = f"ab{self._tag}"
        self._spaces = [f"ah{self._tag}{place}" for place in range(hosts)]

    def words(self, place: int) -> Sequence[str]:
        """What to put before a command so that it runs on this host."""
        return ["ip", "netns", "exec", self._spaces[place]]

    def cut_off(self, place: int) -> None:
        """Nothing reaches the host and nothing leaves it; its processes go on."""
        _ip("link", "set", f"{self._spaces[place]}b", "down")

    def join(self, place: int) -> None:
        """The cable is back."""
        _ip("link", "set", f"{self._spaces[place]}b", "up")

    def build(self) -> None:
        """Bridge, namespaces, cables."""
        _ip("link", "add", self._bridge, "type", "bridge")
        _ip("addr", "add", f"{self.ours}/24", "dev", self._bridge)
        _ip("link", "set", self._bridge, "up")
        for place, space in enumerate(self._spaces):
            _ip("netns", "add", space)
            _ip("link", "add", f"{space}b", "type", "veth", "peer", "name", "eth0", "netns", space)
            _ip("link", "set", f"{space}b", "master", self._bridge, "up")
            inside = ["-n", space]
            _ip(*inside, "link", "set", "lo", "up")
            _ip(*inside, "addr", "add", f"10.213.{self._third}.{10 + place}/24", "dev", "eth0")
            _ip(*inside, "link", "set", "eth0", "up")

    def tear_down(self) -> None:
        """Everything this net made, and nothing else."""
        for space in self._spaces:
            subprocess.run(["ip", "netns", "del", space], check=False, capture_output=True)
        subprocess.run(["ip", "link", "del", self._bridge], check=False, capture_output=True)


def _ip(*words: str) -> None:
    subprocess.run(["ip", *words], check=True, capture_output=True)


@contextmanager
def running_net(*, hosts: int) -> Iterator[Net]:
    """A net for the length of the block."""
    net = Net(hosts)
    try:
        net.build()
        yield net
    finally:
        net.tear_down()
