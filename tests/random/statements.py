"""Random statements. A context says what may stand where it stands."""
from expressions import BOOL, WIDTHS, Expressions, Scope, Type, bit, signed


class Context:
    """scope: names. kind: 'apply', 'action', 'function', 'parser'. control: the control it stands in, or None."""

    def __init__(self, scope, kind, control=None, ret=None, loop=False):
        self.scope, self.kind, self.control, self.ret, self.loop = scope, kind, control, ret, loop

    def inside(self, loop=None):
        return Context(Scope(self.scope), self.kind, self.control, self.ret, self.loop if loop is None else loop)


class Statements(Expressions):
    def number(self):
        self.counter += 1
        return self.counter

    def block(self, c, depth, indent, most=4):
        inner = c.inside()
        lines = []
        for _ in range(self.r.randint(1, most)):
            lines += self.statement(inner, depth, indent + 1)
        return lines

    def braces(self, head, c, depth, indent, most=3):
        tab = '\t' * indent
        return [f'{tab}{head} {{'] + self.block(c, depth, indent, most) + [f'{tab}}}']

    def statement(self, c, depth, indent):
        tab = '\t' * indent
        kinds = [(self.assign, 30), (self.local, 5)]
        if depth > 0:
            kinds += [(self.if_, 16), (self.loop, 4)]
            if c.kind == 'apply':
                kinds += [(self.switch_, 6)]
        kinds += [(self.call_function, 6)]
        if any(v.text == 'meta.flag' for v in c.scope.all()):
            kinds += [(self.kinds_, 4)]
        if c.kind in ('apply', 'action') and c.control:
            kinds += [(self.headers_, 10), (self.state_, 8), (self.hash_, 3), (self.fate, 9), (self.requests, 2 if self.comes_back else 0), (self.call_action, 8)]
        if c.kind == 'apply' and c.control:
            kinds += [(self.table_, 12), (self.apply_sub, 4)]
        if c.kind != 'parser':
            kinds += [(self.leave, 3)]
        kind = self.r.choices([k for k, _ in kinds], [w for _, w in kinds])[0]
        lines = kind(c, depth, indent)
        return [tab + x if not x.startswith('\t' * max(indent, 1)) or indent == 0 else x for x in lines]

    def assign(self, c, depth, indent):
        found = self.variables(c.scope, lambda v: v.writable and v.type.kind in ('bit', 'int', 'bool'))
        if not found:
            return []
        v = self.r.choice(found)
        if v.type.kind == 'bit' and v.type.width > 1 and self.r.random() < 0.15:
            lo = self.r.randint(0, v.type.width - 1)
            hi = self.r.randint(lo, v.type.width - 1)
            where = f'{hi}:{lo}' if self.r.random() < 0.8 else f'{lo}+:{hi - lo + 1}'
            return [f'{v.text}[{where}] = {self.expr(c.scope, bit(hi - lo + 1), 2)};']
        if v.type != BOOL and self.r.random() < 0.1:
            op = self.r.choice(['+=', '-=', '*=', '&=', '|=', '^=', '|+|=', '|-|='])
            if self.r.random() < 0.2:
                return [f'{v.text} {self.r.choice(["<<=", ">>="])} {self.distance(c.scope, v.type, 2)};']
            return [f'{v.text} {op} {self.expr(c.scope, v.type, 2)};']
        return [f'{v.text} = {self.expr(c.scope, v.type, self.r.choice([1, 2, 3, 4]))};']

    def local(self, c, depth, indent):
        t = self.r.choice([bit, bit, signed])(self.r.choice(WIDTHS))
        if t.kind == 'int' and t.width == 1:
            t = signed(2)
        name = f'v{self.number()}'
        init = f' = {self.expr(c.scope, t, 2)}' if self.r.random() < 0.8 else ''
        c.scope.add(name, t)
        return [f'{t} {name}{init};']

    def kinds_(self, c, depth, indent):
        """Enumerations, errors, new types, structs."""
        n = self.r.randrange(9)
        if n == 0:
            return [f'meta.e = {self.r.choice(["E.A", "E.B", "E.C"])};']
        if n == 1:
            return [f'meta.e = (E)({self.expr(c.scope, bit(4), 2)});']
        if n == 2:
            return [f'meta.kind = {self.r.choice(["K.X", "K.Y", "K.Z"])};']
        if n == 3:
            return [f'meta.err = {self.r.choice(["error.Odd", "error.Even", "error.NoError"])};']
        if n == 4:
            return [f'meta.port = (P_t)({self.expr(c.scope, bit(9), 2)});']
        types = dict(self.metadata)
        parts = [self.expr(c.scope, types['more.n0'], 2), self.expr(c.scope, types['more.n1'], 2)]
        if n == 5:
            return [f'meta.more = {{ {parts[0]}, {parts[1]} }};']
        if n == 6:
            return [f'meta.more = {{ n1 = {parts[1]}, n0 = {parts[0]} }};']
        if n == 7 and c.kind != 'parser':
            v = f'v{self.number()}'
            c.scope.add(v, Type('more_t'))
            c.scope.add(v + '.n0', types['more.n0'])
            c.scope.add(v + '.n1', types['more.n1'])
            return [f'more_t {v} = {self.r.choice(["meta.more", "{ " + parts[0] + ", " + parts[1] + " }"])};']
        found = self.variables(c.scope, lambda v: v.type.kind == 'more_t')
        return [f'{self.r.choice([v for v in found if v.writable]).text} = {self.r.choice(found).text};']

    def if_(self, c, depth, indent):
        tab = '\t' * indent
        lines = self.braces(f'if ({self.expr(c.scope, BOOL, 3)})', c, depth - 1, indent)
        if self.r.random() < 0.4:
            lines[-1] += ' else {'
            lines += self.block(c, depth - 1, indent) + [tab + '}']
        return lines

    def loop(self, c, depth, indent):
        inner = c.inside(loop=True)
        i, n = f'i{self.number()}', self.r.randint(1, 4)
        w = self.r.choice([4, 8, 16])
        inner.scope.add(i, bit(w), False)
        if c.kind == 'parser':
            return []
        if self.r.random() < 0.2 and any(v.text == 'hdr.s[0]' for v in c.scope.all()):
            inner.scope.vars.clear()
            self.add_header(inner.scope, i, 'h_s', False)
            head = f'for (h_s {i} in hdr.s)'
        elif self.r.random() < 0.5:
            head = f'for (bit<{w}> {i} = 0; {i} < {n}; {i} = {i} + 1)'
        else:
            lo = self.r.randint(0, 3)
            head = f'for (bit<{w}> {i} in {w}w{lo} .. {w}w{lo + n - 1})'
        lines = self.braces(head, inner, min(depth - 1, 1), indent, 2)
        if self.r.random() < 0.4:
            at = '\t' * (indent + 1)
            jump = self.r.choice(['break', 'continue'])
            lines.insert(self.r.choice([1, len(lines) - 1]), f'{at}if ({self.expr(inner.scope, BOOL, 1)}) {{ {jump}; }}')
        return lines

    def switch_(self, c, depth, indent):
        tab = '\t' * indent
        if self.r.random() < 0.5 and c.control and c.control.tables:
            t = self.r.choice(c.control.tables)
            labels = list(dict.fromkeys(t.actions))
            head = f'switch ({t.name}.apply().action_run)'
        else:
            w = self.r.choice([2, 3, 8, 12])
            labels = [f'{w}w{v}' for v in self.r.sample(range(4), 3)]
            head = f'switch ({self.expr(c.scope, bit(w), 2)})'
        self.r.shuffle(labels)
        lines = [f'{tab}{head} {{']
        for label in labels[:self.r.randint(1, 3)]:
            if self.r.random() < 0.2:
                lines.append(f'{tab}\t{label}:')
            lines += self.braces(f'{label}:', c, depth - 1, indent + 1, 2) if not lines[-1].endswith(f'{label}:') else []
        if lines[-1].endswith(':') or self.r.random() < 0.5:
            lines += self.braces('default:', c, depth - 1, indent + 1, 2)
        return lines + [tab + '}']

    def call_function(self, c, depth, indent):
        if not self.functions:
            return []
        name, t, params = self.r.choice(self.functions)
        args = self.arguments(c.scope, params, 2)
        return [] if args is None else [f'{name}({args});']

    def leave(self, c, depth, indent):
        if c.kind == 'function':
            line = f'return {self.expr(c.scope, c.ret, 2)};' if c.ret else 'return;'
        else:
            line = self.r.choice(['exit;', 'return;'])
        return [f'if ({self.expr(c.scope, BOOL, 2)}) {{ {line} }}']

    # --- what only controls have

    def headers_(self, c, depth, indent):
        kind = self.r.randrange(6)
        found = self.variables(c.scope, lambda v: v.type.kind.startswith('h_') and v.writable)
        if not found:
            return []
        v = self.r.choice(found)
        same = [w for w in found if w is not v and w.type == v.type]
        if kind == 0:
            return [f'{v.text}.setValid();']
        if kind == 1 and 'hdr.u.' not in v.text:
            return [f'{v.text}.setInvalid();']
        if kind == 2 and same and 'hdr.u.' not in v.text:
            if self.r.random() < 0.3:
                return [f'{v.text} = {self.condition(c.scope, 1)} ? {self.r.choice(same).text} : {self.r.choice(same + [v]).text};']
            return [f'{v.text} = {self.r.choice(same).text};']
        if kind == 3 and v.type.kind != 'h_o':
            fields = ', '.join(self.expr(c.scope, t, 2) for _, t in self.header_types[v.type.kind])
            return [f'{v.text} = {{ {fields} }};']
        if kind == 4:
            return [f'hdr.s.{self.r.choice(["push_front", "pop_front"])}({self.r.choice([1, 1, 2, 3, 4])});']
        name, t = self.r.choice([f for f in self.header_types['h_s'] if f[1].kind == 'bit'])
        index = self.stack_index(c) if self.r.random() < 0.7 else str(self.r.randint(0, 2))
        if self.r.random() < 0.5:
            return [f'hdr.s[{index}].{name} = {self.expr(c.scope, t, 2)};']
        to = self.place(c.scope, t)
        return [f'{to} = hdr.s[{index}].{name};'] if to else []

    def stack_index(self, c):
        """Nothing constant, which would have to be in bounds."""
        v = self.r.choice(self.variables(c.scope, lambda v: v.type.kind == 'bit' and '.' in v.text))
        if v.type.width < 2 or self.r.random() < 0.4:
            return v.text
        lo = self.r.randint(0, v.type.width - 2)
        return f'{v.text}[{lo + 1}:{lo}]'

    def state_(self, c, depth, indent):
        if self.r.random() < 0.25:
            return [f'{self.r.choice(c.control.counters)}.count({self.index(c)});']
        name, t = self.r.choice(c.control.registers)
        if self.r.random() < 0.5:
            return [f'{name}.write({self.index(c)}, {self.expr(c.scope, t, 3)});']
        to = self.place(c.scope, t)
        if to is None:
            v = f'v{self.number()}'
            c.scope.add(v, t)
            return [f'{t} {v};', f'{name}.read({v}, {self.index(c)});', f'{name}.write({self.index(c)}, {v} + {self.expr(c.scope, t, 1)});']
        return [f'{name}.read({to}, {self.index(c)});']

    def index(self, c):
        return self.r.choice([lambda: f'{self.r.randint(0, 9)}', lambda: f'(bit<32>)({self.expr(c.scope, bit(3), 2)})',
            lambda: self.expr(c.scope, bit(32), 1)])()

    def hash_(self, c, depth, indent):
        found = self.variables(c.scope, lambda v: v.writable and v.type.kind == 'bit' and 8 <= v.type.width <= 64)
        if not found:
            return []
        v = self.r.choice(found)
        data = ', '.join(self.material(c, bits) for bits in self.r.choice([[8, 16], [32], [48, 8], [3, 5, 16], [64, 24], [9, 7], [5, 6]]))
        algo = self.r.choice(['crc16', 'crc32', 'csum16', 'xor16', 'identity'])
        limit = self.r.choice([f'{w}w{x}' for w, x in ((16, 10), (32, 0), (32, 65536), (8, 7), (33, 1 << 32))])
        base = self.expr(c.scope, bit(v.type.width), 1) if self.r.random() < 0.3 else f'{v.type.width}w{self.r.randint(0, 200)}'
        return [f'hash({v.text}, HashAlgorithm.{algo}, {base}, {{ {data} }}, {limit});']

    def material(self, c, bits):
        found = self.variables(c.scope, lambda v: v.type == bit(bits))
        whole = [v.text for v in c.scope.all() if v.type.kind in ('h_a', 'h_s', 'h_w', 'more_t', 'h_o')]
        if whole and self.r.random() < 0.12:
            return self.r.choice(whole)
        return self.r.choice(found).text if found and self.r.random() < 0.7 else self.expr(c.scope, bit(bits), 2)

    def fate(self, c, depth, indent):
        lines = self.plain_fate(c)
        if self.r.random() < 0.7:  # seldom for all packets
            v = self.r.choice(self.variables(c.scope, lambda v: v.type.kind == 'bit' and v.text.startswith('hdr.h.')))
            lo = self.r.randint(0, v.type.width - 1)
            return [f'if ({v.text}[{lo}:{lo}] == {self.r.randint(0, 1)}) {{ {lines[0]} }}']
        return lines

    def plain_fate(self, c):
        n = self.r.randrange(8)
        if n < 4:
            return [f'std.egress_spec = {self.r.choice([0, 1, 2, 3, 4, 5, 511])};']
        if n < 6:
            return ['mark_to_drop(std);'] if self.r.random() < 0.8 or not self.marking_functions else ['away(std);']
        if n == 6 and not c.control.egress:
            return [f'std.mcast_grp = {self.r.choice([0, 0, 1, 2, 3])};']
        return [f'std.priority = {self.r.randint(0, 7)};'] if not c.control.egress else [f'truncate({self.r.randint(8, 60)});']

    def requests(self, c, depth, indent):
        n = self.r.randrange(3)
        if n == 0:
            which = 'E2E' if c.control.egress else 'I2E'
            call = self.r.choice([f'clone(CloneType.{which}, {self.r.randint(1, 3)})',
                f'clone_preserving_field_list(CloneType.{which}, {self.r.randint(1, 3)}, {self.r.randint(0, 2)})'])
            return [f'if (std.instance_type == 0) {{ {call}; }}']
        which = 'recirculate' if c.control.egress else 'resubmit'
        return [f'if (meta.again == 0) {{ meta.again = 1; {which}_preserving_field_list({self.r.randint(1, 2)}); }}']

    def call_action(self, c, depth, indent):
        actions = [a for a in c.control.actions if a.callable]
        if not actions:
            return []
        a = self.r.choice(actions)
        args = self.arguments(c.scope, a.params, 2)
        return [] if args is None else [f'{a.name}({args});']

    def table_(self, c, depth, indent):
        if not c.control.tables:
            return []
        t = self.r.choice(c.control.tables)
        n = self.r.randrange(4)
        if n < 2:
            return [f'{t.name}.apply();']
        if depth <= 0:
            return [f'meta.flag = {t.name}.apply().{self.r.choice(["hit", "miss"])};']
        return self.braces(f'if ({self.r.choice(["", "!"])}{t.name}.apply().{self.r.choice(["hit", "miss"])})', c, depth - 1, indent)

    def apply_sub(self, c, depth, indent):
        if not c.control.subs:
            return []
        name, params = self.r.choice(c.control.subs)
        args = self.arguments(c.scope, params, 2)
        return [] if args is None else [f'{name}.apply(hdr, meta, std, {args});']


def pick_type(r):
    w = r.choice(WIDTHS)
    return signed(max(w, 2)) if r.random() < 0.15 else bit(w)
