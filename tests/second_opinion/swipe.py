#!/usr/bin/env python3
"""A second implementation of hw-docs/swipe.md, from the page alone: Python's standard library, its own SM2, SM3, SM4-GCM
and CBOR. Slow, plain and not for production.

    swipe.py SAMPLES CDDL      rebuilds every sample bit for bit, opens every answer, holds every body against the grammar
"""

import json
import re
import sys

# --- SM3 (GB/T 32905) ---------------------------------------------------------------------------------------------

MASK = 0xFFFFFFFF


def rol(x, n):
    n %= 32
    return ((x << n) | (x >> (32 - n))) & MASK


def sm3(message):
    v = [0x7380166F, 0x4914B2B9, 0x172442D7, 0xDA8A0600, 0xA96F30BC, 0x163138AA, 0xE38DEE4D, 0xB0FB0E4E]
    padded = message + b"\x80" + b"\0" * ((55 - len(message)) % 64) + (8 * len(message)).to_bytes(8, "big")
    p0 = lambda x: x ^ rol(x, 9) ^ rol(x, 17)
    p1 = lambda x: x ^ rol(x, 15) ^ rol(x, 23)
    for start in range(0, len(padded), 64):
        w = [int.from_bytes(padded[start + 4 * i : start + 4 * i + 4], "big") for i in range(16)]
        for j in range(16, 68):
            w.append(p1(w[j - 16] ^ w[j - 9] ^ rol(w[j - 3], 15)) ^ rol(w[j - 13], 7) ^ w[j - 6])
        a, b, c, d, e, f, g, h = v
        for j in range(64):
            t = 0x79CC4519 if j < 16 else 0x7A879D8A
            ss1 = rol((rol(a, 12) + e + rol(t, j)) & MASK, 7)
            ss2 = ss1 ^ rol(a, 12)
            ff = a ^ b ^ c if j < 16 else (a & b) | (a & c) | (b & c)
            gg = e ^ f ^ g if j < 16 else (e & f) | (~e & MASK & g)
            tt1 = (ff + d + ss2 + (w[j] ^ w[j + 4])) & MASK
            tt2 = (gg + h + ss1 + w[j]) & MASK
            a, b, c, d = tt1, a, rol(b, 9), c
            e, f, g, h = p0(tt2), e, rol(f, 19), g
        v = [x ^ y for x, y in zip(v, (a, b, c, d, e, f, g, h))]
    return b"".join(x.to_bytes(4, "big") for x in v)


def hmac(key, message):
    key = (sm3(key) if len(key) > 64 else key).ljust(64, b"\0")
    inner = sm3(bytes(b ^ 0x36 for b in key) + message)
    return sm3(bytes(b ^ 0x5C for b in key) + inner)


def hkdf_expand(prk, info, length):
    out, block, n = b"", b"", 1
    while len(out) < length:
        block = hmac(prk, block + info + bytes([n]))
        out, n = out + block, n + 1
    return out[:length]


# --- SM4 (GB/T 32907) in GCM (SP 800-38D) -------------------------------------------------------------------------

SBOX = bytes.fromhex(
    "d690e9fecce13db716b614c228fb2c052b679a762abe04c3aa441326498606999c4250f491ef987a33540b43edcfac62"
    "e4b31ca9c908e89580df94fa758f3fa64707a7fcf37317ba83593c19e6854fa8686b81b27164da8bf8eb0f4b70569d35"
    "1e240e5e6358d1a225227c3b01217887d40046579fd327524c3602e7a0c4c89eeabf8ad240c738b5a3f7f2cef96115a1"
    "e0ae5da49b341a55ad933230f58cb1e31df6e22e8266ca60c02923ab0d534e6fd5db3745defd8e2f03ff6a726d6c5b51"
    "8d1baf92bbddbc7f11d95c411f105ad80ac13188a5cd7bbd2d74d012b8e5b4b08969974a0c96777e65b9f109c56ec684"
    "18f07dec3adc4d2079ee5f3ed7cb3948"
)
FK = (0xA3B1BAC6, 0x56AA3350, 0x677D9197, 0xB27022DC)


