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
def losing(host, share, directions=("from",)):
    """Packets from a host, or `to` it, are dropped at random as netem would. By iptables: not every kernel has netem.

    Always where they arrive: a kernel that drops what it is about to send itself knows that it is lost.
    """
    rule = ["-m", "statistic", "--mode", "random", "--probability", str(share), "-j", "DROP"]
    commands = {
        "from": lambda action: run(["iptables", "--wait", action, "INPUT", "-i", host._outside, *rule]),
        "to": lambda action: host.in_network("iptables", "--wait", action, "INPUT", "-i", host._inside, *rule),
    }
    added = []
    try:
        for direction in directions:
            commands[direction]("-I")
            added.append(direction)
        yield
    finally:
        for direction in added:
            commands[direction]("-D")
