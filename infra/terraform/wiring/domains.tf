# The portal's own host names, which the root of the edge made, lead to the API that Zappa made.

resource "aws_api_gateway_base_path_mapping" "portal" {
  for_each = toset([for name in [var.portal_domain, var.staff_domain] : name if name != null])

  domain_name = each.value
  api_id      = var.portal_api_id
  stage_name  = var.stage
}
