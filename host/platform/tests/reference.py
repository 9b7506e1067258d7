"""A second implementation of the signed text, written from RFC 8785 and the rule in hw-docs/signature.md.

Standard library and the `openssl` command only. Shares nothing with the Rust code.

  reference.py canonical            JSON on stdin -> canonical form on stdout (text leaves only)
  reference.py text input|output    envelope on stdin -> {"canonical", "digest", "text"} as JSON
"""

import json
import subprocess
import sys


def escape(text):
    short = {'"': '\\"', "\\": "\\\\", "\b": "\\b", "\t": "\\t", "\n": "\\n", "\f": "\\f", "\r": "\\r"}
    parts = []
    for character in text:
        if character in short:
            parts.append(short[character])
        elif ord(character) < 0x20:
            parts.append("\\u%04x" % ord(character))
        else:
            parts.append(character)
    return '"' + "".join(parts) + '"'


def canonical(value):
    if isinstance(value, str):
        return escape(value)
    if isinstance(value, list):
        return "[" + ",".join(canonical(item) for item in value) + "]"
    if isinstance(value, dict):
        # RFC 8785 §3.2.3: by UTF-16 code units; big-endian bytes of UTF-16 sort the same way.
        names = sorted(value, key=lambda name: name.encode("utf-16-be"))
        return "{" + ",".join(escape(name) + ":" + canonical(value[name]) for name in names) + "}"
    raise SystemExit("every leaf must be a JSON string")


def sm3(data):
    run = subprocess.run(["openssl", "dgst", "-sm3", "-binary"], input=data, capture_output=True, check=True)
    return run.stdout.hex().upper()


def signed_text(envelope, body_name):
    fields = {name: value for name, value in envelope.items() if name not in ("cainfo", body_name) and value != ""}
    body = envelope.get(body_name)
    form = digest = None
    if body is not None:
        form = canonical(body)
        digest = sm3(form.encode("utf-8"))
        fields[body_name] = digest
    names = sorted(fields, key=lambda name: name.encode("utf-8"))
    return {"canonical": form, "digest": digest, "text": "&".join(name + "=" + fields[name] for name in names)}


def main():
    value = json.loads(sys.stdin.buffer.read().decode("utf-8"))
    if sys.argv[1] == "canonical":
        out = canonical(value)
    else:
        out = json.dumps(signed_text(value, sys.argv[2]), ensure_ascii=True)
    sys.stdout.buffer.write(out.encode("utf-8"))


main()
