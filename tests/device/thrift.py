"""As much of Thrift's binary protocol as tests of `packetscope attach` need: a server that tests make answer what they like, and calls of a
real one."""
import socket
import socketserver
import struct
import threading

STOP, BOOL, DOUBLE, I16, I32, I64, STRING, STRUCT, MAP, LIST = 0, 2, 4, 6, 8, 10, 11, 12, 13, 15
CALL, REPLY, EXCEPTION = 1, 2, 3
VERSION = 0x80010000


def text(s):
    s = s.encode() if isinstance(s, str) else s
    return struct.pack(">i", len(s)) + s


def number(kind, value):
    return struct.pack({I16: ">h", I32: ">i", I64: ">q"}[kind], value)


def items(kind, values):
    return struct.pack(">Bi", kind, len(values)) + b"".join(values)


def field(kind, index, data):
    return struct.pack(">Bh", kind, index) + data


def fields(*all_of_them):
    return b"".join(field(*f) for f in all_of_them) + bytes([STOP])


def message(name, kind, sequence, data):
    return struct.pack(">I", VERSION | kind) + text(name) + struct.pack(">i", sequence) + data


class Reader:
    """Values from a stream."""

    def __init__(self, stream):
        self.stream = stream

    def take(self, n):
        data = self.stream.read(n)
        if len(data) < n:
            raise EOFError
        return data

    def unpack(self, form):
        return struct.unpack(form, self.take(struct.calcsize(form)))[0]

    def text(self):
        return self.take(self.unpack(">i"))

    def value(self, kind):
        if kind == STRING:
            return self.text()
        if kind == LIST:
            of, n = self.unpack(">B"), self.unpack(">i")
            return [self.value(of) for _ in range(n)]
        if kind == STRUCT:
            return self.fields()
        return self.unpack({BOOL: ">?", I16: ">h", I32: ">i", I64: ">q", DOUBLE: ">d"}[kind])

    def fields(self):
        ret = {}
        while kind := self.unpack(">B"):
            index = self.unpack(">h")
            ret[index] = self.value(kind)
        return ret

    def message(self):
        """(name, kind, sequence, fields)"""
        head, name, sequence = self.unpack(">I"), self.text().decode(), self.unpack(">i")
        return name, head & 0xff, sequence, self.fields()


class Server(socketserver.ThreadingTCPServer):
    """Calls answer(method, arguments), which returns (type, data) or None for a method without a result; `mangle`, when there is one, gets
    each reply's bytes and returns what is sent instead; the connection is closed after a reply that it changed (None: nothing is sent)."""
    allow_reuse_address = daemon_threads = True

    def __init__(self, answer):
        super().__init__(("127.0.0.1", 0), Connection)
        self.answer, self.mangle, self.connections = answer, None, []
        threading.Thread(target=self.serve_forever, args=(0.05,), daemon=True).start()

    def url(self):
        return f"bmv2://127.0.0.1:{self.server_address[1]}"


class Connection(socketserver.StreamRequestHandler):
    disable_nagle_algorithm = True

    def handle(self):
        reader = Reader(self.rfile)
        try:
            while True:
                name, _, sequence, arguments = reader.message()
                method = name.split(":")[-1]
                result = self.server.answer(method, arguments)
                if isinstance(result, bytes):  # an exception, or nothing
                    reply = message(method, REPLY, sequence, result)
                else:
                    reply = message(method, REPLY, sequence, fields((result[0], 0, result[1])))
                sent = self.server.mangle(method, sequence, reply) if self.server.mangle else reply
                if sent is not None:
                    self.wfile.write(sent)
                if sent != reply:
                    return
        except (EOFError, OSError, struct.error, UnicodeDecodeError):
            pass


class Client:
    """Calls of a switch."""

    def __init__(self, port):
        self.socket = socket.create_connection(("127.0.0.1", port), 5)
        self.reader = Reader(self.socket.makefile("rb"))

    def call(self, service, method, *arguments):
        self.socket.sendall(message(f"{service}:{method}", CALL, 1, fields(*arguments)))
        _, kind, _, result = self.reader.message()
        if kind == EXCEPTION or [k for k in result if k]:
            raise RuntimeError(f"{method}: {result}")
        return result.get(0)
