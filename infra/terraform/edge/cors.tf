# A browser asks first, by OPTIONS, without token or key: API Gateway itself answers, with fixed
# headers.

locals {
  preflight = {
    "Access-Control-Allow-Origin"  = local.api.cors.allow_origin
    "Access-Control-Allow-Headers" = local.api.cors.allow_headers
    "Access-Control-Allow-Methods" = local.api.cors.allow_methods
    "Access-Control-Max-Age"       = tostring(local.api.cors.max_age_seconds)
  }
}

resource "aws_api_gateway_method" "preflight" {
  for_each = local.paths

  rest_api_id      = aws_api_gateway_rest_api.api.id
  resource_id      = local.resource_ids[each.key]
  http_method      = "OPTIONS"
  authorization    = "NONE"
  api_key_required = false
}

resource "aws_api_gateway_integration" "preflight" {
  for_each = local.paths

  rest_api_id       = aws_api_gateway_rest_api.api.id
  resource_id       = aws_api_gateway_method.preflight[each.key].resource_id
  http_method       = aws_api_gateway_method.preflight[each.key].http_method
  type              = "MOCK"
  request_templates = { "application/json" = "{\"statusCode\": 204}" }
}

resource "aws_api_gateway_method_response" "preflight" {
  for_each = local.paths

  rest_api_id         = aws_api_gateway_rest_api.api.id
  resource_id         = aws_api_gateway_method.preflight[each.key].resource_id
  http_method         = aws_api_gateway_method.preflight[each.key].http_method
  status_code         = "204"
  response_parameters = { for name in keys(local.preflight) : "method.response.header.${name}" => true }
}

resource "aws_api_gateway_integration_response" "preflight" {
  for_each = local.paths

  rest_api_id = aws_api_gateway_rest_api.api.id
  resource_id = aws_api_gateway_integration.preflight[each.key].resource_id
  http_method = aws_api_gateway_integration.preflight[each.key].http_method
  status_code = aws_api_gateway_method_response.preflight[each.key].status_code

  response_parameters = { for name, value in local.preflight :
    "method.response.header.${name}" => "'${value}'"
  }
}
