"""As much of CBOR (RFC 8949) as Smithy's RPC protocol uses, both ways.

https://smithy.io/2.0/additional-specs/protocols/smithy-rpc-v2.html
"""

import struct
from datetime import UTC, datetime
from typing import Any

_UNSIGNED, _NEGATIVE, _BYTES, _TEXT, _LIST, _MAP, _TAG, _SIMPLE = range(8)
_FALSE, _TRUE, _NULL, _UNDEFINED = range(20, 24)
_INDEFINITE = 31
_BREAK = 0xFF
# A time in seconds since 1970.
_EPOCH = 1
_FLOATS = {25: ("!e", 2), 26: ("!f", 4), 27: ("!d", 8)}
# Nothing that the services take is deeper.
_DEEPEST = 32


class NotCbor(Exception):
    """The bytes are no CBOR, or more than one item, or of a kind that Smithy does not use."""


def encoded(value: Any) -> bytes:
    match value:
        case None | bool():
            code = {None: _NULL, False: _FALSE, True: _TRUE}[value]
            return bytes([_SIMPLE << 5 | code])
        case int():
            return _head(_UNSIGNED, value) if value >= 0 else _head(_NEGATIVE, -1 - value)
        case float():
            return bytes([_SIMPLE << 5 | 27]) + struct.pack("!d", value)
        case datetime():
            return _head(_TAG, _EPOCH) + encoded(value.timestamp())
        case bytes():
            return _head(_BYTES, len(value)) + value
        case str():
            text = value.encode()
            return _head(_TEXT, len(text)) + text
        case list():
            return _head(_LIST, len(value)) + b"".join(encoded(item) for item in value)
        case dict():
            pairs = b"".join(encoded(key) + encoded(item) for key, item in value.items())
            return _head(_MAP, len(value)) + pairs
    raise TypeError(f"CBOR has no {type(value).__name__}.")


def _head(major: int, number: int) -> bytes:
    if number < 24:
        return bytes([major << 5 | number])
    for code, size in ((24, 1), (25, 2), (26, 4), (27, 8)):
        if number < 1 << 8 * size:
            return bytes([major << 5 | code]) + number.to_bytes(size, "big")
    raise TypeError("CBOR has no integer that large.")


def decoded(data: bytes) -> Any:
    """Raises NotCbor."""
    reader = _Reader(data)
    value = reader.item()
    if not reader.is_at_end:
        raise NotCbor("More than one item.")
    return value


class _Reader:
    def __init__(self, data: bytes) -> None:
        self._data = data
        self._place = 0
        self._depth = 0

    @property
    def is_at_end(self) -> bool:
        return self._place == len(self._data)

    def item(self) -> Any:
        self._depth += 1
        if self._depth > _DEEPEST:
            raise NotCbor("Too deep.")
        first = self._take(1)[0]
        major, info = first >> 5, first & 31
        value = self._simple(info) if major == _SIMPLE else self._of(major, info)
        self._depth -= 1
        return value

    def _of(self, major: int, info: int) -> Any:
        length = None if info == _INDEFINITE else self._number(info)
        if major in (_BYTES, _TEXT):
            return self._string(major, length)
        if major == _LIST:
            return [self.item() for _ in self._times(length)]
        if major == _MAP:
            return {self._key(): self.item() for _ in self._times(length)}
        if length is None:
            raise NotCbor("A number has a length.")
        if major == _TAG:
            return self._tagged(length)
        return length if major == _UNSIGNED else -1 - length

    def _string(self, major: int, length: int | None) -> Any:
        whole = self._take(length) if length is not None else b"".join(self._chunks(major))
        if major == _BYTES:
            return whole
        try:
            return whole.decode()
        except UnicodeDecodeError as error:
            raise NotCbor("Text that is no UTF-8.") from error

    def _chunks(self, major: int) -> Any:
        for _ in self._times(None):
            first = self._take(1)[0]
            if first >> 5 != major:
                raise NotCbor("A piece of another kind.")
            yield self._take(self._number(first & 31))

    def _times(self, length: int | None) -> Any:
        if length is not None:
            # A length is no promise: what is claimed beyond the end fails at the first item.
            yield from range(length)
            return
        while self._peek() != _BREAK:
            yield None
        self._take(1)

    def _key(self) -> str:
        key = self.item()
        if not isinstance(key, str):
            raise NotCbor("A name that is no text.")
        return key

    def _tagged(self, tag: int) -> datetime:
        value = self.item()
        is_time = isinstance(value, int | float) and not isinstance(value, bool)
        if tag != _EPOCH or not is_time:
            raise NotCbor("A tag that is no time.")
        try:
            return datetime.fromtimestamp(value, UTC)
        except (OverflowError, ValueError, OSError) as error:
            raise NotCbor("A time out of range.") from error

    def _simple(self, info: int) -> Any:
        if info in _FLOATS:
            form, size = _FLOATS[info]
            return struct.unpack(form, self._take(size))[0]
        known = {_FALSE: False, _TRUE: True, _NULL: None, _UNDEFINED: None}
        if info not in known:
            raise NotCbor("A simple value that Smithy does not use.")
        return known[info]

    def _number(self, info: int) -> int:
        if info < 24:
            return info
        if info > 27:
            raise NotCbor("No such length.")
        return int.from_bytes(self._take(1 << info - 24), "big")

    def _peek(self) -> int:
        if self.is_at_end:
            raise NotCbor("It ends too early.")
        return self._data[self._place]

    def _take(self, size: int) -> bytes:
        if self._place + size > len(self._data):
            raise NotCbor("It ends too early.")
        self._place += size
        return self._data[self._place - size : self._place]
