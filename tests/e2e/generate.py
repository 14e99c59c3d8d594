"""Random queries over the headers of a program. `Queries(random, program).text(n)` is a query file.

A program is described by its fields: {kind: [(name, bits)...]}, names without their instant; and a
list of headers.
"""

ROUTER = {
    "headers": ["ethernet", "vlan", "ipv4", "ipv6", "tcp", "udp", "icmp"],
    "number": [("ipv4.ttl", 8), ("ipv4.ecn", 2), ("ipv4.dscp", 6), ("ipv4.len", 16), ("ipv4.id", 16),
               ("ipv4.proto", 8), ("ipv4.hdrChecksum", 16), ("ipv4.fragOffset", 13), ("tcp.srcPort", 16),
               ("tcp.dstPort", 16), ("tcp.flags", 8), ("tcp.seqNo", 32), ("tcp.window", 16), ("tcp.checksum", 16),
               ("udp.srcPort", 16), ("udp.dstPort", 16), ("udp.len", 16), ("udp.checksum", 16), ("vlan.vid", 12),
               ("vlan.pcp", 3), ("ipv6.ttl", 8), ("ipv6.flowLabel", 20), ("ipv6.ecn", 2), ("icmp.type", 8),
               ("ethernet.etherType", 16)],
    "ip4": [("ipv4.srcIP", 32), ("ipv4.dstIP", 32)],
    "ip6": [("ipv6.srcIP", 128), ("ipv6.dstIP", 128)],
    "mac": [("ethernet.srcMac", 48), ("ethernet.dstMac", 48)],
    "meta": [("meta.l4_src", 16), ("meta.l4_dst", 16), ("meta.routed", 1)],
    "reasons": ["RouterIngress.acl/deny", "RouterIngress.acl/deny#0", "RouterIngress.acl/deny#3",
                "RouterIngress/drop", "RouterIngress.ipv4_lpm/no_route", "RouterIngress.other/drop#default",
                "RouterEgress/prune", "nothing/of/this"],
    "ports": [0, 1, 2, 3, 7],
    "ip4s": ["10.0.0.5", "10.0.3.77", "192.168.1.1", "203.0.113.9", "8.8.8.8", "192.0.2.77"],
    "prefixes": ["10.0.0.0/8", "10.0.0.0/27", "0.0.0.0/1", "203.0.113.0/24", "192.0.2.0/25", "10.0.0.66/32"],
}
WINDOWS = ["1ms", "7ms", "20ms", "100ms", "333ms", "1s", "10s"]


