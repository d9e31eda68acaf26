output "host" {
  value = aws_rds_cluster.portal.endpoint
}

output "subnet_ids" {
  value = [for subnet in aws_subnet.private : subnet.id]
}

output "security_group_id" {
  description = "The portal's."
  value       = aws_security_group.portal.id
}