def sub(x):
    return int.from_bytes(bytes(SBOX[b] for b in x.to_bytes(4, "big")), "big")


def sm4_key(key):
    k = [int.from_bytes(key[4 * i : 4 * i + 4], "big") ^ FK[i] for i in range(4)]
    for i in range(32):
        ck = int.from_bytes(bytes((4 * i + j) * 7 % 256 for j in range(4)), "big")
        t = sub(k[i + 1] ^ k[i + 2] ^ k[i + 3] ^ ck)
        k.append(k[i] ^ t ^ rol(t, 13) ^ rol(t, 23))
    return k[4:]


def sm4(round_keys, block):
    x = [int.from_bytes(block[4 * i : 4 * i + 4], "big") for i in range(4)]
    for rk in round_keys:
        t = sub(x[-1] ^ x[-2] ^ x[-3] ^ rk)
        x.append(x[-4] ^ t ^ rol(t, 2) ^ rol(t, 10) ^ rol(t, 18) ^ rol(t, 24))
    return b"".join(w.to_bytes(4, "big") for w in reversed(x[-4:]))


def gf_mul(x, y):
    z = 0
    for bit in range(127, -1, -1):
        if x >> bit & 1:
            z ^= y
        y = (y >> 1) ^ (0xE1 << 120 if y & 1 else 0)
    return z


