"""How AWS refuses a call: an error of the service's model, or one that all services have."""

from typing import Any

from botocore.model import OperationModel

from localcloud.marketplace.shapes import Violation

# The metering service documents these for what is wrong with a value of the shape.
_DOCUMENTED = {
    "NonEmptyString": "InvalidTokenException",
    "ProductCode": "InvalidProductCodeException",
    "UsageDimension": "InvalidUsageDimensionException",
    "CustomerIdentifier": "InvalidCustomerIdentifierException",
    "CustomerAWSAccountId": "InvalidCustomerIdentifierException",
    "LicenseArn": "InvalidLicenseException",
    "TagList": "InvalidTagException",
    "TagKey": "InvalidTagException",
    "TagValue": "InvalidTagException",
    "UsageAllocations": "InvalidUsageAllocationsException",
    "AllocatedUsageQuantity": "InvalidUsageAllocationsException",
    "AllocatedUsageQuantityAsDecimalString": "InvalidUsageAllocationsException",
    "VersionInteger": "InvalidPublicKeyVersionException",
}

# What the agreement service calls the member of which a value is wrong.
_REASONS = {
    "ResourceId": "AGREEMENT_ID",
    "Catalog": "CATALOG",
    "FilterList": "FILTERS",
    "FilterName": "FILTER_NAME",
    "FilterValueList": "FILTER_VALUES",
    "FilterValue": "FILTER_VALUES",
    "SortBy": "SORT_BY",
    "SortOrder": "SORT_ORDER",
    "MaxResults": "MAX_RESULTS",
    "NextToken": "NEXT_TOKEN",
}


class Refused(Exception):
    """`members` are those of the error's shape, besides its message."""

    def __init__(self, code: str, message: str, **members: Any) -> None:
        super().__init__(code, message)
        self.code = code
        self.message = message
        self.members = members


def refusal_of(violation: Violation, operation: OperationModel) -> Refused:
    """Return how AWS refuses a request of the wrong shape.

    A value of another type is no request at all to any service. For the rest the services have an
    error of their own; metering has one for some shapes, and AWS's general one for the others.
    """
    if violation.kind == "type":
        return Refused("SerializationException", f"{violation.path} {violation.words}")
    words = (
        f"1 validation error detected: Value at '{violation.path}' failed to satisfy constraint: "
        f"{violation.words}"
    )
    errors = {error.name for error in operation.error_shapes}
    if "ValidationException" in errors:
        return Refused("ValidationException", words, **_reasoned(violation))
    if "InvalidParameterException" in errors:
        return Refused("InvalidParameterException", words)
    documented = _DOCUMENTED.get(violation.shape, "")
    return Refused(documented if documented in errors else "ValidationException", words)


def _reasoned(violation: Violation) -> dict[str, Any]:
    what = "MISSING" if violation.kind == "required" else "INVALID"
    reason = f"{what}_{_REASONS[violation.shape]}" if violation.shape in _REASONS else "OTHER"
    return {"reason": reason, "fields": [{"name": violation.path, "message": violation.words}]}


def status_of(code: str, operation: OperationModel) -> int:
    for shape in operation.error_shapes:
        if shape.name == code and "error" in shape.metadata:
            return int(shape.metadata["error"]["httpStatusCode"])
    return 500 if code.startswith("Internal") else 400
