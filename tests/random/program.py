"""A random P4 program for v1model, table entries and packets that fit it.

    program.py SEED FOLDER [PACKETS]     writes FOLDER/SEED.p4 and FOLDER/SEED.txt (see pair.c)
"""
import sys

from expressions import BOOL, WIDTHS, Scope, Type, bit, seeded, signed
from statements import Context, Statements, pick_type

NAMED_HEADERS = [('a', 'h_a'), ('b', 'h_b'), ('in.x', 'h_a'), ('c', 'h_c')]


class Action:
    def __init__(self, name, params, data, callable_=True):
        self.name, self.params, self.data, self.callable = name, params, data, callable_


class Table:
    def __init__(self, name, path, keys, actions, data, states_entries):
        self.name, self.path, self.keys, self.actions, self.data = name, path, keys, actions, data
        self.states_entries = states_entries


class Control:
    def __init__(self, name, egress):
        self.name, self.egress = name, egress
        self.actions, self.tables, self.registers, self.counters, self.subs = [], [], [], [], []


class Program(Statements):
    def __init__(self, seed, weavable=False):
        self.r = seeded('program', seed)
        self.comes_back = self.r.random() < 0.6
        self.marking_functions = not weavable and self.r.random() < 0.5
        self.counter = 0
        self.functions, self.header_types = [], {}
        self.parser_graph = {}
        self.tables = []  # with full names, for entries
        self.pool = [self.r.getrandbits(128) for _ in range(3)] + [0, 1, 2, 3, 5]
        self.lines = []

    # --- types

    def header_type(self, name, total_bytes, first=8):
        fields, left = [('k', bit(first))] if first else [], total_bytes * 8 - first
        n = 0
        while left > 0:
            w = min(self.r.choice(WIDTHS), left)
            t = signed(w) if w > 1 and self.r.random() < 0.12 else bit(w)
            fields.append((f'f{n}', t))
            left -= w
            n += 1
        self.header_types[name] = fields

    def types(self):
        self.header_type('h_0', self.r.randint(8, 24))
        for name in ('h_a', 'h_b', 'h_c', 'h_v'):
            self.header_type(name, self.r.randint(2, 20))
        self.header_types['h_s'] = [('last', bit(1)), ('v', bit(self.r.choice([3, 5, 7]))), ]
        self.header_types['h_s'].append(('w', bit(16 - 1 - self.header_types['h_s'][1][1].width)))
        self.header_types['h_w'] = [('k', bit(8)), ('sum', bit(16)), ('d', bit(24))]
        self.header_types['h_o'] = [('k', bit(8)), ('o', Type('varbit<40>')), ('z', bit(self.r.choice([8, 24, 72])))]
        for name, fields in self.header_types.items():
            self.lines.append(f'header {name} {{ ' + ' '.join(f'{t} {f};' for f, t in fields) + ' }')
        self.lines += ['header_union u_t { h_v v; h_w w; }', 'struct inner_t { h_a x; }',
            'struct headers { h_0 h; h_a a; h_b b; inner_t in; h_c c; h_s[3] s; u_t u; h_w w; h_o o; }']
        self.lines[-1] = self.lines[-1].replace('inner_t in;', 'inner_t inner;')
        self.metadata = [(f'm{i}', pick_type(self.r)) for i in range(self.r.randint(4, 9))]
        more = [(f'n{i}', pick_type(self.r)) for i in range(2)]
        keep = lambda: self.r.choice(['', '', '@field_list(1) ', '@field_list(1, 2) ', '@field_list(2) '])
        self.lines += ['enum bit<4> E { A = 1, B = 5, C = 15 }', 'enum K { X, Y, Z }', 'type bit<9> P_t;', 'typedef bit<13> T_t;', 'const bit<8> C8 = 8w0x5a;',
            'const int N = 3;']
        self.lines += ['struct more_t { ' + ' '.join(f'{t} {f};' for f, t in more) + ' }',
            'struct metadata { @field_list(1, 2) bit<8> again; bool flag; E e; K kind; error err; P_t port; @field_list(2) T_t td; ' + ' '.join(f'{keep()}{t} {f};' for f, t in self.metadata) + ' more_t more; }',
            f'error {{ Odd, Even }}']
        self.metadata = [('flag', BOOL), ('td', bit(13))] + self.metadata + [(f'more.{f}', t) for f, t in more]

    def add_header(self, scope, path, kind, writable=True):
        scope.add(path, Type(kind), writable)
        for f, t in self.header_types[kind]:
            if t.kind.startswith('varbit'):
                continue
            scope.add(f'{path}.{f}', t, writable)

    def add_struct(self, scope, path, kind, writable):
        if kind != 'more_t':
            self.add_header(scope, path, kind, writable)
            return
        scope.add(path, Type(kind), writable)
        for f, t in self.metadata:
            if f.startswith('more.'):
                scope.add(path + f[4:], t, writable)

    def names(self, what=('hdr', 'meta', 'std')):
        scope = Scope()
        if 'hdr' in what:
            self.add_header(scope, 'hdr.h', 'h_0')
            for path, kind in (('a', 'h_a'), ('b', 'h_b'), ('inner.x', 'h_a'), ('c', 'h_c'), ('w', 'h_w'), ('o', 'h_o')):
                self.add_header(scope, 'hdr.' + path, kind)
            for i in range(3):
                self.add_header(scope, f'hdr.s[{i}]', 'h_s')
            scope.add('hdr.u', Type('u_t'), False)
            scope.add('hdr.u.v', Type('h_v'))
            scope.add('hdr.u.w', Type('h_w'))
        if 'meta' in what:
            for f, t in self.metadata:
                scope.add('meta.' + f, t)
            scope.add('meta.more', Type('more_t'))
            scope.add('((bit<4>)meta.e)', bit(4), False)
            scope.add('((bit<9>)meta.port)', bit(9), False)
            scope.add('C8', bit(8), False)
            scope.add('((bit<8>)(N + 4))', bit(8), False)
        if 'std' in what:
            for f, t in (('ingress_port', bit(9)), ('instance_type', bit(32)), ('packet_length', bit(32)), ('egress_spec', bit(9)), ('mcast_grp', bit(16))):
                scope.add('std.' + f, t, False)
        return scope

    def first(self, params, name):
        """What an out parameter holds before it is assigned is anybody's guess."""
        lines = []
        for i, (direction, t) in enumerate(params):
            if direction != 'out':
                continue
            if t.kind in ('bit', 'int', 'bool'):
                lines.append(f'{name}{i} = {self.literal(t)};')
            elif t.kind == 'more_t':
                lines.append(f'{name}{i} = {{ ' + ', '.join(self.literal(x) for f, x in self.metadata if f.startswith('more.')) + ' };')
            elif self.r.random() < 0.6: # else it is not valid
                lines.append(f'{name}{i}.setValid();')
        return lines

    # --- functions

    def function(self):
        n = self.number()
        ret = pick_type(self.r) if self.r.random() < 0.7 else None
        scope, params, text = Scope(), [], []
        for i in range(self.r.randint(1, 4)):
            direction = self.r.choice(['in', 'in', 'inout', 'out'])
            t = self.r.choice([f[1] for f in self.metadata] + [bit(8), bit(24)]) if direction != 'in' else pick_type(self.r)
            if self.r.random() < 0.2:
                t = Type(self.r.choice(['h_a', 'h_s', 'h_w', 'more_t']))
                self.add_struct(scope, f'p{i}', t.kind, direction != 'in')
            else:
                scope.add(f'p{i}', t, direction != 'in')
            params.append((direction, t))
            text.append(f'{direction} {t} p{i}')
        body = ['\t' + x for x in self.first(params, 'p')] + self.block(Context(scope, 'function', ret=ret), 2, 0, 5)
        if ret:
            body.append(f'\treturn {self.expr(scope, ret, 3)};')
        self.lines += [f'{ret or "void"} fn{n}({", ".join(text)}) {{'] + body + ['}']
        self.functions.append((f'fn{n}', ret, params))

    # --- parser

    def cases(self, targets, width=8):
        """(pattern, a value that it holds, target)"""
        out = []
        for target in targets:
            v, m = self.r.getrandbits(width), self.r.getrandbits(width) | 1
            kind = self.r.randrange(4)
            if kind == 0:
                hi = self.r.randint(v, (1 << width) - 1)
                out.append((f'{v} .. {hi}', self.r.randint(v, hi), target))
            elif kind == 1:
                out.append((f'{v} &&& {m:#x}', v, target))
            else:
                out.append((str(v), v, target))
        return out

    def parser_state(self, name, extract, scope, targets, before=()):
        cases = self.cases(targets)
        last = [] if self.r.random() < 0.3 else [('default', None, self.r.choice(['accept', 'accept', targets[-1] if targets else 'accept']))]
        lines = [f'\tstate {name} {{'] + [f'\t\t{x}' for x in before]
        lines.append(f'\t\tp.extract({extract[0]});' if extract[1] != 'h_o' else '\t\tp.extract(hdr.o, (bit<32>)(p.lookahead<bit<8>>()[2:0]) * 8);')
        for _ in range(self.r.randint(0, 2)):
            lines += self.assign(Context(scope, 'parser'), 1, 2)
        lines = [x if x.startswith('\t') else '\t\t' + x for x in lines]
        if extract[1] == 'h_s':
            lines.append('\t\ttransition select(hdr.s.last.last) { 0: ' + name + '; 1: ' + (targets[0] if targets else 'accept') + '; }')
            self.parser_graph[name] = ('stack', targets[0] if targets else 'accept')
        else:
            key = extract[0] + '.k'
            two = self.r.random() < 0.3
            other = self.r.choice(self.variables(scope, lambda v: v.type.kind == 'bit' and v.type.width <= 64 and '.' in v.text))
            lines.append(f'\t\ttransition select({key}{", " + other.text if two else ""}) {{')
            for pattern, _, target in cases + last:
                if two and pattern != 'default':
                    v = self.r.getrandbits(other.type.width)
                    pattern = f'({pattern}, {self.r.choice(["_", "_", f"0 .. {v}", f"{v} &&& {self.r.getrandbits(2) & v:#x}"])})'
                lines.append(f'\t\t\t{pattern}: {target};')
            lines.append('\t\t}')
            self.parser_graph[name] = ('header', extract[1], cases + [('default', self.r.getrandbits(8), 'accept')], before)
        return lines + ['\t}']

    def sub_parser(self):
        scope = self.names(('hdr', 'meta'))
        scope.add('x', bit(8), False)
        scope.add('k', bit(8), False)
        scope.add('y', bit(16))
        self.lines += ['parser Sub(packet_in p, inout headers hdr, inout metadata meta, in bit<8> x, inout bit<16> y)(bit<8> k) {',
            '\tbit<8> seen = 3;', '\tstate start {', '\t\tp.extract(hdr.w);', '\t\tseen = seen + hdr.w.k;']
        c = Context(scope, 'parser')
        for _ in range(3):
            self.lines += ['\t\t' + x for x in self.assign(c, 1, 2)]
        self.lines += [f'\t\ttransition select(seen) {{ {self.r.getrandbits(8)} &&& {self.r.getrandbits(8)}: more; {self.r.getrandbits(7)} .. 255: accept;',
            self.r.choice(['\t\t\tdefault: more; }', '\t\t\tdefault: reject; }', '\t\t}']), '\t}', '\tstate more {',
            '\t\ty = y + (bit<16>)seen;', '\t\tmeta.td = p.lookahead<bit<13>>();', '\t\ttransition accept;', '\t}', '}']

    def parser(self):
        self.sub_parser()
        scope = self.names(('hdr', 'meta'))
        order = ['st_o', 'st_a', 'st_b', 'st_s', 'st_c', 'st_v', 'st_w', 'st_x']
        what = {'st_o': ('hdr.o', 'h_o'), 'st_a': ('hdr.a', 'h_a'), 'st_b': ('hdr.b', 'h_b'), 'st_s': ('hdr.s.next', 'h_s'), 'st_c': ('hdr.c', 'h_c'),
            'st_v': ('hdr.u.v', 'h_v'), 'st_w': ('hdr.u.w', 'h_w'), 'st_x': ('hdr.inner.x', 'h_a')}
        lines = ['parser Parse(packet_in p, out headers hdr, inout metadata meta, inout standard_metadata_t std) {', f'\tSub({self.r.getrandbits(8)}) sub;', '\tbit<16> count = 0;']
        lines += self.parser_state('start', ('hdr.h', 'h_0'), scope, self.r.sample(order, self.r.randint(2, 5)))
        for i, name in enumerate(order):
            later = [x for x in order[i + 1:]] + ['accept']
            before, n = [], self.r.randrange(14)
            if n == 0:
                before.append('p.advance(8);')
            elif n == 1:
                before.append(f'verify({self.expr(scope, BOOL, 1)}, error.Odd);')
            elif n == 2:
                t = bit(self.r.choice([4, 8, 13, 16, 48]))
                to = self.place(scope, t)
                if to:
                    before.append(f'{to} = p.lookahead<{t}>();')
            elif n == 4:
                before.append(f'sub.apply(p, hdr, meta, {self.expr(scope, bit(8), 1)}, count);')
            elif n == 5:
                before.append('meta.td = (T_t)count;')
            elif n == 6 and name == 'st_c':
                before.append('count = (bit<16>)hdr.s.lastIndex;')
            elif n == 3:
                before.append('meta.more.n0 = ' + self.expr(scope, dict(self.metadata)['more.n0'], 1) + ';')
            lines += self.parser_state(name, what[name], scope, self.r.sample(later, min(len(later), self.r.randint(1, 3))), before)
        self.lines += lines + ['}']

    # --- controls

    def action(self, control, scope, name):
        inner, params, text, data = Scope(scope), [], [], []
        for i in range(self.r.choice([0, 0, 0, 1, 2])):
            direction = self.r.choice(['in', 'inout', 'out'])
            t = self.r.choice([t for _, t in self.metadata])
            if self.r.random() < 0.2:
                t = Type(self.r.choice(['h_a', 'h_s', 'h_w', 'more_t']))
                self.add_struct(inner, f'x{i}', t.kind, direction != 'in')
            else:
                inner.add(f'x{i}', t, direction != 'in')
            params.append((direction, t))
            text.append(f'{direction} {t} x{i}')
        if not params or self.r.random() < 0.5:
            for i in range(self.r.choice([0, 1, 1, 2, 3])):
                t = pick_type(self.r)
                inner.add(f'd{i}', t, False)
                data.append((f'd{i}', t))
                text.append(f'{t} d{i}')
        c = Context(inner, 'action', control)
        body = ['\t\t' + x for x in self.first(params, 'x')] + self.block(c, 1, 1, 4)
        if self.r.random() < 0.3:
            body += ['\t\t' + x for x in self.fate(c, 0, 2)]
        alias = self.r.choice([name, name, name, f'A_{name}', f'deep.B_{name}'])
        self.lines += [f'\t@name("{alias}")'] if alias != name else []
        self.lines += [f'\taction {name}({", ".join(text)}) {{'] + body + ['\t}']
        action = Action(name, params + [('', t) for _, t in data], data)
        action.directed, action.alias = params, alias.split('.')[-1]
        control.actions.append(action)

    def entry_key(self, kind, t):
        w = t.width if t != BOOL else 1
        v = self.r.choice(self.pool) & ((1 << w) - 1) if self.r.random() < 0.8 else self.r.getrandbits(w)
        if kind == 'exact':
            return f'{v:#x}', (v,)
        if kind == 'lpm':
            n = self.r.choice([0, 1, w // 2, w - 1, w, self.r.randint(0, w)])
            v &= ((1 << w) - 1) ^ ((1 << (w - n)) - 1)
            return f'{v:#x}/{n}', (v, n)
        if kind == 'ternary':
            m = self.r.choice([0, (1 << w) - 1, self.r.getrandbits(w), self.r.getrandbits(w) & self.r.getrandbits(w), 1])
            v &= m
            return f'{v:#x}&&&{m:#x}', (v, m)
        if kind == 'range':
            hi = self.r.choice([v, self.r.randint(v, (1 << w) - 1), (1 << w) - 1])
            return f'{v:#x}->{hi:#x}', (v, hi)
        if self.r.random() < 0.3:
            return '0x0&&&0x0', ('any',)
        return f'{v:#x}', (v,)

    def const_key(self, kind, t, key):
        if t == BOOL:
            return 'true' if key[0] == 1 else 'false' if key != ('any',) else '_'
        if key == ('any',):
            return '_'
        if kind == 'lpm':
            w, n = t.width, key[1]
            return '_' if n == 0 else f'{key[0]:#x} &&& {((1 << w) - 1) ^ ((1 << (w - n)) - 1):#x}'
        if kind == 'ternary':
            return f'{key[0]:#x} &&& {key[1]:#x}'
        if kind == 'range':
            return f'{key[0]:#x} .. {key[1]:#x}'
        return f'{key[0]:#x}'

    def table(self, control, scope, name, paths):
        keys = []
        shape = self.r.choice(['exact', 'lpm', 'mixed', 'mixed', 'none'])
        found = self.variables(scope, lambda v: v.type.kind == 'bit' and '.' in v.text and v.type.width <= 128)
        for i in range(0 if shape == 'none' else self.r.randint(1, 3)):
            kind = 'exact' if shape == 'exact' or (shape == 'lpm' and i) else 'lpm' if shape == 'lpm' else self.r.choice(['ternary', 'ternary', 'exact', 'range', 'optional'])
            if kind in ('exact', 'optional') and self.r.random() < 0.2:
                t, text = BOOL, self.r.choice(['meta.flag', 'hdr.a.isValid()', 'hdr.s[1].isValid()', 'hdr.u.w.isValid()'])
                kind = 'exact'
            elif self.r.random() < 0.15:
                t = bit(self.r.choice([1, 2, 8, 33]))
                text = self.expr(scope, t, 2)
            elif self.r.random() < 0.3:
                t = bit(self.r.choice([1, 2, 3, 4]))
                wide = [v for v in found if v.type.width >= t.width]
                v = self.r.choice(wide)
                lo = self.r.randint(0, v.type.width - t.width)
                text = f'{v.text}[{lo + t.width - 1}:{lo}]'
            else:
                v = self.r.choice(found)
                t, text = v.type, v.text
            keys.append((text, t, kind))
        chosen = self.r.sample(control.actions, min(len(control.actions), self.r.randint(1, 4)))
        refs = []
        for a in chosen:
            args = []
            for direction, t in a.directed:
                arg = self.place(scope, t) if direction != 'in' else self.expr(scope, t, 1)
                args.append(arg)
            if None in args:
                continue
            refs.append((a, ', '.join(args)))
        alias = self.r.choice([name, name, f'x{name}', f'deep.{name}'])
        lines = [f'\t@name("{alias}")'] if alias != name else []
        lines.append(f'\ttable {name} {{')
        if keys:
            lines.append('\t\tkey = { ' + ' '.join(f'{text}: {kind} @name("k{i}");' for i, (text, t, kind) in enumerate(keys)) + ' }')
        lines.append('\t\tactions = { ' + ' '.join(f'{a.name}({args});' if args else f'{a.name};' for a, args in refs) + ' NoAction; }')
        if self.r.random() < 0.7 and refs:
            a, args = self.r.choice(refs)
            data = [self.literal(t) for _, t in a.data]
            lines.append(f'\t\tdefault_action = {a.name}({", ".join(([args] if args else []) + data)});')
        states = bool(keys) and self.r.random() < 0.4
        if states:
            seen, entries = set(), []
            ranked = any(kind not in ('exact', 'lpm') for _, _, kind in keys) and self.r.random() < 0.4
            ranks = self.r.sample(range(1, 100), 10)
            for _ in range(self.r.randint(1, 6)):
                values = [self.entry_key(kind, t)[1] for _, t, kind in keys]
                if str(values) in seen:
                    continue
                seen.add(str(values))
                a, args = self.r.choice(refs) if refs and self.r.random() < 0.9 else (None, '')
                call = f'{a.name}({", ".join(([args] if args else []) + [self.literal(t) for _, t in a.data])})' if a else 'NoAction()'
                texts = [self.const_key(kind, t, v) for (_, t, kind), v in zip(keys, values)]
                rank = f'priority = {ranks[len(entries)]}: ' if ranked else ''
                entries.append(f'\t\t\t{rank}({", ".join(texts)}): {call};' if len(texts) > 1 else f'\t\t\t{rank}{texts[0]}: {call};')
            lines += ['\t\tentries = {' if ranked else '\t\tconst entries = {'] + entries + ['\t\t}']
        if keys:
            lines.append('\t\tsize = 64;')
        self.lines += lines + ['\t}']
        control.tables.append(Table(name, None, keys, [a.name for a, _ in refs] + ['NoAction'], None, states))
        if not states:
            for path in paths:
                self.tables.append((f'{path}.{alias}', keys, [a for a, _ in refs]))

    def control_body(self, control, scope, paths, depth, first=()):
        scope = Scope(scope)
        for i in range(self.r.randint(1, 3)):
            t, name = pick_type(self.r), f'l{self.number()}'
            init = f' = {self.expr(scope, t, self.r.randint(0, 2))}' if self.r.random() < 0.7 else ''
            scope.add(name, t)
            self.lines.append(f'\t{t} {name}{init};')
        for i in range(self.r.randint(1, 3)):
            t = self.r.choice([bit(self.r.choice([8, 13, 16, 32, 48, 64, 65])), bit(1), signed(self.r.choice([5, 8, 33]))])
            control.registers.append((f'r{i}', t))
            self.lines.append(f'\tregister<{t}>({self.r.randint(1, 9)}) r{i};')
        top = Action('top_act', [('inout', bit(8)), ('', bit(8))], [('y', bit(8))])
        top.directed, top.alias = [('inout', bit(8))], 'top_act'
        control.actions.append(top)
        control.counters.append('cnt')
        self.lines.append('\tcounter(6, CounterType.packets_and_bytes) cnt;')
        for i in range(self.r.randint(2, 5)):
            self.action(control, scope, f'act{i}')
        for i in range(self.r.randint(1, 4)):
            self.table(control, scope, f'tab{i}', paths)
        self.lines.append('\tapply {')
        self.lines += ['\t\t' + x for x in first]
        if not control.egress:
            self.lines.append(f'\t\tstd.egress_spec = {self.r.randint(0, 5)};') if not control.name.startswith('Sub') else None
        c = Context(scope, 'apply', control)
        for _ in range(self.r.randint(3, 9)):
            self.lines += self.statement(c, depth, 2)
            if self.r.random() < 0.4:
                self.lines += ['\t\t' + x for x in self.fate(c, 0, 2)]
        self.lines += ['\t}', '}']

    def sub_control(self, name, egress, up):
        scope, params, text = self.names(), [], []
        for i in range(self.r.randint(1, 3)):
            direction = self.r.choice(['in', 'inout', 'out'])
            t = self.r.choice([t for _, t in self.metadata])
            if self.r.random() < 0.2:
                t = Type(self.r.choice(['h_a', 'h_s', 'h_w', 'more_t']))
                self.add_struct(scope, f'q{i}', t.kind, direction != 'in')
            else:
                scope.add(f'q{i}', t, direction != 'in')
            params.append((direction, t))
            text.append(f'{direction} {t} q{i}')
        scope.add('k', bit(16), False)
        control = Control(name, egress)
        self.lines.append(f'control {name}(inout headers hdr, inout metadata meta, inout standard_metadata_t std, {", ".join(text)})(bit<16> k) {{')
        self.control_body(control, scope, [f'{up}.one', f'{up}.two'] if self.twice[name] else [f'{up}.one'], 1, self.first(params, 'q'))
        return params

    def top_control(self, name, egress):
        sub = name + 'Sub'
        self.twice[sub] = self.r.random() < 0.5
        params = self.sub_control('Sub' + name, egress, name) if self.r.random() < 0.6 else None
        control = Control(name, egress)
        self.lines.append(f'control {name}(inout headers hdr, inout metadata meta, inout standard_metadata_t std) {{')
        if params is not None:
            for instance in ['one', 'two'] if self.twice['Sub' + name] else ['one']:
                self.lines.append(f'\tSub{name}({self.r.getrandbits(16)}) {instance};')
                control.subs.append((instance, params))
        self.control_body(control, self.names(), [name], 3)

    def checksums(self):
        verify, update = [], []
        for path in ('hdr.w', 'hdr.u.w'):
            if self.r.random() < 0.5:
                verify.append(f'\t\tverify_checksum({path}.isValid(), {{ {path}.k, {path}.d }}, {path}.sum, HashAlgorithm.csum16);')
            if self.r.random() < 0.6:
                call = self.r.choice(['update_checksum', 'update_checksum_with_payload'])
                update.append(f'\t\t{call}({path}.isValid(), {{ {path}.d, {path}.k, hdr.h }}, {path}.sum, HashAlgorithm.{self.r.choice(["csum16", "crc16"])});')
        for name, lines in (('Verify', verify), ('Compute', update)):
            self.lines += [f'control {name}(inout headers hdr, inout metadata meta) {{', '\tapply {'] + lines + ['\t}', '}']

    def deparser(self):
        self.lines.append('control Deparse(packet_out p, in headers hdr) {\n\tapply {')
        if self.r.random() < 0.5:
            self.lines.append('\t\tp.emit(hdr);')
        else:
            parts = ['h', 'o', 'a', 'b', 'inner', 'c', 's', 'u', 'w', 's[1]', 'inner.x']
            self.r.shuffle(parts)
            for x in parts[:10]:
                cond = f'if (hdr.{self.r.choice(["a", "b", "c"])}.isValid()) ' if self.r.random() < 0.15 else ''
                self.lines.append(f'\t\t{cond}p.emit(hdr.{x});')
        self.lines += ['\t}', '}', 'V1Switch(Parse(), Verify(), In(), Eg(), Compute(), Deparse()) main;']

    def make(self):
        self.lines = ['#include <core.p4>', '#include <v1model.p4>']
        self.twice = {}
        self.types()
        if self.marking_functions:
            self.lines += ['void away(inout standard_metadata_t std) {', '\tmark_to_drop(std);', '}']
        self.lines += ['action top_act(inout bit<8> x, bit<8> y) {', '\tx = x + y;', '\tif (y == 3) { exit; }', '}']
        for _ in range(self.r.randint(1, 3)):
            self.function()
        self.parser()
        for name, egress in (('In', False), ('Eg', True)):
            self.twice['Sub' + name] = self.r.random() < 0.5
            self.top_control(name, egress)
        self.checksums()
        self.deparser()
        return '\n'.join(self.lines) + '\n'

    # --- what comes with it

    def commands(self):
        lines = ['mc_mgrp_create 1', 'mc_node_create 7 1 2', 'mc_node_associate 1 0', 'mc_mgrp_create 2',
            'mc_node_create 9 2 3 4', 'mc_node_associate 2 1', 'mirroring_add 1 6', 'mirroring_add 2 2']
        for name, keys, actions in self.tables:
            seen = set()
            priority = any(kind not in ('exact', 'lpm') for _, _, kind in keys)
            if actions and self.r.random() < 0.3:
                a = self.r.choice(actions)
                lines.append(f'table_set_default {name} {a.alias} ' + ' '.join(f'{self.r.getrandbits(t.width):#x}' for _, t in a.data))
            for n in range(self.r.randint(0, 8) if keys else 0):
                texts = [self.entry_key(kind, t) for _, t, kind in keys]
                if str([v for _, v in texts]) in seen:
                    continue
                seen.add(str([v for _, v in texts]))
                a = self.r.choice(actions) if actions and self.r.random() < 0.9 else None
                data = [f'{self.r.getrandbits(t.width):#x}' for _, t in a.data] if a else []
                lines.append(f'table_add {name} {a.alias if a else "NoAction"} {" ".join(x for x, _ in texts)} => {" ".join(data)}'
                    + (f' {self.r.choice([10, 20, 30]) + n}' if priority else ''))
        return lines

    def field_value(self, t):
        return self.r.choice(self.pool) & ((1 << t.width) - 1) if self.r.random() < 0.6 else self.r.getrandbits(t.width)

    def header_bits(self, kind, k=None):
        out = ''
        for f, t in self.header_types[kind]:
            if t.kind.startswith('varbit'):
                out += ''.join(self.r.choice('01') for _ in range(8 * (int(out[:8], 2) & 7)))
                continue
            v = self.field_value(t)
            if f in ('k', 'last') and k is not None:
                v = k
            out += format(v, f'0{t.width}b')
        return out

    def packet(self):
        bits, state = '', 'start'
        while state in self.parser_graph:
            node = self.parser_graph[state]
            if node[0] == 'stack':
                n = self.r.choice([1, 2, 3, 3, 4])
                for i in range(n):
                    bits += self.header_bits('h_s', int(i == n - 1))
                state = node[1]
                continue
            if any('sub.apply' in x for x in node[3]):
                bits += self.header_bits('h_w')
            if any('advance' in x for x in node[3]):
                bits += format(self.r.getrandbits(8), '08b')
            _, value, state = self.r.choice(node[2])
            bits += self.header_bits(node[1], value)
        data = bytearray(int(bits[i:i + 8], 2) for i in range(0, len(bits), 8)) + self.r.randbytes(self.r.choice([0, 0, 1, 5, 20]))
        if self.r.random() < 0.15:
            data = data[:self.r.randint(0, len(data))]
        if self.r.random() < 0.15 and data:
            for _ in range(self.r.randint(1, 4)):
                data[self.r.randrange(len(data))] = self.r.getrandbits(8)
        return data

    def packets(self, n):
        return [f'packet {self.r.randint(0, 5)} {self.packet().hex()}' for _ in range(n)]


    # --- queries

    def query_field(self, instants, width=64):
        if self.r.random() < 0.2 and instants != ['in']:
            found = [(f'meta.{f}', t) for f, t in self.metadata if t.kind == 'bit' and t.width <= width]
            instants = [x for x in instants if x != 'in']
        else:
            found = [(f'{path}.{f}', t) for path, kind in (('h', 'h_0'), ('h', 'h_0'), ('a', 'h_a'), ('b', 'h_b'), ('c', 'h_c'), ('inner.x', 'h_a'), ('s[0]', 'h_s'),
                ('s[2]', 'h_s'), ('w', 'h_w'), ('o', 'h_o')) for f, t in self.header_types[kind] if t.kind == 'bit' and t.width <= width]
        if not found:
            found = [('h.k', bit(8))]
        name, t = self.r.choice(found)
        return f'{name}_{self.r.choice(instants)}', t

    def query_filter(self, egress):
        instants = ['in', 'mid', 'out'] if egress else ['in', 'mid']
        kind = self.r.randrange(7)
        if kind == 0:
            return f'valid({self.r.choice(["a", "b", "c", "s[1]", "u.w"])}_{self.r.choice(instants)})'
        if kind == 1:
            return f'({self.query_filter(egress)} {self.r.choice(["&&", "||"])} !({self.query_filter(egress)}))'
        if kind == 2:
            return self.r.choice(['port_intent == -1', 'port_intent != 2', 'port_in < 3', 'packet.len_in > 40', 'instance != replica'] + (['port_out == -1'] if egress else []))
        if kind == 3:
            f, t = self.query_field(['in'])
            return f'{f} != {f[:-3]}_{self.r.choice(instants[1:])}' if not f.startswith('meta') else 'port_in == 1'
        f, t = self.query_field(instants)
        return f'{f} {self.r.choice(["==", "<", ">", "!=", ">="])} {self.r.choice(self.pool) & ((1 << t.width) - 1)}'

    def queries(self):
        lines = []
        for i in range(self.r.randint(2, 5)):
            egress = self.r.random() < 0.5
            instants = ['in', 'mid', 'out'] if egress else ['in', 'mid']
            keys = list(dict.fromkeys([self.query_field(instants)[0] for _ in range(self.r.randint(1, 3))] + self.r.choice([[], ['port_in'], ['drop.reason'], ['port_intent']])))
            q = ('egress()' if egress else 'ingress()') + ''.join(f'.filter({self.query_filter(egress)})' for _ in range(self.r.randint(0, 2)))
            value = self.query_field(instants, 32)[0]
            func = self.r.choice(['count', f'distinct({value})', f'max({value})', f'sum({value})', f'min({value})'])
            kind = self.r.randrange(5)
            if kind == 0:
                q += f'.distinct(keys=({", ".join(keys)}))'
            elif kind == 1 and not egress:
                keys = list(dict.fromkeys(k for k in keys if k.endswith('_in'))) or ['port_in']
                lines.append(f'r{i} = {q}.lost([{", ".join(keys)}], 4ms)')
                continue
            else:
                q += f'.reduce(keys=({", ".join(keys)}), func={func})'
            lines.append(f'r{i} = {q}.window(4ms)')
        return lines


def write(seed, folder, n, weavable=False):
    p = Program(seed, weavable)
    text = p.make()
    with open(f'{folder}/{seed}.p4', 'w') as f:
        f.write(text)
    with open(f'{folder}/{seed}.txt', 'w') as f:
        f.write('\n'.join(p.commands() + p.packets(n)) + '\n')
    if weavable:
        with open(f'{folder}/{seed}.scope', 'w') as f:
            f.write('\n'.join(p.queries()) + '\n')


if __name__ == '__main__':
    write(sys.argv[1], sys.argv[2], int(sys.argv[3]) if len(sys.argv) > 3 else 100)
