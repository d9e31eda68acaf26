terraform {
  required_version = ">= 1.9"

  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = "~> 5.100"
    }
  }

  # Which bucket and key hold the state is told at `terraform init` (infra/deploying/terraform.py).
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

locals {
  name      = "gatehouse-${var.stage}"
  partition = data.aws_partition.current.partition
  here      = "${var.region}:${var.account_id}"

  # Zappa made it before this root runs, and composes its name: project, then stage.
  portal_arn = "arn:${local.partition}:lambda:${local.here}:function:gatehouse-portal-${var.stage}"
}
