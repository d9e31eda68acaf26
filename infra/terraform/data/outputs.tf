output "tables" {
  description = "Name of each table."
  value       = { for thing, table in aws_dynamodb_table.all : thing => table.name }
}

output "queue_urls" {
  description = "TASKS_QUEUE_URL of the portal is the one of tasks, MAIL_EVENTS_QUEUE_URL that of mail-events, REGISTRATIONS_QUEUE_URL that of registrations."
  value       = { for thing, queue in aws_sqs_queue.all : thing => queue.url }
}

output "exports_bucket" {
  value = aws_s3_bucket.exports.bucket
}

output "mail_configuration_set" {
  description = "MAIL_CONFIGURATION_SET of the portal."
  value       = aws_sesv2_configuration_set.mail.configuration_set_name
}

output "portal_role_arn" {
  value = aws_iam_role.portal.arn
}

# The tools that come after this one read it here, without access to Terraform's state.
resource "aws_ssm_parameter" "handover" {
  for_each = {
    alarm_topic_arn = aws_sns_topic.alarms.arn
    exports_bucket  = aws_s3_bucket.exports.bucket
    portal_role_arn = aws_iam_role.portal.arn
    tasks_queue_url = aws_sqs_queue.all["tasks"].url
    mail_events_url = aws_sqs_queue.all["mail-events"].url

    registrations_queue_url = aws_sqs_queue.all["registrations"].url
    notices_queue_url       = aws_sqs_queue.all["notices"].url
  }

  name  = "/gatehouse/${var.stage}/${each.key}"
  type  = "String"
  value = each.value
}
