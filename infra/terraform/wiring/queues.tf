# What reaches the portal from queues. Zappa's own event source knows no partial failures: one bad
# message would bring nine good ones back.

locals {
  queues = jsondecode(file("${path.module}/../../definitions/queues.json"))

  # A task may take as long as the function runs, so each comes alone; the others are read and kept,
  # which takes milliseconds. So many at once and no more: each has a connection to the database, and
  # API Gateway takes a few calls a second. AWS takes no fewer than 2.
  batches      = { for thing in keys(local.queues) : thing => thing == "tasks" ? 1 : 10 }
  most_at_once = { for thing in keys(local.queues) : thing => thing == "tasks" ? 10 : 2 }
}

resource "aws_lambda_event_source_mapping" "all" {
  for_each = local.queues

  event_source_arn = "arn:${local.partition}:sqs:${local.here}:${local.name}-${each.key}"
  function_name    = local.portal_arn
  batch_size       = local.batches[each.key]

  scaling_config {
    maximum_concurrency = local.most_at_once[each.key]
  }

  # The portal names the messages that it could not do; only these come back.
  function_response_types = ["ReportBatchItemFailures"]
}
