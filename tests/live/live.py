#!/usr/bin/env python3
"""The switch between interfaces. Usage: live.py PACKETSCOPE SOURCE_ROOT. Prints TAP.

Everything happens in a network namespace (with namespaces for hosts inside) that this script makes and
that is gone with its last process; the world outside sees no packet and keeps no file."""
import ctypes
import json
import os
import pty
import re
import select
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import threading
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
import tap  # noqa: E402
from tap import result  # noqa: E402

CLONE_NEWNS, CLONE_NEWNET = 0x20000, 0x40000000
SOL_PACKET, PACKET_AUXDATA = 263, 8
libc = ctypes.CDLL(None, use_errno=True)
PROGRAM, ROOT = os.path.abspath(sys.argv[1]), os.path.abspath(sys.argv[2])
ROUTER = os.path.join(ROOT, "examples", "router")
HERE = os.path.dirname(os.path.abspath(__file__))
PATIENCE = 600  # seconds until something that should come won't: no machine is so busy


def wait_for(condition):
    """Its first true value; the last one when that doesn't come."""
    end = time.monotonic() + PATIENCE
    while not (found := condition()) and time.monotonic() < end:
        time.sleep(0.02)
    return found


def ip(*words):
    subprocess.run(["ip", *words], check=True)


def make_namespaces():
    """A private /run, ports sw0 to sw2, and their other ends h0 to h2 in hosts' namespaces."""
    if libc.unshare(CLONE_NEWNET | CLONE_NEWNS):
        raise OSError(ctypes.get_errno(), "unshare")
    subprocess.run(["mount", "--make-rprivate", "/"], check=True)
    subprocess.run(["mount", "-t", "tmpfs", "none", "/run"], check=True)
    os.environ.pop("XDG_RUNTIME_DIR", None)
    for n in range(3):
        ip("netns", "add", f"h{n}")
        ip("link", "add", f"sw{n}", "type", "veth", "peer", "name", f"h{n}")
        with open(f"/proc/sys/net/ipv6/conf/sw{n}/disable_ipv6", "w", encoding="ascii") as f:
            f.write("1")
        ip("link", "set", f"h{n}", "netns", f"h{n}")
        ip("link", "set", f"sw{n}", "up")
        ip("netns", "exec", f"h{n}", "sh", "-c",
           f"echo 1 > /proc/sys/net/ipv6/conf/h{n}/disable_ipv6")
        # the address to which entries.txt sends what is for port n
        ip("-n", f"h{n}", "link", "set", f"h{n}", "address", f"02:00:00:00:0{min(n, 1)}:0{n}", "up")
    for n, address, router in (0, "10.0.0.5/8", "10.0.0.254"), (1, "192.168.0.7/16", "192.168.0.254"):
        mac = f"02:00:00:00:01:0{n}"
        ip("-n", f"h{n}", "link", "set", f"h{n}", "address", mac)
        ip("-n", f"h{n}", "addr", "add", address, "dev", f"h{n}")
        ip("-n", f"h{n}", "route", "add", "default", "via", router)
        ip("-n", f"h{n}", "neigh", "add", router, "lladdr", f"02:00:00:00:00:1{n}", "dev", f"h{n}")


def host_socket(host, *kind):
    """A socket that lives in a host's namespace."""
    made = []

    def make():
        fd = os.open(f"/run/netns/h{host}", os.O_RDONLY)
        libc.setns(fd, CLONE_NEWNET)
        os.close(fd)
        made.append(socket.socket(*kind))

    thread = threading.Thread(target=make)
    thread.start()
    thread.join()
    return made[0]


