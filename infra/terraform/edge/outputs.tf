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

# Each name of the stage's file and where DNS must lead it; a deployment says it.
locals {
  dns = merge(
    { for domain in aws_api_gateway_domain_name.api : domain.domain_name => domain.regional_domain_name },
    { for domain in aws_api_gateway_domain_name.portal : domain.domain_name => domain.regional_domain_name },
    var.cdn && var.static_domain != null ? { (coalesce(var.static_domain, "none")) = module.cdn[0].domain_target.name } : {},
  )
}

# The tools that come after this one read it here, without access to Terraform's state.
resource "aws_ssm_parameter" "handover" {
  for_each = merge(
    {
      api_id  = aws_api_gateway_rest_api.api.id
      api_url = local.api_url
    },
    var.cdn ? {
      static_url    = module.cdn[0].url
      static_bucket = module.cdn[0].bucket
    } : {},
    { for use, name in local.portal_domains : "${use}_url" => "https://${name}" },
    length(local.dns) == 0 ? {} : { dns = jsonencode(local.dns) },
  )

  name  = "/gatehouse/${var.stage}/${each.key}"
  type  = "String"
  value = each.value
}