def gcm(key, nonce, data, aad, decrypt):
    rk = sm4_key(key)
    h = int.from_bytes(sm4(rk, bytes(16)), "big")
    stream = b"".join(sm4(rk, nonce + n.to_bytes(4, "big")) for n in range(2, 2 + (len(data) + 15) // 16))
    out = bytes(a ^ b for a, b in zip(data, stream))
    ciphertext = data if decrypt else out
    pad = lambda b: b + b"\0" * (-len(b) % 16)
    blocks = pad(aad) + pad(ciphertext) + (8 * len(aad)).to_bytes(8, "big") + (8 * len(ciphertext)).to_bytes(8, "big")
    y = 0
    for start in range(0, len(blocks), 16):
        y = gf_mul(y ^ int.from_bytes(blocks[start : start + 16], "big"), h)
    tag = bytes(a ^ b for a, b in zip(y.to_bytes(16, "big"), sm4(rk, nonce + b"\0\0\0\x01")))
    return out, tag


# --- SM2 (GB/T 32918) ---------------------------------------------------------------------------------------------

P = 0xFFFFFFFEFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF00000000FFFFFFFFFFFFFFFF
A = P - 3
B = 0x28E9FA9E9D9F5E344D5A9E4BCF6509A7F39789F515AB8F92DDBCBD414D940E93
N = 0xFFFFFFFEFFFFFFFFFFFFFFFFFFFFFFFF7203DF6B21C6052B53BBF40939D54123
G = (
    0x32C4AE2C1F1981195F9904466A39C9948FE30BBFF2660BE1715A4589334C74C7,
    0xBC3736A2F4F6779C59BDCEE36B692153D0A9877CC62A474002DF32E52139F0A0,
)


def add(p, q):
    if p is None or q is None:
        return p or q
    if p[0] == q[0]:
        if (p[1] + q[1]) % P == 0:
            return None
        m = (3 * p[0] * p[0] + A) * pow(2 * p[1], -1, P) % P
    else:
        m = (q[1] - p[1]) * pow(q[0] - p[0], -1, P) % P
    x = (m * m - p[0] - q[0]) % P
    return x, (m * (p[0] - x) - p[1]) % P


def mul(k, p):
    r = None
    while k:
        if k & 1:
            r = add(r, p)
        p, k = add(p, p), k >> 1
    return r


def num(n):
    return n.to_bytes(32, "big")


def point(data):
    assert len(data) == 65 and data[0] == 4, "an uncompressed point"
    x, y = int.from_bytes(data[1:33], "big"), int.from_bytes(data[33:], "big")
    assert (y * y - x * x * x - A * x - B) % P == 0, "on the curve"
    return x, y


def public(d):
    x, y = mul(d, G)
    return b"\x04" + num(x) + num(y)


def digest(key, message):
    za = sm3(b"\0\x80" + b"1234567812345678" + num(A) + num(B) + num(G[0]) + num(G[1]) + key[1:])
    return int.from_bytes(sm3(za + message), "big")


def rfc6979(d, e):
    seed = num(d) + num(e % N)
    k, v = bytes(32), b"\x01" * 32
    for step in (b"\0", b"\x01"):
        k = hmac(k, v + step + seed)
        v = hmac(k, v)
    while True:
        v = hmac(k, v)
        if 0 < int.from_bytes(v, "big") < N:
            return int.from_bytes(v, "big")
        k = hmac(k, v + b"\0")
        v = hmac(k, v)


def sign(d, message):
    e = digest(public(d), message)
    k = rfc6979(d, e)
    r = (e + mul(k, G)[0]) % N
    return num(r) + num(pow(1 + d, -1, N) * (k - r * d) % N)


def verify(key, message, signature):
    r, s = int.from_bytes(signature[:32], "big"), int.from_bytes(signature[32:], "big")
    x = add(mul(s, G), mul((r + s) % N, point(key)))[0]
    return 0 < r < N and 0 < s < N and (digest(key, message) + x) % N == r


# --- deterministic CBOR (RFC 8949) --------------------------------------------------------------------------------


def head(major, n):
    for code, size in ((None, 0), (24, 1), (25, 2), (26, 4), (27, 8)):
        if code is None and n < 24:
            return bytes([major << 5 | n])
        if code is not None and n < 1 << 8 * size:
            return bytes([major << 5 | code]) + n.to_bytes(size, "big")
    raise ValueError("too large")


def cbor(value):
    if value is True or value is False:
        return b"\xf5" if value else b"\xf4"
    if isinstance(value, int):
        return head(0, value) if value >= 0 else head(1, -1 - value)
    if isinstance(value, bytes):
        return head(2, len(value)) + value
    if isinstance(value, str):
        return head(3, len(value.encode())) + value.encode()
    if isinstance(value, list):
        return head(4, len(value)) + b"".join(map(cbor, value))
    return head(5, len(value)) + b"".join(cbor(key) + cbor(value[key]) for key in sorted(value))


def parse(data, at=0):
    """One item from `at`: its value and where it ends."""
    major, info = data[at] >> 5, data[at] & 31
    at += 1
    if major == 7:
        assert info in (20, 21), "only true and false"
        return info == 21, at
    n = info
    if info >= 24:
        size = {24: 1, 25: 2, 26: 4, 27: 8}[info]
        n, at = int.from_bytes(data[at : at + size], "big"), at + size
    if major in (0, 1):
        return (n if major == 0 else -1 - n), at
    if major in (2, 3):
        value, at = data[at : at + n], at + n
        assert len(value) == n, "cut off"
        return (value if major == 2 else value.decode()), at
    if major == 4:
        items = []
        for _ in range(n):
            item, at = parse(data, at)
            items.append(item)
        return items, at
    assert major == 5, "no tags"
    pairs = {}
    for _ in range(n):
        key, at = parse(data, at)
        pairs[key], at = parse(data, at)
    return pairs, at


def read(data):
    """A whole item in deterministic encoding."""
    value, end = parse(data)
    assert end == len(data) and cbor(value) == data, "deterministic"
    return value


# --- the grammar (RFC 8610, as much of it as swipe.cddl uses) -----------------------------------------------------


class Grammar:
    def __init__(self, text):
        text = re.sub(r";.*", "", text)
        self.tokens = re.findall(r'[A-Za-z][\w-]*|-?\d+|"[^"]*"|\.\.|=>|[.{}\[\]()/:,?*=]', text)
        self.rules, at = {}, 0
        while at < len(self.tokens):
            name = self.tokens[at]
            assert self.tokens[at + 1] == "=", (name, self.tokens[at : at + 4])
            assert name not in self.rules, f"{name} twice"
            self.rules[name], at = self.choice(at + 2)
        self.used = set()

    def choice(self, at):
        options = []
        while True:
            option, at = self.type(at)
            options.append(option)
            if at >= len(self.tokens) or self.tokens[at] != "/":
                return ("or", options), at
            at += 1

    def type(self, at):
        token = self.tokens[at]
        if token == "{":
            return self.map(at + 1)
        if token == "[":
            return self.array(at + 1)
        at += 1
        if re.fullmatch(r"-?\d+", token):
            if self.tokens[at : at + 1] == [".."]:
                return ("range", int(token), int(self.tokens[at + 1])), at + 2
            return ("is", int(token)), at
        base = ("name", token)
        if self.tokens[at : at + 1] == ["."]:
            assert self.tokens[at + 1] == "size", self.tokens[at : at + 3]
            at += 2
            if self.tokens[at] == "(":
                low, high = int(self.tokens[at + 1]), int(self.tokens[at + 3])
                return ("size", base, low, high), at + 5
            return ("size", base, int(self.tokens[at]), int(self.tokens[at])), at + 1
        return base, at

    def map(self, at):
        fields = []
        while self.tokens[at] != "}":
            optional = self.tokens[at] == "?"
            at += optional
            key, at = int(self.tokens[at]), at + 1
            assert self.tokens[at] == ":", self.tokens[at]
            value, at = self.choice(at + 1)
            fields.append((key, optional, value))
            at += self.tokens[at] == ","
        keys = [key for key, _, _ in fields]
        assert keys == sorted(set(keys)), f"keys out of order: {keys}"
        return ("map", fields), at + 1

    def array(self, at):
        least = None
        if self.tokens[at] == "*":
            least, at = 0, at + 1
        elif self.tokens[at + 1] == "*":
            least, at = int(self.tokens[at]), at + 2
        items = []
        group = self.tokens[at] == "("
        at += group
        while self.tokens[at] not in ")]":
            item, at = self.choice(at)
            items.append(item)
            at += self.tokens[at] == ","
        at += group
        assert self.tokens[at] == "]"
        return ("array", least, items), at + 1

    def fits(self, rule, value):
        kind = rule[0]
        if kind == "or":
            return any(self.fits(option, value) for option in rule[1])
        if kind == "is":
            return type(value) is int and value == rule[1]
        if kind == "range":
            return type(value) is int and rule[1] <= value <= rule[2]
        if kind == "size":
            length = len(value.encode() if isinstance(value, str) else value) if isinstance(value, (str, bytes)) else -1
            return self.fits(rule[1], value) and rule[2] <= length <= rule[3]
        if kind == "array":
            if not isinstance(value, list):
                return False
            if rule[1] is None:
                return len(value) == len(rule[2]) and all(map(self.fits, rule[2], value))
            width = len(rule[2])
            rows = [value[i : i + width] for i in range(0, len(value), width)]
            return len(rows) >= rule[1] and all(len(row) == width and all(map(self.fits, rule[2], row)) for row in rows)
        if kind == "map":
            known = {key for key, _, _ in rule[1]}
            return (
                isinstance(value, dict)
                and all(key in known or key >= 32 for key in value)
                and all(self.fits(item, value[key]) if key in value else optional for key, optional, item in rule[1])
            )
        name = rule[1]
        self.used.add(name)
        basic = {"uint": lambda: type(value) is int and value >= 0, "int": lambda: type(value) is int,
                 "bool": lambda: isinstance(value, bool), "bstr": lambda: isinstance(value, bytes),
                 "tstr": lambda: isinstance(value, str)}  # fmt: skip
        return basic[name]() if name in basic else self.fits(self.rules[name], value)

    def check(self, name, value):
        assert self.fits(("name", name), value), f"{value} is not {name}"


# --- the protocol, from the page ----------------------------------------------------------------------------------


def domain(text):
    return text.encode() + b"\0"


def header(kind, terminal, counter):
    return cbor({0: 1, 1: kind, 2: terminal, 3: counter // 4096, 4: counter})


def seal_keys(secret, kind, terminal, centre, counter):
    direction = b"\x01" if kind % 2 else b"\x02"
    info = domain("yika swipe v1 keys") + direction + terminal + centre + (counter // 4096).to_bytes(8, "big")
    okm = hkdf_expand(secret, info, 64)
    return okm[:16], okm[32:]


def seal(secret, centre, kind, terminal, counter, plaintext):
    cipher_key, nonce_key = seal_keys(secret, kind, terminal, centre, counter)
    head_bytes = header(kind, terminal, counter)
    nonce = hmac(nonce_key, head_bytes + plaintext)[:12]
    text, tag = gcm(cipher_key, nonce, plaintext, domain("yika swipe v1 seal") + head_bytes, decrypt=False)
    return cbor({0: 1, 1: kind, 2: terminal, 3: counter // 4096, 4: counter, 5: nonce, 6: text + tag})


def unseal(secret, centre, datagram):
    outer = read(datagram)
    assert set(outer) == set(range(7)) and outer[0] == 1 and outer[3] == outer[4] // 4096
    kind, terminal, counter = outer[1], outer[2], outer[4]
    cipher_key, nonce_key = seal_keys(secret, kind, terminal, centre, counter)
    head_bytes = header(kind, terminal, counter)
    text, tag = outer[6][:-16], outer[6][-16:]
    plaintext, expected = gcm(cipher_key, outer[5], text, domain("yika swipe v1 seal") + head_bytes, decrypt=True)
    assert tag == expected, "the seal"
    assert outer[5] == hmac(nonce_key, head_bytes + plaintext)[:12], "the nonce"
    return kind, counter, head_bytes, plaintext


def request(device, secret, centre, kind, terminal, counter, body):
    message = domain("yika swipe v1 request") + centre + header(kind, terminal, counter) + body
    return seal(secret, centre, kind, terminal, counter, body + sign(device, message))


def root_of(evidence, leaf):
    index, width, path, node = evidence[2], evidence[1], list(evidence[3]), leaf
    while width > 1:
        if index % 2:
            node = sm3(b"\x01" + path.pop(0) + node)
        elif index + 1 < width:
            node = sm3(b"\x01" + node + path.pop(0))
        index, width = index // 2, (width + 1) // 2
    assert not path, "every hash is used"
    return node


def check_evidence(centre_key, centre, head_bytes, body, evidence):
    leaf = sm3(b"\0" + domain("yika swipe v1 leaf") + centre + head_bytes + body)
    message = domain("yika swipe v1 root") + centre + evidence[1].to_bytes(2, "big") + root_of(evidence, leaf)
    assert verify(centre_key, message, evidence[0]), "the centre's signature"


# --- the samples --------------------------------------------------------------------------------------------------

CARD = {
    0: bytes.fromhex("990100D1560000059999999999999999"), 1: b"X00000019", 2: b"2.00",
    3: bytes.fromhex("86604A484B0102030405060708"), 4: 3, 5: bytes.fromhex("C0C1C2C3C4C5C6C7"),
}  # fmt: skip
LINES = [
    {0: "XJ01CRA040B002010102353", 1: "YP-0001", 2: 20000, 3: 12500000, 4: 2500,
     5: [bytes.fromhex("83012340000000000017"), False, bytes.fromhex("83012340000000000024"), True]},
    {0: "T000600515", 2: 300000, 3: 123456, 4: 370, 5: ["A0012345678", False]},
]  # fmt: skip
FULL = {0: "SALE-20261122-0001", 1: 2870, 3: 1, 4: True, 5: bytes.fromhex("5A5B5C5D5E5F6061"), 6: 1795320000}
ID_CARD = {0: "990101199003078885", 1: bytes.fromhex("0500010047D93401393000" + "00D2029649")}
SETL_ID = "S00000000000000000000000000001"
REQUESTS = {
    "swipe-bare": (1, 1, {0: "1", 1: 1, 3: 0, 4: False, 7: CARD}),
    "swipe-card": (1, 4101, {**FULL, 2: LINES, 7: CARD}),
    "swipe-card-dated": (1, 1, {0: "1", 1: 1, 3: 0, 4: False, 7: {**CARD, 32: 20351231}}),
    "swipe-voucher": (1, 4101, {**FULL, 8: "2899990000000000000000000001"}),
    "swipe-id-card": (1, 4101, {**FULL, 2: LINES[1:], 9: ID_CARD}),
    "reversal": (3, 4101, {}),
    "status": (5, 4101, {}),
    "void": (7, 4102, {0: 4101, 1: SETL_ID}),
    "day": (9, 4102, {0: 20261122}),
}
NEXT = bytes.fromhex("7071727374757677")
SETTLED = {0: 1, 1: 20261122, 2: NEXT, 3: SETL_ID, 4: 2870, 5: 2000, 6: 500, 7: 370, 8: 98000, 9: bytes.fromhex("D5C52A")}
ANSWERS = {
    "swipe-settled": SETTLED,
    "swipe-refused": {0: 2, 1: 20261122, 2: NEXT, 10: 5042},
    "swipe-reversed": {0: 3, 1: 20261122, 2: NEXT},
    "reversal-undone": {0: 1, 2: NEXT},
    "reversal-never-happened": {0: 2, 2: NEXT},
    "status-answered": {0: SETTLED},
    "status-unseen": {},
    "voided": {0: 1, 1: 20261122, 2: NEXT, 3: 2000, 4: 500, 5: 370, 6: 100000},
    "void-refused": {0: 2, 1: 20261122, 2: NEXT, 10: 5061},
    "day-answer": {1: 20261122, 2: NEXT, 3: 3, 4: 2, 5: -1250, 6: 500, 7: 370},
}
BODY_RULES = {1: "swipe", 2: "swipe-answer", 3: "nothing", 4: "reversal-answer", 5: "nothing", 6: "status-answer",
              7: "void", 8: "void-answer", 9: "day", 10: "day-answer"}  # fmt: skip


def check_samples(samples, grammar):
    keys = {name: value if name == "code" else bytes.fromhex(value) for name, value in samples["keys"].items()}
    records = {name: bytes.fromhex(value) for name, value in samples["records"].items()}
    centre, opening = keys["centre"], keys["opening"]
    centre_d, device_d = (int.from_bytes(keys[name], "big") for name in ("centre_d", "device_d"))
    centre_key, device_key = public(centre_d), public(device_d)
    assert (centre_key, device_key) == (keys["centre_P"], keys["device_P"])

    # Enrolment, built from its values.
    asked = {0: 1, 1: device_key, 2: "SN-0001", 3: "bench", 4: sm3(domain("yika enrol v1 commitment") + opening)}
    asked[5] = sign(device_d, domain("yika enrol v1 request") + cbor(asked))
    assert cbor(asked) == records["enrol-request"], "the enrolment request"
    terminal = bytes.fromhex("A1B2C3D4E5F60718")
    granted = {0: 1, 1: terminal, 2: centre, 3: centre_key, 4: "P99010000001", 5: device_key, 6: "SN-0001",
               7: 200000, 8: 20000, 9: 2000000, 10: 1790000000, 11: 1950000000}  # fmt: skip
    granted[12] = sign(centre_d, domain("yika enrol v1 certificate") + cbor(granted))
    certificate = cbor(granted)
    assert certificate == records["certificate"], "the certificate"
    code = sm3(domain("yika enrol v1 code") + cbor(asked) + certificate + opening)
    assert f"{int.from_bytes(code[:8], 'big') % 1000000:06}" == keys["code"], "the compared code"
    x = mul(centre_d, point(device_key))[0]
    assert x == mul(device_d, point(centre_key))[0]
    secret = hkdf_expand(hmac(sm3(certificate), num(x)), domain("yika enrol v1 secret"), 32)
    assert secret == keys["secret"], "the enrolment secret"
    assert cbor({0: 1, 1: num(device_d), 2: secret, 3: granted}) == records["identity"], "the stored identity"
    assert cbor({0: 1, 1: 15, 2: terminal, 3: 1, 4: 1, 5: 1}) == records["hint"], "the hint"
    for name, rule in (("enrol-request", "enrol-request"), ("certificate", "certificate"), ("identity", "identity"), ("hint", "hint")):
        grammar.check(rule, read(records[name]))

    seen = set()
    for sample in samples["messages"]:
        name, datagram = sample["name"], bytes.fromhex(sample["datagram"])
        seen.add(name)
        assert len(datagram) <= 1200
        kind, counter, head_bytes, plaintext = unseal(secret, centre, datagram)
        body, end = parse(plaintext)
        grammar.check("message", read(datagram))
        grammar.check(BODY_RULES[kind], body)
        assert head_bytes.hex() == sample["header"].lower() and plaintext[:end].hex() == sample["body"].lower()
        cipher_key, nonce_key = seal_keys(secret, kind, terminal, centre, counter)
        assert (cipher_key.hex(), nonce_key.hex()) == (sample["cipher_key"].lower(), sample["nonce_key"].lower())
        if name in REQUESTS:
            expected_kind, expected_counter, value = REQUESTS[name]
            made = request(device_d, secret, centre, expected_kind, terminal, expected_counter, cbor(value))
            assert made == datagram, f"{name} bit for bit"
            signed = domain("yika swipe v1 request") + centre + head_bytes + plaintext[:end]
            assert verify(device_key, signed, plaintext[end:]), f"the signature of {name}"
        else:
            assert cbor(ANSWERS[name]) == plaintext[:end], f"the body of {name}"
            if plaintext[end:]:
                evidence = read(plaintext[end:])
                grammar.check("evidence", evidence)
                check_evidence(centre_key, centre, head_bytes, plaintext[:end], evidence)
            assert seal(secret, centre, kind, terminal, counter, plaintext) == datagram, f"{name} bit for bit"
        # The grammar says no as well as yes: without its first required key a body is none.
        if body and name != "status-answered":
            assert not grammar.fits(("name", BODY_RULES[kind]), {key: body[key] for key in list(body)[1:]}), name
    assert seen == set(REQUESTS) | set(ANSWERS), "every sample is known here"
    unused = set(grammar.rules) - grammar.used
    assert not unused, f"rules of the grammar that no sample needs: {unused}"
    return len(seen) + len(records)


def self_test():
    """Published vectors: GB/T 32905 A.1, GB/T 32907 A.1, RFC 8998 A.1 (SM4-GCM)."""
    assert sm3(b"abc").hex() == "66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0"
    key = bytes.fromhex("0123456789abcdeffedcba9876543210")
    assert sm4(sm4_key(key), key).hex() == "681edf34d206965e86b3e94f536e4246"
    text = bytes.fromhex("a" * 16 + "b" * 16 + "c" * 16 + "d" * 16 + "e" * 16 + "f" * 16 + "e" * 16 + "a" * 16)
    aad = bytes.fromhex("feedfacedeadbeeffeedfacedeadbeefabaddad2")
    out, tag = gcm(key, bytes.fromhex("00001234567800000000abcd"), text, aad, decrypt=False)
    assert tag.hex() == "83de3541e4c2b58177e065a9bf7b62ec", tag.hex()
    assert out.hex().startswith("17f399f08c67d5ee19d0dc9969c4bb7d"), out.hex()


def main():
    self_test()
    with open(sys.argv[1], encoding="utf-8") as file:
        samples = json.load(file)
    with open(sys.argv[2], encoding="utf-8") as file:
        grammar = Grammar(file.read())
    print(check_samples(samples, grammar), "samples rebuilt")


if __name__ == "__main__":
    main()
