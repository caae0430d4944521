from __future__ import annotations

import hashlib

from eegrecon.registry.digests import digest


def test_a_digest_is_that_of_canonical_json() -> None:
    text = b'{"a":null,"b":[1,2.5]}'
    assert digest({"b": (1, 2.5), "a": None}) == hashlib.blake2b(text, digest_size=16).hexdigest()
