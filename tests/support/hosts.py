"""Hosts for tests: network namespaces on two bridges, each cable to be cut off and joined again. Needs root."""

import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from secrets import token_hex

DATABASE, CARRIER = "d", "c"


class Net:
    """Two bridges, and hosts with a cable to each; the database and the carrier listen on one of them each."""

    def __init__(self, hosts: int) -> None:
        self._tag = token_hex(2)
        self._net = f"10.213.{1 + int(self._tag, 16) % 250}"
        self._firsts = {
            DATABASE: 0,
            CARRIER: 128,
        }  # of the addresses: the bridge has .1 or .129, then the hosts
        self._spaces = [f"ah{self._tag}{place}" for place in range(hosts)]

    @property
    def database(self) -> str:
        """Where the database listens."""
        return self._address(DATABASE, 1)

    @property
    def carrier(self) -> str:
        """Where the carrier listens."""
        return self._address(CARRIER, 1)

    def words(self, place: int) -> Sequence[str]:
        """What to put before a command so that it runs on this host."""
        return ["ip", "netns", "exec", self._spaces[place]]

    def cut_off(self, place: int, *bridges: str) -> None:
        """Nothing reaches the host over these (both, if none is named) and nothing leaves it; its processes go on."""
        for bridge in bridges or self._firsts:
            _ip("link", "set", self._cable(place, bridge), "down")

    def join(self, place: int) -> None:
        """The cables are back."""
        for bridge in self._firsts:
            _ip("link", "set", self._cable(place, bridge), "up")

    def build(self) -> None:
        """Bridges, namespaces, cables."""
        for bridge in self._firsts:
            _ip("link", "add", self._bridge(bridge), "type", "bridge")
            _ip("addr", "add", f"{self._address(bridge, 1)}/25", "dev", self._bridge(bridge))
            _ip("link", "set", self._bridge(bridge), "up")
        for place, space in enumerate(self._spaces):
            _ip("netns", "add", space)
            _ip("-n", space, "link", "set", "lo", "up")
            for bridge in self._firsts:
                self._lay_cable(place, bridge)

    def tear_down(self) -> None:
        """Everything this net made, and nothing else."""
        for space in self._spaces:
            subprocess.run(["ip", "netns", "del", space], check=False, capture_output=True)
        for bridge in self._firsts:
            subprocess.run(["ip", "link", "del", self._bridge(bridge)], check=False, capture_output=True)

    def _lay_cable(self, place: int, bridge: str) -> None:
        cable, space, device = self._cable(place, bridge), self._spaces[place], f"eth{bridge}"
        _ip("link", "add", cable, "type", "veth", "peer", "name", device, "netns", space)
        _ip("link", "set", cable, "master", self._bridge(bridge), "up")
        _ip("-n", space, "addr", "add", f"{self._address(bridge, 10 + place)}/25", "dev", device)
        _ip("-n", space, "link", "set", device, "up")

    def _bridge(self, bridge: str) -> str:
        return f"ab{self._tag}{bridge}"

    def _cable(self, place: int, bridge: str) -> str:
        return f"{self._spaces[place]}{bridge}"

    def _address(self, bridge: str, place: int) -> str:
        return f"{self._net}.{self._firsts[bridge] + place}"


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
