#!/usr/bin/env python3
"""Random expressions of all widths: writes a P4 program and the STF test with the results that Python's integers give.

random_ops.py SEED WIDEST DIRECTORY   writes DIRECTORY/random_SEED.p4 and .stf
"""
import random
import sys

seed, widest, folder = int(sys.argv[1]), int(sys.argv[2]), sys.argv[3]
rnd = random.Random(seed)
INPUTS = 12


def value(width):
    kind = rnd.randrange(4)
    if kind == 0:
        return (1 << width) - 1 - rnd.randrange(min(3, 1 << width))
    if kind == 1:
        return rnd.randrange(min(3, 1 << width))
    if kind == 2:
        return ((1 << (width - 1)) + rnd.randrange(2)) % (1 << width)
    return rnd.getrandbits(width)


class Expr:
    """text, type (width, signed), value as an unsigned number of that width"""

    def __init__(self, text, width, signed, v):
        self.text, self.width, self.signed = text, width, signed
        self.v = v & ((1 << width) - 1)

    def number(self):
        return self.v - (1 << self.width) if self.signed and self.v >> (self.width - 1) else self.v


def type_text(width, signed):
    return f"{'int' if signed else 'bit'}<{width}>"


def random_width():
    return rnd.choice([1, 2, 7, 8, 9, 15, 16, 17, 31, 32, 33, 48, 63, 64, 65, 100, 127, 128, 129, 192, 200, 256][:widest])


inputs = []
for i in range(INPUTS):
    width, signed = random_width(), rnd.random() < 0.4
    inputs.append((f"hdr.x.i{i}", width, signed, value(width)))


def leaf():
    if rnd.random() < 0.2:
        width, signed = random_width(), rnd.random() < 0.3
        e = Expr("", width, signed, value(width))
        e.text = f"(({type_text(width, signed)}){e.number()})" if e.number() >= 0 else f"(({type_text(width, signed)})({e.number()}))"
        return e
    return Expr(*rnd.choice(inputs))


def cast(e, width, signed):
    """P4 casts: the width first, then the sign"""
    if e.signed != signed:
        if e.width != width:
            v = Expr("", width, e.signed, e.number())
            e = Expr(f"(({type_text(width, e.signed)}){e.text})", width, e.signed, v.v)
        return Expr(f"(({type_text(width, signed)}){e.text})", width, signed, e.v)
    if e.width == width:
        return e
    return Expr(f"(({type_text(width, signed)}){e.text})", width, signed, e.number())


def saturate(n, width, signed):
    low, high = (-(1 << (width - 1)), (1 << (width - 1)) - 1) if signed else (0, (1 << width) - 1)
    return max(low, min(high, n))


def arithmetic(depth):
    a, b = expr(depth - 1), expr(depth - 1)
    b = cast(b, a.width, a.signed)
    ops = ["+", "-", "&", "|", "^"]
    if a.width <= 128:
        ops += ["*", "|+|", "|-|"]
    op = rnd.choice(ops)
    x, y = a.number(), b.number()
    r = {"+": x + y, "-": x - y, "*": x * y, "&": x & y, "|": x | y, "^": x ^ y,
         "|+|": saturate(x + y, a.width, a.signed), "|-|": saturate(x - y, a.width, a.signed)}[op]
    return Expr(f"({a.text} {op} {b.text})", a.width, a.signed, r)


def shift(depth):
    a = expr(depth - 1)
    op = rnd.choice(["<<", ">>"])
    if a.width > 128 and a.signed:
        a = cast(a, a.width, False)
    n = rnd.choice([0, 1, 3, 7, 8, 31, 32, 33, 63, 64, 65, 127, 128, 130])
    if rnd.random() < 0.5:
        text = f"(hdr.y.s + {n % 256})"
        n = (5 + n) % 256
    else:
        n = min(n, a.width - 1)
        text = f"8w{n}"
    x = a.number()
    r = x << n if op == "<<" else x >> n
    return Expr(f"({a.text} {op} {text})", a.width, a.signed, r)


