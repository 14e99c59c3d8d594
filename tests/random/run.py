#!/usr/bin/env python3
"""Random programs, packets and entries (program.py) through random_pair (pair.c), two at a time.

    run.py RANDOM_PAIR FIRST_SEED PROGRAMS PACKETS     prints TAP

RANDOM_SECONDS=N goes on for so long, RANDOM_SEED=S starts there (else at the time). RANDOM_KEEP_FOLDER=F keeps what differs.
The first program that differs is made smaller: only the packets up to the one that differs are kept, if it still does.
"""
import concurrent.futures
import os
import shutil
import subprocess
import sys
import tempfile
import time

sys.dont_write_bytecode = True
import program  # noqa: E402

WORKERS = int(os.environ.get("RANDOM_WORKERS", "2"))


def pair(tool, base, printed):
    args = [tool, base + '.p4', base + '.txt'] + (['printed'] if printed else [])
    try:
        r = subprocess.run(args, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=1200, text=True, errors='replace')
    except subprocess.TimeoutExpired:
        return -1, 'it takes too long\n'
    return r.returncode, r.stdout


def smaller(tool, base, printed):
    """Leaves only the last packet, or only the commands needed, if the difference stays."""
    with open(base + '.txt') as f:
        lines = f.read().splitlines()
    status, out = pair(tool, base, printed)
    at = [int(x.split()[1].rstrip(':')) for x in out.splitlines() if x.startswith('  packet ')]
    if not at:
        return
    config = [x for x in lines if not x.startswith('packet')]
    packets = [x for x in lines if x.startswith('packet')][:at[0]]

    def differs(some):
        with open(base + '.txt', 'w') as f:
            f.write('\n'.join(some) + '\n')
        return pair(tool, base, printed)[0] == status
    if differs(config + packets[-1:]):
        packets = packets[-1:]
    if not differs(config + packets):
        differs(lines)


def one(tool, folder, seed, packets):
    base = f'{folder}/{seed}'
    program.write(seed, folder, packets)
    printed = seed % 4 == 3
    status, out = pair(tool, base, printed)
    if status == 0:
        os.unlink(base + '.p4')
        os.unlink(base + '.txt')
        return seed, 0, int(out.splitlines()[-1].split()[0]), ''
    smaller(tool, base, printed)
    keep = os.environ.get('RANDOM_KEEP_FOLDER')
    if keep:
        os.makedirs(keep, exist_ok=True)
        for suffix in ('.p4', '.txt'):
            shutil.copy(base + suffix, keep)
        with open(f'{keep}/{seed}.out', 'w') as f:
            f.write(out)
    return seed, status, 0, out


def main():
    tool, first, programs, packets = sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4])
    end = None
    if os.environ.get('RANDOM_SECONDS'):
        end = time.time() + float(os.environ['RANDOM_SECONDS'])
        programs = 10**9
        first = int(os.environ.get('RANDOM_SEED', int(time.time()) * 1000))
    total = done = failed = 0
    folder = tempfile.mkdtemp(prefix='random-')
    print('1..1')
    with concurrent.futures.ThreadPoolExecutor(WORKERS) as pool:
        seeds = iter(range(first, first + programs))
        running = set()
        while True:
            while len(running) < WORKERS * 2 and (end is None or time.time() < end):
                seed = next(seeds, None)
                if seed is None:
                    break
                running.add(pool.submit(one, tool, folder, seed, packets))
            if not running:
                break
            ready, running = concurrent.futures.wait(running, return_when=concurrent.futures.FIRST_COMPLETED)
            for f in ready:
                seed, status, n, out = f.result()
                done += 1
                total += n
                if end and done % 100 == 0:
                    print(f'# {done} programs, {total} pairs', flush=True)
                if status:
                    failed += 1
                    print(f'# seed {seed}: status {status}', flush=True)
                    for line in [x for x in out.splitlines() if status != 2 or 'error' in x][-20:]:
                        print('# ' + line[:300], flush=True)
    shutil.rmtree(folder)
    print(f'# {done} programs, {total} pairs of program and packet agree, {failed} programs differ')
    print(f'{"not ok" if failed else "ok"} 1 - from seed {first} on')
    return failed != 0


if __name__ == '__main__':
    sys.exit(main())
