"""A DNS that says what a test or a person put into it. No other name exists here."""

import socketserver
import threading
from typing import Any

import dns.exception
import dns.flags
import dns.message
import dns.name
import dns.rcode
import dns.rdata
import dns.rdataclass
import dns.rdatatype
import dns.rdtypes.ANY.TXT

from localcloud.server import PortTaken, taking

_IN, _TXT, _CNAME = dns.rdataclass.IN, dns.rdatatype.TXT, dns.rdatatype.CNAME
_UDP_BYTES = 1232
# A text of the DNS is made of pieces of 255 bytes.
_PIECE = 255


class Zone:
    """Names are in lower case, without the last dot."""

    def __init__(self) -> None:
        self.texts: dict[str, list[str]] = {}
        self.aliases: dict[str, str] = {}
        # By name: "servfail", or "silence" for no answer at all.
        self.faults: dict[str, str] = {}

    def put(self, name: str, text: str) -> None:
        self.texts.setdefault(name.lower().rstrip("."), []).append(text)

    def take(self, name: str) -> None:
        self.texts.pop(name.lower().rstrip("."), None)

    def clear(self) -> None:
        self.texts, self.aliases, self.faults = {}, {}, {}

    def answer(self, wire: bytes) -> dns.message.Message | None:
        """Raises DNSException for what is no question."""
        query = dns.message.from_wire(wire)
        answer = dns.message.make_response(query, recursion_available=True)
        asked = query.question[0]
        fault = self.faults.get(_plain(asked.name))
        if fault == "silence":
            return None
        if fault:
            answer.set_rcode(dns.rcode.SERVFAIL)
        else:
            self._fill(answer, asked.name, asked.rdtype)
        return answer

    def _fill(self, answer: dns.message.Message, name: dns.name.Name, kind: Any) -> None:
        if alias := self.aliases.get(_plain(name)):
            target = dns.name.from_text(f"{alias}.")
            rows = answer.find_rrset(answer.answer, name, _IN, _CNAME, create=True)
            rows.add(dns.rdata.from_text(_IN, _CNAME, target.to_text()), 60)
            name = target
        texts = self.texts.get(_plain(name), [])
        if not texts:
            answer.set_rcode(dns.rcode.NXDOMAIN)
        elif kind == _TXT:
            rows = answer.find_rrset(answer.answer, name, _IN, _TXT, create=True)
            for text in texts:
                rows.add(dns.rdtypes.ANY.TXT.TXT(_IN, _TXT, _pieces(text)), 60)


ZONE = Zone()


class _Datagram(socketserver.BaseRequestHandler):
    def handle(self) -> None:
        wire, socket = self.request
        if answer := _answered(wire):
            socket.sendto(_short(answer), self.client_address)


class _Stream(socketserver.StreamRequestHandler):
    def handle(self) -> None:
        length = int.from_bytes(self.rfile.read(2), "big")
        if answer := _answered(self.rfile.read(length)):
            wire = answer.to_wire(max_size=65535)
            self.wfile.write(len(wire).to_bytes(2, "big") + wire)


class _Udp(socketserver.ThreadingUDPServer):
    daemon_threads = True


class _Tcp(socketserver.ThreadingTCPServer):
    daemon_threads = True
    allow_reuse_address = True


class DnsServer:
    """Answers on one loopback port, by UDP and, where the answer is long, by TCP."""

    def __init__(self, *, host: str, port: int) -> None:
        """Raises PortTaken."""
        with taking(port):
            tcp = _Tcp((host, port), _Stream)
        self._servers: list[socketserver.BaseServer] = [tcp]
        port = int(tcp.server_address[1])
        self.address = f"{host}:{port}"
        try:
            with taking(port):
                self._servers.append(_Udp((host, port), _Datagram))
        except PortTaken:
            tcp.server_close()
            raise

    def start(self) -> None:
        for server in self._servers:
            threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()

    def stop(self) -> None:
        for server in self._servers:
            server.shutdown()
            server.server_close()


def _answered(wire: bytes) -> dns.message.Message | None:
    try:
        return ZONE.answer(wire)
    except (dns.exception.DNSException, IndexError):
        return None


def _short(answer: dns.message.Message) -> bytes:
    """What does not fit says so, and is asked for again by TCP."""
    try:
        return answer.to_wire(max_size=_UDP_BYTES)
    except dns.exception.TooBig:
        answer.answer.clear()
        answer.flags |= dns.flags.TC
        return answer.to_wire()


def _pieces(text: str) -> list[bytes]:
    raw = text.encode()
    return [raw[start : start + _PIECE] for start in range(0, len(raw), _PIECE)] or [b""]


def _plain(name: dns.name.Name) -> str:
    return name.to_text(omit_final_dot=True).lower()
