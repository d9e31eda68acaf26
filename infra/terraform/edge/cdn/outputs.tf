output "url" {
  description = "STATIC_URL of the portal."
  value       = "https://${var.domain == null ? aws_cloudfront_distribution.static.domain_name : var.domain}/static/"
}

output "bucket" {
  value = aws_s3_bucket.static.bucket
}

output "domain_target" {
  description = "Where DNS must lead the domain: an alias, or a CNAME to its name."
  value = {
    name    = aws_cloudfront_distribution.static.domain_name
    zone_id = aws_cloudfront_distribution.static.hosted_zone_id
  }
}
