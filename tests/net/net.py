#!/usr/bin/env python3
"""`packetscope net`: what hosts get, that packets add up, that paths are right, and that a run depends on nothing but its input.

    net.py PACKETSCOPE     prints TAP
"""
import collections
import html.parser
import json
import math
import os
import re
import subprocess
import sys
import tempfile

TOOL = os.path.abspath(sys.argv[1])
ROOT = os.environ["PACKETSCOPE_DATA"]
PODS = ROOT + "/tests/net/pods/topology.json"
ROUTERS = ROOT + "/tests/net/routers/topology.json"
ROUTER = ROOT + "/examples/router/router.p4"
BASIC = ROOT + "/examples/basic/basic.p4"
QUERIES = """
budget 16 bits
paths = network().per_flow(switch_id, flow=(ipv4.srcIP, ipv4.dstIP, ipv4.proto, l4.srcPort, l4.dstPort)).bits(8).window(50ms)
latency = network().per_flow(quantile(hop.latency, [0.5, 0.99]), flow=(ipv4.srcIP, ipv4.dstIP)).bits(8).window(50ms)
"""
THREE = """
budget 16 bits
paths = network().per_flow(switch_id, flow=(ipv4.srcIP, ipv4.dstIP, ipv4.proto, l4.srcPort, l4.dstPort)).bits(8)
latency = network().per_flow(quantile(hop.latency, [0.5, 0.99]), flow=(ipv4.srcIP, ipv4.dstIP)).bits(8).frequency(15/16)
hot = network().per_packet(max(link.utilization)).bits(8).frequency(1/16)
"""
ARRIVALS = "arrivals = ingress().map((port_in) => 1).reduce(keys=(port_in), func=sum)\n"
POD_PATHS = "budget 16 bits\npaths = network().per_flow(switch_id, flow=(ipv4.srcIP, ipv4.dstIP)).bits(16)\n"
FAILED = ["--flows", "6", "--flow-packets", "300", "--within", "1ms", "--reroute", "5ms"]


class Checks:
    def __init__(self):
        self.n = 0
        self.failed = False

    def check(self, what, ok, *details):
        self.n += 1
        print(f"{'ok' if ok else 'not ok'} {self.n} - {what}")
        if not ok:
            self.failed = True
            for line in "\n".join(str(d) for d in details).splitlines()[:30]:
                print("#", line)


def run(*args):
    return subprocess.run([TOOL, "net", *args], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, check=False)


def lines_of(r):
    """The JSON lines of a run; its last one is the network's."""
    rows = [json.loads(line) for line in r.stdout.splitlines()]
    return rows, rows[-1] if rows else {}


def adds_up(net):
    gone = ("delivered", "lost_link", "lost_down", "lost_queue", "dropped", "nowhere", "inside")
    return net.get("balanced") is True and net["sent"] + net["copies"] == sum(net[k] for k in gone)


def is_same(net):
    return net.get("compared", {}).get("differ") == 0 and net["compared"]["identical"] > 0


def pods(c):
    r = run(PODS, "-p", BASIC, "--ping", "all", "--json")
    _, net = lines_of(r)
    c.check("pods: all hosts reach each other", not r.returncode and net["pings"]["answered"] == net["pings"]["sent"] == 12, r.stderr, net)
    c.check("pods: packets add up", adds_up(net) and net["delivered"] == net["sent"] == 24, net)
    # there over spine2, 10 + 50 + 10 + 10 us, back over spine1, 10 + 20 + 20 + 10 us, of which a link takes its 98 bytes at 100 Mbit/s
    r = run(PODS, "-p", BASIC, "--ping", "h11-h22", "--link-rate", "unlimited", "--json")
    c.check("pods: delays are the links'", lines_of(r)[1]["pings"]["min_ns"] == 147840, r.stdout)