class Wire:
    """A host's end of the cable: raw frames."""

    def __init__(self, host):
        self.socket = host_socket(host, socket.AF_PACKET, socket.SOCK_RAW)
        self.socket.setsockopt(SOL_PACKET, PACKET_AUXDATA, 1)
        self.socket.setsockopt(SOL_PACKET, 23, 1)  # ignore outgoing
        self.socket.setsockopt(socket.SOL_SOCKET, 33, 16 << 20)  # receive buffer, by force
        self.socket.bind((f"h{host}", 3))  # every protocol

    def send(self, frame):
        self.socket.send(frame)

    def drain(self):
        while self.receive(0):
            pass

    def receive(self, timeout=PATIENCE):
        """A frame as on the wire, or None."""
        if not select.select([self.socket], [], [], timeout)[0]:
            return None
        frame, extra, _, _ = self.socket.recvmsg(65536, 256)
        for level, kind, data in extra:
            if (level, kind) == (SOL_PACKET, PACKET_AUXDATA):
                status, _, _, _, _, tci, tpid = struct.unpack_from("=IIIHHHH", data)
                if status & 16:
                    frame = frame[:12] + struct.pack("!HH", tpid, tci) + frame[12:]
        return frame

    def take(self, n):
        """n frames, and whatever else is there then."""
        frames = []
        while frame := self.receive(PATIENCE if len(frames) < n else 0):
            frames.append(frame)
        return frames

    def close(self):
        self.socket.close()


def mac(text):
    return bytes.fromhex(text.replace(":", ""))


def sum16(data):
    data += b"\0" * (len(data) % 2)
    total = sum(struct.unpack(f"!{len(data) // 2}H", data))
    while total >> 16:
        total = (total & 0xffff) + (total >> 16)
    return ~total & 0xffff


def ipv4(source, target, payload=b"", protocol=253, ttl=64, tag=b""):
    head = struct.pack("!BBHHHBBH4s4s", 0x45, 0, 20 + len(payload), 1, 0, ttl, protocol, 0,
                       socket.inet_aton(source), socket.inet_aton(target))
    head = head[:10] + struct.pack("!H", sum16(head)) + head[12:]
    return mac("02:00:00:00:00:10") + mac("02:00:00:00:01:00") + tag + b"\x08\0" + head + payload


def ethernet(target, payload=b"", kind=0x88b5):
    return mac(target) + mac("02:00:00:00:01:00") + struct.pack("!H", kind) + payload.ljust(46, b"\0")


class Switch:
    def __init__(self, program, *options, ports=2, name="sw{0}"):
        self.out = tempfile.TemporaryFile("w+")
        self.err = tempfile.TemporaryFile("w+")
        words = [PROGRAM, "switch", program, *options]
        for n in range(ports):
            words += ["-i", f"{n}@{name.format(n)}"]
        self.process = subprocess.Popen(words, stdin=subprocess.DEVNULL, stdout=self.out, stderr=self.err)
        wait_for(lambda: self.process.poll() is not None or ctl("stats")[0] == 0)
        if self.process.poll() is not None:
            print("#", *self.text())

    def text(self):
        """What it has said, read by files of our own: the switch's places in its own ones stay."""
        texts = []
        for file in self.out, self.err:
            with open(f"/proc/self/fd/{file.fileno()}", encoding="utf-8") as f:
                texts.append(f.read())
        return tuple(texts)

    def stop(self, how=signal.SIGTERM):
        if self.process.poll() is None:
            self.process.send_signal(how)
        try:
            self.process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        return (self.process.returncode, *self.text())


def ctl(*words, text=None):
    done = subprocess.run([PROGRAM, "ctl", *words], input=text, capture_output=True, text=True,
                          stdin=None if text is not None else subprocess.DEVNULL, timeout=PATIENCE, check=False)
    return done.returncode, done.stdout, done.stderr


def stats():
    return {line.split()[0]: int(line.split()[1]) for line in ctl("stats")[1].splitlines()}


def settle(before, n):
    """The counts when n more frames than `before` have come and all have left again, or a queue of the switch has lost them."""
    return wait_for(lambda: (now := stats())["received"] >= before["received"] + n and not now["queued"] and now)


def totals(out):
    """The switch's line of the JSON output."""
    lines = [json.loads(line) for line in out.splitlines()]
    return next(line for line in lines if line.get("type") == "switch"), lines


# --- the router ---------------------------------------------------------------------------------


def forwards(h0, h1):
    h1.drain()
    h0.send(ipv4("10.0.0.5", "192.168.0.7", b"x" * 30))
    frame = h1.receive() or b""
    result("a packet is forwarded, with new addresses, TTL and checksum",
           frame[:12] == mac("02:00:00:00:01:01") + mac("02:00:00:00:00:11") and frame[22] == 63 and
           sum16(frame[14:34]) == 0 and frame[34:64] == b"x" * 30, frame.hex())
    h0.send(ipv4("10.0.0.5", "192.168.0.7", b"y" * 30, tag=struct.pack("!HH", 0x8100, 0x602a)))
    frame = h1.receive() or b""
    result("a VLAN tag reaches the program, and leaves again",
           frame[12:16] == bytes.fromhex("8100602a") and frame[16:18] == b"\x08\0", frame.hex())
    h0.send(ipv4("10.0.0.5", "192.168.0.7", b"z" * 1480))
    frame = h1.receive() or b""
    result("a frame of full size too", len(frame) == 1514, len(frame))


