#!/usr/bin/env python3
"""The signed text of a message, computed a second time from the written rules alone.

Usage: signature_text.py input|output < message.json
Prints one JSON object: canonical, digest, text, cainfo.

Rules: the non-empty envelope fields but cainfo, sorted by byte, as k=v joined with &; in place of the body (`input` of a
request, `output` of an answer) stands its name, =, and 64 upper-case hex digits of SM3 (GB/T 32905) over the RFC 8785 form of
the body; an absent or null body is left out. No code of the project is used here, and no library beyond Python's own.
"""

import json
import sys

MASK = 0xFFFFFFFF


def rotate(word, count):
    count %= 32
    return ((word << count) | (word >> (32 - count))) & MASK


def compress(state, block):
    w = [int.from_bytes(block[4 * j : 4 * j + 4], "big") for j in range(16)]
    for j in range(16, 68):
        x = w[j - 16] ^ w[j - 9] ^ rotate(w[j - 3], 15)
        w.append(x ^ rotate(x, 15) ^ rotate(x, 23) ^ rotate(w[j - 13], 7) ^ w[j - 6])
    a, b, c, d, e, f, g, h = state
    for j in range(64):
        t = 0x79CC4519 if j < 16 else 0x7A879D8A
        ss1 = rotate((rotate(a, 12) + e + rotate(t, j)) & MASK, 7)
        ss2 = ss1 ^ rotate(a, 12)
        ff = a ^ b ^ c if j < 16 else (a & b) | (a & c) | (b & c)
        gg = e ^ f ^ g if j < 16 else (e & f) | (~e & MASK & g)
        tt1 = (ff + d + ss2 + (w[j] ^ w[j + 4])) & MASK
        tt2 = (gg + h + ss1 + w[j]) & MASK
        a, b, c, d = tt1, a, rotate(b, 9), c
        e, f, g, h = tt2 ^ rotate(tt2, 9) ^ rotate(tt2, 17), e, rotate(f, 19), g
    return [x ^ y for x, y in zip(state, (a, b, c, d, e, f, g, h))]


def sm3(data):
    state = [
        0x7380166F, 0x4914B2B9, 0x172442D7, 0xDA8A0600,
        0xA96F30BC, 0x163138AA, 0xE38DEE4D, 0xB0FB0E4E,
    ]
    padded = data + b"\x80" + b"\x00" * ((55 - len(data)) % 64) + (8 * len(data)).to_bytes(8, "big")
    for start in range(0, len(padded), 64):
        state = compress(state, padded[start : start + 64])
    return b"".join(word.to_bytes(4, "big") for word in state)


def canonical(value):
    """RFC 8785 for objects, arrays and strings, which is all a body may hold."""
    if isinstance(value, dict):
        names = sorted(value, key=lambda name: name.encode("utf-16-be"))
        return "{" + ",".join(canonical(name) + ":" + canonical(value[name]) for name in names) + "}"
    if isinstance(value, list):
        return "[" + ",".join(canonical(item) for item in value) + "]"
    if isinstance(value, str):
        return json.dumps(value, ensure_ascii=False)
    raise SystemExit(f"a leaf of the body is not a string: {value!r}")


def main():
    # The digest of "abc" from GB/T 32905, appendix A: a wrong SM3 here must not agree with a wrong one there.
    assert sm3(b"abc").hex() == "66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0"
    body = sys.argv[1]
    message = json.loads(sys.stdin.buffer.read().decode("utf-8"))
    form, digest, fields = None, None, {}
    if message.get(body) is not None:
        form = canonical(message[body])
        digest = sm3(form.encode("utf-8")).hex().upper()
        fields[body] = digest
    for name, value in message.items():
        if name not in (body, "cainfo") and value is not None and str(value) != "":
            fields[name] = str(value)
    text = "&".join(f"{name}={fields[name]}" for name in sorted(fields, key=lambda name: name.encode("utf-8")))
    json.dump({"canonical": form, "digest": digest, "text": text, "cainfo": message.get("cainfo", "")}, sys.stdout)


main()