def pod_paths(c, folder):
    with open(folder + "/pod.scope", "w", encoding="utf-8") as f:
        f.write(POD_PATHS)
    rows, net = lines_of(run(PODS, "-p", BASIC, "-q", folder + "/pod.scope", "--flows", "12", "--flow-packets", "100", "--json"))
    found = {(r["key"]["ipv4.srcIP"], r["key"]["ipv4.dstIP"]): r["value"]["path"] for r in rows if r.get("query") == "paths" and "key" in r}
    c.check("pods: packets have the bytes they would have without queries", is_same(net) and adds_up(net), net)
    c.check("pods: paths are those of the entries", found.get(("10.1.0.1", "10.2.0.1")) == [1, 3, 2] and
            found.get(("10.1.0.1", "10.2.0.2")) == [1, 4, 2] and found.get(("10.1.0.2", "10.1.0.1")) == [1], found)


def routers(c, folder):
    """Two edge routers in a row, which translate addresses, tag, mark and drop."""
    with open(folder + "/three.scope", "w", encoding="utf-8") as f:
        f.write(THREE)
    subprocess.run([TOOL, "gen", "router", "--duration", "1s", "-o", folder + "/office.pcap"], stderr=subprocess.DEVNULL, check=True)
    r = run(ROUTERS, "-p", ROUTER, "-q", folder + "/three.scope", "--traffic", f"h1={folder}/office.pcap", "--json")
    _, net = lines_of(r)
    c.check("routers: packets have the bytes they would have without queries", is_same(net) and adds_up(net) and
            net["compared"]["identical"] == net["delivered"] > 500, r.stderr, net)
    c.check("routers: no path is wrong", net.get("paths", {}).get("wrong") == 0 and net["paths"]["decoded"] > 50, net)


def paths(c, queries):
    for topology in ("chain:5", "fattree:4", "isp:30,8"):
        args = [topology, "-q", queries, "--hops", "5", "--flows", "24", "--flow-packets", "200", "--json"]
        r = run(*args)
        _, net = lines_of(r)
        p = net.get("paths", {})
        c.check(f"{topology}: all paths are decoded, none is wrong", p and p["wrong"] == 0 and p["decoded"] == p["flows"] > 0 and
                p["unmatched"] == 0, r.stderr, net)
        c.check(f"{topology}: packets add up, and are as they would be", adds_up(net) and is_same(net) and
                net["compared"]["identical"] == net["delivered"], net)
    again = run(*args)
    c.check("the same run prints the same", again.stdout == r.stdout)
    c.check("another seed does not", run(*args, "--seed", "2").stdout != r.stdout)


def several_paths(c, folder):
    """Keys without ports, where switches spread flows by ports: packets of a key take several paths, and one that none takes is never told."""
    query, all_rows, mixed = folder + "/coarse.scope", collections.Counter(), 0
    for key, bits in ("ipv4.srcIP, ipv4.dstIP", 8), ("ipv4.srcIP, ipv4.dstIP", 4), ("ipv4.dstIP", 8):
        with open(query, "w", encoding="ascii") as f:
            f.write(f"budget {2 * bits} bits\npaths = network().per_flow(switch_id, flow=({key})).bits({bits}).window(5ms)\n")
        for topology in "fattree:4", "clos:3,3,3,6,2":
            for flows, packets, seed in (100, 100, 2), (800, 6, 3):
                r = run(topology, "-q", query, "--flows", str(flows), "--flow-packets", str(packets), "--within", "20ms", "--hops", "5",
                        "--seed", str(seed), "--json", "--no-compare")
                paths = lines_of(r)[1].get("paths", {"wrong": 1})
                all_rows.update(paths)
                mixed += paths.get("mixed", 0) > 0
                if paths["wrong"]:
                    print("#", topology, key, bits, flows, packets, seed, paths, r.stderr)
    c.check("several paths under a key: none is told that nobody takes", all_rows["wrong"] == 0 and all_rows["right"] > 1000, all_rows)
    c.check("and it is said that there are several", mixed > 10 and all_rows["mixed"] > 100, mixed, all_rows)