def offloads():
    """The hosts' kernels leave checksums and segmentation to the interface."""
    sender = host_socket(0, socket.AF_INET, socket.SOCK_DGRAM)
    receiver = host_socket(1, socket.AF_INET, socket.SOCK_DGRAM)
    receiver.bind(("192.168.0.7", 7))
    receiver.settimeout(PATIENCE)
    sender.sendto(b"hello", ("192.168.0.7", 7))
    try:
        got = receiver.recv(100)
    except OSError as e:
        got = e
    result("UDP between two kernels", got == b"hello", got)
    listener = host_socket(1, socket.AF_INET, socket.SOCK_STREAM)
    listener.bind(("192.168.0.7", 80))
    listener.listen()
    data = os.urandom(1 << 20) * 4
    client = host_socket(0, socket.AF_INET, socket.SOCK_STREAM)
    client.settimeout(PATIENCE)

    def send():
        client.connect(("192.168.0.7", 80))
        client.sendall(data)
        client.close()

    thread = threading.Thread(target=send)
    thread.start()
    got = b""
    try:
        listener.settimeout(PATIENCE)
        server, _ = listener.accept()
        server.settimeout(PATIENCE)
        parts = []
        while part := server.recv(1 << 20):
            parts.append(part)
        got = b"".join(parts)
        server.close()
    except OSError as e:
        print("#", e)
    thread.join()
    result("TCP: 4 MiB in segments that the kernel had merged", got == data, len(got))
    for s in sender, receiver, listener:
        s.close()


def entries_change(h0, h1):
    """A steady flow loses nothing while entries come and go."""
    h1.drain()
    before = stats()
    done = threading.Event()
    sent = [0]

    def flow():
        while not done.is_set():
            h0.send(ipv4("10.0.0.5", "192.168.0.9", struct.pack("!I", sent[0]) + b"flow"))
            sent[0] += 1
            time.sleep(0.0005)

    thread = threading.Thread(target=flow)
    thread.start()
    lines = [f"table_add ipv4_lpm set_nhop 198.18.{i}.0/24 => 1 02:00:00:00:01:01" for i in range(100)]
    status, out, err = ctl(text="\n".join(lines) + "\n")
    handles = [int(h) for h in re.findall(r"with handle (\d+)", out)]
    result("100 entries from standard input, each with its handle",
           status == 0 and handles == list(range(8, 108)), status, out, err)
    ip_new = ipv4("10.0.0.5", "198.18.42.1", b"new")
    h0.send(ip_new)
    modified = ctl("table_modify", "ipv4_lpm", "no_route", "50", "=>")[0]
    deleted = ctl(text="".join(f"table_delete ipv4_lpm {h}\n" for h in handles if h != 50))[0]
    wait_for(lambda: stats()["received"] > before["received"] + 200)
    done.set()
    thread.join()
    h0.send(ip_new)
    after = settle(before, sent[0] + 2)
    frames = h1.take(after["sent"] - before["sent"])
    numbers = [struct.unpack("!I", f[34:38])[0] for f in frames if f[38:42] == b"flow"]
    new = [f for f in frames if f[34:37] == b"new"]
    result("entries are modified and deleted", modified == 0 and deleted == 0, modified, deleted)
    result("a new route forwards, a deleted one does not", len(new) == 1, len(new))
    result("the flow beside it lost nothing", numbers == list(range(sent[0])), len(numbers), sent[0])
    status, out, _ = ctl("table_num_entries", "ipv4_lpm")
    result("the table has one entry more than before", (status, out) == (0, "9\n"), status, out)
    out = ctl("drops")[1]
    result("drops: reasons with the entry's handle",
           re.search(r"^ +1  ingress  RouterIngress.ipv4_lpm/no_route#50 .*null-route$", out, re.M) is not None, out)


