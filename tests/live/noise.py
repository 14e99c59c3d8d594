#!/usr/bin/env python3
"""Whatever is written to a switch's control socket, while packets flow. Usage: noise.py PACKETSCOPE SOURCE_ROOT. Prints TAP."""
import os
import random
import re
import socket
import sys

import live
from live import HERE, PATIENCE, Switch, Wire, ctl, ethernet, result, stats, wait_for

SOCKET = "/run/packetscope.sock"
ROUNDS, LINES = 120, 12
NAMES = ["I.to", "to", "I.seen", "seen", "I.by_port", "I.limit", "drop", "I.drop", "forward", "I.forward", "flood", "=>", "&&&", "/", "->", "lost",
         "json", "add", "remove", "list", "q = ingress()", "02:00:00:00:00:01", "port_intent == -1", "", "0", "1", "2", "3", "511", "512", "-1",
         "65536", "4294967295", "4294967296", "18446744073709551616", "0x", "0xffffffffffff", "1e9", "1:1", "9" * 400, "x" * 3000]
ORDERS = [b"\0", b"\xff", b"\x1b[2J", b"\xc2\x9b", b"\xe2\x80\xae", b"\r", b"\t", b"\x80" * 30, b"\xc3\xa4"]


def line_of(dice, commands):
    """A command that may mean something, with bytes in it that don't."""
    words = [dice.choice(commands)] + dice.choices(NAMES, k=dice.randrange(6))
    line = " ".join(words).encode()
    for _ in range(dice.randrange(4) if dice.random() < 0.4 else 0):
        at = dice.randrange(len(line) + 1)
        line = line[:at] + dice.choice(ORDERS) + line[at:]
    return (line if dice.random() < 0.9 else dice.randbytes(dice.randrange(300)).replace(b"\n", b"")) + b"\n"


def connect():
    s = socket.socket(socket.AF_UNIX)
    s.connect(SOCKET)  # waits for room
    s.settimeout(PATIENCE)
    return s


def answers(stream, n):
    """n answers' texts; raises ValueError where one has no form."""
    texts = []
    for _ in range(n):
        head = stream.readline()
        form = re.fullmatch(rb"(?:ok|error) (\d+)\n", head)
        if not form:
            raise ValueError(head)
        texts.append(stream.read(int(form[1])))
    return texts


def is_clean(text):
    try:
        return not re.search("[\0-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069]", text.decode())
    except UnicodeDecodeError:
        return False


def polite(dice, lines):
    """Sends in pieces, reads all answers; what was wrong with them."""
    data, wrong = b"".join(lines), []
    with connect() as s, s.makefile("rb") as stream:
        while data:
            n = dice.randrange(1, 2000)
            s.sendall(data[:n])
            data = data[n:]
        try:
            for line, text in zip(lines, answers(stream, len(lines))):
                if not is_clean(text):
                    wrong.append((line[:200], text[:300]))
        except (ValueError, OSError) as e:
            wrong.append((lines, e))
    return wrong


def rude(dice, lines):
    """Goes in the middle, without reading."""
    data = b"".join(lines)
    with connect() as s:
        try:
            s.sendall(data[:dice.randrange(len(data))])
            if dice.random() < 0.5:
                s.shutdown(socket.SHUT_WR)
            s.setblocking(False)
            s.recv(dice.randrange(1, 50))
        except OSError:
            pass  # nothing yet, or it sends us away


def crowd():
    """Many at once, each with half a command; the last ones still get answers."""
    held = []
    for i in range(300):
        s = connect()
        try:
            s.sendall(b"stats"[:i % 6])
        except OSError:
            pass
        held.append(s)
    good = ctl("stats")[0] == 0
    for s in held:
        s.close()
    return good


def noise():
    s = Switch(os.path.join(HERE, "state.p4"), "-q", os.path.join(HERE, "lost.scope"), "--json", ports=3)
    dice, h0, wrong, sent = random.Random(4), Wire(0), [], 0
    commands = [line.split()[0] for line in ctl("help")[1].splitlines() if line.strip()]
    for n in range(ROUNDS):
        lines = [line_of(dice, commands) for _ in range(dice.randrange(1, LINES))]
        if n % 3:
            wrong += polite(dice, lines)
        else:
            rude(dice, lines)
        h0.send(ethernet(f"02:00:00:00:00:0{n % 5}"))
        sent += 1
    result(f"{len(commands)} commands with anything behind them: every answer has its form, and no byte that a terminal obeys", not wrong, *wrong[:5])
    result("300 clients at once: there is an answer", crowd())
    with connect() as client:
        try:
            client.sendall(b"table_dump " + b"\xff" * (3 << 20))
            reply = client.recv(200)
        except OSError as e:
            reply = str(e).encode()
        result("a line of 3 MB is refused", b"at most" in reply or b"reset" in reply or b"pipe" in reply, reply)
    balanced = wait_for(lambda: (now := stats())["received"] >= sent and now)
    ctl("set_queue_rate", "1000000")
    result("packets came and were counted", balanced and balanced["received"] == sent, balanced, sent)
    status, out, err = s.stop()
    result("and the switch ends well", status == 0 and "bug" not in err and '"type":"switch"' in out, status, out[-2000:], err)
    h0.close()


if __name__ == "__main__":
    sys.exit(live.run(noise))
