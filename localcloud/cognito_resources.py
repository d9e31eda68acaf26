"""The CloudFormation types of Cognito, which moto otherwise skips without a word."""

from typing import Any

from moto.cloudformation import parsing
from moto.cognitoidp.models import CognitoIdpUserPoolAttribute, cognitoidp_backends
from moto.core.common_models import CloudFormationModel

Properties = dict[str, Any]

# Only a new pool can be given these.
_FIXED = {"Schema", "UsernameAttributes", "AliasAttributes", "UsernameConfiguration"}


def install() -> None:
    """Let moto list its resource types again. It lists the direct subclasses of its model."""
    parsing.get_model_list.cache_clear()
    parsing.get_model_map.cache_clear()
    parsing.get_name_type_map.cache_clear()


class _Resource:
    """What CloudFormation asks of every resource."""

    def __init__(self, physical_resource_id: str, **attributes: str) -> None:
        self.physical_resource_id = physical_resource_id
        self._attributes = attributes

    @staticmethod
    def cloudformation_name_type() -> str:
        return ""

    @classmethod
    def has_cfn_attr(cls, attr: str) -> bool:
        return attr in {"Arn", "ClientId", "Name", "ProviderName", "ProviderURL", "UserPoolId"}

    def get_cfn_attribute(self, attribute_name: str) -> str:
        return self._attributes[attribute_name]


class UserPool(_Resource, CloudFormationModel):
    @staticmethod
    def cloudformation_type() -> str:
        return "AWS::Cognito::UserPool"

    @classmethod
    def create_from_cloudformation_json(
        cls,
        resource_name: str,
        cloudformation_json: Any,
        account_id: str,
        region_name: str,
        **_: Any,
    ) -> "UserPool":
        backend = cognitoidp_backends[account_id][region_name]
        properties = _typed(cloudformation_json["Properties"])
        pool = backend.create_user_pool(properties["UserPoolName"], _config(properties))
        _add_standard_attributes(pool)
        _set_mfa(backend, pool.id, properties)
        issuer = f"cognito-idp.{region_name}.amazonaws.com/{pool.id}"
        return cls(
            pool.id,
            Arn=pool.arn,
            UserPoolId=pool.id,
            ProviderName=issuer,
            ProviderURL=f"https://{issuer}",
        )

    @classmethod
    def update_from_cloudformation_json(
        cls,
        original_resource: "UserPool",
        new_resource_name: str,
        cloudformation_json: Any,
        account_id: str,
        region_name: str,
    ) -> "UserPool":
        backend = cognitoidp_backends[account_id][region_name]
        pool_id = original_resource.physical_resource_id
        properties = _typed(cloudformation_json["Properties"])
        kept = backend.describe_user_pool(pool_id).extended_config
        config = _config(properties) | {name: kept[name] for name in _FIXED if name in kept}
        backend.update_user_pool(pool_id, config)
        _set_mfa(backend, pool_id, properties)
        return original_resource

    @classmethod
    def delete_from_cloudformation_json(
        cls, resource_name: str, cloudformation_json: Any, account_id: str, region_name: str
    ) -> None:
        cognitoidp_backends[account_id][region_name].delete_user_pool(resource_name)

    def delete(self, account_id: str, region_name: str) -> None:
        cognitoidp_backends[account_id][region_name].delete_user_pool(self.physical_resource_id)


class UserPoolClient(_Resource, CloudFormationModel):
    @staticmethod
    def cloudformation_type() -> str:
        return "AWS::Cognito::UserPoolClient"

    @classmethod
    def create_from_cloudformation_json(
        cls,
        resource_name: str,
        cloudformation_json: Any,
        account_id: str,
        region_name: str,
        **_: Any,
    ) -> "UserPoolClient":
        properties = _typed(cloudformation_json["Properties"])
        pool_id = properties.pop("UserPoolId")
        with_secret = properties.pop("GenerateSecret", False)
        backend = cognitoidp_backends[account_id][region_name]
        client = backend.create_user_pool_client(pool_id, with_secret, properties)
        return cls(client.id, ClientId=client.id, UserPoolId=pool_id)

    @classmethod
    def update_from_cloudformation_json(
        cls,
        original_resource: "UserPoolClient",
        new_resource_name: str,
        cloudformation_json: Any,
        account_id: str,
        region_name: str,
    ) -> "UserPoolClient":
        properties = _typed(cloudformation_json["Properties"])
        pool_id = properties.pop("UserPoolId")
        properties.pop("GenerateSecret", None)
        backend = cognitoidp_backends[account_id][region_name]
        client_id = original_resource.physical_resource_id
        backend.update_user_pool_client(pool_id, client_id, properties)
        return original_resource

    def delete(self, account_id: str, region_name: str) -> None:
        backend = cognitoidp_backends[account_id][region_name]
        pool_id = self._attributes["UserPoolId"]
        backend.delete_user_pool_client(pool_id, self.physical_resource_id)


class UserPoolDomain(_Resource, CloudFormationModel):
    @staticmethod
    def cloudformation_type() -> str:
        return "AWS::Cognito::UserPoolDomain"

    @classmethod
    def create_from_cloudformation_json(
        cls,
        resource_name: str,
        cloudformation_json: Any,
        account_id: str,
        region_name: str,
        **_: Any,
    ) -> "UserPoolDomain":
        properties = cloudformation_json["Properties"]
        backend = cognitoidp_backends[account_id][region_name]
        backend.create_user_pool_domain(properties["UserPoolId"], properties["Domain"])
        return cls(properties["Domain"])

    @classmethod
    def update_from_cloudformation_json(
        cls, original_resource: "UserPoolDomain", *_: Any, **__: Any
    ) -> "UserPoolDomain":
        return original_resource

    def delete(self, account_id: str, region_name: str) -> None:
        backend = cognitoidp_backends[account_id][region_name]
        backend.delete_user_pool_domain(self.physical_resource_id)


def _config(properties: Properties) -> Properties:
    """Return what CreateUserPool would have been given for these properties."""
    config = {k: v for k, v in properties.items() if k not in {"UserPoolName", "EnabledMfas"}}
    triggers = dict(config.get("LambdaConfig") or {})
    if "PreTokenGenerationConfig" in triggers:
        triggers["PreTokenGeneration"] = triggers["PreTokenGenerationConfig"]["LambdaArn"]
    return config | {"LambdaConfig": triggers}


def _set_mfa(backend: Any, pool_id: str, properties: Properties) -> None:
    if "MfaConfiguration" in properties:
        totp = {"Enabled": "SOFTWARE_TOKEN_MFA" in properties.get("EnabledMfas", [])}
        backend.set_user_pool_mfa_config(pool_id, None, totp, properties["MfaConfiguration"])


def _add_standard_attributes(pool: Any) -> None:
    """Complete the schema: AWS adds its own attributes to ours, moto keeps ours alone."""
    for name, schema in CognitoIdpUserPoolAttribute.STANDARD_SCHEMA.items():
        if name not in pool.schema_attributes:
            attribute = CognitoIdpUserPoolAttribute(name, False, schema)
            pool.schema_attributes[name] = attribute


def _typed(value: Any) -> Any:
    """Return the value with CloudFormation's words for true and false as booleans."""
    if isinstance(value, dict):
        return {name: _typed(part) for name, part in value.items()}
    if isinstance(value, list):
        return [_typed(part) for part in value]
    return {"true": True, "false": False}.get(value, value) if isinstance(value, str) else value
