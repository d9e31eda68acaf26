# Static files behind a CDN, where the stage's file says so; otherwise the portal serves them itself.
# They stand in this root and not with the data: they can be made anew from any release, and pages
# must not name them before they are there, so they come before the portal.

module "cdn" {
  count  = var.cdn ? 1 : 0
  source = "./cdn"

  name            = "${local.name}-static"
  bucket          = "${local.name}-${var.account_id}-static"
  partition       = local.partition
  production      = var.production
  domain          = var.static_domain
  certificate_arn = var.static_certificate_arn
}

output "static_domain_target" {
  description = "Where DNS must lead static_domain."
  value       = one(module.cdn[*].domain_target)
}
