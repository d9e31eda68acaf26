# Names of our own for the portal and for staff, where a stage has them. Which API they lead to is
# known after Zappa made it: the mapping is made in the root of wiring.

locals {
  portal_domains = {
    for use, name in { portal = var.portal_domain, staff = var.staff_domain } : use => name if name != null
  }
}

resource "aws_api_gateway_domain_name" "portal" {
  for_each = local.portal_domains

  domain_name              = each.value
  regional_certificate_arn = var.portal_certificate_arn
  security_policy          = "TLS_1_2"

  endpoint_configuration {
    types = ["REGIONAL"]
  }
}

output "portal_domain_targets" {
  description = "Where DNS must lead portal_domain and staff_domain: an alias each, or a CNAME to its name."
  value = {
    for domain in aws_api_gateway_domain_name.portal : domain.domain_name => {
      name    = domain.regional_domain_name
      zone_id = domain.regional_zone_id
    }
  }
}
