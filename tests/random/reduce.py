#!/usr/bin/env python3
"""Makes a program that differs smaller: takes lines away as long as the outcome stays the same.

    reduce.py RANDOM_PAIR FOLDER/SEED [printed]      rewrites FOLDER/SEED.p4
"""
import subprocess
import sys


def status(tool, base, mode):
    r = subprocess.run([tool, base + '.p4', base + '.txt'] + mode, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, timeout=60, text=True,
        errors='replace')
    return r.returncode, r.stdout.split('\n')[0][:12]


def balanced(lines):
    depth = 0
    for line in lines:
        for ch in line:
            depth += (ch == '{') - (ch == '}')
            if depth < 0:
                return False
    return depth == 0


def pieces(lines, size):
    """Ranges to try, from the end on: of `size` lines, and whole blocks."""
    for i in range(len(lines) - 1, -1, -1):
        if size == 1 and not balanced(lines[i:i + 1]):
            for end in range(i + 1, len(lines) + 1):
                if balanced(lines[i:end]):
                    yield i, end
                    break
        elif i % max(1, size // 2) == 0 and balanced(lines[i:i + size]):
            yield i, i + size


def reduce(tool, base, mode):
    want = status(tool, base, mode)
    with open(base + '.p4') as f:
        lines = f.read().splitlines()

    def try_lines(some):
        with open(base + '.p4', 'w') as f:
            f.write('\n'.join(some) + '\n')
        return status(tool, base, mode) == want
    size = len(lines) // 4
    while size:
        changed = False
        for i, end in list(pieces(lines, size)):
            if end <= len(lines) and balanced(lines[i:end]) and try_lines(lines[:i] + lines[end:]):
                lines = lines[:i] + lines[end:]
                changed = True
        size = size // 2 if size > 1 or not changed else 1
    try_lines(lines)


if __name__ == '__main__':
    reduce(sys.argv[1], sys.argv[2], sys.argv[3:])