class Queries:
    def __init__(self, random, program=None):
        self.r = random
        self.p = program or ROUTER

    def pick(self, *items):
        return self.r.choice(items)

    def chance(self, percent):
        return self.r.randrange(100) < percent

    def field(self, kind):
        """(text, bits) of a field of a header or of metadata, at an instant that the stream has."""
        name, bits = self.r.choice(self.p[kind])
        instants = ["mid"] + (["out"] if self.egress else [])
        if kind != "meta":
            instants.append("in")
        return f"{name}_{self.r.choice(instants)}", bits

    def number(self, depth=2):
        """(text, bits) of a number."""
        kind = self.r.randrange(10)
        if depth and kind < 3:
            a, bits = self.number(depth - 1)
            b, other = self.number(depth - 1)
            return f"({a} {self.pick('+', '-', '&', '|', '^', '*')} {b})", max(bits, other)
        if depth and kind == 3:
            a, bits = self.number(depth - 1)
            if self.chance(50) and bits > 1:
                return f"({a} {self.pick('>>', '<<')} {self.r.randrange(min(bits, 16))})", bits
            return f"({a} {self.pick('/', '%')} {self.r.randrange(1, 1 << min(bits, 12))})", bits
        if depth and kind == 4:
            a, bits = self.number(depth - 1)
            return f"(~{a})", bits
        if kind == 5 and self.p["meta"]:
            return self.field("meta")
        if kind == 6:
            names = [("packet.len_in", 32)]
            if self.egress:
                names += [("packet.len_out", 32), ("queuing.len_in", 32), ("queue.len_out", 32)]
            return self.r.choice(names)
        return self.field("number")

    def time(self):
        names = ["time_in"]
        if self.egress:
            names += ["queuing.time_in", "queuing.time_out", "queuing.delay"]
        return self.r.choice(names)

    def literal(self, bits):
        top = (1 << min(bits, 32)) - 1
        value = self.pick(0, 1, 2, 3, 6, 22, 53, 63, 64, 80, 443, 500, 1500, top, self.r.randint(0, top))
        value = min(value, top)
        return self.pick(str(value), hex(value))

    def compare(self):
        return self.pick("==", "!=", "<", "<=", ">", ">=")

    def atom(self):
        r, kind = self.r, self.r.randrange(16)
        if kind < 3:
            a, bits = self.number()
            return f"{a} {self.compare()} {self.literal(bits)}"
        if kind < 5:
            a, bits = self.field("number")
            b, _ = r.choice([(f, w) for f, w in (self.field("number") for _ in range(40)) if w == bits] or [(a, 0)])
            return f"{a} {self.compare()} {b}"
        if kind == 5:
            return f"{self.field('ip4')[0]} {self.pick('==', '!=')} {self.field('ip4')[0]}"
        if kind == 6:
            return f"{self.field('ip4')[0]} in {r.choice(self.p['prefixes'])}"
        if kind == 7:
            return f"{self.field('ip4')[0]} {self.compare()} {r.choice(self.p['ip4s'])}"
        if kind == 8:
            a, bits = self.field("number")
            low = r.randrange(1 << bits)
            low, high = low, min((1 << bits) - 1, low + r.randrange(1 + (1 << bits) // 2))
            sets = ["{%s, %s, %d..%d}" % (self.literal(bits), self.literal(bits), low, high), f"{low}..{high}"]
            return f"{a} in {r.choice(sets)}"
        if kind == 9:
            port = self.pick("port_in", "port_intent", *(["port_out"] if self.egress else []))
            other = self.pick(-1, *self.p["ports"])
            if port == "port_in" and other == -1:
                other = 0
            if port == "port_intent" and self.chance(20):
                return f"{port} {self.pick('==', '!=')} multicast"
            return f"{port} {self.pick('==', '!=') if other == -1 else self.compare()} {other}"
        if kind == 10:
            return f'drop.reason {self.pick("==", "!=")} "{r.choice(self.p["reasons"])}"'
        if kind == 11:
            instants = ["in", "mid"] + (["out"] if self.egress else [])
            return f"valid({r.choice(self.p['headers'])}_{r.choice(instants)})"
        if kind == 12 and self.egress:
            return self.pick("queuing.delay > 5ms", "queuing.time_out - queuing.time_in >= 20ms",
                             "queuing.time_in - time_in == 0s", "queuing.delay / 1ms % 2 == 1",
                             "queuing.len_in > 20", "queue.len_out <= 3")
        if kind == 12:
            return self.pick("time_in / 1ms % 2 == 0", "time_in < 2s", "time_in > 1500ms")
        if kind == 13:
            return self.pick("instance == normal", "instance != normal", "instance == replica",
                             "instance == clone_ingress", "instance != clone_egress",
                             "instance in {normal, replica, recirculated}")
        if kind == 14 and self.p["ip6"]:
            return f"{self.field('ip6')[0]} {self.compare()} {self.field('ip6')[0]}"
        return f"{self.field('mac')[0]} {self.pick('==', '!=')} {self.field('mac')[0]}"

    def condition(self, depth=2):
        kind = self.r.randrange(8)
        if depth and kind < 3:
            return f"({self.condition(depth - 1)} {self.pick('&&', '||')} {self.condition(depth - 1)})"
        if depth and kind == 3:
            return f"!({self.condition(depth - 1)})"
        return self.atom()

    def filters(self):
        return "".join(f".filter({self.condition()})" for _ in range(self.pick(0, 1, 1, 1, 2)))

    def key(self, i):
        kind = self.r.randrange(12)
        if kind < 3:
            return self.field("ip4")[0]
        if kind < 5:
            return self.field("number")[0]
        if kind == 5:
            return self.pick("port_in", "port_intent", *(["port_out"] if self.egress else []))
        if kind == 6:
            return "drop.reason"
        if kind == 7:
            return self.pick("instance", "port_in") if self.chance(30) else self.field("mac")[0]
        if kind == 8 and self.p["ip6"]:
            return self.field("ip6")[0]
        if kind == 9:
            return f"k{i} = {self.number()[0]}"
        if kind == 10:
            return f"k{i} = {self.field('ip4')[0]} & 255.255.255.{self.r.randrange(256)}"
        return f"k{i} = {self.time()} / {self.pick('1ms', '10ms', '100ms')}"

    def keys(self):
        """Keys, each with another name."""
        found = {}
        for i in range(self.pick(1, 1, 1, 2, 2, 3)):
            key = self.key(i)
            found[key.split(" = ")[0]] = key
        return list(found.values())

    def value(self):
        return self.time() if self.chance(25) else self.number()[0]

    def grouped(self):
        """A reduce; returns (text, name of its value)."""
        keys = self.keys()
        text = ", ".join(keys)
        names = ", ".join(k.split(" = ")[0] for k in keys)
        kind = self.r.randrange(9)
        if kind < 2:
            return f".map(({text}) => 1).reduce(keys=({names}), func={self.pick('sum', 'count')})", "count"
        if kind < 6:
            f = self.pick("sum", "min", "max", "avg", "max")
            return f".map(({text}) => v = {self.value()}).reduce(keys=({names}), func={f})", "v"
        if kind == 6:
            return f".map(({text}) => v = {self.value()}).reduce(keys=({names}), func=distinct(v))", "count"
        if kind == 7:
            p = self.pick("0", "0.1", "0.5", "0.9", "0.99", "1")
            return f".map(({text}) => v = {self.value()}).reduce(keys=({names}), func=quantile(v, {p}))", "value"
        if self.chance(50):
            return f".reduce(keys=({text}), func=count)", "count"
        return f".map(({text}) => v = {self.number()[0]}, w = {self.number()[0]}).reduce(keys=({names}), " \
               f"func={self.pick('sum', 'min', 'max')})", "v"

    def after(self, value):
        text = ""
        if self.chance(30):
            text += f".filter({value} {self.compare()} {self.pick(0, 1, 2, 5, 100)})" if value == "count" else ""
        if self.chance(15):
            text += f".sort(by={self.pick('', '-')}{value})"
        elif self.chance(15):
            text += f".top({self.pick(1, 3, 10)}, by={value})"
        return text

    def stream(self):
        self.egress = self.chance(55)
        return "egress()" if self.egress else "ingress()"

    def query(self):
        kind = self.r.randrange(20)
        window = f".window({self.r.choice(WINDOWS)})" if self.chance(60) else ""
        if kind < 3:
            self.egress = False
            condition = self.filters()
            keys = [k for k in self.keys() if " = " not in k] or ["port_in"]
            return f"ingress(){condition}.lost([{', '.join(keys)}], {self.r.choice(WINDOWS)})"
        if kind < 6:
            return self.join(window)
        if kind == 6:
            return f"{self.stream()}{window}{self.filters()}.distinct(keys=({', '.join(self.keys())}))"
        if kind == 7:
            keys = self.stream() + window + self.filters() + f".filter({self.condition()})"
            return keys + f".map(({', '.join(self.keys())}) => v = {self.value()})"
        text = self.stream() + window + self.filters()
        reduce, value = self.grouped()
        return text + reduce + self.after(value)

    def join(self, window):
        sides = []
        self.egress = False
        keys = self.keys()
        names = ", ".join(k.split(" = ")[0] for k in keys)
        for _ in range(2):
            stream = self.stream()
            sides.append(f"{stream}{self.filters()}.map(({', '.join(keys)}) => count=1)"
                         f".reduce(keys=({names}), func=sum)")
        f = self.pick("diff", "sum", "min", "max", "ratio", "diff", "(x = left.count - right.count)",
                      "(x = left.count * 3 + right.count)", "(x = left.count / right.count)")
        return f"{sides[0]}{window}.join({sides[1]}, on=({names}), func={f})"

    def number_of_flow(self):
        names = [name for name, _ in self.p["number"] if name.endswith("Port") or name.endswith("proto")]
        return self.r.choice(names) + self.pick("_in", "_mid")

    def of_flow(self):
        """A field that all packets of a flow have in common."""
        kinds = ["ip4"] * 4 + ["mac"] + (["ip6"] if self.p["ip6"] else [])
        if self.chance(50):
            return self.field(self.r.choice(kinds))[0]
        return self.pick(self.number_of_flow(), self.number_of_flow(), "port_in", "port_intent")

    def together(self, n):
        """Queries that may share a table: they count packets of ingress, add up, or tell keys apart, by fields of a flow; or by ports behind the queue."""
        self.egress, window, text = self.r.random() < 0.3, self.r.choice(WINDOWS), ""
        for i in range(n):
            of = (lambda: self.r.choice(("port_in", "port_intent", "port_out"))) if self.egress else self.of_flow
            keys = list(dict.fromkeys(of() for _ in range(self.pick(1, 1, 2, 3))))
            names, value = ", ".join(keys), of()
            number = self.r.choice(("packet.len_in", "ipv4.ttl_in") + (("queuing.delay", "queuing.len_in") if self.egress else ("tcp.window_in",)))
            end = self.pick(f".map(({names}) => 1).reduce(keys=({names}), func=sum)", f".distinct(keys=({names}))",
                            f".map(({names}) => v = {value}).reduce(keys=({names}), func=distinct(v))",
                            f".map(({names}) => v = {self.number_of_flow()}).reduce(keys=({names}), func=quantile(v, 0.5))", f".reduce(keys=({names}), func=count)",
                            f".map(({names}) => v = {number}).reduce(keys=({names}), func={self.pick('sum', 'avg')})")
            text += f"q{i} = {'egress' if self.egress else 'ingress'}().window({window}){self.filters()}{end}\n"
        return text

    def text(self, n):
        return "".join(f"q{i} = {self.query()}\n" for i in range(n))
