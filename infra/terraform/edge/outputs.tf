output "api_id" {
  value = aws_api_gateway_rest_api.api.id
}

output "api_url" {
  description = "API_URL of the portal."
  value       = local.api_url
}

locals {
  api_url = var.api_domain == null ? aws_api_gateway_stage.api.invoke_url : "https://${var.api_domain}"
}

output "api_domain_target" {
  description = "Where DNS must lead api_domain: an alias, or a CNAME to its name."
  value = one([for domain in aws_api_gateway_domain_name.api : {
    name    = domain.regional_domain_name
    zone_id = domain.regional_zone_id
  }])
}

# The tools that come after this one read it here, without access to Terraform's state.
resource "aws_ssm_parameter" "handover" {
  for_each = {
    api_id  = aws_api_gateway_rest_api.api.id
    api_url = local.api_url
  }

  name  = "/gatehouse/${var.stage}/${each.key}"
  type  = "String"
  value = each.value
}
