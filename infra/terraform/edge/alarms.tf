# What somebody should look at. Each has a section of its name in docs/runbooks.md. The topic is that
# of the data, as are the alarms on queues, on the portal and on mail.

locals {
  alarm_topic_arn = "arn:${local.partition}:sns:${local.here}:${local.name}-alarms"
  api_name        = aws_api_gateway_rest_api.api.name

  edge_alarms = {
    api-5xx = {
      namespace  = "AWS/ApiGateway"
      metric     = "5XXError"
      dimensions = { ApiName = local.api_name, Stage = var.stage }
      above      = 5
      says       = "the API answers with errors of ours"
    }
    api-function-errors = {
      namespace  = "AWS/Lambda"
      metric     = "Errors"
      dimensions = { FunctionName = "${local.name}-api" }
      above      = 5
      says       = "the API's function ends in errors"
    }
    api-function-throttled = {
      namespace  = "AWS/Lambda"
      metric     = "Throttles"
      dimensions = { FunctionName = "${local.name}-api" }
      above      = 0
      says       = "Lambda does not start the API's function: too many at once"
    }
    calls-throttled = {
      namespace  = "Gatehouse/${var.stage}"
      metric     = "calls_throttled"
      dimensions = null
      above      = 500
      says       = "many calls are refused for coming too fast"
    }
  }
}

# The gateway counts a call that came too fast among all other 4xx; its log tells them apart.
resource "aws_cloudwatch_log_metric_filter" "calls_throttled" {
  name           = "${local.name}-calls-throttled"
  log_group_name = aws_cloudwatch_log_group.access.name
  pattern        = "{ $.refused_by = \"THROTTLED\" }"

  metric_transformation {
    namespace = "Gatehouse/${var.stage}"
    name      = "calls_throttled"
    value     = "1"
  }
}

resource "aws_cloudwatch_metric_alarm" "all" {
  for_each = local.edge_alarms

  alarm_name          = "${local.name}-${each.key}"
  alarm_description   = "${each.value.says}: docs/runbooks.md#${each.key}"
  namespace           = each.value.namespace
  metric_name         = each.value.metric
  dimensions          = each.value.dimensions
  statistic           = "Sum"
  period              = 300
  evaluation_periods  = 1
  comparison_operator = "GreaterThanThreshold"
  threshold           = each.value.above
  treat_missing_data  = "notBreaching"
  alarm_actions       = [local.alarm_topic_arn]
  ok_actions          = [local.alarm_topic_arn]
}
