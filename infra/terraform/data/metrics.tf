# The portal says in its log what an operator's metric counts: `metric NAME: NUMBER`. On a server a
# line is JSON and has the name in `metric` and the number in `value` (portal/logs.py).

locals {
  portal_metrics = toset([
    "api_keys",
    "metering_alarms",
    "metering_refused",
    "metering_stuck",
    "refusal_alarm",
    "registrations_unreadable",
    "suppressed_address",
    "suppressed_addresses",
  ])
}

resource "aws_cloudwatch_log_metric_filter" "portal" {
  for_each = local.portal_metrics

  name           = "${local.name}-${each.key}"
  log_group_name = aws_cloudwatch_log_group.portal.name
  pattern        = "{ $.metric = \"${each.key}\" }"

  metric_transformation {
    namespace = "Gatehouse/${var.stage}"
    name      = each.key
    value     = "$.value"
  }
}
