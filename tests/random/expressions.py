"""Random expressions, names in scope, and statements that assign. Everything is valid P4: types fit exactly."""
import random

WIDTHS = [1, 2, 3, 4, 5, 7, 8, 9, 12, 13, 16, 17, 20, 24, 31, 32, 33, 40, 48, 63, 64, 65, 80, 100, 127, 128]


class Type:
    """bit<w>, int<w>, bool or a struct-like type by name."""

    def __init__(self, kind, width=0):
        self.kind, self.width = kind, width

    def __str__(self):
        return {'bit': f'bit<{self.width}>', 'int': f'int<{self.width}>'}.get(self.kind, self.kind)

    def __eq__(self, other):
        return str(self) == str(other)

    def __hash__(self):
        return hash(str(self))


def bit(width):
    return Type('bit', width)


def signed(width):
    return Type('int', width)


BOOL = Type('bool')


class Var:
    def __init__(self, text, type_, writable=True):
        self.text, self.type, self.writable = text, type_, writable


class Scope:
    """What can be named, from the innermost block outwards."""

    def __init__(self, up=None):
        self.up, self.vars = up, []

    def add(self, text, type_, writable=True):
        self.vars.append(Var(text, type_, writable))

    def all(self):
        scope = self
        while scope:
            yield from scope.vars
            scope = scope.up


