"""Random v1model programs that do what is hard for a weaver: exits and returns anywhere, marks that are undone,
multicast, clones, resubmission, recirculation, header stacks, nested controls, names like the woven ones.

`Program(random)` has .text, .entries (simple_switch_CLI) and .fields (for generate.Queries).
"""

FRAME = """#include <core.p4>
#include <v1model.p4>

header ethernet_t { bit<48> dstAddr; bit<48> srcAddr; bit<16> etherType; }
header ipv4_t { bit<4> version; bit<4> ihl; bit<8> diffserv; bit<16> totalLen; bit<16> identification; bit<3> flags;
	bit<13> fragOffset; bit<8> ttl; bit<8> protocol; bit<16> hdrChecksum; bit<32> srcAddr; bit<32> dstAddr; }
header ports_t { bit<16> src; bit<16> dst; }
header label_t { bit<7> value; bit<1> bos; bit<8> ps_row; }
header probe_t { bit<33> wide; int<7> level; bit<24> rest; bool flag; bit<7> ps_cell; }
struct inner_t { probe_t probe; }
struct headers_t { ethernet_t ethernet; ipv4_t ipv4; ports_t l4; label_t[3] labels; inner_t inner; }
struct ps_t { bit<32> s0; bit<9> ps_tag0; }
struct metadata_t {
	@field_list(1) bit<16> kept;
	@field_list(1, 2) bit<8> turns;
	bit<32> ps_epoch;
	bit<16> scratch;
	ps_t ps;
	bool ps_stop;
}

parser ParserImpl(packet_in packet, out headers_t hdr, inout metadata_t meta, inout standard_metadata_t sm) {
	state start {
		packet.extract(hdr.ethernet);
		meta.scratch = hdr.ethernet.etherType;
		transition select(hdr.ethernet.etherType) { 0x0800: parse_ipv4; default: accept; }
	}
	state parse_ipv4 {
		packet.extract(hdr.ipv4);
		transition select(hdr.ipv4.protocol) { 6: parse_l4; 17: parse_labels; 1: parse_probe; default: accept; }
	}
	state parse_l4 { packet.extract(hdr.l4); transition accept; }
	state parse_labels {
		packet.extract(hdr.l4);
		transition select(packet.lookahead<bit<8>>()[0:0]) { 0: one_label; default: accept; }
	}
	state one_label {
		packet.extract(hdr.labels.next);
		transition select(hdr.labels.last.bos) { STACK default: accept; }
	}
	state parse_probe { packet.extract(hdr.inner.probe); transition accept; }
}

control Verify(inout headers_t hdr, inout metadata_t meta) { apply { } }
CONTROLS
control Compute(inout headers_t hdr, inout metadata_t meta) { apply { } }
control DeparserImpl(packet_out packet, in headers_t hdr) { apply { packet.emit(hdr); } }
V1Switch(ParserImpl(), Verify(), MyIngress(), MyEgress(), Compute(), DeparserImpl()) main;
"""

FIELDS = {
    "headers": ["ethernet", "ipv4", "l4", "inner.probe", "labels[0]", "labels[2]"],
    "number": [("ipv4.ttl", 8), ("ipv4.proto", 8), ("ipv4.id", 16), ("ipv4.totalLen", 16), ("ipv4.diffserv", 8),
               ("l4.src", 16), ("l4.dst", 16), ("labels[0].value", 7), ("labels[1].ps_row", 8),
               ("labels[2].bos", 1), ("inner.probe.rest", 24), ("inner.probe.ps_cell", 7),
               ("ethernet.etherType", 16)],
    "ip4": [("ipv4.srcIP", 32), ("ipv4.dstIP", 32)],
    "ip6": [],
    "mac": [("ethernet.srcMac", 48), ("ethernet.dstMac", 48)],
    "meta": [("meta.kept", 16), ("meta.turns", 8), ("meta.ps_epoch", 32), ("meta.scratch", 16), ("meta.ps.s0", 32),
             ("meta.ps.ps_tag0", 9)],
    "ports": [0, 1, 2, 3, 7],
    "ip4s": ["10.0.0.5", "10.0.3.77", "203.0.113.9", "8.8.8.8", "192.0.2.77"],
    "prefixes": ["10.0.0.0/8", "10.0.0.0/27", "0.0.0.0/1", "203.0.113.0/24", "192.0.2.0/25"],
}

ENTRIES = """mc_mgrp_create 1
mc_node_create 1 1 2 3
mc_node_associate 1 0
mc_mgrp_create 2
mc_node_create 7 0
mc_node_associate 2 1
mc_mgrp_create 3
mirroring_add 5 3
mirroring_add 6 1
mirroring_add_mc 7 1
"""

