#!/usr/bin/env python3
"""The page that explain --html writes: well-formed, complete, from one file, and with names of users escaped.
Usage: page.py PACKETSCOPE PROGRAM QUERIES..."""
import html.parser
import json
import os
import re
import subprocess
import sys
import tempfile

VOID = {"meta", "br", "hr", "img", "input", "link"}


class Page(html.parser.HTMLParser):
    """Open elements, and all text."""

    def __init__(self):
        super().__init__()
        self.open, self.wrong, self.text, self.attributes = [], [], [], []

    def handle_starttag(self, tag, attrs):
        self.attributes += attrs
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.attributes += attrs

    def handle_endtag(self, tag):
        if not self.open or self.open.pop() != tag:
            self.wrong.append(tag)

    def handle_data(self, data):
        self.text.append(data)


def result(number, good, what, notes=()):
    print(("ok" if good else "not ok"), number, "-", what)
    for note in notes if not good else ():
        print("#", str(note)[:300])
    return good


def main():
    packetscope, program, *queries = sys.argv[1:]
    args = [word for q in queries[:1] for word in ("-q", q)]
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "page.html")
        target = os.path.join(folder, "evil.toml")
        with open(target, "w", encoding="utf-8") as f:
            f.write('name = "<script>alert(1)</script>"\ntext = "a & b \' \\" <i>"\n')
        said = subprocess.run([packetscope, "explain", program, *args, "--html", path, "--json", "--target", target],
                              capture_output=True, timeout=1200, check=True)
        with open(path, encoding="utf-8") as f:
            text = f.read()
        page = Page()
        page.feed(text)
        page.close()
        plan = json.loads(said.stdout)
        words = " ".join(page.text)
        good = result(1, not page.wrong and not page.open, "well-formed", [page.wrong, page.open])
        outside = [a for a in page.attributes if a[0] in ("src", "href", "xlink:href")] + re.findall(r"url\(|@import", text)
        good &= result(2, not outside and "<script" not in text, "nothing from elsewhere, no script", outside)
        good &= result(3, "<script>alert(1)</script>" in words and "<i>" in words, "names are escaped")
        lacking = [q["query"] for q in plan["queries"] if q["query"] not in words]
        lacking += [t["what"] for t in plan["tags"] if t["what"] not in words]
        lacking += [s for p in plan["pipelines"].values() for stage in p for s in stage["queries"] if s not in words]
        good &= result(4, not lacking and bool(plan["tags"]), "all queries, tags and steps are there", lacking)
        bits = plan["tag_bits"]
        good &= result(5, bits["lower_bound"] <= bits["ours"] <= bits["whole_fields"] <= bits["naive"],
                       "tag bits are in order", [bits])
    print("1..5")
    return 0 if good else 1


sys.exit(main())
