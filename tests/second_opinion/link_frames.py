#!/usr/bin/env python3
"""Frames of the line between device and till, made from hw-docs/link.md alone: one a line, name and hex.

Standard library only: CBOR by hand, zlib's CRC-32, COBS as its paper has it. Compare with hw-docs/samples/link/frames-v1.txt.
"""
import struct
import zlib


def cobs(plain):
    blocks, block = [], bytearray()
    for byte in plain:
        if byte == 0:
            blocks.append(block)
            block = bytearray()
        else:
            block.append(byte)
            if len(block) == 254:
                blocks.append(block)
                block = bytearray()
    # A run of 254 that ends the data needs no empty block behind it.
    if block or not blocks or len(blocks[-1]) < 254 or plain[-1] == 0:
        blocks.append(block)
    return b"".join(bytes([len(block) + 1]) + block for block in blocks)


def head(major, number):
    for limit, more, form in ((24, None, None), (1 << 8, 24, ">B"), (1 << 16, 25, ">H"), (1 << 32, 26, ">I")):
        if number < limit:
            return bytes([major << 5 | number]) if more is None else bytes([major << 5 | more]) + struct.pack(form, number)
    return bytes([major << 5 | 27]) + struct.pack(">Q", number)


def cbor(value):
    if isinstance(value, bool):
        return b"\xf5" if value else b"\xf4"
    if isinstance(value, int):
        return head(0, value)
    if isinstance(value, bytes):
        return head(2, len(value)) + value
    if isinstance(value, str):
        return head(3, len(value.encode())) + value.encode()
    if isinstance(value, list):
        return head(4, len(value)) + b"".join(map(cbor, value))
    return head(5, len(value)) + b"".join(cbor(key) + cbor(item) for key, item in sorted(value.items()))


def frame(channel, number, message):
    plain = struct.pack(">BBH", 1, channel, number) + cbor(message)
    plain += struct.pack(">I", zlib.crc32(plain))
    return b"\0" + cobs(plain) + b"\0"


INFO, SALE, DATAGRAM, ENROLMENT = range(4)
TERMINAL = bytes.fromhex("0102030405060708")
ORDER = "R20261122-0001"
LINE = {
    0: "XA01AB0001",
    1: "A-1",
    2: 20000,
    3: 12500000,
    4: 2500,
    5: [bytes.fromhex("81234567890123456789"), False, "ABC1", True],
}
SETTLED = {6: "S1", 7: bytes.fromhex("20261122"), 8: 2500, 9: 2000, 10: 300, 11: 200, 12: 98000}
FRAMES = {
    "hello": (INFO, 1, {0: 1}),
    "sale": (SALE, 2, {0: 2, 1: ORDER, 2: 2500, 3: 1, 4: 1, 5: [LINE]}),
    "cancel": (SALE, 3, {0: 3, 1: ORDER}),
    "datagram-in": (DATAGRAM, 4, {0: 4, 1: b"\1\2\3"}),
    "enrol-begin": (ENROLMENT, 5, {0: 5}),
    "enrol-grant": (ENROLMENT, 6, {0: 6, 1: b"\xa0"}),
    "enrol-confirm": (ENROLMENT, 7, {0: 7}),
    "info": (INFO, 1, {0: 12, 1: "SN0001", 2: "lm3s6965evb", 3: "0.1.0", 4: TERMINAL, 5: False, 6: 2, 7: True}),
    "state": (SALE, 2, {0: 13, 1: ORDER, 2: 4}),
    "settled": (SALE, 2, {0: 14, 1: ORDER, 2: 1, 3: TERMINAL, 4: 70000, **SETTLED}),
    "refused-result": (SALE, 2, {0: 14, 1: ORDER, 2: 2, 3: TERMINAL, 4: 70000, 5: 5031}),
    "cancelled": (SALE, 2, {0: 14, 1: ORDER, 2: 3}),
    "undone": (SALE, 2, {0: 14, 1: ORDER, 2: 4, 3: TERMINAL, 4: 70000}),
    "voided": (SALE, 2, {0: 14, 1: ORDER, 2: 5, 3: TERMINAL, 4: 70000, **SETTLED}),
    "datagram-out": (DATAGRAM, 9, {0: 15, 1: bytes(1200)}),
    "datagram-dense": (DATAGRAM, 9, {0: 15, 1: b"\x55" * 1200}),
    "enrol-request": (ENROLMENT, 5, {0: 16, 1: b"\xa1"}),
    "enrol-waiting": (ENROLMENT, 6, {0: 17, 1: bytes(range(16))}),
    "enrolled": (ENROLMENT, 7, {0: 18, 1: TERMINAL}),
    "refused": (SALE, 8, {0: 19, 1: 7022}),
}

if __name__ == "__main__":
    for name, parts in FRAMES.items():
        print(name, frame(*parts).hex().upper())
