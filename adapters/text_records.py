"""What the DNS says: the text records of a name, asked of a recursive resolver."""

from collections.abc import Sequence

import dns.exception
import dns.name
import dns.nameserver
import dns.resolver

from adapters.errors import TryLater

# One question, all its tries and all resolvers together.
PATIENCE_SECONDS = 5.0
# The owner of a name writes what stands there: what is beyond this is not read.
MOST_RECORDS = 100
LONGEST = 1000
# What passes every network in one piece; longer answers come by TCP.
_UDP_BYTES = 1232


def text_records(name: str, *, servers: Sequence[str] = ()) -> list[str]:
    """Return what the TXT records of exactly this name say, each in one piece; often nothing.

    `servers` are resolvers as 192.0.2.1 or 192.0.2.1:5353; without them the machine's own are
    asked. A name that is an alias (CNAME) says nothing: what stands behind it is another's. Raises
    TryLater while nobody answers, or only that the domain's servers are broken.
    """
    try:
        asked = dns.name.from_text(f"{name}.")
        answer = _resolver(servers).resolve(
            asked, "TXT", search=False, raise_on_no_answer=False, lifetime=PATIENCE_SECONDS
        )
    except (dns.resolver.NXDOMAIN, dns.name.NameTooLong, dns.name.LabelTooLong):
        return []
    except (dns.exception.DNSException, OSError) as error:
        raise TryLater(f"dns: {type(error).__name__} for {name}") from error
    if answer.rrset is None or answer.canonical_name != asked:
        return []
    pieces = [b"".join(record.strings) for record in list(answer.rrset)[:MOST_RECORDS]]
    return [piece[:LONGEST].decode("ascii", "replace") for piece in pieces]


def _resolver(servers: Sequence[str]) -> dns.resolver.Resolver:
    resolver = dns.resolver.Resolver(configure=not servers)
    if servers:
        resolver.nameservers = [_server(each) for each in servers]
    resolver.use_edns(0, 0, _UDP_BYTES)
    return resolver


def _server(written: str) -> dns.nameserver.Nameserver:
    address, _colon, port = written.partition(":")
    return dns.nameserver.Do53Nameserver(address, int(port or 53))
