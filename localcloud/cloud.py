"""The local cloud as one thing: start it, talk to it, empty it, stop it."""

import os
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from moto.core.base_backend import BackendDict
from moto.core.config import default_user_config
from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app

from localcloud import (
    bucket_policies,
    builder,
    cdn,
    cognito_resources,
    function_urls,
    functions_runtime,
    log_searches,
    mail_destinations,
    mail_returns,
    mailbox,
    partiql,
    plans,
    queries,
    retention,
    sign_ups,
    stacks,
    temporary_passwords,
    tokens,
    totp,
    transactions,
    users,
)
from localcloud.control_plane import CONTROL_PLANE, ControlPlane, Paced
from localcloud.dns_zone import ZONE, DnsServer, Zone
from localcloud.gateway import gateway
from localcloud.locks import OneAtATime, service_of
from localcloud.mailbox import MAILBOX
from localcloud.mailbox_pages import mailbox_pages
from localcloud.marketplace.application import MarketplaceApplication, WithMarketplace
from localcloud.marketplace.world import World
from localcloud.memory import Memory
from localcloud.packages_runtime import PackagesRuntime
from localcloud.place import REGION
from localcloud.server import Server


@dataclass(frozen=True)
class Addresses:
    """Where things are; the addresses have no trailing slash."""

    aws: str
    api: str
    mailbox: str
    marketplace: str
    dns: str
    region: str
    user_pool_id: str
    client_id: str


class AlreadyRunning(Exception):
    """moto keeps its state in the process, so there is one local cloud in it at a time."""


class LocalCloud:
    """A running local cloud. Its servers are threads of this process."""

    _running: "LocalCloud | None" = None

    def __init__(
        self,
        servers: list[Server | DnsServer],
        addresses: Addresses,
        marketplace: World,
        packages: PackagesRuntime | None = None,
    ) -> None:
        self.addresses = addresses
        self.marketplace = marketplace
        self._servers = servers
        self._packages = packages
        self._memory = Memory()

    @classmethod
    def start(
        cls,
        *,
        stage: str = "local",
        aws_port: int = 0,
        api_port: int = 0,
        mailbox_port: int = 0,
        marketplace_port: int = 0,
        dns_port: int = 0,
        host: str = "127.0.0.1",
        hardened: bool = True,
        empty: bool = False,
    ) -> "LocalCloud":
        """Build everything that infra/ defines and return when it can be used.

        Points this process at itself through the variables that boto3 reads. A port of 0
        is any free one. Without `hardened` moto races as it does on its own, which is what
        a test of races needs to see failing; corrections last as long as the process.
        An `empty` cloud has nothing in it, and its Lambda runs the packages that a deployment
        uploads: `stop` ends their processes.
        Raises AlreadyRunning, PortTaken or NotLoopback.
        """
        if cls._running:
            raise AlreadyRunning("A local cloud is running in this process.")
        _prepare_moto(hardened)
        world = World()
        ports = (aws_port, api_port, mailbox_port, marketplace_port)
        servers = _servers(host, ports, hardened, world)
        aws, api, mail, marketplace = servers
        try:
            names = DnsServer(host=host, port=dns_port)
            aws.start()
            _point_here(stage, aws.address)
            packages = PackagesRuntime() if empty else None
            built = builder.Built("", "") if packages else builder.build()
            if packages:
                packages.install()
        except BaseException:
            _stop(servers)
            raise
        api.start()
        mail.start()
        marketplace.start()
        names.start()
        os.environ["DNS_SERVERS"] = names.address
        os.environ["USER_POOL_ID"] = built.user_pool_id
        os.environ["USER_POOL_CLIENT_ID"] = built.client_id
        addresses = Addresses(
            aws=aws.address,
            api=f"{api.address}/{stage}",
            mailbox=mail.address,
            marketplace=marketplace.address,
            dns=names.address,
            region=REGION,
            user_pool_id=built.user_pool_id,
            client_id=built.client_id,
        )
        cls._running = cls([*servers, names], addresses, world, packages)
        return cls._running

    def reset(self) -> None:
        """Empty the cloud: nothing made since the start is left, and all ids stay the same."""
        self._memory.restore()
        self.marketplace.clear()
        ZONE.clear()

    def mails(self, to: str | None = None) -> list[dict[str, str]]:
        """Return the mails sent, the newest first, as /mails.json does."""
        return MAILBOX.mails(to)

    def stop(self) -> None:
        _stop(self._servers)
        if self._packages:
            self._packages.stop()
        type(self)._running = None

    @property
    def dns(self) -> Zone:
        """What the DNS says of names, and how it fails."""
        return ZONE

    @property
    def control_plane(self) -> ControlPlane:
        """API Gateway's own rates, off until `control_plane.factor` is set."""
        return CONTROL_PLANE

    @property
    def conflict_rate(self) -> float:
        """How many of the transactions meet another one and are cancelled, from 0 to 1."""
        return transactions.WEATHER.conflict_rate

    @conflict_rate.setter
    def conflict_rate(self, rate: float) -> None:
        transactions.WEATHER.conflict_rate = rate


def _prepare_moto(hardened: bool) -> None:
    BackendDict.reset()
    default_user_config["lambda"] = {"use_docker": False}
    cognito_resources.install()
    function_urls.install()
    for module in (
        bucket_policies,
        cdn,
        functions_runtime,
        log_searches,
        mail_destinations,
        mail_returns,
        mailbox,
        partiql,
        plans,
        retention,
        sign_ups,
        stacks,
        tokens,
        temporary_passwords,
        totp,
        users,
    ):
        module.corrections.install()
    if hardened:
        for module in (queries, transactions):
            module.corrections.install()


def _servers(
    host: str, ports: tuple[int, int, int, int], hardened: bool, world: World
) -> list[Server]:
    moto: Any = DomainDispatcherApplication(create_backend_app)
    # moto lists its folder of services anew for every call: a sixth of what a call takes.
    moto.get_backend_for_host = cache(moto.get_backend_for_host)
    aws = Paced(OneAtATime(moto) if hardened else moto, service_of)
    marketplace = MarketplaceApplication(world)
    applications: list[Any] = [
        WithMarketplace(aws, world),
        cdn.WithCdn(gateway),
        mailbox_pages,
        marketplace,
    ]
    servers: list[Server] = []
    try:
        for application, port in zip(applications, ports, strict=True):
            servers.append(Server(application, host=host, port=port))
    except BaseException:
        _stop(servers)
        raise
    return servers


def _stop(servers: Sequence[Server | DnsServer]) -> None:
    for server in servers:
        server.stop()


def _point_here(stage: str, address: str) -> None:
    os.environ.update(
        STAGE=stage,
        AWS_ENDPOINT_URL=address,
        AWS_REGION=REGION,
        AWS_DEFAULT_REGION=REGION,
        AWS_ACCESS_KEY_ID="local",
        AWS_SECRET_ACCESS_KEY="local",  # noqa: S106 - the local cloud checks no signature
    )