def unary(depth):
    a = expr(depth - 1)
    op = rnd.choice(["-", "~"])
    return Expr(f"({op}{a.text})", a.width, a.signed, -a.number() if op == "-" else ~a.number())


def concat(depth):
    a, b = expr(depth - 1), expr(depth - 1)
    if a.width + b.width > (256 if widest > 18 else 128):
        return a
    return Expr(f"({a.text} ++ {b.text})", a.width + b.width, a.signed, a.v << b.width | b.v)


def cut(depth):
    a = expr(depth - 1)
    hi = rnd.randrange(a.width)
    lo = rnd.randrange(hi + 1)
    return Expr(f"({a.text})[{hi}:{lo}]", hi - lo + 1, False, a.v >> lo)


def choice(depth):
    a, b = expr(depth - 1), expr(depth - 1)
    c = cast(expr(depth - 1), a.width, a.signed)
    b = cast(b, a.width, a.signed)
    if a.width > 128:
        op, yes = rnd.choice([("==", a.v == c.v), ("!=", a.v != c.v)])
    else:
        x, y = a.number(), c.number()
        op, yes = rnd.choice([("==", x == y), ("!=", x != y), ("<", x < y), ("<=", x <= y), (">", x > y), (">=", x >= y)])
    return Expr(f"({a.text} {op} {c.text} ? {a.text} : {b.text})", a.width, a.signed, a.v if yes else b.v)


def recast(depth):
    return cast(expr(depth - 1), random_width(), rnd.random() < 0.4)


def expr(depth):
    if depth == 0 or rnd.random() < 0.1:
        return leaf()
    return rnd.choice([arithmetic, arithmetic, shift, unary, concat, cut, choice, recast])(depth)


results, bits = [], 0
while bits < 2600:
    results.append(expr(rnd.choice([1, 2, 3, 4])))
    bits += results[-1].width


def header(name, fields):
    lines = "".join(f"\t{type_text(w, s)} {n};\n" for n, w, s in fields)
    total = sum(w for _, w, _ in fields)
    if total % 8:
        lines += f"\tbit<{8 - total % 8}> pad;\n"
    return f"header {name} {{\n{lines}}}\n"


def hex_of(pairs):
    n = v = 0
    for width, x in pairs:
        v, n = v << width | x, n + width
    pad = -n % 8
    return f"{v << pad:0{(n + pad) // 4}x}"


body = "".join(f"\t\thdr.o.r{i} = {e.text};\n" for i, e in enumerate(results))
program = "#include <core.p4>\n#include <v1model.p4>\n" \
    + header("in_t", [(f"i{i}", w, s) for i, (_, w, s, _) in enumerate(inputs)]) \
    + "header shift_t {\n\tbit<8> s;\n}\n" \
    + header("out_t", [(f"r{i}", e.width, e.signed) for i, e in enumerate(results)]) + f"""
struct headers {{ in_t x; shift_t y; out_t o; }}
struct metadata {{ }}
parser P(packet_in p, out headers hdr, inout metadata m, inout standard_metadata_t s) {{
	state start {{ p.extract(hdr.x); p.extract(hdr.y); transition accept; }}
}}
control I(inout headers hdr, inout metadata m, inout standard_metadata_t s) {{
	apply {{
		s.egress_spec = 1;
		hdr.o.setValid();
{body}	}}
}}
control V(inout headers hdr, inout metadata m) {{ apply {{ }} }}
control E(inout headers hdr, inout metadata m, inout standard_metadata_t s) {{ apply {{ }} }}
control D(packet_out p, in headers hdr) {{ apply {{ p.emit(hdr); }} }}
V1Switch(P(), V(), I(), E(), V(), D()) main;
"""
given = hex_of([(w, v) for _, w, _, v in inputs]) + "05"
stf = f"packet 0 {given}\nexpect 1 {given}{hex_of([(e.width, e.v) for e in results])}$\n"
with open(f"{folder}/random_{seed}.p4", "w") as f:
    f.write(program)
with open(f"{folder}/random_{seed}.stf", "w") as f:
    f.write(stf)
