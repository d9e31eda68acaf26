"""The steps of a rollback: code and functions return to the release before, the database stays."""

from infra.deploying import portal, releases, sam, schema, smoke, static_files, terraform
from infra.deploying.releases import Release
from infra.deploying.stages import Stage
from infra.deploying.steps import Step


def steps(stage: Stage) -> list[Step]:
    running, earlier = releases.before(stage)
    return [
        Step(
            "schema",
            f"whether {earlier.id} can read the database",
            lambda: schema.refuse_unreadable(stage, running, earlier),
        ),
        Step(
            "functions",
            f"SAM: from {running.id} to {earlier.id}",
            lambda: _return_functions(stage, earlier),
        ),
        Step(
            "static",
            "static files: those of then, if any is gone",
            lambda: _return_static_files(stage, earlier),
        ),
        Step("portal", "Zappa: the same", lambda: _return_portal(stage, earlier)),
        Step(
            "smoke",
            "ask it as a customer would",
            lambda: smoke.test(stage, has_api=terraform.exists("edge")),
        ),
        Step("release", "remember what runs", lambda: _finish(stage, earlier)),
    ]


def _return_functions(stage: Stage, earlier: Release) -> str:
    """Deploy the template of then, which names the code of then; parameters stay as they are."""
    stage.folder.mkdir(parents=True, exist_ok=True)
    template = releases.fetch_template(stage, earlier, stage.folder / "functions-before.yaml")
    return f"{len(sam.deploy(stage, 'functions', template, Stage=stage.name))} functions"


def _return_static_files(stage: Stage, earlier: Release) -> str:
    package = releases.fetch_portal(stage, earlier, stage.folder / "portal-before.zip")
    return static_files.upload(stage, package)


def _return_portal(stage: Stage, earlier: Release) -> str:
    package = f"s3://{stage.bucket}/{releases.portal_key(earlier)}"
    portal.deploy(stage, package, code_hash=earlier.portal)
    return f"its hash is {earlier.portal}"


def _finish(stage: Stage, earlier: Release) -> str:
    releases.resume(stage, earlier)
    return f"{stage.name} runs {earlier.id}"
