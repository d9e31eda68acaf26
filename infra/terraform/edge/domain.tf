# An address of our own for the API, where a stage has one. Its certificate is made beforehand, by
# hand, in the Region of the stage: somebody has to prove that the domain is ours.

resource "aws_api_gateway_domain_name" "api" {
  count = var.api_domain == null ? 0 : 1

  domain_name              = var.api_domain
  regional_certificate_arn = var.api_certificate_arn
  security_policy          = "TLS_1_2"

  endpoint_configuration {
    types = ["REGIONAL"]
  }
}

resource "aws_api_gateway_base_path_mapping" "api" {
  count = var.api_domain == null ? 0 : 1

  domain_name = aws_api_gateway_domain_name.api[0].domain_name
  api_id      = aws_api_gateway_rest_api.api.id
  stage_name  = aws_api_gateway_stage.api.stage_name
}
