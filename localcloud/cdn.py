"""CloudFront's data plane, which moto lacks: what a distribution has is read from its bucket.

Nothing is cached, and no signature is made: what is asked is whether the bucket's policy lets this
distribution read. So a policy that forgets it is as closed here as it would be on AWS.
"""

import json
from collections.abc import Iterable
from fnmatch import fnmatchcase
from typing import Any

from moto.cloudfront.models import (
    DefaultCacheBehaviour,
    Origin,
    ViewerCertificate,
    cloudfront_backends,
)
from moto.s3.models import s3_backends
from werkzeug.exceptions import Forbidden, HTTPException, MethodNotAllowed, NotFound
from werkzeug.wrappers import Request, Response

from localcloud.corrections import Corrections
from localcloud.place import ACCOUNT

corrections = Corrections()

# Where a distribution is found by its comment: /_cdn/{comment}/{key}. AWS has no such address.
_BY_NAME = "/_cdn/"

# https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/using-managed-response-headers-policies.html
_HEADERS = {
    "e61eb60c-9c35-4d20-a928-2b84e02af89c": {
        "Access-Control-Allow-Origin": "*",
        "X-Content-Type-Options": "nosniff",
        "Strict-Transport-Security": "max-age=31536000",
    }
}


@corrections.of(Origin, "__init__")
def remember_access_control(stock: Any, origin: Any, said: dict[str, Any]) -> None:
    """moto forgets by which access control a distribution reads its bucket."""
    stock(origin, said)
    origin.origin_access_control_id = said.get("OriginAccessControlId") or ""


@corrections.of(DefaultCacheBehaviour, "__init__")
def forward_nothing_beside_a_policy(stock: Any, behaviour: Any, said: dict[str, Any]) -> None:
    """A behaviour has a cache policy or its own values, and moto tells both."""
    stock(behaviour, said)
    if behaviour.cache_policy_id:
        behaviour.forwarded_values = None


@corrections.of(ViewerCertificate, "__init__")
def own_no_certificate(stock: Any, certificate: Any, said: dict[str, Any]) -> None:
    """CloudFront's own certificate has no way of being served that could be chosen."""
    stock(certificate, said)
    if not (certificate.acm_certificate_arn or certificate.iam_certificate_id):
        certificate.ssl_support_method = None


class WithCdn:
    """The WSGI application in front of the gateway: the distributions of the account."""

    def __init__(self, application: Any) -> None:
        self._application = application

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        if not environ["PATH_INFO"].startswith(_BY_NAME):
            answer: Iterable[bytes] = self._application(environ, start_response)
            return answer
        response: Any
        try:
            response = _file(Request(environ))
        except HTTPException as refused:
            response = refused
        return response(environ, start_response)  # type: ignore[no-any-return]


def _file(request: Request) -> Response:
    if request.method not in ("GET", "HEAD"):
        raise MethodNotAllowed(["GET", "HEAD"])
    name, _, key = request.path.removeprefix(_BY_NAME).partition("/")
    distribution = _distribution(name)
    bucket = _bucket(distribution)
    if not _may_read(distribution, bucket, key):
        raise Forbidden("The bucket lets this distribution read nothing")
    found = bucket.keys.get(key)
    if found is None:
        # What S3 says to whoever may not list a bucket.
        raise Forbidden("There is no such file")
    headers = dict(found.metadata)
    behaviour = distribution.distribution_config.DefaultCacheBehavior
    headers |= _HEADERS.get(behaviour.response_headers_policy_id, {})
    return Response(found.value, headers=headers)


def _distribution(name: str) -> Any:
    for each in cloudfront_backends[ACCOUNT]["aws"].distributions.values():
        config: Any = each.distribution_config
        if config.Comment == name and str(config.Enabled).lower() == "true":
            return each
    raise NotFound


def _bucket(distribution: Any) -> Any:
    origin = distribution.distribution_config.Origins["Items"][0]
    if not origin.origin_access_control_id:
        raise Forbidden("The distribution does not sign what it asks of the bucket")
    return s3_backends[ACCOUNT]["aws"].buckets[origin.domain_name.partition(".")[0]]


def _may_read(distribution: Any, bucket: Any, key: str) -> bool:
    """Whether a statement lets CloudFront, for this distribution alone, read the file."""
    statements = json.loads(bucket.policy or '{"Statement": []}')["Statement"]
    return any(
        each["Effect"] == "Allow"
        and each["Principal"] == {"Service": "cloudfront.amazonaws.com"}
        and each["Action"] == "s3:GetObject"
        and fnmatchcase(f"{bucket.arn}/{key}", each["Resource"])
        and each["Condition"] == {"StringEquals": {"AWS:SourceArn": distribution.arn}}
        for each in statements
    )
