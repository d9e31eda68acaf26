# Usage plans hold for keys. Whoever sends calls without one, as fast as they can, is held off by
# their address, before a call costs anything but the firewall's own cent.

resource "aws_wafv2_web_acl" "api" {
  count = var.most_calls_in_five_minutes == null ? 0 : 1

  name        = "${local.name}-api"
  description = "Who calls far too often waits"
  scope       = "REGIONAL"

  default_action {
    allow {}
  }

  rule {
    name     = "too-many-from-one-address"
    priority = 1

    action {
      block {
        custom_response {
          response_code = 429

          response_header {
            name  = "Retry-After"
            value = "300"
          }
        }
      }
    }

    statement {
      rate_based_statement {
        limit                 = var.most_calls_in_five_minutes
        evaluation_window_sec = 300
        aggregate_key_type    = "IP"
      }
    }

    visibility_config {
      cloudwatch_metrics_enabled = true
      metric_name                = "${local.name}-too-many-from-one-address"
      sampled_requests_enabled   = false
    }
  }

  visibility_config {
    cloudwatch_metrics_enabled = true
    metric_name                = "${local.name}-api"
    sampled_requests_enabled   = false
  }
}

resource "aws_wafv2_web_acl_association" "api" {
  count = var.most_calls_in_five_minutes == null ? 0 : 1

  resource_arn = aws_api_gateway_stage.api.arn
  web_acl_arn  = aws_wafv2_web_acl.api[0].arn
}
