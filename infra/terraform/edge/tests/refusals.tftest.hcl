# What a stage's file may not say, found before AWS is asked.

mock_provider "aws" {
  mock_data "aws_partition" {
    defaults = { partition = "aws" }
  }

  mock_data "aws_iam_policy_document" {
    defaults = { json = "{}" }
  }
}

variables {
  stage         = "trial"
  region        = "eu-central-1"
  account_id    = "123456789012"
  user_pool_arn = "arn:aws:cognito-idp:eu-central-1:123456789012:userpool/eu-central-1_trial"
}

run "a_domain_without_its_certificate" {
  command = plan

  variables {
    api_domain = "api.gatehouse.example"
  }

  expect_failures = [var.api_certificate_arn]
}

run "a_firewall_that_lets_nobody_through" {
  command = plan

  variables {
    most_calls_in_five_minutes = 1
  }

  expect_failures = [var.most_calls_in_five_minutes]
}

run "a_pool_that_is_none" {
  command = plan

  variables {
    user_pool_arn = "eu-central-1_trial"
  }

  expect_failures = [var.user_pool_arn]
}

run "static_files_under_a_certificate_of_another_region" {
  command = plan

  variables {
    static_domain          = "static.gatehouse.example"
    static_certificate_arn = "arn:aws:acm:eu-central-1:123456789012:certificate/0c1d2e3f"
  }

  expect_failures = [var.static_certificate_arn]
}

run "staff_under_the_name_of_the_portal" {
  command = plan

  variables {
    portal_domain          = "portal.gatehouse.example"
    staff_domain           = "portal.gatehouse.example"
    portal_certificate_arn = "arn:aws:acm:eu-central-1:123456789012:certificate/0c1d2e3f"
  }

  expect_failures = [var.staff_domain]
}

run "a_portal_without_its_certificate" {
  command = plan

  variables {
    portal_domain = "portal.gatehouse.example"
  }

  expect_failures = [var.portal_certificate_arn]
}
