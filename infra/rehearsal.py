"""`make rehearse`: a stage of its own in a local cloud of its own, from nothing to nothing.

The tools are the real ones, run by the same command as on AWS, in a copy of this checkout: deploy,
look, change, deploy, look, roll back, look, take down. What is left over is counted.
"""

import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

from infra import smoke_customers, stage_contents
from infra.deploying.steps import Step, run_all
from infra.deploying.stopping import Stopped
from localcloud.place import ACCOUNT, REGION

ROOT = Path(__file__).resolve().parent.parent
STAGE = "rehearsal"
_PAGE = "templates/portal/landing.html"
_DOMAINS = ("portal.rehearsal.example", "staff.rehearsal.example")
_STYLE = "static/site.css"
_MARK = "This line came with the second release."


class Rehearsal:
    """A copy of the checkout, a cloud and a database, all in one folder that goes away."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.checkout = folder / "checkout"
        self.cloud: dict[str, str] = {}
        self.database = ""
        self.settings: list[str] = []

    def steps(self) -> list[Step]:
        return [
            Step("copy", "a checkout of its own", self._copy),
            Step("settings", "what a person puts into SSM", self._put_settings),
            Step("deploy", "from nothing", lambda: self._make("deploy")),
            Step("customer", "somebody for the smoke test", self._make_customer),
            Step("hosts", "its own host names lead to it", self._ask_hosts),
            Step("change", "another page, its style, other functions", self._change),
            Step("deploy-2", "the change, now with a customer", lambda: self._make("deploy")),
            Step("look", "the change is there", lambda: self._look(changed=True)),
            Step("plan", "nothing is left to do", self._plan),
            Step("rollback", "the release before", lambda: self._make("rollback")),
            Step("look-2", "the change is gone", lambda: self._look(changed=False)),
            Step("destroy", "to nothing", lambda: self._make("destroy", f"--yes={STAGE}")),
            Step("clear", "what a person put there", self._clear),
            Step("count", "what is left", self._count),
        ]

    def _copy(self) -> str:
        """Take what git knows or may come to know: what is not committed yet is rehearsed too."""
        listed = _git(ROOT, "ls-files", "-z", "--cached", "--others", "--exclude-standard")
        for name in filter(None, listed.split("\0")):
            if (ROOT / name).is_file():
                (self.checkout / name).parent.mkdir(parents=True, exist_ok=True)
                shutil.copy(ROOT / name, self.checkout / name)
        _write_stage(self.checkout)
        (ROOT / "build/environments").mkdir(parents=True, exist_ok=True)
        (self.checkout / "build").mkdir()
        (self.checkout / "build/environments").symlink_to(ROOT / "build/environments")
        _git(self.checkout, "init", "--quiet")
        return self._commit("A stage of its own")

    def _put_settings(self) -> str:
        portal = {
            "SECRET_KEY": "rehearsal" * 8,
            "DATABASE_URL": self.database,
            "ALLOWED_HOSTS": ",".join(("127.0.0.1", *_DOMAINS)),
            "PORTAL_URL": self._url_of(f"gatehouse-portal-{STAGE}"),
            "STAFF_URL": self._url_of(f"gatehouse-portal-{STAGE}").replace(
                "127.0.0.1", "localhost"
            ),
            "STATIC_URL": f"{self._gateway()}/_cdn/gatehouse-{STAGE}-static/static/",
            "API_URL": self._url_of(f"gatehouse-{STAGE}-api"),
            "MAIL_FROM": "Gatehouse <hello@gatehouse.example>",
            "SUPPORT_ADDRESS": "support@gatehouse.example",
        }
        self.settings = list(portal)
        for name, value in portal.items():
            stage_contents.client("ssm").put_parameter(
                Name=f"/gatehouse/{STAGE}/portal/{name}", Value=value, Type="SecureString"
            )
        return f"{len(portal)} settings"

    def _clear(self) -> str:
        """A tool takes away what it made; settings and customers are whoever's who made them."""
        smoke_customers.remove(STAGE)
        names = [f"/gatehouse/{STAGE}/portal/{name}" for name in self.settings]
        stage_contents.client("ssm").delete_parameters(Names=names)
        return f"{len(names)} settings and the customer"

    def _make(self, verb: str, *words: str) -> None:
        command = [sys.executable, "-m", "infra.deploying", verb, STAGE, *words]
        if verb in ("deploy", "plan"):
            command.append("--here")
        done = subprocess.run(command, cwd=self.checkout, check=False)
        if done.returncode:
            raise Stopped(f"{verb} ended with {done.returncode}")

    def _plan(self) -> str:
        done = subprocess.run(
            [sys.executable, "-m", "infra.deploying", "plan", STAGE, "--here"],
            cwd=self.checkout,
            capture_output=True,
            text=True,
            check=False,
        )
        parts = done.stdout.split("== ")[1:]
        unmoved = [part for part in parts if any(word in part for word in _NOTHING_TO_DO)]
        if done.returncode or len(unmoved) != len(parts) or len(parts) < 5:
            raise Stopped(f"the plan is not empty:\n{done.stdout}{done.stderr}")
        return f"{len(parts)} plans are empty"

    def _make_customer(self) -> str:
        smoke_customers.make(STAGE)
        return "in the pool, in DynamoDB and at API Gateway"

    def _change(self) -> str:
        page = self.checkout / _PAGE
        page.write_text(
            page.read_text().replace("{% endblock %}", f"<!--{_MARK}-->{{% endblock %}}")
        )
        for name, comment in {"functions/replies.py": "# {}", _STYLE: "/* {} */"}.items():
            with (self.checkout / name).open("a") as file:
                file.write(f"\n{comment.format(_MARK)}\n")
        return self._commit("A second release")

    def _look(self, *, changed: bool) -> str:
        page = _read(self._url_of(f"gatehouse-portal-{STAGE}") + "/")
        named = re.search(r'href="(http[^"]+/site\.\w+\.css)"', page)
        if not named:
            raise Stopped("the landing page names no style at the CDN")
        for what, text in {"landing page": page, "style": _read(named[1])}.items():
            if (seen := _MARK in text) is not changed:
                raise Stopped(f"the {what} {'has' if seen else 'lacks'} the change")
        where = "on the landing page and in its style"
        return f"seen {where}" if changed else f"no longer {where}"

    def _count(self) -> str:
        left = {**stage_contents.counted(), **_processes_of(self.folder)}
        if any(left.values()):
            raise Stopped(f"left over: {json.dumps({k: v for k, v in left.items() if v})}")
        return f"nothing, of {len(left)} kinds"

    def _url_of(self, api: str) -> str:
        """Two APIs have the same stage, and here no host name tells which one is meant."""
        return f"{self._gateway()}/_apis/{api}/{STAGE}"

    def _gateway(self) -> str:
        return self.cloud["API_URL"].rpartition("/")[0]

    def _ask_hosts(self) -> str:
        """DNS knows neither name here, so a request says which one it means."""
        for host in _DOMAINS:
            if '"ok"' not in _read(f"{self._gateway()}/healthz", host):
                raise Stopped(f"{host} leads elsewhere")
        return " and ".join(_DOMAINS)

    def _commit(self, message: str) -> str:
        _git(self.checkout, "add", "--all")
        who = ("-c", "user.name=Rehearsal", "-c", "user.email=rehearsal@gatehouse.example")
        _git(self.checkout, *who, "commit", "--quiet", "--message", message)
        return _git(self.checkout, "rev-parse", "--short", "HEAD").strip()