def control_errors():
    status, out, err = ctl("table_add", "ipv4_lpm", "set_nhop", "10.0.0.0/8", "=>", "0", "02:00:00:00:01:00")
    result("a wrong command: status 1, and why", status == 1 and out == "" and "already" in err, status, out, err)
    status, out, err = ctl("table_ad", "x")
    result("an unknown command: the nearest one", status == 1 and "table_add" in err, status, out, err)
    status, _, err = ctl("--control", "/run/nobody.sock", "stats")
    result("no switch: status 1", status == 1 and "no switch listens there" in err, status, err)
    status, out, err = ctl(text="# a comment\n\nbad\ntable_num_entries nat\n")
    result("standard input goes on after an error, status 1", status == 1 and out == "4\n" and "bad" in err,
           status, out, err)
    status, out, _ = ctl("table_dump", "nat")
    result("a dump shows keys and parameters",
           status == 0 and "* hdr.ipv4.srcAddr    : LPM       0a000000/8" in out and
           "Action entry: RouterIngress.snat - c0000200, 000000ff" in out, out)
    other = subprocess.run([PROGRAM, "switch", os.path.join(ROUTER, "router.p4"), "-i", "0@sw0"],
                           capture_output=True, text=True, check=False)
    result("a second switch at the same socket is refused",
           other.returncode == 1 and "another switch listens there" in other.stderr, other.stderr)
    other = subprocess.run([PROGRAM, "switch", os.path.join(ROUTER, "router.p4"), "-i", "0@nosuch",
                            "--control", "/run/other.sock"], capture_output=True, text=True, check=False)
    for ports, complaint in ((["0@sw0", "0@sw1"], "there already"), (["0@sw0", "1@sw0"], "there already"),
                             (["0"], "PORT@INTERFACE"), (["511@sw0"], "0 to 510"), ([], "no ports")):
        wrong = subprocess.run([PROGRAM, "switch", os.path.join(ROUTER, "router.p4"), "--control", "/run/other.sock",
                                *(word for port in ports for word in ("-i", port))],
                               capture_output=True, text=True, check=False)
        result(f"ports that make no sense: {ports}", wrong.returncode in (1, 2) and complaint in wrong.stderr and
               not os.path.exists("/run/other.sock"), wrong.stderr)
    result("an interface that isn't there: status 1, no socket left",
           other.returncode == 1 and "there is no interface nosuch" in other.stderr and
           not os.path.exists("/run/other.sock"), other.stderr)


def prompt():
    pid, fd = pty.fork()
    if pid == 0:
        os.environ["TERM"] = "xterm"
        os.execv(PROGRAM, [PROGRAM, "ctl"])
    seen = b""

    def until(what):
        nonlocal seen
        start = len(seen)
        end = time.monotonic() + PATIENCE
        while what not in seen[start:] and time.monotonic() < end:
            if select.select([fd], [], [], 0.1)[0]:
                try:
                    seen += os.read(fd, 4096)
                except OSError:
                    break
        return what in seen[start:]

    good = until(b"packetscope> ")
    os.write(fd, b"table_num\t")
    completed = until(b"_entries ")
    os.write(fd, b"n\t\n")
    answered = until(b"\n4\r\n")
    os.write(fd, b"exit\n")
    until(b"\0")
    status = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    os.close(fd)
    result("the prompt completes commands and tables", good and completed and answered and status == 0, seen)


