#!/usr/bin/env python3
# Compares verify.py with the program: on generated and mutated entries, and on the table of keys and signatures.
#
# compare.py DIR SIGNATURES     DIR/*.bundle with the program's words in DIR/*.expected; vectors/signatures.txt
import collections, glob, multiprocessing, sys
from verify import holds, judge, key_fault

CASES, REASONS, CASES_OF_A_REASON = 100_000, 20, 500


def compare(path):
    """What was found for each entry of a bundle, and where that differs."""
    found = judge(path, None)
    with open(path.removesuffix(".bundle") + ".expected") as file:
        expected = file.read().split()
    differ = [(path, n, ours, theirs) for n, (ours, theirs) in enumerate(zip(found, expected)) if ours != theirs]
    return collections.Counter(found), differ + [(path, len(found), len(expected))] * (len(found) != len(expected))


def signatures(path):
    """How many of the table were tried, and where the verdict differs."""
    tried, differ = 0, []
    with open(path) as file:
        for line in file:
            if line.startswith("#"):
                continue
            verdict, *parts, name = line.split()
            key, message, signature = (b"" if part == "-" else bytes.fromhex(part) for part in parts)
            found = key_fault(key) or "not-64-bytes"
            if found == "not-64-bytes" and len(signature) == 64:
                found = "holds" if holds(key, message, signature) else "fails"
            tried += 1
            differ += [(name, found, verdict)] * (found != verdict)
    return tried, differ


def main():
    folder, table = sys.argv[1:]
    counts, differ = collections.Counter(), []
    with multiprocessing.Pool() as pool:
        for some, differences in pool.imap_unordered(compare, sorted(glob.glob(folder + "/*.bundle"))):
            counts.update(some)
            differ += differences
    for word, count in sorted(counts.items()):
        print(f"{count:8} {word}")
    reasons = sum(count >= CASES_OF_A_REASON for word, count in counts.items() if word != "valid")
    total = sum(count for word, count in counts.items() if not word.startswith("receipt:"))
    print(f"{total:8} entries, {reasons} reasons with at least {CASES_OF_A_REASON} cases each, {len(differ)} differences")
    tried, others = signatures(table)
    print(f"{tried:8} keys and signatures, {len(others)} differences")
    print(*(differ + others)[:20], sep="\n", file=sys.stderr)
    sys.exit(bool(differ or others or total < CASES or reasons < REASONS))


if __name__ == "__main__":
    main()