# What each tool says of a plan without changes.
_NOTHING_TO_DO = ("No changes.", "No changes to deploy", "the same")


def main() -> int:
    with ExitStack() as stack:
        folder = Path(stack.enter_context(_folder()))
        rehearsal = Rehearsal(folder)
        try:
            rehearsal.database = stack.enter_context(_database(folder))
            rehearsal.cloud = stack.enter_context(_cloud(folder))
            run_all(rehearsal.steps(), again="make rehearse; it cannot go on with")
        except Stopped as stopped:
            said = (folder / "cloud.log").read_text()[-4000:] if rehearsal.cloud else ""
            print(f"rehearse: {stopped}\nThe local cloud said last:\n{said}", file=sys.stderr)
            return 1
    return 0


@contextmanager
def _folder() -> Iterator[str]:
    """PostgreSQL runs as somebody else, who has to get into it."""
    with tempfile.TemporaryDirectory(prefix="gatehouse-rehearsal-") as folder:
        Path(folder).chmod(0o755)
        yield folder


@contextmanager
def _database(folder: Path) -> Iterator[str]:
    """A stage refuses SQLite, so this one has a PostgreSQL."""
    place = folder / "postgres"
    started = subprocess.run(
        [ROOT / ".ci/postgres", "start", place], capture_output=True, text=True, check=False
    )
    if started.returncode:
        raise Stopped(f"it needs PostgreSQL (Debian: apt install postgresql):\n{started.stderr}")
    try:
        yield started.stdout.strip()
    finally:
        subprocess.run([ROOT / ".ci/postgres", "stop", place], check=True)


