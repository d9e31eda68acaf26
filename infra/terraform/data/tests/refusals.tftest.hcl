# What a stage's file may not say, found before AWS is asked.

mock_provider "aws" {
  mock_data "aws_partition" {
    defaults = { partition = "aws" }
  }

  mock_data "aws_iam_policy_document" {
    defaults = { json = "{}" }
  }
}

mock_provider "aws" {
  alias = "marketplace"
}

variables {
  stage           = "trial"
  region          = "eu-central-1"
  account_id      = "123456789012"
  mail_identities = ["gatehouse.example"]
}

run "a_name_that_aws_would_not_take" {
  command = plan

  variables {
    stage = "Trial_1"
  }

  expect_failures = [var.stage]
}

run "production_by_name_only" {
  command = plan

  variables {
    stage = "production"
  }

  expect_failures = [var.production]
}

run "everybody_s_address_as_sender" {
  command = plan

  variables {
    mail_identities = ["*"]
  }

  expect_failures = [var.mail_identities]
}

run "a_production_database_that_sleeps" {
  command = plan

  variables {
    production = true
    database   = { least_capacity = 0, most_capacity = 4, keep_backups_days = 14 }
  }

  expect_failures = [var.database]
}

run "a_budget_of_nothing" {
  command = plan

  variables {
    monthly_budget = 0
  }

  expect_failures = [var.monthly_budget]
}
