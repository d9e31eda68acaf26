# The stage at a glance: what customers ask, what waits, and what the portal says of itself.

locals {
  queues = keys(jsondecode(file("${path.module}/../../definitions/queues.json")))
  api_of = ["ApiName", "${local.name}-${local.api.name}", "Stage", var.stage]

  widgets = [
    { title = "Calls of the API", stat = "Sum", metrics = [
      for metric in ["Count", "4XXError", "5XXError"] : concat(["AWS/ApiGateway", metric], local.api_of)
    ] },
    { title = "How long they take (95 of 100, ms)", stat = "p95", metrics = [
      for metric in ["Latency", "IntegrationLatency"] : concat(["AWS/ApiGateway", metric], local.api_of)
    ] },
    { title = "Oldest message (s)", stat = "Maximum", metrics = [
      for queue in local.queues : ["AWS/SQS", "ApproximateAgeOfOldestMessage", "QueueName", "${local.name}-${queue}"]
    ] },
    { title = "Given up", stat = "Maximum", metrics = [
      for queue in local.queues : ["AWS/SQS", "ApproximateNumberOfMessagesVisible", "QueueName", "${local.name}-${queue}-dead"]
    ] },
    { title = "Errors of functions", stat = "Sum", metrics = [
      for function in ["gatehouse-portal-${var.stage}", "${local.name}-api", "${local.name}-generate-token"] :
      ["AWS/Lambda", "Errors", "FunctionName", function]
    ] },
    { title = "API keys", stat = "Maximum", metrics = [["Gatehouse/${var.stage}", "api_keys"]] },
    { title = "Metering, codes and mail", stat = "Sum", metrics = [
      for metric in ["metering_alarms", "metering_refused", "metering_stuck", "refusal_alarm", "suppressed_address"] :
      ["Gatehouse/${var.stage}", metric]
    ] },
    { title = "Mail that came back (share)", stat = "Maximum", metrics = [
      for metric in ["Reputation.BounceRate", "Reputation.ComplaintRate"] : ["AWS/SES", metric]
    ] },
  ]
}

resource "aws_cloudwatch_dashboard" "stage" {
  dashboard_name = local.name

  dashboard_body = jsonencode({
    widgets = [for place, widget in local.widgets : {
      type       = "metric"
      x          = 12 * (place % 2)
      y          = 6 * floor(place / 2)
      width      = 12
      height     = 6
      properties = merge(widget, { region = var.region, period = 300, view = "timeSeries" })
    }]
  })
}
