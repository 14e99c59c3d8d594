#!/usr/bin/env python3
"""Query files that are made to hurt: each must end soon, in little memory, accepted or with errors. Usage: hostile.py COMMAND..."""
import resource
import subprocess
import sys
import tempfile
import time

SECONDS = 20
BYTES = 4 << 30
GROUP = ".reduce(keys=(port_in), func=count)"


def lines(n, make):
    return "".join(make(i) + "\n" for i in range(n))


CASES = {
    "joins that double": f"q0 = ingress(){GROUP}\n" +
        lines(30, lambda i: f"q{i + 1} = q{i}.join(q{i}, func=diff, epoch_ms={i + 1})"),
    "joins of one query": f"q0 = ingress(){GROUP}\n" + lines(30, lambda i: f"q{i + 1} = q{i}.join(q{i}, func=sum)"),
    "joins inside joins": "q = " + f"ingress(){GROUP}.join(" * 150 + f"egress(){GROUP}" + ", func=diff)" * 150,
    "a chain of queries": "q0 = ingress()\n" + lines(2500, lambda i: f"q{i + 1} = q{i}"),
    "a chain backwards": lines(900, lambda i: f"q{i} = q{i + 1}") + f"q900 = ingress(){GROUP}",
    "a chain of parameters": lines(1900, lambda i: f"param p{i} = p{i + 1} + 1") +
        f"param p1900 = 1\nq = ingress().filter(ipv4.ttl_in > p0){GROUP}",
    "sets that double": "param p0 = {1, 2}\n" + lines(40, lambda i: f"param p{i + 1} = {{p{i}, p{i}}}") +
        f"q = ingress().filter(ipv4.ttl_in in p40){GROUP}",
    "maps that double": "q = ingress().map(port_in, x = ipv4.ttl_in)" + ".map(port_in, x = x * x)" * 60,
    "many queries": lines(3000, lambda i: f"q{i} = ingress().filter(ipv4.ttl_in == {i % 256}){GROUP}"),
    "a large set": "q = ingress().filter(tcp.dport_in in {" + ",".join(map(str, range(4000))) + "})" + GROUP,
    "a huge set": "q = ingress().filter(tcp.dport_in in {" + "80," * 400000 + "})" + GROUP,
    "many errors": lines(20000, lambda i: f"q{i} = ingress().filter(x.y_in == 1)"),
    "definitions without values": lines(50000, lambda i: f"a{i} = "),
    "many parentheses": "((((\n" * 100000,
    "many brackets": "q = " + "[" * 100000,
    "many signs": "q = ingress().filter(" + "!-~" * 100000,
    "many operators": "q = ingress()" + ".x()" * 100000,
    "a long name": "q = ingress().filter(" + "a" * 100000 + "_in == 1)",
    "a long path": "q = ingress().filter(" + "a." * 20000 + "a_in == 1)",
    "a long sum": "q = ingress().filter(" + "1+" * 100000 + "1 > 0)",
    "many columns": "q = ingress().map(" + "".join(f"x{i} = ipv4.ttl_in + {i}, " for i in range(3000)) + "port_in)",
    "a large file": "#" + "x" * 6000000,
    "NUL bytes": "q = ingress()\0\0\0.filter(\0)",
    "no line end in a comment": "q = ingress() # the end",
}


def limits():
    resource.setrlimit(resource.RLIMIT_AS, (BYTES, BYTES))
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))


def main():
    failed = False
    for count, (what, text) in enumerate(CASES.items(), 1):
        with tempfile.NamedTemporaryFile("w", suffix=".scope") as f:
            f.write(text)
            f.flush()
            begin = time.monotonic()
            try:
                status = subprocess.run(sys.argv[1:] + [f.name], stdout=subprocess.DEVNULL,
                                        stderr=subprocess.DEVNULL, timeout=60 * SECONDS, preexec_fn=limits).returncode
            except subprocess.TimeoutExpired:
                status = "a hang"
        bad = status not in (0, 1)
        failed |= bad
        if bad:
            print(f"# {status} after {time.monotonic() - begin:.1f} s")
        print("not ok" if bad else "ok", count, "-", what)
    print(f"1..{len(CASES)}")
    return int(failed)


sys.exit(main())
