locals {
  queues = jsondecode(file("${path.module}/../../definitions/queues.json"))

  sqs        = "arn:${local.partition}:sqs:${local.here}"
  queue_arns = [for queue in aws_sqs_queue.all : "${local.sqs}:${queue.name}"]
  dead_arns  = [for queue in aws_sqs_queue.dead : "${local.sqs}:${queue.name}"]
}

resource "aws_sqs_queue" "dead" {
  for_each = local.queues

  name                      = "${local.name}-${each.value.dead_letter_queue}"
  message_retention_seconds = each.value.dead_letter_retention_seconds
  sqs_managed_sse_enabled   = true
}

resource "aws_sqs_queue" "all" {
  for_each = local.queues

  name                       = "${local.name}-${each.key}"
  visibility_timeout_seconds = each.value.visibility_timeout_seconds
  message_retention_seconds  = each.value.retention_seconds
  sqs_managed_sse_enabled    = true

  # The resource below owns it and compares what it means; here a space more would be a change.
  lifecycle {
    ignore_changes = [redrive_policy]
  }
}

resource "aws_sqs_queue_redrive_policy" "all" {
  for_each = local.queues

  queue_url = aws_sqs_queue.all[each.key].id
  redrive_policy = jsonencode({
    deadLetterTargetArn = "${local.sqs}:${aws_sqs_queue.dead[each.key].name}"
    maxReceiveCount     = each.value.max_receive_count
  })
}
