"""What a bucket's policy says to everybody: moto reads no principal and no condition.

So it refuses whoever writes to a bucket that is closed without TLS, and opens to everybody a bucket
that one service may read. Here everything counts as sent by TLS.
"""

import json
from typing import Any

from moto.iam.access_control import IAMPolicy
from moto.s3.models import FakeBucket

from localcloud.corrections import Corrections

corrections = Corrections()


@corrections.of(FakeBucket)
def get_permission(stock: Any, bucket: Any, action: str, resource: str) -> Any:
    policy = json.loads(bucket.policy or '{"Statement": []}')
    for_everybody = [
        each
        for each in policy["Statement"]
        if each.get("Principal") in ("*", {"AWS": "*"}) and not each.get("Condition")
    ]
    statements = json.dumps({"Version": "2012-10-17", "Statement": for_everybody})
    return IAMPolicy(statements).is_action_permitted(action, resource)
