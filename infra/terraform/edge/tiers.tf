# A usage plan for each tier. The portal puts keys on them, and never changes a plan by itself: AWS
# allows that once in 20 seconds an account.

locals {
  tiers_file = "${path.module}/../../definitions/tiers.json"
  tiers      = jsondecode(file(local.tiers_file))
}

resource "aws_api_gateway_usage_plan" "all" {
  for_each = local.tiers

  name        = "${local.name}-${each.key}"
  description = each.value.label

  api_stages {
    api_id = aws_api_gateway_rest_api.api.id
    stage  = aws_api_gateway_stage.api.stage_name
  }

  throttle_settings {
    rate_limit  = each.value.rate
    burst_limit = each.value.burst
  }

  quota_settings {
    limit  = each.value.quota.limit
    period = each.value.quota.period
  }

  # The portal repairs a plan only where this is the digest of the definition that the portal itself
  # was deployed with.
  tags = { tiers-definition = filesha256(local.tiers_file) }
}
