"""infra/identity.yaml makes the user pool that is documented, and nothing else."""

import boto3
import pytest

from localcloud import templates

ADDED_BY_AWS = {
    "Arn",
    "CreationDate",
    "Domain",
    "EmailConfiguration",
    "EmailVerificationMessage",
    "EmailVerificationSubject",
    "EstimatedNumberOfUsers",
    "Id",
    "LambdaConfig",
    "LastModifiedDate",
    "SchemaAttributes",
    "SmsVerificationMessage",
    "VerificationMessageTemplate",
}


@pytest.fixture
def pool(cloud, cognito):
    return cognito.describe_user_pool(UserPoolId=cloud.addresses.user_pool_id)["UserPool"]


@pytest.fixture
def client(cloud, cognito):
    return cognito.describe_user_pool_client(
        UserPoolId=cloud.addresses.user_pool_id, ClientId=cloud.addresses.client_id
    )["UserPoolClient"]


def test_the_pool_has_exactly_these_settings(pool):
    assert {name: value for name, value in pool.items() if name not in ADDED_BY_AWS} == {
        "Name": "gatehouse-local-customers",
        "UserPoolTier": "ESSENTIALS",
        "DeletionProtection": "INACTIVE",
        "UsernameAttributes": ["email"],
        "UsernameConfiguration": {"CaseSensitive": False},
        "AutoVerifiedAttributes": ["email"],
        "AdminCreateUserConfig": {"AllowAdminCreateUserOnly": False},
        "AccountRecoverySetting": {"RecoveryMechanisms": [{"Name": "admin_only", "Priority": 1}]},
        "Policies": {
            "PasswordPolicy": {
                "MinimumLength": 12,
                "RequireLowercase": True,
                "RequireUppercase": True,
                "RequireNumbers": True,
                "RequireSymbols": False,
                "TemporaryPasswordValidityDays": 7,
            }
        },
        "MfaConfiguration": "OPTIONAL",
    }


@pytest.mark.parametrize(
    ("name", "required", "mutable", "shortest", "longest"),
    [("email", True, False, "7", "150"), ("custom:tenant_id", False, True, "5", "255")],
)
def test_an_attribute_has_its_limits(pool, name, required, mutable, shortest, longest):
    (attribute,) = [a for a in pool["SchemaAttributes"] if a["Name"] == name]

    assert (attribute["Required"], attribute["Mutable"]) == (required, mutable)
    limits = attribute["StringAttributeConstraints"]
    assert (limits["MinLength"], limits["MaxLength"]) == (shortest, longest)


def test_a_second_factor_is_an_app(cloud, cognito):
    config = cognito.get_user_pool_mfa_config(UserPoolId=cloud.addresses.user_pool_id)

    assert config["SoftwareTokenMfaConfiguration"] == {"Enabled": True}
    assert "SmsMfaConfiguration" not in config


def test_the_trigger_makes_tokens_with_our_claims(pool):
    function = boto3.client("lambda").get_function(FunctionName="gatehouse-local-generate-token")

    arn = function["Configuration"]["FunctionArn"]
    config = {"LambdaArn": arn, "LambdaVersion": "V2_0"}
    assert pool["LambdaConfig"]["PreTokenGenerationConfig"] == config


def test_the_pool_may_call_its_trigger(pool):
    policy = boto3.client("lambda").get_policy(FunctionName="gatehouse-local-generate-token")

    assert "cognito-idp.amazonaws.com" in policy["Policy"]
    assert pool["Arn"] in policy["Policy"]


def test_the_client_is_usable_with_curl(client):
    assert "ClientSecret" not in client
    assert set(client["ExplicitAuthFlows"]) == {
        "ALLOW_USER_PASSWORD_AUTH",
        "ALLOW_USER_SRP_AUTH",
        "ALLOW_CUSTOM_AUTH",
        "ALLOW_REFRESH_TOKEN_AUTH",
    }