def hostile(h0, h1):
    """Clients that do everything wrong, while packets flow."""
    h1.drain()
    before = stats()
    path = "/run/packetscope.sock"
    clients = []
    for i in range(40):
        s = socket.socket(socket.AF_UNIX)
        s.connect(path)
        s.settimeout(PATIENCE)
        if i % 4 == 0:
            s.send(b"table_dump acl")  # never ends its line
        elif i % 4 == 1:
            s.setblocking(False)
            try:
                while s.send(b"table_dump acl\n" * 100):  # never reads
                    pass
            except OSError:
                pass
        elif i % 4 == 2:
            try:
                s.sendall(os.urandom(5000).replace(b"\n", b"") + b"\n\0\n\xff\xfe => &&& /\n")
            except OSError:
                pass
        clients.append(s)
    s = socket.socket(socket.AF_UNIX)
    s.connect(path)
    s.settimeout(PATIENCE)
    try:
        s.sendall(b"a" * 300000)
        reply = s.recv(100)
    except OSError as e:
        reply = str(e).encode()
    s.close()
    for i in range(500):
        h0.send(ipv4("10.0.0.5", "192.168.0.9", struct.pack("!I", i)))
    status, out, err = ctl("table_num_entries", "nat")
    for s in clients:
        s.close()
    after = settle(before, 500)
    frames = h1.take(after["sent"] - before["sent"])
    result("a line without end is refused", reply.startswith(b"error") or b"reset" in reply or b"pipe" in reply,
           reply)
    result("clients that don't read, don't write or write nonsense hold nobody up",
           len(frames) == 500 and (status, out) == (0, "4\n"), len(frames), status, out, err)
    result("and packets are counted", after["received"] - before["received"] == 500, before, after)
    for words in (["table_add"] * 9, ["register_read", "a" * 5000, "1"], ["help", "x", "y"], ["complete"],
                  ["table_dump", "0"], ["counter_read", "x", "-1"], ["mirroring_get", "99999999999999999999"],
                  ["complete", "table_add", "ipv4_lpm", "=>", "x", "y", "z", ""], ["table_dump_entry", "acl", "0xg"],
                  ["mc_node_create", "1", *["1"] * 3000]):
        ctl(*words)
    result("nor do commands that make no sense", ctl("stats")[0] == 0)


def router():
    s = Switch(os.path.join(ROUTER, "router.p4"), "-e", os.path.join(ROUTER, "entries.txt"), "--json", ports=2)
    h0, h1 = Wire(0), Wire(1)
    forwards(h0, h1)
    offloads()
    entries_change(h0, h1)
    control_errors()
    prompt()
    hostile(h0, h1)
    before = stats()
    h0.send(ipv4("10.0.0.5", "198.51.100.1"))  # port 2, where no interface is
    settle(before, 1)
    out = ctl("drops")[1]
    result("drops: a port that isn't there", re.search(r" 1  port     port 2: no such port", out) is not None, out)
    n = stats()
    result("stats add up", n["received"] + n["copies"] == n["sent"] + n["not_sent"] + n["no_such_port"] +
           n["dropped_ingress"] + n["dropped_egress"] + n["lost_queue"] + n["queued"] and n["no_such_port"] == 1, n)
    status, out, err = s.stop()
    t, _ = totals(out)
    result("SIGTERM: totals, status 0", status == 0 and t["received"] == n["received"], status, out, err)
    result("and what had nowhere to go", t["not_sent"] == 1 and t["forwarded"] == n["sent"] and
           {"where": "port", "reason": "port 2: no such port", "class": "egress/discards/errors/l2/tx", "packets": 1} in t["drops"], t)
    result("and the socket is gone", not os.path.exists("/run/packetscope.sock"))
    h0.close()
    h1.close()


# --- state --------------------------------------------------------------------------------------


