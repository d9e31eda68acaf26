"""The positive control of the simulation: the same days, metered without a ledger."""

from collections import defaultdict
from contextlib import ExitStack, suppress
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from adapters.seller import seller_client
from tests.metering_simulation import Simulation


class NaiveSimulation(Simulation):
    """The same days, metered as the published samples do it: what was used since the last time is
    sent with the time of now, 25 records at most, and whatever becomes of the call is forgotten."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.sent: dict[str, int] = defaultdict(int)

    def _pass(self, *, clean: bool = False) -> None:
        fault = None if clean else self._fault()
        used = self.book.used()
        news = {name: n - self.sent[name] for name, n in used.items() if n > self.sent[name]}
        self.sent.update(used)
        by_product: dict[str, list[dict[str, Any]]] = defaultdict(list)
        for one in self.world.agreements.values():
            name = one.id if one.license_id else f"{one.product.code}/{one.customer_identifier}"
            units = news.pop(f"agreement:{name}", 0)
            if units:
                by_product[one.product.code].append(self._record(one, units))
        with ExitStack() as stack:
            if fault:
                stack.enter_context(self.world.faults.with_fault(fault))
            for code, records in by_product.items():
                self._send_and_forget(code, records[:25])

    def _record(self, agreement: Any, units: int) -> dict[str, Any]:
        customer = {"CustomerIdentifier": agreement.customer_identifier}
        if agreement.license_id:
            customer = {
                "CustomerAWSAccountId": agreement.account_id,
                "LicenseArn": agreement.license_arn,
            }
        return {"Timestamp": self.now, "Dimension": "units", "Quantity": units, **customer}

    def _send_and_forget(self, code: str, records: list[dict[str, Any]]) -> None:
        product = {"ProductCode": code} if "LicenseArn" not in records[0] else {}
        with suppress(BotoCoreError, ClientError):
            seller_client("meteringmarketplace").batch_meter_usage(UsageRecords=records, **product)

    def _judge(self) -> None:
        self.outcome.used = sum(n for name, n in self.book.used().items() if "agreement:" in name)
        self.outcome.accepted = sum(int(one.quantity) for one in self.world.usage.values())