def test_tokens_are_short_lived_and_can_be_revoked(client):
    assert (client["IdTokenValidity"], client["AccessTokenValidity"]) == (60, 60)
    assert client["TokenValidityUnits"]["IdToken"] == "minutes"
    assert client["TokenValidityUnits"]["AccessToken"] == "minutes"
    assert client["EnableTokenRevocation"] is True
    assert client["PreventUserExistenceErrors"] == "ENABLED"


def test_customers_cannot_write_their_tenant(client):
    assert client["WriteAttributes"] == ["email"]
    assert "custom:tenant_id" in client["ReadAttributes"]


def test_the_hosted_pages_have_an_address(cognito, pool):
    domain = cognito.describe_user_pool_domain(Domain="gatehouse-local-123456789012")

    assert domain["DomainDescription"]["UserPoolId"] == pool["Id"]


@pytest.mark.parametrize(("name", "attribute"), [("user_pool_id", "Id"), ("user_pool_arn", "Arn")])
def test_others_find_the_pool(pool, name, attribute):
    parameter = boto3.client("ssm").get_parameter(Name=f"/gatehouse/local/{name}")["Parameter"]

    assert parameter["Value"] == pool[attribute]


def test_others_find_the_client(cloud):
    parameter = boto3.client("ssm").get_parameter(Name="/gatehouse/local/client_id")["Parameter"]

    assert parameter["Value"] == cloud.addresses.client_id


@pytest.fixture
def pool_of(cognito):
    """Apply the template once more with these parameters, and return its pool."""
    made = []

    def pool_of(**parameters):
        made.append(f"identity-{len(made)}")
        outputs = templates.apply("identity", stack=made[-1], **parameters)
        return cognito.describe_user_pool(UserPoolId=outputs["UserPoolId"])["UserPool"]

    yield pool_of
    cloudformation = boto3.client("cloudformation")
    for stack in made:
        cloudformation.delete_stack(StackName=stack)


def test_production_is_protected_from_deletion(pool_of, cognito):
    pool = pool_of(Stage="production")

    assert pool["DeletionProtection"] == "ACTIVE"
    cognito.update_user_pool(UserPoolId=pool["Id"], DeletionProtection="INACTIVE")


def test_sign_up_can_be_opened(pool_of):
    pool = pool_of(Stage="open", SelfSignUp="true")

    assert pool["AdminCreateUserConfig"]["AllowAdminCreateUserOnly"] is False


def test_threat_protection_and_a_second_factor_can_be_asked_for(pool_of, cognito):
    pool = pool_of(Stage="strict", FeaturePlan="PLUS", ThreatProtection="ENFORCED", Mfa="ON")

    assert pool["UserPoolAddOns"] == {"AdvancedSecurityMode": "ENFORCED"}
    assert cognito.get_user_pool_mfa_config(UserPoolId=pool["Id"])["MfaConfiguration"] == "ON"


def test_codes_come_from_the_address_of_the_stage(pool_of):
    arn = "arn:aws:ses:eu-central-1:123456789012:identity/gatehouse.example"
    pool = pool_of(Stage="mailing", SenderArn=arn, SenderAddress="hello@gatehouse.example")

    assert pool["EmailConfiguration"] == {
        "EmailSendingAccount": "DEVELOPER",
        "SourceArn": arn,
        "From": "hello@gatehouse.example",
    }


def test_any_stage_can_be_protected_from_deletion(pool_of, cognito):
    pool = pool_of(Stage="kept", DeletionProtection="ACTIVE")

    assert pool["DeletionProtection"] == "ACTIVE"
    cognito.update_user_pool(UserPoolId=pool["Id"], DeletionProtection="INACTIVE")


def test_the_feature_plan_can_be_chosen(pool_of):
    assert pool_of(Stage="thrifty", FeaturePlan="LITE")["UserPoolTier"] == "LITE"


def test_without_a_function_there_is_no_trigger(pool_of):
    assert "PreTokenGenerationConfig" not in pool_of(Stage="bare").get("LambdaConfig", {})
