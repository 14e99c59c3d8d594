#!/usr/bin/env python3
"""Prints a random program of nested controls, tables, loops, exits, returns and drops: random_program.py SEED."""
import random
import sys

FIELDS = "abcd"
FULL = "inout headers_t hdr, inout metadata_t meta, inout standard_metadata_t sm"
PART = "inout standard_metadata_t sm, inout headers_t hdr"


class Scope:
    """What statements may use: a header, standard metadata or not, actions, tables, controls inside."""

    def __init__(self, rand, header="hdr.h", drops=True, inside=()):
        self.rand, self.header, self.drops, self.inside = rand, header, drops, list(inside)
        self.actions, self.tables, self.in_action, self.names = [], {}, False, 0

    def log(self):
        return f"{self.header}.log = {self.header}.log * 5 + {self.rand.randrange(1, 16)};"

    def compare(self):
        if self.in_action:
            return f"v == {self.rand.randrange(4)}"
        return f"{self.header}.{self.rand.choice(FIELDS)} == {self.rand.randrange(4)}"

    def condition(self):
        plain, kind = self.compare(), self.rand.random()
        if kind < 0.5 or not self.tables:
            return plain
        table = self.rand.choice(list(self.tables)) + ".apply()" + self.rand.choice([".hit", ".miss"])
        other = self.rand.choice(list(self.tables)) + ".apply().hit"
        return self.rand.choice([table, table, f"!{table}", f"{plain} && {table}", f"{table} || {plain}",
                                 f"({table} && {plain}) || {other}"])

    def block(self, depth):
        inner = "".join(self.statement(depth + 1) for _ in range(self.rand.randrange(1, 4)))
        return "{\n" + inner + "}"

    def choice(self, depth):
        text = f"if ({self.condition()}) {self.block(depth)}"
        while self.rand.random() < 0.35:
            text += f" else if ({self.condition()}) {self.block(depth)}"
        return text + (f" else {self.block(depth)}\n" if self.rand.random() < 0.5 else "\n")

    def switch(self, depth):
        table = self.rand.choice(list(self.tables))
        labels = self.rand.sample(self.tables[table], self.rand.randrange(1, len(self.tables[table]) + 1))
        text = f"switch ({table}.apply().action_run) {{\n"
        for label in labels:
            falls = self.rand.random() < 0.25 and label != labels[-1]
            text += f"{label}: " + ("\n" if falls else self.block(depth) + "\n")
        if self.rand.random() < 0.4:
            text += f"default: {self.block(depth)}\n"
        return text + "}\n"

    def loop(self, depth):
        self.names += 1
        return f"for (bit<8> i{self.names} in 0 .. {self.rand.randrange(3)}) {self.block(depth)}\n"

    def variable(self, _):
        self.names += 1
        return f"bool v{self.names} = {self.condition()};\nif (v{self.names})\n{self.log()}\n"

    def statement(self, depth):
        ways = [lambda _: self.log() + "\n"] * 5
        if depth > 0:
            ways += [lambda _: "exit;\n", lambda _: "return;\n"]
        if self.drops:
            ways += [lambda _: "mark_to_drop(sm);\n", lambda _: f"sm.egress_spec = {self.rand.randrange(3)};\n",
                     lambda _: f"sm.mcast_grp = {self.rand.randrange(3)};\n"]
        if self.actions:
            ways += [lambda _: f"{self.rand.choice(self.actions)}({self.rand.randrange(4)});\n"] * 2
        if self.tables:
            ways += [lambda _: self.rand.choice(list(self.tables)) + ".apply();\n"]
            ways += [self.switch] if depth < 3 else []
        if self.inside:
            ways += [lambda _: "{}.apply({});\n".format(*self.rand.choice(self.inside))]
        if not self.in_action:
            ways += [self.variable] + ([self.loop] if depth < 3 else [])
        if depth < 4:
            ways += [self.choice] * 4
        return self.rand.choice(ways)(depth)

    def action(self, name):
        self.in_action, tables, inside = True, self.tables, self.inside
        self.tables, self.inside = {}, []
        body = "".join(self.statement(1) for _ in range(self.rand.randrange(1, 4)))
        self.in_action, self.tables, self.inside = False, tables, inside
        self.actions.append(name)
        return f"action {name}(bit<8> v) {{\n{body}}}\n"

    def table(self, name):
        some = self.rand.sample(self.actions, self.rand.randrange(1, len(self.actions) + 1))
        default = self.rand.choice([f"{some[0]}({self.rand.randrange(4)})", "NoAction"])
        keys = self.rand.sample(range(4), self.rand.randrange(1, 4))
        entries = "".join(f"{k}: {self.rand.choice(some)}({self.rand.randrange(4)});\n" for k in keys)
        self.tables[name] = some
        return (f"table {name} {{\nkey = {{ {self.header}.{self.rand.choice(FIELDS)}: exact; }}\n"
                f"actions = {{ {'; '.join(some)}; NoAction; }}\ndefault_action = {default};\n"
                f"const entries = {{\n{entries}}}\n}}\n")

    def control(self, name, params, instances):
        text = f"control {name}({params}) {{\n" + "".join(f"{t}() {i};\n" for i, t in instances)
        text += "".join(self.action(f"action{i}") for i in range(self.rand.randrange(1, 4)))
        text += "".join(self.table(f"table{i}") for i in range(self.rand.randrange(1, 4)))
        body = "".join(self.statement(0) for _ in range(self.rand.randrange(4, 9)))
        return text + f"apply {{\n{body}}}\n}}\n\n"


def top(rand, name):
    choices = [("x", "A", "sm, hdr"), ("y", "B", "hdr, meta, sm"), ("z", "S", "hdr.h"), ("x2", "A", "sm, hdr")]
    some = rand.sample(choices, rand.randrange(0, 4))
    scope = Scope(rand, inside=[(i, args) for i, _, args in some])
    return scope.control(name, FULL, [(i, t) for i, t, _ in some])


def main():
    rand = random.Random(int(sys.argv[1]))
    print('#include "base.h"\n')
    print(Scope(rand).control("A", PART, []))
    print(Scope(rand, inside=[("a1", "sm, hdr")]).control("B", FULL, [("a1", "A")]))
    print(Scope(rand, header="h", drops=False).control("S", "inout h_t h", []))
    print(top(rand, "I") + top(rand, "E"))
    print("V1Switch(P(), V(), I(), E(), C(), D()) main;")


main()
