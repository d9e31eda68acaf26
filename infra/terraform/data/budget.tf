# What the account may cost in a month. A budget tells, and stops nothing; it is hours late.

resource "aws_budgets_budget" "month" {
  count = var.monthly_budget == null ? 0 : 1

  name         = "${local.name}-month"
  budget_type  = "COST"
  limit_amount = tostring(var.monthly_budget)
  limit_unit   = "USD"
  time_unit    = "MONTHLY"

  dynamic "notification" {
    for_each = { ACTUAL = 80, FORECASTED = 100 }
    content {
      comparison_operator       = "GREATER_THAN"
      notification_type         = notification.key
      threshold                 = notification.value
      threshold_type            = "PERCENTAGE"
      subscriber_sns_topic_arns = [local.alarm_topic_arn]
    }
  }

  # AWS writes to the topic when it is told of it, and gives up if it may not.
  depends_on = [aws_sns_topic_policy.alarms]
}

# A service that suddenly costs more than it used to, long before the month's sum tells.
resource "aws_ce_anomaly_monitor" "services" {
  count = var.monthly_budget == null ? 0 : 1

  name              = "${local.name}-services"
  monitor_type      = "DIMENSIONAL"
  monitor_dimension = "SERVICE"
}

resource "aws_ce_anomaly_subscription" "alarms" {
  count = var.monthly_budget == null ? 0 : 1

  name             = "${local.name}-alarms"
  frequency        = "IMMEDIATE"
  monitor_arn_list = [aws_ce_anomaly_monitor.services[0].arn]

  subscriber {
    type    = "SNS"
    address = local.alarm_topic_arn
  }

  # A tenth of the month's budget more than expected.
  threshold_expression {
    dimension {
      key           = "ANOMALY_TOTAL_IMPACT_ABSOLUTE"
      match_options = ["GREATER_THAN_OR_EQUAL"]
      values        = [tostring(ceil(var.monthly_budget / 10))]
    }
  }

  depends_on = [aws_sns_topic_policy.alarms]
}