def losses(c, queries):
    r = run("fattree:4", "-q", queries, "--hops", "5", "--link-loss", "1%", "--link-rate", "20Mbps", "--queue-depth", "8", "--json")
    _, net = lines_of(r)
    c.check("losses add up, and make no path wrong", adds_up(net) and net["lost_link"] > 0 and net["lost_queue"] > 0 and
            net["paths"]["wrong"] == 0, r.stderr, net)
    c.check("what arrives is as it would be", is_same(net), net["compared"])


def changes(c, queries):
    """A link of the ring of a fat tree goes down: packets are lost until routes follow, and the flow's path is another one."""
    base = ["fattree:4", "-q", queries, "--hops", "5", *FAILED, "--json"]
    rows, _ = lines_of(run(*base))
    path = next(r["value"]["path"] for r in rows if r.get("query") == "paths" and "key" in r and r["value"]["hops"] == 5)
    down = f"10ms link s{path[1]}-s{path[2]} down"
    r = run(*base, "--at", down)
    rows, net = lines_of(r)
    routes = [(r["value"]["route"], r["value"]["path"]) for r in rows if r.get("query") == "paths" and "key" in r]
    c.check("a link that is down loses packets", adds_up(net) and net["lost_down"] > 0 and net["dropped"] == 0, r.stderr, net)
    c.check("routes follow, and the change is seen", net["route_changes"] > 0 and any(n == 2 for n, _ in routes) and
            net["paths"]["wrong"] == 0, routes, net)
    never = lines_of(run(*base, "--at", down, "--reroute", "never"))[1]
    c.check("without new routes it goes on losing", never["lost_down"] > net["lost_down"] and adds_up(never), never)


def schedule(c, folder):
    with open(folder + "/changes", "w", encoding="utf-8") as f:
        f.write("# one direction is closed, and opened again\n25ms leaf1 table_delete BasicIngress.routes 2\n\n"
                "45ms leaf1 table_add BasicIngress.routes forward 10.2.0.1/32 => 08:00:00:0a:00:01 3  # as before\n")
    _, net = lines_of(run(PODS, "-p", BASIC, "--ping", "h11-h21", "--ping-count", "10", "--schedule", folder + "/changes", "--json"))
    c.check("commands on a schedule", net["pings"] == dict(net["pings"], sent=10, answered=8) and net["dropped"] == 2, net)


def each_switch(c, folder):
    with open(folder + "/each.scope", "w", encoding="utf-8") as f:
        f.write(ARRIVALS)
    rows, net = lines_of(run("chain:3", "-q", folder + "/each.scope", "--flows", "6", "--flow-packets", "50", "--json"))
    by_switch = {}
    for r in rows:
        if r.get("type") == "row":
            by_switch[r["key"]["switch"]] = by_switch.get(r["key"]["switch"], 0) + r["value"]["count"]
    # each pair of hosts once: two of the six flows pass s2 only on their way
    c.check("ordinary queries are answered by each switch", by_switch == {"s1": 200, "s2": 300, "s3": 200} and is_same(net), by_switch)


def no_room(c, queries):
    args = ("chain:3", "-q", queries, "--hops", "5", "--flows", "6", "--flow-packets", "50", "--mtu", "188")
    _, net = lines_of(run(*args, "--json"))
    c.check("packets without room for a digest pass as they are", net["reports"] < net["delivered"] == 300 and is_same(net), net)
    c.check("and are told of", net["reports"] + net["without_room"] == 300 and f"! {net['without_room']} packets went without" in run(*args).stdout, net)


def in_a_field(c, queries):
    _, net = lines_of(run("fattree:4", "-q", queries, "--shim", "field=ipv4.identification", "--flows", "8", "--flow-packets", "100", "--no-compare", "--json"))
    c.check("digests in a field of IPv4 tell paths", net["reports"] == net["delivered"] == 800 and net["paths"]["decoded"] == net["paths"]["flows"] == 8
            and not net["paths"]["wrong"], net)