class Expressions:
    """Needs self.r (random.Random), self.functions, self.headers_of_type."""

    def literal(self, t):
        if t == BOOL:
            return self.r.choice(['true', 'false'])
        w = t.width
        value = self.r.choice([0, 1, (1 << w) - 1, 1 << (w - 1), self.r.getrandbits(w), self.r.getrandbits(min(w, 4))]) & ((1 << w) - 1)
        if t.kind == 'int':
            if value >> (w - 1):
                value -= 1 << w
            if value == -(1 << (w - 1)):  # its absolute value doesn't fit
                value += 1
            return f'{w}s{value}' if value >= 0 else f'(-{w}s{-value})'
        return f'{w}w{value}' if self.r.random() < 0.5 else f'{w}w{value:#x}'

    def variables(self, scope, test):
        return [v for v in scope.all() if test(v)]

    def place(self, scope, t):
        """Something of exactly this type that can be written; None when there is nothing."""
        found = self.variables(scope, lambda v: v.writable and v.type == t)
        return self.r.choice(found).text if found else None

    def leaf(self, scope, t):
        found = self.variables(scope, lambda v: v.type == t)
        if found and self.r.random() < 0.8:
            return self.r.choice(found).text
        wider = [] if t.kind != 'bit' else self.variables(
            scope, lambda v: v.type.kind in ('bit', 'int') and v.type.width > t.width)
        if wider and self.r.random() < 0.5:
            v = self.r.choice(wider)
            lo = self.r.randint(0, v.type.width - t.width)
            return f'{v.text}[{lo + t.width - 1}:{lo}]' if self.r.random() < 0.85 else f'{v.text}[{lo}+:{t.width}]'
        if t.kind == 'bit' and self.r.random() < 0.6:
            others = self.variables(scope, lambda v: v.type.kind == 'bit')
            if others:
                return f'(bit<{t.width}>){self.r.choice(others).text}'
        return self.literal(t)

    def expr(self, scope, t, depth):
        if t.kind not in ('bit', 'int', 'bool'):
            found = self.variables(scope, lambda v: v.type == t)
            return self.r.choice(found).text if found else None
        if depth <= 0 or self.r.random() < 0.12:
            return self.leaf(scope, t)
        if t == BOOL:
            return self.condition(scope, depth)
        call = self.call_of(scope, t, depth) if self.r.random() < 0.15 else None
        if call:
            return call
        sub = lambda: self.expr(scope, t, depth - 1)
        kind = self.r.randrange(10)
        if kind < 4:
            op = self.r.choice(['+', '-', '*', '&', '|', '^', '|+|', '|-|'])
            return f'({sub()} {op} {sub()})'
        if kind == 4:
            return f'({sub()} {self.r.choice(["<<", ">>"])} {self.distance(scope, t, depth)})'
        if kind == 5:
            return f'({self.r.choice(["~", "-"])}{sub()})'
        if kind == 6:
            return f'({self.condition(scope, depth - 1)} ? {sub()} : {sub()})'
        if kind == 7 and t.kind == 'bit' and t.width > 1:
            low = self.r.randint(1, t.width - 1)
            return f'({self.expr(scope, bit(t.width - low), depth - 1)} ++ {self.expr(scope, bit(low), depth - 1)})'
        return self.cast(scope, t, depth)

    def distance(self, scope, t, depth):
        if self.r.random() < 0.5:
            return f'8w{self.r.choice([0, 1, t.width // 2, t.width - 1, t.width, 255]) & 255}'
        return self.expr(scope, bit(self.r.choice([3, 8, 16, 70])), depth - 2)

    def cast(self, scope, t, depth):
        other = self.r.choice(WIDTHS)
        if t.kind == 'int':
            return f'(int<{t.width}>)' + self.parenthesized(self.expr(scope, self.r.choice([bit(t.width), signed(other)]), depth - 1))
        if t.width == 1 and self.r.random() < 0.3:
            return '(bit<1>)' + self.parenthesized(self.condition(scope, depth - 1))
        return f'(bit<{t.width}>)' + self.parenthesized(
            self.expr(scope, self.r.choice([bit(other), bit(other), signed(t.width)]), depth - 1))

    @staticmethod
    def parenthesized(text):
        return f'({text})'

    def condition(self, scope, depth):
        kind = self.r.randrange(9)
        if depth <= 0 or kind == 0:
            return self.leaf(scope, BOOL)
        if kind == 1:
            return f'({self.condition(scope, depth - 1)} {self.r.choice(["&&", "||"])} {self.condition(scope, depth - 1)})'
        if kind == 2:
            return f'(!{self.condition(scope, depth - 1)})'
        if kind == 3 and self.valid_names(scope):
            return f'{self.r.choice(self.valid_names(scope))}.isValid()'
        if kind == 4 and self.pairs(scope):
            a, b = self.r.choice(self.pairs(scope))
            return f'({a} {self.r.choice(["==", "!="])} {b})'
        if kind == 6 and any(v.text == 'meta.flag' for v in scope.all()):
            return self.r.choice(['(meta.e == E.A)', '(meta.e != E.C)', '(meta.kind == K.Y)', '(meta.err == error.Odd)', '(meta.err == error.NoError)'])
        if kind == 7 and any(v.text == 'std.egress_spec' for v in scope.all()):
            return self.r.choice(['(std.parser_error == error.NoError)', '(std.parser_error == error.PacketTooShort)', '(std.parser_error == error.Odd)',
                '(std.parser_error == error.NoMatch)', '(std.parser_error == meta.err)', '(std.checksum_error == 1)'])
        if kind == 5:
            return f'(bool)({self.expr(scope, bit(1), depth - 1)})'
        found = self.variables(scope, lambda v: v.type.kind in ('bit', 'int'))
        t = self.r.choice(found).type if found else bit(8)
        op = self.r.choice(['==', '!=', '<', '<=', '>', '>='])
        return f'({self.expr(scope, t, depth - 1)} {op} {self.expr(scope, t, depth - 1)})'

    def valid_names(self, scope):
        return [v.text for v in scope.all() if v.type.kind.startswith('h_') or v.type.kind == 'u_t']

    def pairs(self, scope):
        found = [v for v in scope.all() if v.type.kind.startswith('h_') or v.type.kind == 'more_t']
        return [(a.text, b.text) for a in found for b in found if a is not b and a.type == b.type]

    def arguments(self, scope, params, depth):
        """None when an out or inout parameter finds no place."""
        args = []
        for direction, t in params:
            if direction in ('out', 'inout'):
                a = self.place(scope, t)
                if a is None:
                    return None
            else:
                a = self.expr(scope, t, depth - 1)
                if a is None:
                    return None
            args.append(a)
        return ', '.join(args)

    def call_of(self, scope, t, depth):
        fits = [f for f in self.functions if f[1] == t]
        if not fits:
            return None
        name, _, params = self.r.choice(fits)
        args = self.arguments(scope, params, depth)
        return None if args is None else f'{name}({args})'


def seeded(*what):
    return random.Random('/'.join(str(x) for x in what))
