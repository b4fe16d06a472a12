#!/usr/bin/env python3
# Checks a bundle of evidence by protocol/SPEC.md alone, sharing no code with the program that wrote it.
#
# verify.py BUNDLE --genesis FINGERPRINT     what the entries are worth; exit code 0 if everything is sound
#
# Needs cbor2 and cryptography, nothing else. Section numbers are those of SPEC.md.
import argparse, collections, hashlib, re, struct, sys, unicodedata
import cbor2
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

class Refused(Exception):
    """Says by its one word why something is refused, or why a reading is not what it should be."""

def H(domain, *parts):  # 1.3
    hash = hashlib.sha256(domain.encode())
    for part in parts:
        hash.update(struct.pack(">Q", len(part)) + part)
    return hash.digest()

# --- 2.5 keys and signatures --------------------------------------------------------------------------------------------

P, L = 2**255 - 19, 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, P - 2, P) % P

def decompress(key):
    y, sign = int.from_bytes(key, "little") % 2**255, key[31] >> 7
    xx = (y * y - 1) * pow(D * y * y + 1, P - 2, P) % P
    x = pow(xx, (P + 3) // 8, P)
    if (x * x - xx) % P:
        x = x * pow(2, (P - 1) // 4, P) % P
    if (x * x - xx) % P:
        return None
    return (P - x if x % 2 != sign else x) % P, y % P

def add(a, b):  # extended coordinates X, Y, Z, T (RFC 8032, 5.1.4)
    A, B = (a[1] - a[0]) * (b[1] - b[0]) % P, (a[1] + a[0]) * (b[1] + b[0]) % P
    C, E = 2 * a[3] * b[3] * D % P, 2 * a[2] * b[2] % P
    e, f, g, h = B - A, E - C, E + C, B + A
    return e * f % P, g * h % P, f * g % P, e * h % P

def times(n, point):
    """n times the point, as what it encodes to."""
    sum, x, y = (0, 1, 1, 0), *point
    for bit in bin(n)[2:]:
        sum = add(sum, sum)
        sum = add(sum, (x, y, 1, x * y % P)) if bit == "1" else sum
    z = pow(sum[2], P - 2, P)
    return encode(sum[0] * z % P, sum[1] * z % P)

def encode(x, y):
    return (y | (x % 2) << 255).to_bytes(32, "little")

NOTHING = encode(0, 1)
# The eight points of small order are the multiples of L times any point that is of no smaller order.
TORSION = next(t for t in (times(L, decompress(bytes([y] + [0] * 31))) for y in (3, 4, 5, 6, 9)
                           if decompress(bytes([y] + [0] * 31))) if times(4, decompress(t)) != NOTHING)
SMALL = {times(n, decompress(TORSION)) for n in range(1, 9)}

def key_fault(key):
    point = decompress(key)
    if point is None:
        return "key-not-a-point"
    if encode(*point) != key:
        return "key-not-canonical"
    return "key-weak" if key in SMALL or times(L, point) != NOTHING else None

ADMITTED = {}

def admitted(key):
    if key not in ADMITTED:
        ADMITTED[key] = None if key_fault(key) else Ed25519PublicKey.from_public_bytes(key)
    return ADMITTED[key]

def holds(key, message, signature):
    """OpenSSL compares R with [S]B - [k]A bytewise and wants S < L; it does not mind an R of small order."""
    if signature[:32] in SMALL or int.from_bytes(signature[32:], "little") >= L:
        return False
    try:
        admitted(key).verify(signature, message)
        return True
    except InvalidSignature:
        return False

# --- 1.1 deterministic CBOR: a shape is a function that returns its value or raises ---------------------------------------

def fits(condition):
    if not condition:
        raise Refused("encoding")

def read(bytes, shape):
    try:
        value = cbor2.loads(bytes)
        fits(cbor2.dumps(value) == bytes)
    except Refused:
        raise
    except Exception:
        raise Refused("encoding") from None
    return shape(value)

def uint(bits):
    def shape(v):
        fits(type(v) is int and 0 <= v < 2**bits)
        return v
    return shape

def blob(size):
    def shape(v):
        fits(type(v) is bytes and (size is None or len(v) == size))
        return v
    return shape

def of(kind):
    def shape(v):
        fits(type(v) is kind)
        return v
    return shape

def many(shape):
    return lambda v: [shape(x) for x in of(list)(v)]

def maybe(shape):
    shape.optional = True
    return shape

def array(*shapes):
    """Fields in order; an absent one is null where a present one follows, and left out at the end."""
    def shape(v):
        fits(type(v) is list and len(v) <= len(shapes) and (not v or v[-1] is not None))
        v = v + [None] * (len(shapes) - len(v))
        return [None if x is None and is_optional(s) else s(x) for s, x in zip(shapes, v)]
    return shape

def table(**shapes):
    shapes = {int(n[1:]): s for n, s in shapes.items()}
    def shape(v):
        fits(type(v) is dict and all(type(k) is int and k in shapes for k in v) and ascends(list(v)))
        fits(all(k in v or is_optional(s) for k, s in shapes.items()))
        return {k: s(v[k]) if k in v else None for k, s in shapes.items()}
    return shape

def is_optional(shape):
    return getattr(shape, "optional", False)

def variant(**shapes):
    shapes = {int(n[1:]): s for n, s in shapes.items()}
    def shape(v):
        fits(type(v) is list and len(v) == 2 and type(v[0]) is int and v[0] in shapes)
        return v[0], shapes[v[0]](v[1])
    return shape

def i64(v):
    fits(type(v) is int and -(2**63) <= v < 2**63)
    return v

def unit(v):  # 1.4
    fits(type(v) is str and re.fullmatch(r"[0-9]+(\.[0-9]+)*(\.d[0-9]{1,4})*", v, re.A) and v.count(".") < 8)
    lengths, sum = [2, 4, 6, 9, 12], 0
    for at, segment in enumerate(s for s in v.split(".") if s[0] != "d"):
        after = sum + len(segment)
        fits(after in lengths and (at == 0 or after == min(n for n in lengths if n > sum)))
        sum = after
    return v

def key(v):
    fits(admitted(blob(32)(v)) is not None)
    return v

u8, u16, u32, u64, b16, b32, text = uint(8), uint(16), uint(32), uint(64), blob(16), blob(32), of(str)
id = hash = b32
opt = lambda shape: maybe(lambda v: shape(v))
scope = array(unit, u8, u8)
document = array(scope, u16, b16)
value = variant(_0=array(text), _1=array(i64), _2=array(of(bool)))
step = variant(_0=array(text, opt(value)), _1=array(text, u32, u32, text), _2=array(text, u32, value), _3=array(text, u32))
may_issue = array(many(u8), u8)
certificate = table(_0=key, _1=b16, _2=unit, _3=many(u8), _4=i64, _5=i64, _6=u8, _7=u16, _8=opt(may_issue))
case_act = variant(
    _0=array(unit, opt(text), u8, text, text, many(document)), _1=array(id, hash),
    _2=array(document, id, opt(text), u8, text), _3=array(id, text), _4=array(id, id, hash, text))
ACTS = dict(
    _0=array(certificate), _1=array(id), _2=array(array(b16, text)), _3=array(many(array(unit, text))), _4=array(case_act),
    _5=array(id, u8), _6=array(id, id, id), _8=array(many(key), u8), _9=array(u8, many(array(text, key, of(bool)))))

def steps(v):
    v = many(step)(v)
    fits(len(v) <= 64)
    return v

remains = variant(_0=array(steps), _1=array(variant(**{n: ACTS[n] for n in ("_2", "_3", "_4")})))
content = variant(_0=array(steps), _1=array(variant(**ACTS, _7=array(id, text, remains))))
body_shape = array(b16, content)
header_shape = table(_0=scope, _1=u16, _2=b16, _3=id, _4=blob(8), _5=u64, _6=opt(id), _7=opt(many(id)), _8=i64,
                     _9=opt(array(id, u64, hash)), _10=hash)
genesis_shape = table(_0=text, _1=unit, _2=many(key), _3=u8, _4=many(certificate), _5=i64, _6=b16)
item_shape = variant(_0=array(of(bytes)), _1=array(array(u64, of(bytes), opt(of(bytes)))), _2=array(of(bytes)),
                     _31=array(array(u64, u64)))

# --- 3.4 kinds, 4.5 authority -----------------------------------------------------------------------------------------------

WORDS = "title source concerned_unit concerned_post place urgency"
FIELDS = {
    16: dict([(n, 0) for n in WORDS.split()] + [("category", 1), ("happened_s", 1), ("amount_fen", 1), ("account", "prose")]),
    32: dict([(n, 0) for n in "post kind responsible_post".split()]
             + [("level", 1), ("description", "prose"), ("measures", "items")])}
KINDS = {1: ({1}, {1, 2}), 2: ({1}, {1, 2}), 3: ({1}, {1, 2}), 4: ({1, 2, 3}, {1, 2, 3}), 5: ({1, 2, 3}, {1, 2, 3}),
         6: ({1}, {2}), 7: ({1}, {2}), 16: ({2}, {1, 3}), 17: ({2}, {1, 3}), 18: ({2}, {1, 3}), 32: ({3}, {1, 2, 3})}
ACT_KINDS = {0: {1}, 1: {1, 4, 5, 6, 7}, 2: {3}, 3: {2}, 5: {1}, 6: {4}, 7: {5}, 8: {6}, 9: {7}}
CASE_KINDS = {0: {17}, 1: {17}, 2: {18}, 3: {18}, 4: {18}}
CASEWORK = lambda role: role not in {1, 2, 3, 8, 9, 10, 11}
# deed: (roles at home, roles at home or above)
LEAVES = {
    ("edit", 16): ({1, 2}, {4}), ("edit", 32): ({1, 3}, {4, 5, 6}), ("case", 0): ({4}, set()),
    ("case", 1): ({5, 6, 7}, set()), ("case", 2): (set(), {5, 6, 7}), ("case", 3): ({1, 3}, set()),
    ("case", 4): (set(), {5, 6, 7}), ("endorse", 1): (set(), {6, 11}), ("endorse", 4): (set(), {11}),
    ("endorse", 5): (set(), {5, 6, 7}), ("endorse", 6): ({11}, set()), ("endorse", 7): ({11}, set()),
    ("act", 2): (set(), {9}), ("act", 3): (set(), {9}), ("act", 5): (set(), {6, 9, 11}), ("act", 6): (set(), {6, 9, 11}),
    ("act", 7): (set(), {5, 6, 7}), ("act", 8): ({11}, set()), ("act", 9): ({11}, set())}

def contains(unit, other):
    return other == unit or other.startswith(unit + ".")

def is_name(name):  # 3.3
    hidden = "\u00ad\u061c\u180e\ufeff" + "".join(map(chr, [*range(0x200b, 0x2010), *range(0x2028, 0x202f),
                                                             *range(0x2060, 0x2070), *range(0xfff9, 0xfffc)]))
    seen = all(unicodedata.category(c) != "Cc" and c not in hidden for c in name)
    return bool(name.strip()) and len(name) <= 100 and seen

def ascends(values):
    return all(a < b for a, b in zip(values, values[1:]))

def is_sound(c):  # 4.2
    roles, issues = c[3], c[8][0] if c[8] else []
    return (ascends(roles) and ascends(issues) and not (9 in roles and any(map(CASEWORK, roles)))
            and not (10 in roles and len(roles) > 1) and 11 not in roles and 11 not in issues and c[4] <= c[5])

Known = collections.namedtuple("Known", "certificate issuer document home_only")

class Tree:
    """4.1 to 4.5: the charter, the entries held, and what each is worth."""

    def __init__(self, bytes):
        g = read(bytes, genesis_shape)
        keys = g[2] + [c[0] for c in g[4]]
        sound = (is_name(g[0]) and "." not in g[1] and 1 <= len(g[2]) <= 9 and 1 <= g[3] <= len(g[2]) and 1 <= len(g[4]) <= 9
                 and len(set(keys)) == len(keys) and all(c[2] == g[1] and c[7] > 0 and is_sound(c) for c in g[4]))
        if not sound:
            raise Refused("genesis is not sound")
        self.genesis = H("fangwei genesis 1", bytes)
        self.known, self.complete, self.endorsed, self.held = {}, set(), collections.defaultdict(set), {}
        for n, c in enumerate(g[4]):
            founder = H("fangwei founder 1", self.genesis, struct.pack("B", n))
            self.known[founder] = Known(c, None, None, False)
            self.complete.add(founder)

    def take(self, entry, body):
        """Reads, checks and admits an entry; returns its id."""
        h, signed, signature = self.parse(entry)
        if h[3] not in self.complete:
            raise Refused("author")
        author = self.known[h[3]].certificate
        if not holds(author[0], signed, signature):
            raise Refused("signature")
        if body is not None and hashlib.sha256(body).digest() != h[10]:
            raise Refused("body")
        entry_id = hashlib.sha256(signed).digest()
        self.place(entry_id, h, author)
        said = None
        if body is not None and len(body) <= 65536:
            try:
                said = read(body, body_shape)[1]
            except Refused:
                pass
        self.held[entry_id] = h, None if body is None else said or "ill"
        self.charter(entry_id, h, said)
        return entry_id

    def parse(self, entry):  # 2.1, 2.4
        if len(entry) > 2048:
            raise Refused("too_large")
        protected, unprotected, payload, signature = read(entry, array(of(bytes), of(dict), of(bytes), blob(64)))
        fits(unprotected == {})
        if protected != b"\xa1\x01\x27":
            raise Refused("contradiction")
        h = read(payload, header_shape)
        seq, prev, after = h[5], h[6], h[7]
        if (seq == 0) != (prev is None) or after is not None and (
                len(after) > 32 or not ascends(after) or after == ([prev] if prev else [])):
            raise Refused("contradiction")
        aad = b"fangwei entry 1" + self.genesis
        return h, cbor2.dumps(["Signature1", protected, aad, payload]), signature

    def place(self, entry_id, h, author):  # 4.4
        (home, reach, _), prev, after = h[0], h[6], h[7]
        refuse = lambda why, condition: (_ for _ in ()).throw(Refused(why)) if condition else None
        refuse("author_unit", not contains(author[2], home))
        refuse("home_only", self.known[h[3]].home_only and (home != author[2] or reach != 1))
        refuse("held", entry_id in self.held)
        same = lambda other: other[0] == h[0] and other[1] == h[1] and other[2] == h[2]
        if prev is not None:
            refuse("prev_not_held", prev not in self.held)
            before = self.held[prev][0]
            refuse("prev_elsewhere", before[0] != h[0] or before[3] != h[3])
            refuse("sequence", h[5] != before[5] + 1)
            refuse("after_elsewhere", after is None and not same(before))
        for named in after or []:
            refuse("after_not_held", named not in self.held)
            refuse("after_elsewhere", not same(self.held[named][0]))

    def charter(self, entry_id, h, said):  # 4.3
        if h[0][2] != 1 or h[1] != 1 or said is None or said[0] != 1:
            return
        act, fields = said[1][0]
        if act == 0 and not self.may_certify(h, fields[0]):
            self.known[entry_id] = Known(fields[0], h[3], h[:3] if False else (h[0], h[1], h[2]), h[0][1] == 1)
            self.completes(entry_id)
        elif act == 1 and self.known[h[3]].certificate[4] <= h[8] <= self.known[h[3]].certificate[5]:
            self.endorsed[fields[0]].add((h[3], (tuple(h[0]), h[1], h[2])))
            self.completes(fields[0])

    def completes(self, named):
        if named not in self.known or self.known[named].issuer is None:
            return
        c, issuer, (home, kind, doc), _ = self.known[named]
        def counts(by, document):
            e = self.known[by].certificate
            return (document == (tuple(home), kind, doc) and by in self.complete and 6 in e[3] and contains(e[2], c[2])
                    and e[7] < c[7] and e[1] not in (c[1], self.known[issuer].certificate[1]))
        if not any(map(CASEWORK, c[3])) or any(counts(*one) for one in self.endorsed[named]):
            self.complete.add(named)

    def may_certify(self, h, c):
        """The rule that is broken, if any."""
        (home, reach, _), issuer = h[0], self.known[h[3]].certificate
        if not is_sound(c):
            return "certificate_ill_formed"
        if h[3] not in self.complete:
            return "certificate_roles"
        if reach not in (1, 2) or home != c[2] or reach == 1 and (10 in c[3] or c[8]):
            return "certificate_charter"
        gives, below = c[8] or ([], 0)
        if not issuer[8] or not set(c[3] + gives) <= set(issuer[8][0]):
            return "certificate_roles"
        depth = lambda unit: unit.count(".")
        if not contains(issuer[2], c[2]) or depth(c[2]) - depth(issuer[2]) + below > issuer[8][1]:
            return "certificate_unit"
        if c[7] <= issuer[7]:
            return "certificate_rank"
        return None if issuer[4] <= h[8] <= issuer[5] else "certificate_expired"

    def verdict(self, entry_id):  # 4.5
        h, said = self.held[entry_id]
        (home, reach, shelf), kind, author = h[0], h[1], self.known[h[3]].certificate
        if kind not in KINDS:
            return "unknown_kind"
        if shelf not in KINDS[kind][0] or reach not in KINDS[kind][1]:
            return "wrong_shelf"
        if said is None:
            return "no_body"
        if said == "ill":
            return "ill_formed_body"
        if not author[4] <= h[8] <= author[5]:
            return "outside_validity"
        if said[0] == 0:
            if kind not in FIELDS:
                return "misplaced"
            if not all(self.step_fits(FIELDS[kind], *one) for one in said[1][0]):
                return "unfitting_edit"
            deed = "edit", kind
        else:
            act, fields = said[1][0]
            kinds = CASE_KINDS[fields[0][0]] if act == 4 else ACT_KINDS[act]
            if kind not in kinds or not self.act_is_sound(act, fields, home):
                return "misplaced"
            if act == 0:
                return self.may_certify(h, fields[0]) or "valid"
            deed = ("case", fields[0][0]) if act == 4 else ("endorse", kind) if act == 1 else ("act", act)
        here, above = LEAVES.get(deed, (set(), set()))
        return "valid" if set(author[3]) & (above | here if author[2] == home else above) else "no_authority"

    @staticmethod
    def step_fits(fields, n, step):
        holds = fields.get(step[0])
        if n == 0:
            return holds in (0, 1) and (step[1] is None or step[1][0] == holds)
        return n == 1 and holds == "prose" or n == 2 and holds == "items" and step[2][0] == 0 or n == 3 and holds == "items"

    @staticmethod
    def act_is_sound(act, fields, home):  # 3.3
        if act == 2:
            return is_name(fields[0][1])
        if act == 3:
            return len(fields[0]) <= 500 and all(contains(home, u) and is_name(n) for u, n in fields[0])
        if act == 7:
            return 1 <= len(fields[1]) <= 1000
        if act == 8:
            return 1 <= fields[1] <= len(fields[0]) <= 9 and len(set(fields[0])) == len(fields[0])
        if act == 9:
            threshold, members = fields
            keys = {k for _, k, _ in members}
            return (len(members) <= 64 and len(keys) == len(members) and threshold <= min(15, len(keys))
                    and (threshold > 0) == bool(members) and all(is_name(n) for n, _, _ in members))
        return True

# --- 10 bundles -----------------------------------------------------------------------------------------------------------

def items(file):
    if file.read(17) != b"fangwei bundle 1\n":
        raise Refused("not a bundle")
    while length := file.read(4):
        size = struct.unpack("<I", length)[0] if len(length) == 4 else None
        item = file.read(size) if size is not None and size <= 163840 else b""
        if size is None or size > 163840 or len(item) != size:
            raise Refused("bundle is cut off")
        yield read(item, item_shape)

def judge(path, expected):
    """The fingerprint, and for each entry its word: why it is refused, or what it is worth in the end."""
    tree, words, last, counted, ended = None, [], -1, [0, 0], False
    with open(path, "rb") as file:
        for n, fields in items(file):
            if ended or (tree is None) != (n == 0):
                raise Refused("items are out of order")
            if n == 0:
                tree = Tree(fields[0])
                if expected and tree.genesis != expected:
                    raise Refused("another tree: " + tree.genesis.hex())
            elif n == 1:
                at, entry, body = fields[0]
                if at <= last or counted[1]:
                    raise Refused("items are out of order")
                last, counted[0] = at, counted[0] + 1
                try:
                    words.append(tree.take(entry, body))
                except Refused as refused:
                    words.append(refused.args[0])
            elif n == 2:
                counted[1] += 1
            else:
                ended = counted == fields[0]
    if not ended:
        raise Refused("bundle is cut off")
    return tree.genesis, [tree.verdict(word) if type(word) is bytes else "refused:" + word for word in words]

def main():
    parser = argparse.ArgumentParser(description="Checks a bundle of evidence.")
    parser.add_argument("bundle")
    parser.add_argument("--genesis", required=True)
    asked = parser.parse_args()
    try:
        words = judge(asked.bundle, bytes.fromhex(asked.genesis))[1]
    except Refused as refused:
        sys.exit(refused.args[0])
    for word, count in sorted(collections.Counter(words).items()):
        print(f"{count:8} {word}")
    sys.exit(any(word.startswith("refused") for word in words))

if __name__ == "__main__":
    main()
