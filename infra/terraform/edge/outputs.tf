output "api_id" {
  value = aws_api_gateway_rest_api.api.id
}

output "api_url" {
  description = "API_URL of the portal."
  value       = local.api_url
}

locals {
  api_url = aws_api_gateway_stage.api.invoke_url
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
