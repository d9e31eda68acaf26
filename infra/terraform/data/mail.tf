# What becomes of mails: SES tells a topic, and the topic a queue that the portal takes from. The
# portal names the configuration set with each mail (MAIL_CONFIGURATION_SET).

locals {
  mail_topic_arn = "arn:${local.partition}:sns:${local.here}:${local.name}-mail-events"
  mail_set_arn   = "arn:${local.partition}:ses:${local.here}:configuration-set/${local.name}-mail"
}

resource "aws_sesv2_configuration_set" "mail" {
  configuration_set_name = "${local.name}-mail"

  # SES itself keeps an address that bounced or complained, whoever sends; staff take it off again.
  suppression_options {
    suppressed_reasons = ["BOUNCE", "COMPLAINT"]
  }
}

resource "aws_sns_topic" "mail_events" {
  name = "${local.name}-mail-events"
}

# Only SES may speak, and only of mails of this configuration set.
data "aws_iam_policy_document" "mail_topic" {
  statement {
    actions   = ["sns:Publish"]
    resources = [local.mail_topic_arn]

    principals {
      type        = "Service"
      identifiers = ["ses.amazonaws.com"]
    }

    condition {
      test     = "StringEquals"
      variable = "AWS:SourceAccount"
      values   = [var.account_id]
    }

    condition {
      test     = "StringEquals"
      variable = "AWS:SourceArn"
      values   = [local.mail_set_arn]
    }
  }
}

resource "aws_sns_topic_policy" "mail_events" {
  arn    = aws_sns_topic.mail_events.arn
  policy = data.aws_iam_policy_document.mail_topic.json
}

# Only that topic may write into the queue.
data "aws_iam_policy_document" "mail_queue" {
  statement {
    actions   = ["sqs:SendMessage"]
    resources = ["${local.sqs}:${local.name}-mail-events"]

    principals {
      type        = "Service"
      identifiers = ["sns.amazonaws.com"]
    }

    condition {
      test     = "ArnEquals"
      variable = "aws:SourceArn"
      values   = [local.mail_topic_arn]
    }
  }
}

resource "aws_sqs_queue_policy" "mail_events" {
  queue_url = aws_sqs_queue.all["mail-events"].id
  policy    = data.aws_iam_policy_document.mail_queue.json

  # One attribute of a queue at a time: two that are set at once may lose one of them.
  depends_on = [aws_sqs_queue_redrive_policy.all]
}

resource "aws_sns_topic_subscription" "mail_events" {
  topic_arn = aws_sns_topic.mail_events.arn
  protocol  = "sqs"
  endpoint  = aws_sqs_queue.all["mail-events"].arn

  depends_on = [aws_sqs_queue_policy.mail_events]
}

resource "aws_sesv2_configuration_set_event_destination" "mail_events" {
  configuration_set_name = aws_sesv2_configuration_set.mail.configuration_set_name
  event_destination_name = "mail-events"

  event_destination {
    enabled              = true
    matching_event_types = ["BOUNCE", "COMPLAINT", "DELIVERY", "DELIVERY_DELAY", "REJECT", "RENDERING_FAILURE"]

    sns_destination {
      topic_arn = aws_sns_topic.mail_events.arn
    }
  }

  # SES writes to the topic when it is told of it, and gives up if it may not.
  depends_on = [aws_sns_topic_policy.mail_events]
}
