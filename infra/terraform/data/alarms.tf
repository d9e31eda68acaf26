# What somebody should look at. Each has a section of its name in docs/runbooks.md.

locals {
  key_room = jsondecode(file("${path.module}/../../definitions/control_plane.json")).apigateway["api keys"]

  # Of the portal's own metrics: more than nothing is enough, but for keys.
  portal_alarms = {
    metering-deadline        = { metric = "metering_alarms", says = "usage is about to be lost at AWS Marketplace, or is" }
    metering-refused         = { metric = "metering_refused", says = "AWS Marketplace takes no usage from us" }
    metering-stuck           = { metric = "metering_stuck", says = "a meter cannot be closed" }
    codes-refused            = { metric = "refusal_alarm", says = "codes of a campaign are refused in numbers" }
    registrations-unreadable = { metric = "registrations_unreadable", says = "somebody registered, and we cannot read who" }
    mail-returned            = { metric = "suppressed_addresses", says = "mail to customers came back and waits for staff" }
    keys-nearly-full = {
      metric   = "api_keys"
      says     = "the account nears the most API keys that AWS allows"
      at_least = local.key_room.most * local.key_room.alarm_percent / 100
    }
  }

  lambda_alarms = {
    portal-errors    = { function = "gatehouse-portal-${var.stage}", metric = "Errors", above = 5, says = "the portal's function ends in errors" }
    portal-throttled = { function = "gatehouse-portal-${var.stage}", metric = "Throttles", above = 0, says = "Lambda does not start the portal: too many at once" }
    sign-in-errors   = { function = "${local.name}-generate-token", metric = "Errors", above = 0, says = "people cannot sign in: the token trigger fails" }
  }

  # https://docs.aws.amazon.com/ses/latest/dg/reputationdashboard-bounce-rate.html: AWS looks at an
  # account from 5 % bounces and 0.1 % complaints on, and stops it soon after.
  mail_alarms = {
    mail-bounces    = { metric = "Reputation.BounceRate", at_least = 0.04, says = "too much of our mail bounces" }
    mail-complaints = { metric = "Reputation.ComplaintRate", at_least = 0.0008, says = "too many complain of our mail" }
  }
}

resource "aws_cloudwatch_metric_alarm" "portal" {
  for_each = local.portal_alarms

  alarm_name          = "${local.name}-${each.key}"
  alarm_description   = "${each.value.says}: docs/runbooks.md#${each.key}"
  namespace           = "Gatehouse/${var.stage}"
  metric_name         = each.value.metric
  statistic           = "Maximum"
  period              = 300
  evaluation_periods  = 1
  comparison_operator = "GreaterThanOrEqualToThreshold"
  threshold           = try(each.value.at_least, 1)
  treat_missing_data  = "notBreaching"
  alarm_actions       = [local.alarm_topic_arn]
}

# A message that was given up stays until somebody looks.
resource "aws_cloudwatch_metric_alarm" "dead" {
  for_each = local.queues

  alarm_name          = "${local.name}-dead-${each.key}"
  alarm_description   = "messages of ${each.key} were given up: docs/runbooks.md#dead-letters"
  namespace           = "AWS/SQS"
  metric_name         = "ApproximateNumberOfMessagesVisible"
  dimensions          = { QueueName = aws_sqs_queue.dead[each.key].name }
  statistic           = "Maximum"
  period              = 300
  evaluation_periods  = 1
  comparison_operator = "GreaterThanThreshold"
  threshold           = 0
  treat_missing_data  = "notBreaching"
  alarm_actions       = [local.alarm_topic_arn]
  ok_actions          = [local.alarm_topic_arn]
}

# Nobody waits for a quarter of an hour unless nobody works.
resource "aws_cloudwatch_metric_alarm" "late" {
  for_each = local.queues

  alarm_name          = "${local.name}-late-${each.key}"
  alarm_description   = "messages of ${each.key} wait too long: docs/runbooks.md#late-messages"
  namespace           = "AWS/SQS"
  metric_name         = "ApproximateAgeOfOldestMessage"
  dimensions          = { QueueName = aws_sqs_queue.all[each.key].name }
  statistic           = "Maximum"
  period              = 300
  evaluation_periods  = 1
  comparison_operator = "GreaterThanThreshold"
  threshold           = 900
  treat_missing_data  = "notBreaching"
  alarm_actions       = [local.alarm_topic_arn]
  ok_actions          = [local.alarm_topic_arn]
}

resource "aws_cloudwatch_metric_alarm" "functions" {
  for_each = local.lambda_alarms

  alarm_name          = "${local.name}-${each.key}"
  alarm_description   = "${each.value.says}: docs/runbooks.md#${each.key}"
  namespace           = "AWS/Lambda"
  metric_name         = each.value.metric
  dimensions          = { FunctionName = each.value.function }
  statistic           = "Sum"
  period              = 300
  evaluation_periods  = 1
  comparison_operator = "GreaterThanThreshold"
  threshold           = each.value.above
  treat_missing_data  = "notBreaching"
  alarm_actions       = [local.alarm_topic_arn]
  ok_actions          = [local.alarm_topic_arn]
}

resource "aws_cloudwatch_metric_alarm" "mail" {
  for_each = local.mail_alarms

  alarm_name          = "${local.name}-${each.key}"
  alarm_description   = "${each.value.says}: docs/runbooks.md#${each.key}"
  namespace           = "AWS/SES"
  metric_name         = each.value.metric
  statistic           = "Maximum"
  period              = 3600
  evaluation_periods  = 1
  comparison_operator = "GreaterThanOrEqualToThreshold"
  threshold           = each.value.at_least
  treat_missing_data  = "notBreaching"
  alarm_actions       = [local.alarm_topic_arn]
}
