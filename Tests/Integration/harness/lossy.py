"""What a network does to a host: cuts it off, or loses a share of what it is sent and sends."""

import contextlib

from .processes import run


@contextlib.contextmanager
def cut_off(host):
    """The cable is pulled: nobody is told."""
    run(["ip", "link", "set", host._outside, "down"])
    try:
        yield
    finally:
        run(["ip", "link", "set", host._outside, "up"])


@contextlib.contextmanager
def losing(host, share, chains=("OUTPUT",)):
    """Packets that the host sends are dropped at random, as netem would on its interface; with `INPUT`, also those for it.

    By iptables: not every kernel has netem.
    """
    rules = [
        (chain, "-m", "statistic", "--mode", "random", "--probability", str(share), "-j", "DROP")
        for chain in chains
    ]
    added = []
    try:
        for rule in rules:
            host.in_network("iptables", "--wait", "-I", *rule)
            added.append(rule)
        yield
    finally:
        for rule in added:
            host.in_network("iptables", "--wait", "-D", *rule)
