"""The portal's database is reached by the portal alone, and nobody signs in with a password."""

import pytest

pytestmark = pytest.mark.infrastructure


def test_the_database_is_reached_from_the_portal_alone(plan):
    [inwards] = plan.of_type("aws_vpc_security_group_ingress_rule")
    instances = plan.of_type("aws_rds_cluster_instance")

    assert (inwards["from_port"], inwards["to_port"], inwards["ip_protocol"]) == (5432, 5432, "tcp")
    assert (inwards["cidr_ipv4"], inwards["cidr_ipv6"]) == (None, None)
    assert {instance["publicly_accessible"] for instance in instances} == {False}


def test_nothing_comes_into_the_network_and_the_database_has_no_way_out(plan):
    outwards = plan.of_type("aws_vpc_security_group_egress_rule")

    # Groups without rules of their own let nothing through; the portal's is the only way out.
    assert len(outwards) == 1
    assert {group["name"] for group in plan.of_type("aws_security_group")} == {
        "gatehouse-local-portal",
        "gatehouse-local-database",
    }


def test_subnets_are_private_but_for_the_way_out(plan):
    subnets = plan.of_type("aws_subnet")

    assert {subnet["map_public_ip_on_launch"] for subnet in subnets} == {False}
    assert len({subnet["cidr_block"] for subnet in subnets}) == 3
    zones = {subnet["availability_zone"] for subnet in subnets}
    assert zones == {"eu-central-1a", "eu-central-1b"}


def test_what_is_free_does_not_go_through_the_gateway_that_costs(plan):
    endpoints = plan.of_type("aws_vpc_endpoint")

    services = {endpoint["service_name"].rpartition(".")[2] for endpoint in endpoints}
    assert services == {"dynamodb", "s3"}
    assert {endpoint["vpc_endpoint_type"] for endpoint in endpoints} == {"Gateway"}
    assert len(plan.of_type("aws_nat_gateway")) == 1


def test_the_database_is_encrypted_backed_up_and_has_no_password_of_ours(plan):
    [cluster] = plan.of_type("aws_rds_cluster")

    assert cluster["storage_encrypted"] is True
    assert cluster["manage_master_user_password"] is True
    assert cluster.get("master_password") is None
    assert cluster["iam_database_authentication_enabled"] is True
    assert cluster["backup_retention_period"] == 14
    assert cluster["preferred_backup_window"] == "01:00-02:00"


def test_the_next_tools_are_told_where_the_portal_belongs(plan):
    told = {parameter["name"].rpartition("/")[2] for parameter in plan.of_type("aws_ssm_parameter")}

    assert {"database_host", "portal_subnet_ids", "portal_security_group_id"} <= told
