"""Digests of JSON-like values, the same in every process and on every machine."""

from __future__ import annotations

import hashlib
import json
from typing import Any


def canonical(value: Any) -> str:
    """Return JSON with sorted keys and no spaces; tuples become lists, floats are written exactly."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)


def digest(value: Any) -> str:
    """Return the digest of a JSON-like value, 32 hexadecimal digits."""
    return hashlib.blake2b(canonical(value).encode(), digest_size=16).hexdigest()
