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

# Where AWS Marketplace speaks to sellers (seller_events.tf).
provider "aws" {
  alias  = "marketplace"
  region = "us-east-1"

  allowed_account_ids = [var.account_id]

  default_tags {
    tags = { project = "gatehouse", stage = var.stage }
  }
}

data "aws_partition" "current" {}

locals {
  # The one place where a name of this stage begins: gatehouse-dev-promo-codes.
  name = "gatehouse-${var.stage}"

  # ARNs are composed from names, which are known before anything exists: so a plan shows every
  # policy in full.
  partition = data.aws_partition.current.partition
  here      = "${var.region}:${var.account_id}"
}
