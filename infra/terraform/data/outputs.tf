output "tables" {
  description = "Name of each table."
  value       = { for thing, table in aws_dynamodb_table.all : thing => table.name }
}

output "queue_urls" {
  description = "TASKS_QUEUE_URL of the portal is the one of tasks."
  value       = { for thing, queue in aws_sqs_queue.all : thing => queue.url }
}

output "exports_bucket" {
  value = aws_s3_bucket.exports.bucket
}

output "portal_role_arn" {
  value = aws_iam_role.portal.arn
}

# The tools that come after this one read it here, without access to Terraform's state.
resource "aws_ssm_parameter" "handover" {
  for_each = {
    exports_bucket  = aws_s3_bucket.exports.bucket
    portal_role_arn = aws_iam_role.portal.arn
    tasks_queue_url = aws_sqs_queue.all["tasks"].url
  }

  name  = "/gatehouse/${var.stage}/${each.key}"
  type  = "String"
  value = each.value
}