@contextmanager
def _cloud(folder: Path) -> Iterator[dict[str, str]]:
    """An empty local cloud; this process and all that it starts find it as they would find AWS."""
    state = folder / "cloud.json"
    words = [sys.executable, "-m", "localcloud", "--empty", "--stage", STAGE, "--state", str(state)]
    with (folder / "cloud.log").open("w") as log:
        process = subprocess.Popen(words, cwd=ROOT, stdout=log, stderr=log)
    try:
        cloud = _awaited(state, process)
        os.environ.update({name: cloud[name] for name in cloud if name.startswith("AWS_")})
        os.environ |= {"AWS_DEFAULT_REGION": cloud["AWS_REGION"], "STAGE": STAGE}
        yield cloud
    finally:
        process.terminate()
        process.wait()


def _awaited(state: Path, process: "subprocess.Popen[bytes]") -> dict[str, str]:
    deadline = time.monotonic() + 60
    while not state.exists():
        if process.poll() is not None or time.monotonic() > deadline:
            raise Stopped("the local cloud did not start")
        time.sleep(0.1)
    found: dict[str, str] = json.loads(state.read_text())
    return found


def _write_stage(checkout: Path) -> None:
    """The stage of docs/deployment.md, "A fourth stage", in the local cloud's account.

    It copies none of the others: those say what their engineers want. It has no budget, for which
    Terraform would wait for ever here, and no database, which is beside the cloud.
    """
    said = {
        "stage": STAGE,
        "region": REGION,
        "account_id": ACCOUNT,
        "production": False,
        "mail_identities": ["gatehouse.example"],
        "keep_exports_days": 7,
        "keep_logs_days": 30,
        "alarm_addresses": ["operators@gatehouse.example"],
        "cdn": True,
        "portal_domain": _DOMAINS[0],
        "staff_domain": _DOMAINS[1],
        "portal_certificate_arn": f"arn:aws:acm:{REGION}:{ACCOUNT}:certificate/rehearsal",
    }
    lines = [f"{name} = {json.dumps(value)}\n" for name, value in said.items()]
    (checkout / f"infra/stages/{STAGE}.tfvars").write_text("".join(lines))
    zappa = checkout / "zappa_settings.json"
    settings: dict[str, Any] = json.loads(zappa.read_text())
    settings[STAGE] = {"extends": "base", "role_name": f"gatehouse-{STAGE}-portal"}
    zappa.write_text(json.dumps(settings))


def _processes_of(folder: Path) -> dict[str, int]:
    """Count who still works in the folder, but for the cloud and the database themselves."""
    found = 0
    for each in Path("/proc").glob("[0-9]*/cwd"):
        try:
            found += (folder / "checkout") in [each.readlink(), *each.readlink().parents]
        except OSError:
            continue
    return {"processes": found}


def _read(url: str, host: str = "") -> str:
    request = urllib.request.Request(url, headers={"Host": host} if host else {})  # noqa: S310
    with urllib.request.urlopen(request, timeout=60) as answer:  # noqa: S310 - on this machine
        return str(answer.read().decode())


def _git(where: Path, *words: str) -> str:
    done = subprocess.run(["git", *words], cwd=where, capture_output=True, text=True, check=True)
    return done.stdout


if __name__ == "__main__":
    sys.exit(main())