class Page(html.parser.HTMLParser):
    def __init__(self):
        super().__init__()
        self.ids = set()
        self.named = set()

    def handle_starttag(self, tag, attrs):
        attrs = dict(attrs)
        if "id" in attrs:
            self.ids.add(attrs["id"])
        self.named |= set(attrs.get("data-on", "").split())
        self.named |= set(attrs.get("data-hop", "").split())


def outputs(c, folder, queries):
    page = folder + "/net.html"
    r = run("isp:30,8", "-q", queries, "--hops", "5", "--flows", "5", "--html", page, "--csv")
    parser = Page()
    with open(page, encoding="utf-8") as f:
        text = f.read()
    parser.feed(text)
    c.check("the page names only what it draws", parser.named and parser.named <= parser.ids, r.stderr, parser.named - parser.ids)
    c.check("the page needs nothing from elsewhere", not re.search(r"https?://|src=|@import", text))
    c.check("CSV ends with the balance", r.stdout.rstrip().split("\n")[-2].startswith("sent,copies,delivered"), r.stdout)
    r = run("chain:2", "--html", folder + "/nowhere/net.html")
    c.check("a page that can't be written", r.returncode == 1 and "nowhere" in r.stderr, r.stderr)


def drawn(folder, topology):
    """(the page, its picture's size, where its nodes are)"""
    page = folder + "/drawn.html"
    run(topology, "--flows", "1", "--flow-packets", "1", "--no-compare", "--html", page)
    with open(page, encoding="utf-8") as f:
        text = f.read()
    box = [float(x) for x in re.search(r'<svg viewBox="([^"]*)"', text).group(1).split()]
    nodes = re.findall(r'<circle id="n(\d+)" cx="([^"]*)" cy="([^"]*)" r="([^"]*)"', text)
    return text, box, {int(n): (float(x), float(y), float(r)) for n, x, y, r in nodes}


def drawings(c, folder):
    """Nodes lie apart and inside the picture, also where places say otherwise; what is linked is nearer than what is not."""
    places = folder + "/places.graphml"
    with open(places, "w", encoding="ascii") as f:
        f.write("<graphml><key id='x' attr.name='Longitude'/><key id='y' attr.name='Latitude'/><graph>")
        for n, (x, y) in enumerate([(0, 0), (0, 0), (10, 50), (10, 50.0001), (-20, 40), (179, -89)]):
            f.write(f"<node id='{n}'><data key='x'>{x}</data><data key='y'>{y}</data></node>")
        f.write("".join(f"<edge source='{n}' target='{(n + 1) % 6}'/>" for n in range(6)) + "</graph></graphml>")
    for topology, switches in ("fattree:4", 20), ("chain:40", 40), ("isp:60,12", 60), ("clos:3,3,3,6,2", 24), (PODS, 4), (places, 6):
        text, (left, top, width, height), at = drawn(folder, topology)
        name = os.path.basename(topology)
        inside = all(left + r <= x <= left + width - r and top + r <= y <= top + height - r for x, y, r in at.values())
        c.check(f"{name}: all is drawn inside the picture", len(at) == switches and inside, (left, top, width, height), at)
        near = [(a, b) for a in at for b in at if a < b and math.dist(at[a][:2], at[b][:2]) < max(at[a][2], at[b][2])]
        c.check(f"{name}: no node hides another", not near, [(a, b, at[a], at[b]) for a, b in near])
        if switches < 10:
            continue
        ends = re.findall(r'<line [^>]*x1="([^"]*)" y1="([^"]*)" x2="([^"]*)" y2="([^"]*)"', text)
        links = [math.dist((float(x1), float(y1)), (float(x2), float(y2))) for x1, y1, x2, y2 in ends]
        pairs = [math.dist(at[a][:2], at[b][:2]) for a in at for b in at if a < b]
        c.check(f"{name}: links are shorter than other distances", links and sum(links) / len(links) < 0.8 * sum(pairs) / len(pairs), len(links))
    c.check("the same network is drawn the same", drawn(folder, "isp:60,12") == drawn(folder, "isp:60,12"))


