"""Queries of one partition that look at that partition only: moto sorts the whole table for each.

They answer as moto does. A page of 200 codes out of 6,000 takes 25 ms instead of 400.
"""

import heapq
import operator
from collections.abc import Callable, Iterator
from typing import Any

from moto.dynamodb.models.dynamo_type import DynamoType
from moto.dynamodb.models.table import Table

from localcloud.corrections import Corrections

corrections = Corrections()

_Key = tuple[Any, ...]


@corrections.of(Table)
def all_items(stock: Any, table: Any) -> list[Any]:
    """Return the items in the order of their keys, by plain values: moto compares wrapped ones."""
    if not table.range_key_attr:
        return sorted(table.items.values(), key=_hash_value)
    items = [item for partition in table.items.values() for item in partition.values()]
    return sorted(items, key=lambda item: (_hash_value(item), item.range_key.cast_value))


@corrections.of(Table)
def query(
    stock: Any,
    table: Any,
    hash_key: Any,
    range_comparison: str | None,
    range_objs: list[Any],
    limit: int,
    exclusive_start_key: dict[str, Any] | None,
    scan_index_forward: bool,
    projection_expressions: Any,
    index_name: str | None = None,
    *rest: Any,
    **conditions: Any,
) -> Any:
    """Show the stock query only the items that can be on its page."""
    page = _Page(table, index_name, exclusive_start_key, scan_index_forward is not False)
    found = page.items(hash_key, conditions.get("hash_key_conditions") or [])
    if limit and not range_comparison and not conditions.keys() - _KEY_CONDITIONS:
        found = page.first(limit + 1, found)
    table.all_items = lambda: list(found)
    try:
        return stock(
            table,
            hash_key,
            range_comparison,
            range_objs,
            limit,
            exclusive_start_key,
            scan_index_forward,
            projection_expressions,
            index_name,
            *rest,
            **conditions,
        )
    finally:
        del table.all_items


_KEY_CONDITIONS = {"hash_key_conditions", "range_key_conditions"}


class _Page:
    """Where in a table or an index a query starts to read, and in which direction."""

    def __init__(
        self, table: Any, index_name: str | None, start: dict[str, Any] | None, forward: bool
    ) -> None:
        self._table = table
        self._index = table.get_index(index_name) if index_name else None
        self._sorted_by = self._names()
        self._start = start
        self._forward = forward

    def items(self, hash_key: Any, conditions: list[tuple[str, Any]]) -> list[Any]:
        """Return the items of the partition, in no order, without those of earlier pages."""
        if self._index:
            wanted = [(name, value.type, value.value) for name, value in conditions]
            found = [item for item in self._stored() if _has(item, wanted)]
        else:
            found = self._partition(hash_key)
        if not self._start:
            return found
        start = self._key_of({name: DynamoType(value) for name, value in self._start.items()})
        after = operator.gt if self._forward else operator.lt
        return [item for item in found if after(self._key(item), start)]

    def first(self, count: int, items: list[Any]) -> list[Any]:
        take: Callable[..., list[Any]] = heapq.nsmallest if self._forward else heapq.nlargest
        return take(count, items, key=self._key)

    def _names(self) -> list[str]:
        names = list(self._table.table_key_attrs)
        if not self._index:
            return names
        ranges = [key["AttributeName"] for key in self._index.schema if key["KeyType"] == "RANGE"]
        return ranges + names

    def _stored(self) -> Iterator[Any]:
        """Yield every item that the index holds: those with all its keys."""
        needed = [key["AttributeName"] for key in self._index.schema] if self._index else []
        partitions = self._table.items.values()
        if not self._table.range_key_attr:
            partitions = [dict(self._table.items)]
        for partition in partitions:
            for item in partition.values():
                if all(name in item.attrs for name in needed):
                    yield item

    def _partition(self, hash_key: Any) -> list[Any]:
        found = self._table.items.get(hash_key)
        if found is None:
            return []
        return list(found.values()) if self._table.range_key_attr else [found]

    def _key(self, item: Any) -> _Key:
        return self._key_of(item.attrs)

    def _key_of(self, attributes: dict[str, Any]) -> _Key:
        return tuple(attributes[name].cast_value for name in self._sorted_by)


def _has(item: Any, wanted: list[tuple[str, str, Any]]) -> bool:
    for name, kind, value in wanted:
        attribute = item.attrs[name]
        if attribute.value != value or attribute.type != kind:
            return False
    return True


def _hash_value(item: Any) -> Any:
    return item.hash_key.cast_value
