# One line of JSON for each call: which key of which account, what became of it and how long it
# took. No address of a caller, no token, no value of a key, and nothing of a body.

locals {
  access_log     = "/gatehouse/${var.stage}/api-access"
  access_log_arn = "arn:${local.partition}:logs:${local.here}:log-group:${local.access_log}"

  access_line = {
    time           = "$context.requestTimeEpoch"
    request_id     = "$context.extendedRequestId"
    method         = "$context.httpMethod"
    resource       = "$context.resourcePath"
    status         = "$context.status"
    refused_by     = "$context.error.responseType"
    key_id         = "$context.identity.apiKeyId"
    tenant_id      = "$context.authorizer.claims.tenant_id"
    latency        = "$context.responseLatency"
    function_ms    = "$context.integrationLatency"
    answered_bytes = "$context.responseLength"
  }
}

resource "aws_cloudwatch_log_group" "access" {
  name              = local.access_log
  retention_in_days = var.keep_logs_days
}

# API Gateway writes no log at all before its account and Region have a role for it: one for all
# APIs, so a second stage in the same account would share it.
data "aws_iam_policy_document" "gateway" {
  statement {
    actions = ["sts:AssumeRole"]

    principals {
      type        = "Service"
      identifiers = ["apigateway.amazonaws.com"]
    }
  }
}

# API Gateway takes a role only if it may do all of this to every log of the account.
data "aws_iam_policy_document" "gateway_logs" {
  statement {
    actions = [
      "logs:CreateLogGroup",
      "logs:CreateLogStream",
      "logs:DescribeLogGroups",
      "logs:DescribeLogStreams",
      "logs:FilterLogEvents",
      "logs:GetLogEvents",
      "logs:PutLogEvents",
    ]
    resources = ["*"]
  }
}

resource "aws_iam_role" "gateway" {
  name               = "${local.name}-gateway-logs"
  description        = "API Gateway, to write its logs"
  assume_role_policy = data.aws_iam_policy_document.gateway.json
}

resource "aws_iam_role_policy" "gateway" {
  name   = "least"
  role   = aws_iam_role.gateway.id
  policy = data.aws_iam_policy_document.gateway_logs.json
}

resource "aws_api_gateway_account" "here" {
  cloudwatch_role_arn = aws_iam_role.gateway.arn

  depends_on = [aws_iam_role_policy.gateway]
}
