#!/usr/bin/env python3
"""Another program that holds a card for itself, as old counter plug-ins do.

Usage: hold_reader.py READER
Prints "held" and keeps the card until its input ends. Talks to the PC/SC library directly.
"""

import ctypes
import sys

SCOPE_SYSTEM, SHARE_EXCLUSIVE, PROTOCOL_ANY, LEAVE_CARD = 2, 1, 3, 0


def check(code):
    if code != 0:
        raise SystemExit(f"PC/SC says {code & 0xFFFFFFFF:08X}")


def main():
    pcsc = ctypes.CDLL("libpcsclite.so.1")
    context, card, protocol = ctypes.c_long(), ctypes.c_long(), ctypes.c_ulong()
    check(pcsc.SCardEstablishContext(SCOPE_SYSTEM, None, None, ctypes.byref(context)))
    reader = sys.argv[1].encode()
    check(
        pcsc.SCardConnect(
            context, reader, SHARE_EXCLUSIVE, PROTOCOL_ANY, ctypes.byref(card), ctypes.byref(protocol)
        )
    )
    print("held", flush=True)
    sys.stdin.read()
    pcsc.SCardDisconnect(card, LEAVE_CARD)


main()
