"""Gates beside the rows: which of them let in too much, or too little, or belong to no campaign."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from adapters import gates, inventories
from adapters.gates import Gate, StoredGate
from campaigns import gate_words, gatekeeping
from campaigns.gate_words import Line
from campaigns.gatekeeping import NotInForceYet
from campaigns.models import Batch, Campaign

# As many as one call of DynamoDB reads.
AT_ONCE = 100


@dataclass(frozen=True)
class GateDifference:
    """What is otherwise at one gate. Of a campaign that we do not have the name is the gate's."""

    campaign: str
    name: str
    lines: list[Line]

    @property
    def lets_in_too_much(self) -> bool:
        return any(line.lets_in_more for line in self.lines)


def compare_some(after: int) -> tuple[list[GateDifference], int]:
    """Hold 100 gates against the campaigns that come after this one; return what differs, and the
    last campaign, 0 when there are no more.

    A campaign that is not in force yet, or that is changed meanwhile, is left out.
    """
    rows = list(Campaign.objects.filter(pk__gt=after).order_by("pk")[:AT_ONCE])
    settled = [row for row in rows if row.is_in_force]
    wanted = gatekeeping.gates_of(settled)
    there = gates.read_gates(wanted)
    ids = [row.pk for row in settled]
    now = dict(Campaign.objects.filter(pk__in=ids).values_list("pk", "generation"))
    settled = [row for row in settled if now.get(row.pk) == row.generation]
    found = _differences(settled, wanted, there)
    return found, rows[-1].pk if len(rows) == AT_ONCE else 0


def gates_of_nobody(token: str) -> tuple[list[GateDifference], str]:
    """Return those on a page of all gates whose campaign we do not have and that are not closed,
    and where the next page begins, "" after the last."""
    page = inventories.gates(token)
    ours = Campaign.objects.filter(public_id__in=page.things)
    lost = set(page.things) - set(ours.values_list("public_id", flat=True))
    found = []
    for stored in gates.read_gates(lost).values():
        if stored.gate is None or stored.gate.state != gates.ARCHIVED:
            name = stored.gate.name if stored.gate else ""
            found.append(GateDifference(stored.campaign, name, [gate_words.of_nobody(stored.gate)]))
    return found, page.token


def is_ours(public_id: str) -> bool:
    return Campaign.objects.filter(public_id=public_id).exists()


def write_again(public_id: str) -> None:
    """Write the gate as its campaign stands. Safe to repeat, and where the campaign is gone.

    Raises Refused where DynamoDB will not have it, else TryLater.
    """
    for campaign in Campaign.objects.filter(public_id=public_id):
        try:
            gatekeeping.write_again(campaign)
        except NotInForceYet as error:
            raise (error.__cause__ or error) from error


def close_lost_gate(public_id: str) -> None:
    """Close the gate of a campaign that we do not have; one that came back meanwhile is as it
    stands. Safe to repeat."""
    if not is_ours(public_id):
        gates.close_gate(public_id)
    write_again(public_id)


def _differences(
    rows: Sequence[Campaign], wanted: dict[str, Gate], there: dict[str, StoredGate]
) -> list[GateDifference]:
    pairs = [(row, wanted[row.public_id], there.get(row.public_id)) for row in rows]
    batches = _batches_named_by(
        gate for _row, own, stored in pairs for gate in (own, stored and stored.gate) if gate
    )
    return [
        GateDifference(row.public_id, row.name, lines)
        for row, own, stored in pairs
        if (lines := gate_words.differences(gates.as_stored(own), stored, batches))
    ]


def _batches_named_by(every: Iterable[Gate]) -> dict[str, Batch]:
    names = {name for gate in every for name in (*gate.closed_batches, *gate.batch_ends)}
    return {row.public_id: row for row in Batch.objects.filter(public_id__in=names)}
