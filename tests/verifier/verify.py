#!/usr/bin/env python3
# Checks a bundle of evidence by protocol/SPEC.md alone, sharing no code with the program that wrote it.
# verify.py BUNDLE --genesis FINGERPRINT     what entries and receipts are worth; exit code 0 if everything is sound
# Needs cbor2 and cryptography, nothing else. Section numbers are those of SPEC.md.
import base64, collections, datetime, functools, hashlib, re, struct, sys, unicodedata
import cbor2
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

class Refused(Exception): pass  # its one word says why
def need(condition, word="encoding"):
    if not condition: raise Refused(word)
sha = lambda *parts: hashlib.sha256(b"".join(parts)).digest()
def H(domain, *parts): return sha(domain.encode(), *(struct.pack(">Q", len(part)) + part for part in parts))  # 1.3

# --- 2.5 keys and signatures -----------------------------------------------------------------------------------------
P, L = 2**255 - 19, 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, P - 2, P) % P
def decompress(key):
    y, sign = int.from_bytes(key, "little") % 2**255, key[31] >> 7
    xx = (y * y - 1) * pow(D * y * y + 1, P - 2, P) % P
    x = pow(xx, (P + 3) // 8, P)
    x = x if (x * x - xx) % P == 0 else x * pow(2, (P - 1) // 4, P) % P
    return None if (x * x - xx) % P else ((P - x if x % 2 != sign else x) % P, y % P)
def encode(x, y): return (y | (x % 2) << 255).to_bytes(32, "little")
def add(a, b):  # extended coordinates X, Y, Z, T (RFC 8032, 5.1.4)
    A, B = (a[1] - a[0]) * (b[1] - b[0]) % P, (a[1] + a[0]) * (b[1] + b[0]) % P
    C, E = 2 * a[3] * b[3] * D % P, 2 * a[2] * b[2] % P
    e, f, g, h = B - A, E - C, E + C, B + A
    return e * f % P, g * h % P, f * g % P, e * h % P
def times(n, point):
    sum, one = (0, 1, 1, 0), (*point, 1, point[0] * point[1] % P)
    for bit in bin(n)[2:]: sum = add(add(sum, sum), one) if bit == "1" else add(sum, sum)
    z = pow(sum[2], P - 2, P)
    return encode(sum[0] * z % P, sum[1] * z % P)
NOTHING, EIGHT = encode(0, 1), "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05"
SMALL = {times(n, decompress(bytes.fromhex(EIGHT))) for n in range(1, 9)}  # the multiples of a point of order 8
def key_fault(key):
    point = decompress(key)
    if point is None or encode(*point) != key: return "key-not-canonical" if point else "key-not-a-point"
    return "key-weak" if key in SMALL or times(L, point) != NOTHING else None

@functools.cache
def admitted(key): return None if key_fault(key) else Ed25519PublicKey.from_public_bytes(key)
def holds(key, message, signature):  # OpenSSL compares R with [S]B - [k]A bytewise; that it wants S < L and minds small orders is not relied on
    if signature[:32] in SMALL or int.from_bytes(signature[32:], "little") >= L: return False
    try: return admitted(key).verify(signature, message) is None
    except InvalidSignature: return False

# --- 1.1 deterministic CBOR: a shape is a function that gives its value or raises ------------------------------------
def read(bytes, shape):
    try: same = cbor2.dumps(value := cbor2.loads(bytes)) == bytes
    except Exception: raise Refused("encoding") from None
    return need(same) or shape(value)
checked = lambda test, then=lambda v: v: lambda v: (need(test(v)), then(v))[1]
uint = lambda bits: checked(lambda v: type(v) is int and 0 <= v < 2**bits)
blob = lambda size: checked(lambda v: type(v) is bytes and len(v) == size)
of = lambda kind: checked(lambda v: type(v) is kind)
many = lambda shape: checked(lambda v: type(v) is list, lambda v: [shape(x) for x in v])
class opt:
    def __init__(self, shape): self.shape = shape
    def __call__(self, v): return self.shape(v)
lacks = lambda shape: type(shape) is opt
def array(*shapes):
    def take(v):
        v = v + [None] * (len(shapes) - len(v))
        return [None if x is None and lacks(s) else s(x) for s, x in zip(shapes, v)]
    return checked(lambda v: type(v) is list and len(v) <= len(shapes) and (not v or v[-1] is not None), take)
def table(shapes):
    test = lambda v: (type(v) is dict and all(type(k) is int and k in shapes for k in v) and ascends(list(v))
                      and all(k in v or lacks(s) for k, s in shapes.items()))
    return checked(test, lambda v: {k: s(v[k]) if k in v else None for k, s in shapes.items()})
def variant(shapes):
    test = lambda v: type(v) is list and len(v) == 2 and type(v[0]) is int and v[0] in shapes
    return checked(test, lambda v: (v[0], shapes[v[0]](v[1])))
def ascends(values): return all(a < b for a, b in zip(values, values[1:]))
def is_unit(v):  # 1.4
    if type(v) is not str or not re.fullmatch(r"[0-9]+(\.[0-9]+)*(\.d[0-9]{1,4})*", v, re.A) or v.count(".") > 7: return False
    lengths, sums = [2, 4, 6, 9, 12], [0]
    for segment in v.split("."): sums += [sums[-1] + len(segment)] if segment[0] != "d" else []
    return sums[1] in lengths and all(b in lengths and lengths.index(b) == lengths.index(a) + 1 for a, b in zip(sums[1:], sums[2:]))
u8, u16, u32, u64, b16, b32, text, unit = *map(uint, (8, 16, 32, 64)), blob(16), blob(32), of(str), checked(is_unit)
i64 = checked(lambda v: type(v) is int and -(2**63) <= v < 2**63)
key = checked(lambda v: type(v) is bytes and len(v) == 32 and admitted(v) is not None)
scope, document = array(unit, u8, u8), array(array(unit, u8, u8), u16, b16)
value = variant({0: array(text), 1: array(i64), 2: array(of(bool))})
step = variant({0: array(text, opt(value)), 1: array(text, u32, u32, text), 2: array(text, u32, value), 3: array(text, u32)})
day = checked(lambda v: type(v) is int and 0 <= v <= 2932896)
def few(most, shape): return checked(lambda v: type(v) is list and len(v) <= most, many(shape))
steps = few(64, step)
certificate = table({0: key, 1: b16, 2: unit, 3: many(u8), 4: i64, 5: i64, 6: u8, 7: u16, 8: opt(array(many(u8), u8))})
def below(count): return checked(lambda v: type(v) is int and 0 <= v < count)
flag, docs, why = of(bool), many(document), array(b32, text)  # 3.3: what is said in procedures
subject = variant({0: (heads := array(unit, many(b16))), 1: heads, 2: array(unit, text, opt(b16), unit)})
rules, meeting, debt, condition = array(text, u32, b32), array(day, many(array(opt(b16), opt(u8), text)), text), below(5), below(5)
number, term = array(text, u16, u32, document), array(checked(lambda v: u16(v) and 1 <= v <= 366), below(3), below(2))
paper, terms, who, files = array(text, number, text), many(array(debt, term)), many(array(b16, u8)), many(array(text, text, u64, many(b32)))
to, link = variant({0: array(u8), 1: array()}), opt(document)
INNER = {0: array(array(subject, u8, text, text, text, text, docs, rules, link)), 1: why, 2: why, 3: array(b16, text),
         4: array(b32, b32, flag, opt(meeting)), 5: array(b32, text, who), 6: array(b32, text, opt(meeting)), 7: array(text),
         8: array(b32, text, below(2), opt(meeting)), 9: array(to, condition, text, link), 10: array(document, text), 11: array(b32, b32, text)}
OUTER = {0: array(array(document, b32, day, subject, u8, text, text, rules, opt(paper), terms, link)), 1: why, 2: array(b32, day, text),
         3: array(b32, day), 4: array(b32, paper, i64, text, who), 5: array(b32, opt(b32), day, who, text, terms),
         6: array(b32, debt, text, many(array(text, text, day)), files), 7: array(b32, text, files), 8: array(b32, text, term),
         9: array(b32, b32, term, paper), 10: array(b32, b32, text), 11: array(b32, b32, b32), 12: array(b32, b32, text),
         13: array(b32, day, many(text), text, below(3)), 14: array(b32, b32, opt(b32), b32, text), 15: why, 16: why,
         17: array(b32, b32, below(2), text), 18: array(b32, to, condition, link), 19: array(b32), 20: array(b32, text, opt(paper), day),
         21: array(b32, document, text), 22: array(variant({0: array(b32, b32), 1: array(b32, below(8))}), text)}
origin = variant({0: array(), 1: array(text), 2: array(b32), 3: array(), 4: array()})
concerned = opt(array(unit, text, opt(b16), flag))
REPORT = {0: array(array(number, unit, rules, u8, text, origin, concerned, text, text, opt(i64), text, opt(i64), flag, files)), 1: why,
          2: array(b32, opt(b32), text, files), 3: array(b32), 4: array(b32, unit, link), 5: why, 6: why}
outcome = variant({0: array(), 1: array(document), 2: array(), 3: array(document)})
TRIAGE = {0: array(document, b32, concerned), 1: array(b32, outcome, text), 2: why, 3: array(b32, unit, text), 4: array(b16, text)}
SERIES = {0: array(array(b32, text, u16), u32, document), 1: array(u32, text)}
SHARE = {0: array(array(document, text, many(array(text, text)), text, opt(text), opt(day))), 1: why, 2: why}
CADRE = dict.fromkeys((0, 1), array(array(unit, text, opt(b16))))
SAYS = {2: array(array(b16, text)), 3: array(many(array(unit, text))), 4: array(variant(INNER)), 13: array(variant(OUTER)),
        14: array(variant(REPORT)), 15: array(variant(TRIAGE)), 16: array(variant(SERIES)), 18: array(variant(SHARE))}
remains = variant({0: array(steps), 1: array(variant(SAYS))})
ACTS = {**SAYS, 0: array(certificate), 1: array(b32), 5: array(b32, u8), 6: array(b32, b32, b32), 7: array(b32, text, remains),
        8: array(few(9, key), u8), 9: array(u8, few(64, array(text, key, of(bool)))),
        10: array(array(u16, u32, day, few(128, array(day, text)), few(128, day))),
        11: array(of(bytes)), 12: array(array(text, u32, day, few(16, b32), b32)), 17: array(variant(CADRE))}
body_shape = array(b16, variant({0: array(steps), 1: array(variant(ACTS))}))
header_shape = table({0: scope, 1: u16, 2: b16, 3: b32, 4: blob(8), 5: u64, 6: opt(b32), 7: opt(many(b32)), 8: i64,
                      9: opt(array(b32, u64, b32)), 10: b32})
genesis_shape = table({0: text, 1: unit, 2: few(9, key), 3: u8, 4: few(9, certificate), 5: i64, 6: b16})
founding = array(genesis_shape, many(array(u8, blob(64))))
receipt_shape = table({0: of(bytes), 1: many(array(b32, u64)), 2: many(b32)})
item_shape = variant({0: array(of(bytes)), 1: array(array(u64, of(bytes), opt(of(bytes)))), 2: array(of(bytes)), 31: array(array(u64, u64))})

# --- 3.4 kinds (shelves, reaches), 3.3 acts and their kinds, 4.5 who may do what (roles at home, at home or above) ---
FIELDS = {
    16: {**dict.fromkeys("title source concerned_unit concerned_post place urgency".split(), 0),
         **dict.fromkeys("category happened_s amount_fen".split(), 1), "account": "prose"},
    32: {**dict.fromkeys("post kind responsible_post".split(), 0), "level": 1, "description": "prose", "measures": "items"}}
KINDS = {**dict.fromkeys((1, 2, 3), ({1}, {1, 2})), **dict.fromkeys((4, 5), ({1, 2, 3}, {1, 2, 3})),
         **dict.fromkeys((6, 7, 8, 9, 21), ({1}, {2})), **dict.fromkeys((16, 17, 18, 19, 20), ({2}, {1, 3})), 22: ({2}, {1}), 32: ({3}, {1, 2, 3})}
ACT_KINDS = {0: {1}, 1: {1, 4, 5, 6, 7}, 2: {3}, 3: {2}, 4: {17}, 5: {1}, 6: {4}, 7: {5}, 8: {6}, 9: {7}, 10: {9}, 11: {8}, 12: {8},
             13: {18}, 14: {16}, 15: {19}, 16: {20}, 17: {21}, 18: {22}}
ASIDE = {*((13, n) for n in (3, 6, 7, 8, 16)), *((14, n) for n in (0, 2, 5)), (18, 1)}  # what the subject does, who reports, a department
NONE, DECIDERS, HANDLERS, JUDGES, ROOT = set(), {5, 6, 7}, {4, 5, 6, 7, 12}, {6, 9, 11}, 11
LEAVES = {
    ("edit", 16): ({1, 2}, {4}), ("edit", 32): ({1, 3}, {4, 5, 6}), ("act", 4): (NONE, HANDLERS), ("act", 13): (NONE, HANDLERS),
    ("aside", 13): ({1, 3}, NONE), ("aside", 14): ({1, 2}, {4}), ("act", 14): (NONE, HANDLERS), ("act", 15): (HANDLERS, NONE),
    ("act", 16): ({1, 2} | HANDLERS, NONE), ("act", 17): ({6}, NONE), ("act", 18): (NONE, HANDLERS), ("aside", 18): ({1} | HANDLERS, NONE),
    ("endorse", 1): (NONE, {6, 11}),
    ("endorse", 4): (NONE, {11}), ("endorse", 5): (NONE, DECIDERS), ("endorse", 6): ({11}, NONE), ("endorse", 7): ({11}, NONE),
    ("act", 2): (NONE, {9}), ("act", 3): (NONE, {9}), ("act", 5): (NONE, JUDGES), ("act", 6): (NONE, JUDGES),
    ("act", 7): (NONE, DECIDERS), ("act", 8): ({11}, NONE), ("act", 9): ({11}, NONE), ("act", 10): ({6, 9}, NONE),
    ("act", 11): (NONE, {6}), ("act", 12): (NONE, {6})}
HIDDEN = {0xad, 0x61c, 0x180e, 0xfeff, *range(0x200b, 0x2010), *range(0x2028, 0x202f), *range(0x2060, 0x2070), *range(0xfff9, 0xfffc)}
def casework(c): return any(role not in (1, 2, 3, 8, 9, 10, 11) for role in c[3])
def contains(unit, other): return (other + ".").startswith(unit + ".")
def is_name(name):  # 3.3
    return bool(name.strip()) and len(name) <= 100 and all(ord(c) not in HIDDEN and unicodedata.category(c) != "Cc" for c in name)
def is_sound(c):  # 4.2
    issues = c[8][0] if c[8] else []
    return (ascends(c[3]) and ascends(issues) and not (9 in c[3] and casework(c)) and not (10 in c[3] and len(c[3]) > 1)
            and ROOT not in c[3] + issues and c[4] <= c[5])
def step_fits(fields, n, step):
    holds = fields.get(step[0])
    if n == 0: return holds in (0, 1) and (step[1] is None or step[1][0] == holds)
    return (n, holds) in ((1, "prose"), (3, "items")) or (n, holds) == (2, "items") and step[2][0] == 0
def year_is_sound(year, version, applies, holidays, made_up):  # 6.6
    days = [d for d, _ in holidays] + made_up
    return (version > 0 < len(holidays) and len(set(days)) == len(days) and all((d + 3) % 7 > 4 for d in made_up)
            and all(datetime.date.fromordinal(719163 + d).year == year for d in [applies, *days]) and all(is_name(n) for _, n in holidays))
def pack_is_sound(id, n, _, parts, _hash): return re.fullmatch("[a-z0-9_]{1,64}", id) and n > 0 and len({*parts}) == len(parts) > 0
def act_is_sound(act, f, home):  # 3.3
    if act == 2: return is_name(f[0][1])
    if act == 3: return len(f[0]) <= 500 and all(contains(home, u) and is_name(n) for u, n in f[0])
    if act in (10, 12): return (year_is_sound if act == 10 else pack_is_sound)(*f[0])
    if act == 11: return 1 <= len(f[0]) <= 49152
    if act not in (8, 9): return act != 7 or 1 <= len(f[1]) <= 1000
    (keys, threshold), most = (f, (9, 9)) if act == 8 else (([k for _, k, _ in f[1]], f[0]), (64, 15))
    return (len(set(keys)) == len(keys) <= most[0] and threshold <= min(len(keys), most[1])
            and (threshold > 0) == bool(keys or act == 8) and (act == 8 or all(is_name(n) for n, _, _ in f[1])))
def names(said):  # 4.7: the names in what remains, the only words a verdict looks at, and what stands around them
    act, fields = said[1][0] if said[0] == 1 else (0, said)
    if act == 2: return [fields[0][1]], (2, fields[0][0])
    return ([name for _, name in fields[0]], (3, *(u for u, _ in fields[0]))) if act == 3 else ([], said)
def meet(a, b):
    (some, frame), (others, other) = names(a), names(b)
    same = frame == other and [len(x) for x in some] == [len(x) for x in others]
    some = ["".join(c if same and c == d else "\u2588" for c, d in zip(x, y)) for x, y in zip(some, others if same else some)]
    act = {2: lambda: [[frame[1], some[0]]], 3: lambda: [list(map(list, zip(frame[1:], some)))]}.get(frame[0] if some else 0)
    return (1, [(frame[0], act())]) if act else a
Known = collections.namedtuple("Known", "certificate issuer document home_only")
Set = collections.namedtuple("Set", "keys threshold")
where = lambda h: (*h[0], h[1], h[2])  # the document a header names

class Tree:  # §4: who is who, the entries held, and what each is worth
    def __init__(self, bytes_):  # 4.1
        g, signatures = read(bytes_, founding)
        self.genesis, self.root = H("fangwei genesis 1", cbor2.dumps(cbor2.loads(bytes_)[0])), g[1]
        keys = g[2] + [c[0] for c in g[4]]
        need(is_name(g[0]) and "." not in g[1] and 1 <= g[3] <= len(g[2]) <= 9 and 1 <= len(g[4]) <= 9
             and len(set(keys)) == len(keys) and all(c[2] == g[1] and c[7] > 0 and is_sound(c) for c in g[4]), "genesis is not sound")
        founded = H("fangwei founding 1", self.genesis)
        need(ascends([n for n, _ in signatures]) and all(n < len(g[2]) and holds(g[2][n], founded, s) for n, s in signatures)
             and len(signatures) >= g[3], "genesis is not in force")
        self.known, self.complete, self.held, self.said, self.sets, self.set_of = {}, set(), {}, {}, {}, {}
        self.endorsed, self.acts, self.memo = collections.defaultdict(dict), collections.defaultdict(dict), {}
        for n, c in enumerate(g[4]): self.stands_by_itself(H("fangwei founder 1", self.genesis, bytes([n])), c, 1)
        self.add_set(self.genesis, g[2], g[3])
        self.counting = {self.genesis}
    def stands_by_itself(self, id, c, kind):
        self.known[id], _ = Known(c, None, (self.root, 2, 1, kind, id[:16]), False), self.complete.add(id)
    def add_set(self, origin, keys, threshold):  # 4.3
        leave, ids = [[role for role in range(256) if role != ROOT], 255], [H("fangwei root 1", origin, bytes([n])) for n in range(len(keys))]
        for id, k in zip(ids, keys):
            self.stands_by_itself(id, {0: k, 1: id[:16], 2: self.root, 3: [ROOT], 4: -2**63, 5: 2**63 - 1, 7: 0, 8: leave}, 6)
        self.set_of.update(dict.fromkeys(ids, origin))
        self.sets[origin] = Set(set(ids), threshold)
    def take(self, entry, body):
        need(len(entry) <= 2048, "too_large")  # 2.4
        protected, _, payload, signature = read(entry, array(of(bytes), checked(lambda v: v == {}), of(bytes), blob(64)))
        need(protected == b"\xa1\x01\x27", "contradiction")
        h = read(payload, header_shape)
        seq, prev, after = h[5], h[6], h[7]
        need((seq == 0) == (prev is None), "contradiction")
        need(after is None or len(after) <= 32 and ascends(after) and after != ([prev] if prev else []), "contradiction")
        signed = cbor2.dumps(["Signature1", protected, b"fangwei entry 1" + self.genesis, payload])
        need(h[3] in self.complete, "author")
        author, _, _, home_only = self.known[h[3]]
        need(holds(author[0], signed, signature), "signature")
        need(body is None or sha(body) == h[10], "body")
        id, (home, reach, _) = sha(signed), h[0]
        need(contains(author[2], home), "author_unit")  # 4.4
        need(not home_only or home == author[2] and reach == 1, "home_only")
        need(id not in self.held, "held")
        if prev is not None:
            before = self.held.get(prev) or need(False, "prev_not_held")
            need((before[0], before[3]) == (h[0], h[3]), "prev_elsewhere")
            need(seq == before[5] + 1, "sequence")
            need(after is not None or where(before) == where(h), "after_elsewhere")
        for named in after or []:
            need(named in self.held, "after_not_held")
            need(where(self.held[named]) == where(h), "after_elsewhere")
        self.held[id] = h
        try: self.said[id] = "no_body" if body is None else need(len(body) <= 65536) or read(body, body_shape)[1]
        except Refused: self.said[id] = "ill_formed_body"
        if (h[1] in (1, 6, 7) and h[0][2] == 1 or h[1] in (4, 5)) and self.said[id][0] == 1 and not self.fault(id):
            self.note(id, h, *self.said[id][1][0])
        return id
    def note(self, id, h, act, fields):  # 4.3
        self.acts[act][id] = fields
        if act == 0: self.known[id] = Known(fields[0], h[3], where(h), h[0][1] == 1)
        elif act == 1: self.endorsed[fields[0]][id] = h[3], where(h)
        news = True
        while news:
            news = [c for c in self.acts[0] if c not in self.complete and self.completes(c)]
            self.complete.update(news)
            for r, (keys, threshold) in self.acts[8].items():
                by = self.set_of.get(self.held[r][3])
                if by in self.counting and r not in self.sets: self.add_set(r, keys, threshold)
                if by in self.counting and r not in self.counting and all(have >= n for have, n in self.counts_of(r)):
                    self.counting.add(r)
                    news.append(r)
    def sayers(self, id):
        return {self.held[id][3]} | {by for by, there in self.endorsed[id].values() if there == where(self.held[id])}
    def counts_of(self, id):  # How many have said what a root key says, and how many must: of its set and, of a replacement, of its own keys
        sets = [s for s in (self.sets.get(self.set_of.get(self.held[id][3])), self.sets.get(id)) if s]
        return [(len(self.sayers(id) & s.keys), s.threshold) for s in sets]
    def completes(self, id, counted=lambda endorsement: True):
        c, issuer, document, _ = self.known[id]
        if issuer in self.set_of:
            return self.set_of[issuer] in self.counting and all(have >= n for have, n in self.counts_of(id))
        holders = (c[1], issuer and self.known[issuer].certificate[1])
        vouches = lambda by, e: by in self.complete and 6 in e[3] and contains(e[2], c[2]) and e[7] < c[7] and e[1] not in holders
        here = [(e, by) for e, (by, there) in self.endorsed[id].items() if there == document]
        roots = {by for e, by in here if by in self.set_of and counted(e)}
        return (not casework(c) or any(vouches(by, self.known[by].certificate) and counted(e) for e, by in here)
                or any(len(roots & self.sets[s].keys) >= self.sets[s].threshold for s in self.counting))
    def may_certify(self, h, c):
        (home, reach, _), issuer = h[0], self.known[h[3]].certificate
        if not is_sound(c): return "certificate_ill_formed"
        if reach not in (1, 2) or home != c[2] or reach == 1 and (10 in c[3] or c[8]): return "certificate_charter"
        gives, below = c[8] or ([], 0)
        if not issuer[8] or not set(c[3] + gives) <= set(issuer[8][0]): return "certificate_roles"
        if not contains(issuer[2], c[2]) or c[2][len(issuer[2]):].count(".") + below > issuer[8][1]: return "certificate_unit"
        return None if c[7] > issuer[7] else "certificate_rank"
    def fault(self, id, redacted=None):  # 4.5, 2 to 9: the first that holds
        h, said, author = self.held[id], redacted or self.said[id], self.known[self.held[id][3]].certificate
        (home, reach, shelf), kind = h[0], h[1]
        if kind not in KINDS: return "unknown_kind"
        if shelf not in KINDS[kind][0] or reach not in KINDS[kind][1]: return "wrong_shelf"
        if type(said) is str: return said
        if not author[4] <= h[8] <= author[5]: return "outside_validity"
        if said[0] == 0:
            if kind not in FIELDS: return "misplaced_act"
            if not all(step_fits(FIELDS[kind], *one) for one in said[1][0]): return "unfitting_edit"
            deed = "edit", kind
        else:
            act, fields = said[1][0]
            if kind not in ACT_KINDS[act] or not act_is_sound(act, fields, home): return "misplaced_act"
            if act == 0: return self.may_certify(h, fields[0])
            aside = act in (13, 14, 18) and (act, fields[0][0]) in ASIDE
            deed = ("endorse", kind) if act == 1 else ("aside" if aside else "act", act)
        here, above = LEAVES[deed] if deed != ("act", 10) or "." not in home else (NONE, NONE)
        return None if set(author[3]) & (above | here if author[2] == home else above) else "no_authority"

    # --- 4.6 and 4.7: asked only when all is held, each once -----------------------------------------------------------
    def once(self, question, *about):
        if (question, about) not in self.memo: self.memo[question, about] = getattr(self, question)(*about)
        return self.memo[question, about]
    def line(self):
        line = [self.genesis]
        while following := [r for r in self.acts[8] if r in self.counting and self.held[r][3] in self.sets[line[-1]].keys]:
            line.append(min(following))
        return line
    def in_force(self, c): return self.set_of.get(c, self.genesis) in self.once("line")
    def decides(self, by, c):
        a, c = self.known[by].certificate, self.known[c].certificate
        return (by in self.complete and contains(a[2], c[2]) and a[7] < c[7]
                and bool({6, ROOT} & set(a[3]) or 9 in a[3] and not casework(c)))
    def lack(self, id):  # 4.5, 10 to 12
        h, said = self.held[id], self.said[id]
        act, fields = said[1][0] if said[0] == 1 else (None, None)
        if not self.in_force(h[3]) and (act, h[1]) != (1, 6): return "root_not_in_force"
        if act == 5 and not self.may_revoke(h, fields[0]) or act == 6 and not self.may_stand(h, fields[0]): return "not_entitled"
        if act != 1 and any(have < n for have, n in self.counts_of(id)) or act == 7 and not self.agreed(id): return "pending"
    def may_revoke(self, h, c): return c in self.known and self.known[c].document == where(h) and self.decides(h[3], c)
    def may_stand(self, h, a):
        unit, line = self.known[a].certificate[2] if a in self.complete else None, self.once("line")
        if unit is None or not contains(unit, h[0][0]) or self.known[a].home_only and h[0][:2] != [unit, 1]: return False
        roots = [line.index(self.set_of[c]) for c in (a, h[3]) if c in self.set_of and self.in_force(c)]
        return self.decides(h[3], a) or len(roots) == 2 and roots[0] < roots[1]
    def agreed(self, id): return len({self.known[by].certificate[1] for by in self.sayers(id)}) >= 2
    def stretch(self, id):
        (a, first, at), scope, chain = self.acts[6][id], self.held[id][0], set()
        while at in self.held and (self.held[at][0], self.held[at][3]) == (scope, a):
            chain.add(at)
            if at == first: return chain
            at = self.held[at][6]
        return set()
    def effective(self, id): return self.fault(id) is None and self.lack(id) is None and not self.once("struck", id)
    def struck(self, id):
        h, dead = self.held[id], self.once("dead", self.held[id][3])
        stands = [s for s, f in self.acts[6].items() if f[0] == h[3] and self.held[s][0] == h[0]] if dead else []
        return None if any(id in self.once("stretch", s) and self.once("effective", s) for s in stands) else dead
    def dead(self, c):
        if c in self.set_of: return "struck_root" if self.in_force(c) and self.set_of[c] != self.once("line")[-1] else None
        if any(f[0] == c and self.once("effective", r) for r, f in self.acts[5].items()): return "struck_revoked"
        if self.known[c].issuer is None: return None
        if not self.once("effective", c): return "struck_issue"
        loose = casework(self.known[c].certificate) and self.known[c].issuer not in self.set_of
        return "struck_endorsement" if loose and not self.completes(c, lambda e: self.once("effective", e)) else None
    def redacted(self, id):
        h = self.held[id]
        some = sorted((r, f[2]) for r, f in self.acts[7].items() if f[0] == id and self.held[r][0] == h[0] and self.agreed(r))
        if not some or h[1] in (1, 4, 5, 6, 7): return None
        return functools.reduce(meet, [left for _, left in some])
    def verdict(self, id):  # 4.5
        return self.fault(id, self.redacted(id)) or self.lack(id) or self.once("struck", id) or "valid"

# --- 10 checkpoints, set proofs, receipts ------------------------------------------------------------------------------
NUMBER, HASH = "(0|[1-9][0-9]*)", "([A-Za-z0-9+/]{43}=)"
NOTE = re.compile(f"((fangwei/([0-9a-f]{{64}})/{NUMBER})\n{NUMBER}\n{HASH}\ntime {NUMBER}\n(?:after {NUMBER} {NUMBER} {HASH}\n)?)\n"
                  "((?:\u2014 [^\n]+ [A-Za-z0-9+/=]+\n){1,16})")
def unbase64(text):
    need(base64.b64encode(base64.b64decode(text, validate=True)).decode() == text, "note")
    return base64.b64decode(text)
def receipt(tree, bytes_):  # Whether a receipt holds, and whether its checkpoint is witnessed
    note, items, hashes = read(bytes_, receipt_shape).values()
    try:
        said = NOTE.fullmatch(note.decode())
        need(said and len(note) <= 4096, "note")
        signed, origin, holder, epoch, size, root, time, before, before_size, before_root, lines = said.groups()
        lines = [(name, unbase64(blob_)) for name, blob_ in (line.split(" ")[1:] for line in lines[:-1].split("\n"))]
        root, _ = unbase64(root), unbase64(before_root or "")
    except ValueError: raise Refused("note") from None
    epoch, size, time = int(epoch), int(size), int(time)
    need(epoch < 2**32 and size < 2**64 and time < 2**63 and (before is None) == (epoch == 0) and int(before or 0) <= max(epoch - 1, 0)
         and int(before_size or 0) < 2**64 and len({(name, b[:4]) for name, b in lines}) == len(lines)
         and all(len(b) >= 4 and not re.search(r"[\s+]", n) and all(unicodedata.category(c) != "Cc" for c in n) for n, b in lines), "note")
    id = bytes.fromhex(holder)
    need(id in tree.complete, "holder")
    k = tree.known[id].certificate[0]
    own = [b[4:] for n, b in lines if (n, b[:4]) == (origin, sha(n.encode(), b"\n\x01", k)[:4])]
    need(own and len(own[0]) == 64 and holds(k, signed.encode(), own[0]), "note")
    need(1 <= len(items) <= 64 and ascends([index for _, index in items]), "items")
    left, leaves = hashes, {index: sha(b"\0", tip) for tip, index in items}
    def descend(start, count):  # 10.2
        if not any(start <= index < start + count for index in leaves):
            need(left, "proof")
            return left.pop(0)
        if count == 1: return leaves[start]
        half = 1 << (count - 1).bit_length() - 1
        return sha(b"\1", descend(start, half), descend(start + half, count - half))
    need(items[-1][1] < size and descend(0, size) == root and not left, "proof")
    def cosigned(name, k):  # 10.3
        name = "".join("_" if c == "+" or c.isspace() or unicodedata.category(c) == "Cc" else c for c in name)
        for n, b in lines:
            if (n, b[:4]) == (name, sha(n.encode(), b"\n\x04", k)[:4]) and len(b) == 76:
                at = struct.unpack(">Q", b[4:12])[0]
                return holds(k, f"cosignature/v1\ntime {at}\n{signed}".encode(), b[12:])
    for threshold, members in (fields for id, fields in tree.acts[9].items() if fields[0] and tree.effective(id)):
        by = [outside for name, k, outside in members if cosigned(name, k)]
        if len(by) >= threshold and any(by) >= any(outside for _, _, outside in members): return "witnessed"
    return "held"

# --- 7.7 bundles -------------------------------------------------------------------------------------------------------
def items(file):
    need(file.read(17) == b"fangwei bundle 1\n", "not a bundle")
    while length := file.read(4):
        size = int.from_bytes(length, "little")
        need(size <= 163840, "an item is too long")
        item = file.read(size)
        need(len(length) == 4 and len(item) == size, "bundle is cut off")
        yield read(item, item_shape)
def judge(path, expected):  # For each entry its word: why it is refused, or what it is worth in the end; then for each receipt
    tree, entries, receipts, last, ended = None, [], [], -1, False
    def tried(take, *what):
        try: return take(*what)
        except Refused as refused: return "refused:" + refused.args[0]
    with open(path, "rb") as file:
        for n, fields in items(file):
            need(not ended and (tree is None) == (n == 0), "items are out of order")
            if n == 0:
                tree = Tree(fields[0])
                need(expected in (None, tree.genesis), "another tree")
            elif n == 1:
                need(fields[0][0] > last and not receipts, "items are out of order")
                last = fields[0][0]
                entries.append(tried(tree.take, *fields[0][1:]))
            elif n == 2: receipts.append(fields[0])
            else: ended = need(fields[0] == [len(entries), len(receipts)], "the end counts something else") is None
    need(ended, "bundle is cut off")
    return [tree.verdict(e) if type(e) is bytes else e for e in entries] + ["receipt:" + tried(receipt, tree, r) for r in receipts]

if __name__ == "__main__":
    if len(sys.argv) != 4 or sys.argv[2] != "--genesis": sys.exit("verify.py BUNDLE --genesis FINGERPRINT")
    try: found = judge(sys.argv[1], bytes.fromhex(sys.argv[3]))
    except Refused as refused: sys.exit(refused.args[0])
    for word, count in sorted(collections.Counter(found).items()): print(f"{count:8} {word}")
    sys.exit(any("refused" in word for word in found))
