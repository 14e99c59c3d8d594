#!/usr/bin/env python3
"""Runs the examples of a Markdown file as tests, in order, in one scratch folder.

Usage: run.py PACKETSCOPE ROOT FILE.md

    ```console              each `$ COMMAND` runs in sh (lines that end with a backslash go on); what
    $ COMMAND               follows is what it prints to both outputs. A line `...` stands for any
    OUTPUT                  number of lines, ` ...` at the end of a line for the rest of it. A block
    ```                     with the word `norun` after `console` is left alone.

    ```scope NAME           writes the block to the file NAME; any language will do.
    TEXT
    ```

`packetscope` is the program that was built, `examples` is the folder of ROOT. UPDATE=1 rewrites the
output of those commands that have no `...` in it.
"""
import os
import re
import subprocess
import sys
import tempfile

FENCE = re.compile(r"^```(\S*)[ \t]*(.*)$")
TIMEOUT = 1200


class Example:
    """One command of a console block: its text, and the lines of the file that hold its output."""

    def __init__(self, line, command):
        self.line = line
        self.command = command
        self.begin = self.end = line


def fenced(lines):
    """Yields (language, words, first, last) of each block: the lines between the fences."""
    i = 0
    while i < len(lines):
        match = FENCE.match(lines[i])
        i += 1
        if not match:
            continue
        first = i
        while i < len(lines) and lines[i] != "```":
            i += 1
        yield match.group(1), match.group(2).split(), first, i
        i += 1


def examples(lines, first, last):
    found = []
    i = first
    while i < last:
        if lines[i].startswith("$ "):
            example = Example(i + 1, lines[i][2:])
            while lines[i].endswith("\\") and i + 1 < last:
                i += 1
                example.command += "\n" + lines[i]
            example.begin = example.end = i + 1
            found.append(example)
        elif found:
            found[-1].end = i + 1
        i += 1
    return found


def line_fits(want, got):
    if want.endswith(" ..."):
        return got.startswith(want[:-4])
    return want == got


def fits(want, got):
    """Do the printed lines match the expected ones? `...` matches as few lines as it can."""
    w = g = 0
    retry = None
    while g < len(got) or w < len(want):
        if w < len(want) and want[w] == "...":
            w += 1
            retry = (w, g)
        elif w < len(want) and g < len(got) and line_fits(want[w], got[g]):
            w += 1
            g += 1
        elif retry and retry[1] < len(got):
            retry = (retry[0], retry[1] + 1)
            w, g = retry
        else:
            return False
    return True


def has_elision(want):
    return any(line == "..." or line.endswith(" ...") for line in want)


class Shell:
    def __init__(self, program, root, folder):
        self.folder = folder
        self.status = 0
        self.env = dict(os.environ, PACKETSCOPE_DATA=root, LC_ALL="C", TZ="UTC",
                        PATH=os.path.dirname(program) + ":" + os.environ["PATH"])

    def run(self, command):
        """Returns the lines printed, or None when it ran too long."""
        script = f"(exit {self.status})\n{command}\n"
        try:
            done = subprocess.run(["sh", "-c", script], cwd=self.folder, env=self.env,
                                  stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                  stderr=subprocess.STDOUT, timeout=TIMEOUT, check=False)
        except subprocess.TimeoutExpired:
            return None
        self.status = done.returncode if done.returncode >= 0 else 128 - done.returncode
        return done.stdout.decode("utf-8", "replace").splitlines()


def report(want, got):
    print("# expected:")
    for line in want:
        print("#   " + line)
    print("# printed:" if got is not None else f"# still running after {TIMEOUT} s")
    for line in got or []:
        print("#   " + line)


def check(shell, lines, example, update):
    """Runs one example; returns (is it fine, its output when that is to be taken over)."""
    want = lines[example.begin:example.end]
    got = shell.run(example.command)
    if got is not None and shell.status < 124 and fits(want, got):
        return True, None
    if update and got is not None and shell.status < 124 and not has_elision(want):
        return True, got
    report(want, got)
    return False, None


def write_block(folder, name, lines):
    path = os.path.join(folder, name)
    if os.path.isabs(name) or ".." in name.split("/"):
        sys.exit(f"{name}: not a name in the scratch folder")
    with open(path, "w", encoding="utf-8") as f:
        f.write("\n".join(lines) + "\n")


def main():
    program, root, path = (os.path.abspath(arg) for arg in sys.argv[1:4])
    with open(path, encoding="utf-8") as f:
        lines = f.read().split("\n")
    taken = []
    count = failed = 0
    with tempfile.TemporaryDirectory() as folder:
        os.symlink(os.path.join(root, "examples"), os.path.join(folder, "examples"))
        shell = Shell(program, root, folder)
        for language, words, first, last in fenced(lines):
            if language == "console" and words != ["norun"]:
                for example in examples(lines, first, last):
                    fine, output = check(shell, lines, example, "UPDATE" in os.environ)
                    count += 1
                    failed += not fine
                    text = example.command.split("\n")[0].replace("#", "_")
                    print("ok" if fine else "not ok", count,
                          f"- {os.path.basename(path)}:{example.line} {text}", flush=True)
                    if output is not None:
                        taken.append((example, output))
            elif language != "console" and words:
                write_block(folder, words[0], lines[first:last])
    for example, output in reversed(taken):
        lines[example.begin:example.end] = output
    if taken:
        with open(path, "w", encoding="utf-8") as f:
            f.write("\n".join(lines))
    if count == 0:
        print(f"not ok 1 - no example in {path}")
    print(f"1..{count or 1}")
    return int(failed > 0 or count == 0)


sys.exit(main())
