# AWS tells a seller of agreements on the default bus of the seller's account, in us-east-1 only. A
# rule does not reach a queue of another Region, so there a second bus stands in between.

locals {
  seller_region = "us-east-1"
  is_there      = var.region == local.seller_region
  seller_event  = jsonencode({ source = ["aws.agreement-marketplace"] })

  hears_directly = var.sells_on_marketplace && local.is_there
  hears_by_bus   = var.sells_on_marketplace && !local.is_there

  # The rule that may fill the queue.
  last_rule_arn = "arn:${local.partition}:events:${local.here}:rule/${
    local.is_there ? "${local.name}-agreements" : "${local.name}-agreements/${local.name}-agreements"
  }"
}

resource "aws_cloudwatch_event_rule" "agreements" {
  count    = var.sells_on_marketplace ? 1 : 0
  provider = aws.marketplace

  name          = "${local.name}-agreements"
  description   = "What AWS Marketplace says of agreements"
  event_pattern = local.seller_event
}

resource "aws_cloudwatch_event_target" "agreements_to_queue" {
  count    = local.hears_directly ? 1 : 0
  provider = aws.marketplace

  rule = aws_cloudwatch_event_rule.agreements[0].name
  arn  = aws_sqs_queue.all["notices"].arn

  depends_on = [aws_sqs_queue_policy.notices]
}

resource "aws_cloudwatch_event_bus" "agreements" {
  count = local.hears_by_bus ? 1 : 0

  name = "${local.name}-agreements"
}

data "aws_iam_policy_document" "event_bus" {
  statement {
    actions   = ["events:PutEvents"]
    resources = ["arn:${local.partition}:events:${local.here}:event-bus/${local.name}-agreements"]
  }
}

data "aws_iam_policy_document" "events" {
  statement {
    actions = ["sts:AssumeRole"]

    principals {
      type        = "Service"
      identifiers = ["events.amazonaws.com"]
    }
  }
}

resource "aws_iam_role" "event_bus" {
  count = local.hears_by_bus ? 1 : 0

  name               = "${local.name}-agreements"
  description        = "EventBridge, to pass on what AWS Marketplace says"
  assume_role_policy = data.aws_iam_policy_document.events.json
}

resource "aws_iam_role_policy" "event_bus" {
  count = local.hears_by_bus ? 1 : 0

  name   = "least"
  role   = aws_iam_role.event_bus[0].id
  policy = data.aws_iam_policy_document.event_bus.json
}

resource "aws_cloudwatch_event_target" "agreements_to_bus" {
  count    = local.hears_by_bus ? 1 : 0
  provider = aws.marketplace

  rule     = aws_cloudwatch_event_rule.agreements[0].name
  arn      = aws_cloudwatch_event_bus.agreements[0].arn
  role_arn = aws_iam_role.event_bus[0].arn
}

resource "aws_cloudwatch_event_rule" "passed_on" {
  count = local.hears_by_bus ? 1 : 0

  name           = "${local.name}-agreements"
  description    = "What AWS Marketplace says of agreements, from us-east-1"
  event_bus_name = aws_cloudwatch_event_bus.agreements[0].name
  event_pattern  = local.seller_event
}

resource "aws_cloudwatch_event_target" "passed_on" {
  count = local.hears_by_bus ? 1 : 0

  rule           = aws_cloudwatch_event_rule.passed_on[0].name
  event_bus_name = aws_cloudwatch_event_bus.agreements[0].name
  arn            = aws_sqs_queue.all["notices"].arn

  depends_on = [aws_sqs_queue_policy.notices]
}

# Only that rule may write into the queue.
data "aws_iam_policy_document" "notices" {
  statement {
    actions   = ["sqs:SendMessage"]
    resources = ["${local.sqs}:${local.name}-notices"]

    principals {
      type        = "Service"
      identifiers = ["events.amazonaws.com"]
    }

    condition {
      test     = "ArnEquals"
      variable = "aws:SourceArn"
      values   = [local.last_rule_arn]
    }
  }
}

resource "aws_sqs_queue_policy" "notices" {
  count = var.sells_on_marketplace ? 1 : 0

  queue_url = aws_sqs_queue.all["notices"].id
  policy    = data.aws_iam_policy_document.notices.json

  # One attribute of a queue at a time: two that are set at once may lose one of them.
  depends_on = [aws_sqs_queue_redrive_policy.all]
}
