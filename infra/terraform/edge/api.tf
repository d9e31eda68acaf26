# The REST API of api.json. It is made of resources and not of an OpenAPI body, because a body loses
# its authorizer, its validator and the required key in the local cloud: what could not be tried.

locals {
  api      = jsondecode(file("${path.module}/../../definitions/api.json"))
  problems = jsondecode(file("${path.module}/../../definitions/problems.json"))

  routes = { for route in local.api.routes : "${route.method} ${route.path}" => route }
  paths  = toset([for route in local.api.routes : route.path])

  # Each path with all that is above it, by depth: a resource is made below another one, and a set
  # of resources cannot name its own members.
  steps = { for path in local.paths : path => split("/", trimprefix(path, "/")) }
  levels = [for depth in [1, 2, 3] : toset([
    for steps in local.steps : "/${join("/", slice(steps, 0, depth))}" if length(steps) >= depth
  ])]

  resource_ids = merge(
    { for path, resource in aws_api_gateway_resource.first : path => resource.id },
    { for path, resource in aws_api_gateway_resource.second : path => resource.id },
    { for path, resource in aws_api_gateway_resource.third : path => resource.id },
  )

  # SAM makes the functions first, under names that are known.
  function_arns = { for name in toset([for route in local.api.routes : route.function]) :
    name => "arn:${local.partition}:lambda:${local.here}:function:${local.name}-${name}"
  }

  # Where a parameter stands: what the definition calls it, and what API Gateway does.
  places = { header = "header", path = "path", query = "querystring" }
}

resource "aws_api_gateway_rest_api" "api" {
  name           = "${local.name}-${local.api.name}"
  description    = local.api.description
  api_key_source = "HEADER"

  endpoint_configuration {
    types = ["REGIONAL"]
  }

  lifecycle {
    precondition {
      condition     = alltrue([for steps in local.steps : length(steps) <= 3])
      error_message = "a path of api.json has more than three steps: give api.tf another level"
    }
  }
}

resource "aws_api_gateway_resource" "first" {
  for_each = local.levels[0]

  rest_api_id = aws_api_gateway_rest_api.api.id
  parent_id   = aws_api_gateway_rest_api.api.root_resource_id
  path_part   = basename(each.key)
}

resource "aws_api_gateway_resource" "second" {
  for_each = local.levels[1]

  rest_api_id = aws_api_gateway_rest_api.api.id
  parent_id   = aws_api_gateway_resource.first[dirname(each.key)].id
  path_part   = basename(each.key)
}

resource "aws_api_gateway_resource" "third" {
  for_each = local.levels[2]

  rest_api_id = aws_api_gateway_rest_api.api.id
  parent_id   = aws_api_gateway_resource.second[dirname(each.key)].id
  path_part   = basename(each.key)
}

resource "aws_api_gateway_authorizer" "customers" {
  name            = "customers"
  rest_api_id     = aws_api_gateway_rest_api.api.id
  type            = "COGNITO_USER_POOLS"
  provider_arns   = [local.user_pool_arn]
  identity_source = "method.request.header.Authorization"
}

resource "aws_api_gateway_request_validator" "everything" {
  name                        = "everything"
  rest_api_id                 = aws_api_gateway_rest_api.api.id
  validate_request_body       = true
  validate_request_parameters = true
}

resource "aws_api_gateway_model" "all" {
  for_each = local.api.models

  rest_api_id  = aws_api_gateway_rest_api.api.id
  name         = each.key
  content_type = "application/json"
  schema       = jsonencode(each.value)
}

resource "aws_api_gateway_method" "all" {
  for_each = local.routes

  rest_api_id          = aws_api_gateway_rest_api.api.id
  resource_id          = local.resource_ids[each.value.path]
  http_method          = each.value.method
  authorization        = try(each.value.public, false) ? "NONE" : "COGNITO_USER_POOLS"
  authorizer_id        = try(each.value.public, false) ? null : aws_api_gateway_authorizer.customers.id
  api_key_required     = !try(each.value.public, false)
  request_validator_id = aws_api_gateway_request_validator.everything.id
  request_models       = can(each.value.body) ? { "application/json" = aws_api_gateway_model.all[each.value.body].name } : {}

  request_parameters = { for parameter in try(each.value.parameters, []) :
    "method.request.${local.places[parameter.in]}.${parameter.name}" => parameter.required
  }
}

# Who may invoke the function stands beside it, in functions.yaml: API Gateway, for this stage.
resource "aws_api_gateway_integration" "all" {
  for_each = local.routes

  rest_api_id             = aws_api_gateway_rest_api.api.id
  resource_id             = aws_api_gateway_method.all[each.key].resource_id
  http_method             = aws_api_gateway_method.all[each.key].http_method
  type                    = "AWS_PROXY"
  integration_http_method = "POST"
  uri                     = "arn:${local.partition}:apigateway:${var.region}:lambda:path/2015-03-31/functions/${local.function_arns[each.value.function]}/invocations"
}
