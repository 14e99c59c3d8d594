"""TAP for tests that go on after a failure: result() for each thing that is checked, done() at the end."""
count = failures = 0
MOST_LINES = 200  # of details


def result(what, good, *details):
    """Prints a line; with what may explain a failure behind it."""
    global count, failures
    count += 1
    failures += not good
    print(f"{'ok' if good else 'not ok'} {count} - {what}", flush=True)
    if not good:
        for line in "\n".join(map(str, details)).splitlines()[:MOST_LINES]:
            print("#", line)
    return good


def done():
    """The plan; the exit status."""
    print(f"1..{count}")
    return int(failures > 0)