def commands_of_state(h0, h1, h2):
    good = True

    def expect(line, pattern):
        nonlocal good
        status, out, err = ctl(*line.split())
        if status or not re.fullmatch(pattern, out):
            print("#", line, status, out, err)
            good = False

    before = stats()
    for _ in range(3):
        h0.send(ethernet("02:00:00:00:00:99"))
    h0.send(ethernet("02:00:00:00:00:98", b"a" * 86))
    settle(before, 4)
    expect("register_read seen 0", r"seen\[0\]= 4\n")
    expect("register_read I.seen", r"I\.seen= 4, 0, 0, 0\n")
    expect("register_write seen 3 0x10", "")
    expect("register_read seen 3", r"seen\[3\]= 16\n")
    expect("register_reset seen", "")
    expect("register_read seen", r"seen= 0, 0, 0, 0\n")
    expect("counter_read by_port 0", r"by_port\[0\]= \(280 bytes, 4 packets\)\n")
    expect("counter_write by_port 1 5 500", "")
    expect("counter_read by_port 1", r"by_port\[1\]= \(500 bytes, 5 packets\)\n")
    expect("counter_reset by_port", "")
    expect("counter_read by_port 1", r"by_port\[1\]= \(0 bytes, 0 packets\)\n")
    expect("mc_mgrp_create 7", "")
    expect("mc_node_create 3 1 2", "node was created with handle 0\n")
    expect("mc_node_associate 7 0", "")
    expect("mc_dump", r"==========\nMC ENTRIES\n\*{10}\nmgrp\(7\)\n  -> \(L1h=0, rid=3\) -> \(ports=\[1, 2\], lags=\[\]\)\n==========\nLAGS\n==========\n")
    expect("table_add to flood ff:ff:ff:ff:ff:ff => 7", "Entry has been added with handle 0\n")
    expect("mirroring_add 5 1", "")
    expect("mirroring_get 5", r"MirroringSessionConfig\(port=1, mgid=None\)\n")
    expect("mirroring_delete 5", "")
    expect("table_set_default to forward 2", "")
    expect("table_reset_default to", "")
    expect("table_info to", r"(?s)I\.to .*mk=hdr\.ethernet\.dst\(exact, 48\)\].*I\.forward .*port\(9\).*")
    expect("show_ports", r"(?s).*   0  sw0 +4 .*")
    result("registers, counters, groups, mirrors and defaults by command", good)
    h1.drain()
    h2.drain()
    h0.send(ethernet("ff:ff:ff:ff:ff:ff"))
    result("a group that a command made sends copies", h1.receive() is not None and h2.receive() is not None)
    good = True
    expect("meter_set_rates limit 0 0.0:1 0.0:2", "")
    expect("meter_get_rates limit 0", r"0: info rate = 0\.0, burst size = 1\n1: info rate = 0\.0, burst size = 2\n")
    before = stats()
    for _ in range(5):
        h0.send(ethernet("ff:ff:ff:ff:ff:ff"))
    after = settle(before, 5)
    n = len(h1.take((after["sent"] - before["sent"]) // 2))  # the other half leaves by port 2
    result("a meter that a command set lets through what it may", good and n == 2, n)
    expect("meter_set_rates limit 0 1.0:1000 1.0:1000", "")


def queue_losses(h0, h1):
    """A slow queue: what was sent is what came out and what was lost."""
    h1.drain()
    before = stats()
    ctl("table_add", "to", "forward", "02:00:00:00:00:01", "=>", "1")
    ctl("set_queue_rate", "50", "1")
    ctl("set_queue_depth", "20", "1")
    for _ in range(100):
        h0.send(ethernet("02:00:00:00:00:01"))
    after = settle(before, 100)
    got = len(h1.take(after["sent"] - before["sent"]))
    lost = after["lost_queue"] - before["lost_queue"]
    result("a slow queue: sent = received + lost", 0 < lost and got + lost == 100 and after["queued"] == 0, got, after)
    out = ctl("queues")[1]
    result("queues: depth, rate and losses",
           re.search(rf"^ +1 +0 +0 +0 +20 +50 +\d+ +{lost}$", out, re.M) is not None, out)
    out = ctl("drops")[1]
    result("drops: the queue", re.search(rf" {lost}  queue    port 1 priority 0: full", out) is not None, out)
    return lost


def epochs(s, lost, h0):
    """Rows of epochs that closed while nothing happened."""
    rows = wait_for(lambda: [line for line in s.text()[0].splitlines() if '"query":"lost"' in line])
    result("epochs are printed as they close, also when idle", rows, s.text())
    before = stats()
    for _ in range(50):
        h0.send(ethernet("02:00:00:00:00:01"))
    wait_for(lambda: stats()["received"] >= before["received"] + 50)
    total = stats()["lost_queue"]
    status, out, err = s.stop(signal.SIGINT)
    t, lines = totals(out)
    told = sum(row["value"]["count"] for row in lines if row["type"] == "row")
    complete = all(row["complete"] for row in lines if row["type"] == "epoch")
    result("SIGINT drains the queues and closes the open epochs", status == 0 and t["queued"] == 0 and
           t["received"] + t["copies"] == t["forwarded"] + t["dropped_ingress"] + t["dropped_egress"] +
           t["lost_queue"], status, out, err)
    result("the query's losses are the queues'", complete and told == t["lost_queue"] == total > lost,
           told, t, total, out)


def state():
    s = Switch(os.path.join(HERE, "state.p4"), "-q", os.path.join(HERE, "lost.scope"), "--json",
               "--max-delay", "10s", ports=3)
    h0, h1, h2 = Wire(0), Wire(1), Wire(2)
    commands_of_state(h0, h1, h2)
    lost = queue_losses(h0, h1)
    epochs(s, lost, h0)
    for h in h0, h1, h2:
        h.close()


def stories():
    s = Switch(os.path.join(HERE, "state.p4"), "--stories", "-q", os.path.join(HERE, "lost.scope"))
    h0 = Wire(0)
    ctl("table_add", "to", "forward", "02:00:00:00:00:01", "=>", "1")
    result("a story with a wrong expression is refused", "no header 'nosuch'" in ctl("story", "1", "nosuch.x_in == 1")[1:][1]
           or ctl("story", "1", "nosuch.x_in == 1")[0] == 1)
    client = subprocess.Popen([PROGRAM, "story", "--where", "port_intent == -1", "--count", "2", "--json"],
                              stdout=subprocess.PIPE, text=True)
    wait_for(lambda: ctl("stories")[0] == 0)
    for n in 1, 2, 3:
        h0.send(ethernet(f"02:00:00:00:00:0{n}"))
    told = [json.loads(line) for line in client.communicate(timeout=PATIENCE)[0].splitlines()]
    result("stories of a running switch: those that were asked for",
           [t["fate"] for t in told] == ["dropped_ingress"] * 2 and
           all(t["reason"] == "I.to/drop#default" and t["events"][0]["event"] == "state" for t in told), told)
    result("and what queries carry is not in them", any(e["changes"] for t in told for e in t["events"]) and "meta.ps" not in str(told), told)
    drops = subprocess.Popen([PROGRAM, "drops", "--every", "10ms", "--json"], stdout=subprocess.PIPE, text=True)
    looks = [json.loads(drops.stdout.readline())]
    for _ in range(3):
        h0.send(ethernet("02:00:00:00:00:02"))
        looks.append(json.loads(drops.stdout.readline()))
    drops.send_signal(signal.SIGINT)
    result("drops of a running switch, look by look, with their class", drops.wait() == 0 and all(d["class"] for d in looks) and
           [(d["reason"], d["total"]) for d in looks] == [("I.to/drop#default", n) for n in range(2, 6)], looks)
    result("and the switch ends", s.stop()[0] == 0)
    h0.close()


def ends():
    # a socket that a killed switch left
    s = socket.socket(socket.AF_UNIX)
    s.bind("/run/packetscope.sock")
    s.close()
    done = subprocess.run([PROGRAM, "switch", os.path.join(HERE, "state.p4"), "-i", "0@sw0", "--duration", "300ms"],
                          capture_output=True, text=True, timeout=PATIENCE, check=False)
    result("--duration: it ends by itself, at a socket that a killed switch left",
           done.returncode == 0 and "received " in done.stdout, done)
    s = Switch(os.path.join(HERE, "state.p4"), ports=3)
    h0 = Wire(0)
    ctl("table_set_default", "to", "forward", "2")
    ip("link", "set", "sw2", "down")
    before = stats()
    h0.send(ethernet("02:00:00:00:00:05"))
    settle(before, 1)
    out = ctl("drops")[1]
    result("an interface that is down: counted", " 1  port     port 2 sw2: the interface failed" in out, out)
    ip("link", "set", "sw2", "up")
    h2 = Wire(2)

    def arrives():
        h0.send(ethernet("02:00:00:00:00:05"))
        return h2.receive(0.2)

    result("and up again: forwarded", wait_for(arrives))  # the carrier comes when it comes
    ip("link", "del", "sw1")
    before = stats()
    h2.drain()
    h0.send(ethernet("02:00:00:00:00:05"))
    settle(before, 1)
    result("an interface that is removed disturbs no other", h2.receive() is not None)
    result("and the switch ends well", s.stop()[0] == 0)
    h0.close()
    h2.close()


def run(checks):
    """Checks in namespaces of their own; says so where there can be none. The exit status."""
    if os.geteuid():
        print("1..0 # SKIP network namespaces need root")
        return 0
    try:
        make_namespaces()
    except (OSError, subprocess.CalledProcessError) as e:
        print("1..0 # SKIP no network namespaces here:", e)
        return 0
    checks()
    return tap.done()


def main():
    router()
    state()
    stories()
    ends()
    result("nothing is left in /run", set(os.listdir("/run")) == {"netns"}, os.listdir("/run"))


if __name__ == "__main__":
    sys.exit(run(main))
