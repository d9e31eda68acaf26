# What reaches the portal by the clock: portal/lambda_entry.py knows a rule by its name. Zappa would
# delete rules of its function that are not in its settings, so undeploying comes after this root.

locals {
  schedule = jsondecode(file("${path.module}/../../definitions/schedule.json"))
}

resource "aws_cloudwatch_event_rule" "all" {
  for_each = local.schedule

  name                = "${local.name}-${each.key}"
  description         = each.value.about
  schedule_expression = each.value.eventbridge
}

resource "aws_cloudwatch_event_target" "all" {
  for_each = local.schedule

  rule      = aws_cloudwatch_event_rule.all[each.key].name
  target_id = "portal"
  arn       = local.portal_arn
}

resource "aws_lambda_permission" "schedule" {
  for_each = local.schedule

  statement_id  = "schedule-${each.key}"
  action        = "lambda:InvokeFunction"
  function_name = local.portal_arn
  principal     = "events.amazonaws.com"
  source_arn    = aws_cloudwatch_event_rule.all[each.key].arn
}
