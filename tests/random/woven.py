#!/usr/bin/env python3
"""Random programs forward the same with and without queries (random ones, or queries.scope), and queries see what the
evaluator sees.

    woven.py WEAVE_SAME FIRST_SEED PROGRAMS PACKETS     prints TAP

RANDOM_SECONDS, RANDOM_SEED, RANDOM_KEEP_FOLDER as in run.py.
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
HERE = os.path.dirname(os.path.abspath(__file__))


def one(tool, folder, seed, packets):
    base = f'{folder}/{seed}'
    program.write(seed, folder, packets, weavable=True)
    rate = ['-r', '9000'] if seed % 3 == 0 else []
    if seed % 4 != 0:  # queries of its own
        queries = base + '.scope'
    else:
        queries = HERE + '/queries.scope'
    args = [tool, '-q', queries, '-p', base + '.txt'] + rate + [base + '.p4']
    try:
        r = subprocess.run(args, stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=1200, text=True, errors='replace', cwd=folder)
        status, out = r.returncode, r.stdout + '\n'.join(x for x in r.stderr.splitlines() if 'error' in x)
    except subprocess.TimeoutExpired:
        status, out = -1, 'it takes too long'
    keep = os.environ.get('RANDOM_KEEP_FOLDER')
    if status and keep:
        os.makedirs(keep, exist_ok=True)
        shutil.copy(base + '.p4', keep)
        shutil.copy(base + '.txt', keep)
        shutil.copy(queries, f'{keep}/{seed}.scope')
    os.unlink(base + '.p4')
    os.unlink(base + '.txt')
    os.unlink(base + '.scope')
    return seed, status, out


def main():
    tool, first, programs, packets = os.path.abspath(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4])
    end = None
    if os.environ.get('RANDOM_SECONDS'):
        end = time.time() + float(os.environ['RANDOM_SECONDS'])
        programs = 10**9
        first = int(os.environ.get('RANDOM_SEED', int(time.time()) * 1000))
    folder = tempfile.mkdtemp(prefix='random-')
    done = failed = 0
    seeds = iter(range(first, first + programs))
    running = set()
    print('1..1')
    with concurrent.futures.ThreadPoolExecutor(WORKERS) as pool:
        while True:
            while len(running) < WORKERS and (end is None or time.time() < end):
                seed = next(seeds, None)
                if seed is None:
                    break
                running.add(pool.submit(one, tool, folder, seed, packets))
            if not running:
                break
            ready, running = concurrent.futures.wait(running, return_when=concurrent.futures.FIRST_COMPLETED)
            for f in ready:
                seed, status, out = f.result()
                done += 1
                if status:
                    failed += 1
                    print(f'# seed {seed}: status {status}', flush=True)
                    for line in out.splitlines()[:8]:
                        print('# ' + line[:300], flush=True)
    shutil.rmtree(folder)
    print(f'# {done} programs with {packets} packets each, {failed} differ')
    print(f'{"not ok" if failed else "ok"} 1 - woven, from seed {first} on')
    return failed != 0


if __name__ == '__main__':
    sys.exit(main())
