terraform {
  required_version = ">= 1.9"

  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = "~> 5.100"
    }
  }

  # Which bucket and key hold the state is told at `terraform init` (docs/deployment.md).
  backend "s3" {
    encrypt = true
  }
}

provider "aws" {
  region = var.region

  # Credentials of another account stop here, before anything is read or made.
  allowed_account_ids = [var.account_id]

  default_tags {
    tags = { project = "gatehouse", stage = var.stage }
  }
}

data "aws_partition" "current" {}

# What CloudFormation left there; a plan without AWS names the pool itself.
data "aws_ssm_parameter" "user_pool_arn" {
  count = var.user_pool_arn == null ? 1 : 0
  name  = "/gatehouse/${var.stage}/user_pool_arn"
}

locals {
  # As in the root of data: gatehouse-dev-api.
  name = "gatehouse-${var.stage}"

  # ARNs are composed from names, which are known before anything exists: so a plan shows every
  # policy in full.
  partition = data.aws_partition.current.partition
  here      = "${var.region}:${var.account_id}"

  user_pool_arn = var.user_pool_arn == null ? nonsensitive(data.aws_ssm_parameter.user_pool_arn[0].value) : var.user_pool_arn
}
