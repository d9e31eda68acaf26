# What reaches the portal from queues. Zappa's own event source knows no partial failures: one bad
# message would bring nine good ones back.

locals {
  queues = jsondecode(file("${path.module}/../../definitions/queues.json"))
}

resource "aws_lambda_event_source_mapping" "all" {
  for_each = local.queues

  event_source_arn = "arn:${local.partition}:sqs:${local.here}:${local.name}-${each.key}"
  function_name    = local.portal_arn
  batch_size       = 10

  # The portal names the messages that it could not do; only these come back.
  function_response_types = ["ReportBatchItemFailures"]
}
