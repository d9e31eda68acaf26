# What API Gateway itself refuses is a problem like those of the function (docs/decisions/0006).

locals {
  answer_headers = {
    "Access-Control-Allow-Origin"   = local.api.cors.allow_origin
    "Access-Control-Expose-Headers" = local.api.cors.expose_headers
    "Content-Type"                  = "application/problem+json"
  }

  refusals = { for kind, answer in local.api.gateway_responses : kind => merge(
    {
      type    = "${local.problems.types}${answer.problem}"
      title   = local.problems.problems[answer.problem].title
      status  = local.problems.problems[answer.problem].status
      detail  = answer.detail
      message = answer.detail
      code    = answer.problem
      # The extended id, because a caller may choose the other one.
      request_id = "$context.extendedRequestId"
    },
    { for reason in [try(answer.explained_by, null)] : "reason" => reason if reason != null },
    { for reason in [try(answer.explained_by, null)] : "errors" => [{ detail = reason }] if reason != null },
  ) }
}

resource "aws_api_gateway_gateway_response" "all" {
  for_each = local.api.gateway_responses

  rest_api_id        = aws_api_gateway_rest_api.api.id
  response_type      = each.key
  status_code        = tostring(local.refusals[each.key].status)
  response_templates = { "application/json" = jsonencode(local.refusals[each.key]) }

  response_parameters = { for name, value in merge(local.answer_headers, try(each.value.headers, {})) :
    "gatewayresponse.header.${name}" => "'${value}'"
  }
}