PLACES = [("hdr.ethernet.dstAddr", 48), ("hdr.ethernet.srcAddr", 48), ("hdr.ipv4.ttl", 8), ("hdr.ipv4.srcAddr", 32),
          ("hdr.ipv4.dstAddr", 32), ("hdr.ipv4.identification", 16), ("hdr.ipv4.diffserv", 8), ("hdr.l4.src", 16),
          ("hdr.l4.dst", 16), ("hdr.labels[0].value", 7), ("hdr.labels[1].ps_row", 8), ("hdr.inner.probe.rest", 24),
          ("hdr.inner.probe.wide", 33), ("meta.kept", 16), ("meta.ps_epoch", 32), ("meta.scratch", 16),
          ("meta.ps.s0", 32), ("meta.ps.ps_tag0", 9)]


class Control:
    """One control: its declarations and its apply block."""

    def __init__(self, random, name, ingress):
        self.r, self.name, self.ingress = random, name, ingress
        self.actions, self.tables, self.entries, self.reasons = [], [], [], []
        self.nested = None
        self.body = []  # what has been applied: once each

    def pick(self, *items):
        return self.r.choice(items)

    def chance(self, percent):
        return self.r.randrange(100) < percent

    def value(self, bits):
        same = [p for p, b in PLACES if b == bits]
        if same and self.chance(60):
            a, b = self.r.choice(same), self.r.randrange(1 << bits)
            return self.pick(f"{a} {self.pick('+', '-', '^', '&', '|')} {b}", a, f"~{a}")
        return str(self.r.randrange(1 << bits))

    def condition(self):
        kind = self.r.randrange(8)
        if kind < 3:
            return self.pick("hdr.ipv4.isValid()", "hdr.l4.isValid()", "hdr.labels[0].isValid()",
                             "hdr.inner.probe.isValid()", "!hdr.ipv4.isValid()")
        if kind == 3:
            return f"sm.instance_type == {self.pick(0, 0, 1, 4, 5)}"
        if kind == 4:
            return self.pick("sm.egress_spec == 511", "sm.egress_spec != 0", "sm.ingress_port == 0")
        place, bits = self.r.choice(PLACES)
        return f"({place} & {self.pick(1, 3, 6)}) {self.pick('==', '!=')} {self.pick(0, 1, 2)}"

    def assign(self):
        place, bits = self.r.choice(PLACES)
        return f"{place} = {self.value(bits)};"

    def fate(self):
        """A statement that decides where the packet goes."""
        if not self.ingress:
            return self.pick("mark_to_drop(sm);", "mark_to_drop(sm);", "sm.egress_spec = 2;", "sm.egress_spec = 511;")
        return self.pick("mark_to_drop(sm);", "mark_to_drop(sm);", "sm.egress_spec = 511;", "sm.mcast_grp = 1;",
                         "sm.mcast_grp = 2;", "sm.mcast_grp = 0;", "sm.mcast_grp = 3;",
                         *(f"sm.egress_spec = {p};" for p in (0, 1, 2, 3)))

    def special(self):
        if self.chance(45):
            return self.pick("hdr.labels.push_front(1);", "hdr.labels.pop_front(1);", "hdr.ipv4.setInvalid();",
                             "hdr.inner.probe.setValid();", "hdr.l4.setInvalid();", "hdr.labels[1] = hdr.labels[0];",
                             "hdr.labels[0].setValid();", "hdr.inner.probe.level = hdr.inner.probe.level + 1;",
                             "meta.ps_stop = !meta.ps_stop;", "hdr.labels[meta.scratch & 1].value = 5;")
        kind = "I2E" if self.ingress else "E2E"
        once = "if (meta.turns < 2) { meta.turns = meta.turns + 1; %s }"
        clone = self.pick(f"clone(CloneType.{kind}, 5);", f"clone_preserving_field_list(CloneType.{kind}, 6, 1);",
                          f"clone_preserving_field_list(CloneType.{kind}, 7, 2);")
        again = "resubmit_preserving_field_list(1);" if self.ingress else "recirculate_preserving_field_list(1);"
        # a clone that clones itself would not end; nor would one that forgets its turns, comes back and clones
        if not self.ingress or "preserving" not in clone:
            clone = "if (sm.instance_type == 0) { %s }" % clone
        return self.pick(clone, once % again)

    def statement(self, depth, in_action=False):
        kind = self.r.randrange(20)
        if kind < 6:
            return self.assign()
        if kind < 9:
            return self.fate()
        if kind < 11 and depth:
            other = f" else {self.block(depth - 1, in_action)}" if self.chance(40) else ""
            return f"if ({self.condition()}) {self.block(depth - 1, in_action)}{other}"
        if kind in (11, 12):
            return f"if ({self.condition()}) {{ {self.pick('exit;', 'return;')} }}"
        if kind == 13:
            return self.special()
        if kind == 14:
            return f"{{ bit<16> local = {self.value(16)}; meta.scratch = local + meta.kept; }}"
        if in_action:
            return self.assign()
        if kind < 17 and self.tables:
            table, actions = self.r.choice(self.tables)
            if table in self.body:
                return self.assign()
            return self.apply_table(table, actions)
        if kind == 17 and self.actions:
            return f"{self.r.choice(self.actions)[0]}({self.r.randrange(4)});"
        if kind == 18 and self.nested and "nested.apply" not in self.body:
            self.body.append("nested.apply")
            return "nested.apply(hdr, meta, sm);"
        return self.assign()

    def apply_table(self, table, actions):
        self.body.append(table)
        kind = self.r.randrange(4)
        if kind == 0:
            return f"if ({table}.apply().{self.pick('hit', 'miss')}) {self.block(1)}"
        if kind == 1:
            return f"switch ({table}.apply().action_run) {{ {self.r.choice(actions)}: {self.block(1)} " \
                   f"default: {self.block(1)} }}"
        return f"{table}.apply();"

    def block(self, depth, in_action=False):
        return "{ " + " ".join(self.statement(depth, in_action) for _ in range(self.pick(1, 1, 2, 3))) + " }"

    def make_actions(self):
        text = ""
        for i in range(self.pick(1, 2, 3)):
            name = self.pick(f"act{i}", f"ps_row{i}", f"ps_drop{i}")
            body = [self.statement(1, True) for _ in range(self.pick(1, 2, 3))]
            if self.ingress and self.chance(60):
                body.insert(0, "sm.egress_spec = port;")
            elif self.chance(40):
                body.append("mark_to_drop(sm);")
            if self.chance(15):
                body.append(self.pick("exit;", "return;"))
            text += f"\taction {name}(bit<9> port) {{\n" + "".join(f"\t\t{s}\n" for s in body) + "\t}\n"
            self.actions.append((name, body))
        return text

    def make_tables(self):
        text = ""
        for i in range(self.pick(0, 1, 2)):
            name = self.pick(f"table{i}", f"ps_table{i}")
            actions = [a for a, _ in self.actions] + ["NoAction"]
            key, kind, entries = self.r.choice([
                ("hdr.ethernet.etherType", "exact", ["0x800", "0x86dd", "0x8100"]),
                ("hdr.ipv4.srcAddr", "lpm", ["10.0.0.0/24", "10.0.0.0/8", "10.0.1.0/24"]),
                ("hdr.ipv4.protocol", "ternary", ["6&&&0xff", "1&&&0xfb", "0&&&0"]),
                ("sm.ingress_port", "exact", ["0", "1", "2"])])
            default = self.r.choice(actions)
            call = "" if default == "NoAction" else f"{self.r.randrange(4)}"
            text += (f"\ttable {name} {{\n\t\tkey = {{ {key}: {kind}; }}\n\t\tactions = {{ {'; '.join(actions)}; }}\n"
                     f"\t\tdefault_action = {default}({call});\n\t}}\n")
            for n, match in enumerate(entries[:self.pick(1, 2, 3)]):
                action = self.r.choice(actions)
                port = "" if action == "NoAction" else f" {self.r.randrange(4)}"
                priority = f" {n + 1}" if kind == "ternary" else ""
                self.entries.append(f"table_add {self.name}.{name} {action} {match} =>{port}{priority}")
                self.reasons += [f"{self.name}.{name}/{action}", f"{self.name}.{name}/{action}#{n}"]
            self.tables.append((name, actions))
            self.reasons += [f"{self.name}.{name}/{default}#default"]
        return text

    def text(self):
        declarations = self.make_actions() + self.make_tables()
        if self.nested:
            declarations += f"\t{self.nested}() nested;\n"
        statements = [self.statement(2) for _ in range(self.pick(3, 5, 8))]
        for table, actions in self.tables:
            if table not in self.body and self.chance(80):
                statements.insert(self.r.randrange(4), self.apply_table(table, actions))
        if self.nested and "nested.apply" not in self.body and self.chance(80):
            statements.insert(self.r.randrange(4), "nested.apply(hdr, meta, sm);")
        if self.actions and self.chance(50):
            statements.append(f"if ({self.condition()}) {{ {self.r.choice(self.actions)[0]}({self.r.randrange(4)}); }}")
        if self.ingress:
            statements.insert(self.r.randrange(2), f"sm.egress_spec = {self.r.randrange(4)};")
        self.reasons += [f"{self.name}/{a}" for a, _ in self.actions] + [f"{self.name}/egress_spec"]
        body = "".join(f"\t\t{s}\n" for s in statements)
        return (f"control {self.name}(inout headers_t hdr, inout metadata_t meta, inout standard_metadata_t sm) {{\n"
                f"{declarations}\tapply {{\n{body}\t}}\n}}\n")


class Program:
    def __init__(self, random):
        text, self.entries, reasons = "", ENTRIES, []
        for name, ingress in (("MyIngress", True), ("MyEgress", False)):
            control = Control(random, name, ingress)
            if random.randrange(3) == 0:
                control.nested = name + "Part"
                text += Control(random, control.nested, ingress).text_alone()
            text += control.text()
            self.entries += "".join(e + "\n" for e in control.entries)
            reasons += control.reasons
        stack = random.choice(["", "0: one_label;"])
        self.text = FRAME.replace("STACK", stack).replace("CONTROLS", text)
        self.fields = dict(FIELDS, reasons=reasons + ["multicast/empty"])


def text_alone(self):
    """A control without tables, to be used by another."""
    self.make_tables = lambda: ""
    return self.text()


Control.text_alone = text_alone
