"""A search of every store for words: rows, items, users, files, queues, SES's list."""

import io
import json
import zipfile
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import connection

from adapters.aws import client
from adapters.definitions import definition, name_of


def find(words: Iterable[str], files: Path) -> list[str]:
    """Return each place in which one of the words stands, in small letters or large."""
    wanted = {word.casefold() for word in words if word}
    wanted |= {json.dumps(word)[1:-1] for word in wanted}
    return [
        f"{place}: {text[:300]}"
        for place, text in everything(files)
        if any(word in text.casefold() for word in wanted)
    ] + list(_held_back({word for word in wanted if "@" in word}))


def everything(files: Path) -> Iterator[tuple[str, str]]:
    yield from _rows()
    yield from _items()
    yield from _users()
    yield from _messages()
    yield from _files(files)


def _rows() -> Iterator[tuple[str, str]]:
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f"SELECT * FROM {connection.ops.quote_name(table)}")  # noqa: S608
            for row in cursor.fetchall():
                yield table, repr(row)


def _items() -> Iterator[tuple[str, str]]:
    for table in definition("tables"):
        for page in client("dynamodb").get_paginator("scan").paginate(TableName=name_of(table)):
            for item in page["Items"]:
                yield table, json.dumps(item, ensure_ascii=False)


def _users() -> Iterator[tuple[str, str]]:
    pool = client("cognito-idp").list_users(UserPoolId=settings.USER_POOL_ID)
    for user in pool["Users"]:
        yield "cognito", repr(user)


def _messages() -> Iterator[tuple[str, str]]:
    sqs = client("sqs")
    for url in sqs.list_queues().get("QueueUrls", []):
        answer: Any = sqs.receive_message(
            QueueUrl=url, MaxNumberOfMessages=10, VisibilityTimeout=0, WaitTimeSeconds=0
        )
        for message in answer.get("Messages", []):
            yield url, message["Body"]


def _held_back(words: set[str]) -> Iterator[str]:
    """SES's own list: it is asked for each address."""
    ses = client("sesv2")
    for word in words:
        try:
            ses.get_suppressed_destination(EmailAddress=word)
        except ses.exceptions.NotFoundException:
            continue
        yield f"ses: {word}"


def _files(folder: Path) -> Iterator[tuple[str, str]]:
    for file in folder.rglob("*") if folder.exists() else ():
        if file.is_file():
            yield str(file), _text(file.read_bytes())


def _text(content: bytes) -> str:
    if not zipfile.is_zipfile(io.BytesIO(content)):
        return content.decode(errors="replace")
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return "".join(archive.read(name).decode() for name in archive.namelist())
