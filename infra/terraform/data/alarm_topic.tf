# Whom alarms reach. Who gets them by mail confirms once, by the link that AWS sends.

locals {
  alarm_topic_arn = "arn:${local.partition}:sns:${local.here}:${local.name}-alarms"
}

resource "aws_sns_topic" "alarms" {
  name = "${local.name}-alarms"
}

# Alarms of this account, its budget and what finds odd costs may speak, nobody else.
data "aws_iam_policy_document" "alarm_topic" {
  statement {
    actions   = ["sns:Publish"]
    resources = [local.alarm_topic_arn]

    principals {
      type = "Service"
      identifiers = [
        "budgets.amazonaws.com",
        "cloudwatch.amazonaws.com",
        "costalerts.amazonaws.com",
      ]
    }

    condition {
      test     = "StringEquals"
      variable = "AWS:SourceAccount"
      values   = [var.account_id]
    }
  }
}

resource "aws_sns_topic_policy" "alarms" {
  arn    = aws_sns_topic.alarms.arn
  policy = data.aws_iam_policy_document.alarm_topic.json
}

resource "aws_sns_topic_subscription" "alarms" {
  for_each = toset(var.alarm_addresses)

  topic_arn = aws_sns_topic.alarms.arn
  protocol  = "email"
  endpoint  = each.value
}
