# One line of JSON for each call, as access_log.json has it: which key of which account, what became of
# it and how long it took.

locals {
  logged         = jsondecode(file("${path.module}/../../definitions/access_log.json"))
  access_log     = "/gatehouse/${var.stage}/${local.logged.name}"
  access_log_arn = "arn:${local.partition}:logs:${local.here}:log-group:${local.access_log}"
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
