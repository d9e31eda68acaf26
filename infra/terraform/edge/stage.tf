# The API as it is served: one deployment at a time, its log and its limits.

locals {
  # What a deployment is a copy of. Files and values that stand here, never whole resources: what
  # AWS fills in differs after a refresh, and each plan would deploy anew.
  deployed = concat(
    [for file in ["api.tf", "cors.tf", "refusals.tf"] : filesha256("${path.module}/${file}")],
    [for name in ["api", "problems"] : filesha256("${path.module}/../../definitions/${name}.json")],
    [local.user_pool_arn],
  )
}

resource "aws_api_gateway_deployment" "api" {
  rest_api_id = aws_api_gateway_rest_api.api.id
  triggers    = { definition = sha256(join(" ", local.deployed)) }

  depends_on = [
    aws_api_gateway_integration.all,
    aws_api_gateway_integration_response.preflight,
    aws_api_gateway_gateway_response.all,
  ]

  # The stage goes over to the new one before the old one is deleted.
  lifecycle {
    create_before_destroy = true
  }
}

resource "aws_api_gateway_stage" "api" {
  rest_api_id   = aws_api_gateway_rest_api.api.id
  deployment_id = aws_api_gateway_deployment.api.id
  stage_name    = var.stage

  access_log_settings {
    destination_arn = local.access_log_arn
    format          = jsonencode(local.logged.line)
  }

  depends_on = [aws_api_gateway_account.here, aws_cloudwatch_log_group.access]
}

# Every method, whoever calls.
resource "aws_api_gateway_method_settings" "all" {
  rest_api_id = aws_api_gateway_rest_api.api.id
  stage_name  = aws_api_gateway_stage.api.stage_name
  method_path = "*/*"

  settings {
    metrics_enabled        = true
    throttling_rate_limit  = local.api.throttle.rate
    throttling_burst_limit = local.api.throttle.burst
  }
}

resource "aws_api_gateway_method_settings" "own" {
  for_each = { for name, route in local.routes : name => route if can(route.throttle) }

  rest_api_id = aws_api_gateway_rest_api.api.id
  stage_name  = aws_api_gateway_stage.api.stage_name
  method_path = "${replace(each.value.path, "/", "~1")}/${each.value.method}"

  settings {
    metrics_enabled        = true
    throttling_rate_limit  = each.value.throttle.rate
    throttling_burst_limit = each.value.throttle.burst
  }

  # One change of a stage at a time: two at once may lose one.
  depends_on = [aws_api_gateway_method_settings.all]
}
