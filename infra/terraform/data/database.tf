# The portal's database, where a stage does not bring one of its own, and the network around it.

module "database" {
  source = "./database"
  count  = var.database == null ? 0 : 1

  name              = local.name
  region            = var.region
  production        = var.production
  least_capacity    = var.database.least_capacity
  most_capacity     = var.database.most_capacity
  keep_backups_days = var.database.keep_backups_days
  alarm_topic_arn   = local.alarm_topic_arn
}

data "aws_iam_policy_document" "portal_network" {
  # Lambda ties the function to the subnets by these, on things that have no name before.
  statement {
    actions = [
      "ec2:AssignPrivateIpAddresses",
      "ec2:CreateNetworkInterface",
      "ec2:DeleteNetworkInterface",
      "ec2:DescribeNetworkInterfaces",
      "ec2:DescribeSubnets",
      "ec2:UnassignPrivateIpAddresses",
    ]
    resources = ["*"]
  }

  # The star is the id of the cluster. The portal works as gatehouse_portal, which owns nothing, and
  # migrates as gatehouse_owner.
  statement {
    actions = ["rds-db:connect"]
    resources = [for user in ["gatehouse_owner", "gatehouse_portal"] :
      "arn:${local.partition}:rds-db:${local.here}:dbuser:*/${user}"
    ]
  }
}

resource "aws_iam_role_policy" "portal_network" {
  count = var.database == null ? 0 : 1

  name   = "network"
  role   = aws_iam_role.portal.id
  policy = data.aws_iam_policy_document.portal_network.json
}

# Zappa puts the portal there; whoever deploys composes DATABASE_URL of the host.
resource "aws_ssm_parameter" "database" {
  for_each = var.database == null ? {} : {
    database_host            = module.database[0].host
    portal_subnet_ids        = join(",", module.database[0].subnet_ids)
    portal_security_group_id = module.database[0].security_group_id
  }

  name  = "/gatehouse/${var.stage}/${each.key}"
  type  = "String"
  value = each.value
}