def bottlenecks(c, folder):
    """Packets that a slow link delays name it, and the page shows it."""
    tags, page = folder + "/tags.scope", folder + "/tags.html"
    with open(tags, "w", encoding="ascii") as f:
        f.write("budget 32 bits\nhot = network().per_packet(max(link.utilization)).csig()\n")
    rows, net = lines_of(run("chain:3", "-q", tags, "--link-rate", "s2-s3=20Mbps", "--flows", "8", "--flow-packets", "100", "--json", "--html", page))
    rows = [r for r in rows if r["type"] == "row"]
    busy = {(r["key"]["switch"], r["key"]["port"]) for r in rows if r["value"]["max"] > 0.5}
    c.check("a tag names the slow link", busy and busy <= {(2, 3), (3, 2)} and is_same(net), rows, net)
    c.check("every packet has one", sum(r["value"]["packets"] for r in rows) == net["delivered"], rows, net)
    parser = Page()
    with open(page, encoding="utf-8") as f:
        parser.feed(f.read())
    c.check("the page shows where", {"n2", "n4"} & parser.named and parser.named <= parser.ids, parser.named)


def wrong(c, queries):
    for args, status, why in (
            (["chain:0"], 1, "chain:N"), (["no-such-file"], 1, "can't read"), ([], 2, "one topology"), (["chain:2", "x"], 2, "one topology"),
            (["chain:2", "--ping", "h1-h9"], 1, "--ping h1-h9"), (["chain:2", "--link-rate", "s1-s9=1Mbps"], 1, "--link-rate"),
            (["chain:2", "--link-rate", "fast"], 1, "--link-rate fast"), (["chain:2", "--link-loss", "200%"], 1, "--link-loss"),
            (["chain:2", "--at", "soon link s1-s2 down"], 1, "no time: 'soon'"), (["chain:2", "--at", "1s link s1-h2 down"], 1, "no link 's1-h2'"),
            (["chain:2", "--at", "1s link s1-s2 sideways"], 1, "can't be 'sideways'"), (["chain:2", "--at", "1s s9 table_clear x"], 1, "'s9'"),
            (["chain:2", "--at", "1ms s1 table_clear x"], 1, "'x'"), (["chain:2", "--schedule", "no-such-file"], 1, "can't read"),
            (["chain:2", "-e", "s9=x"], 1, "-e s9=x"), (["chain:2", "-e", "s1=no-such-file"], 1, "can't read no-such-file"),
            (["chain:2", "--traffic", "h1=no-such-file"], 1, "no-such-file"), (["chain:2", "--traffic", "h7=x"], 1, "--traffic h7=x"),
            (["chain:1"], 1, "two hosts"), (["chain:2", "--flow-sizes", "all"], 1, "websearch or hadoop"),
            (["chain:2", "--packet-size", "20"], 1, "--packet-size"), (["chain:2", "-p", "no-such.p4"], 1, "no-such.p4"),
            (["chain:2", "--json", "--csv"], 2, "not both"), (["chain:2", "-q", "no-such.scope"], 1, "no-such.scope"),
            (["chain:2", "-q", queries, "--shim", "field=ipv4.dstAddr"], 1, "the program itself reads or writes 'dstAddr'")):
        r = run(*args)
        c.check("net " + " ".join(args), r.returncode == status and why in r.stderr and not r.stdout, r.returncode, r.stderr, r.stdout)


def main():
    c = Checks()
    with tempfile.TemporaryDirectory() as folder:
        queries = folder + "/net.scope"
        with open(queries, "w", encoding="utf-8") as f:
            f.write(QUERIES)
        pods(c)
        pod_paths(c, folder)
        routers(c, folder)
        paths(c, queries)
        several_paths(c, folder)
        losses(c, queries)
        changes(c, queries)
        schedule(c, folder)
        each_switch(c, folder)
        no_room(c, queries)
        in_a_field(c, queries)
        outputs(c, folder, queries)
        drawings(c, folder)
        bottlenecks(c, folder)
        wrong(c, queries)
    print(f"1..{c.n}")
    return int(c.failed)


sys.exit(main())
