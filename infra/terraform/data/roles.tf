# What the portal may do, web and worker alike: they are one package, one function on Lambda. The
# roles of the functions stand beside them, in infra/functions.yaml.
#
# Every action is one that the portal's work needs, on the things it needs it for. A star stands in a
# resource only where AWS gives the id, and says so.

locals {
  # A transaction is allowed by the actions of its parts, and an INSERT of PartiQL by its own.
  portal_on_tables = {
    promo-codes = ["GetItem", "BatchGetItem", "PutItem", "UpdateItem", "PartiQLInsert"]
    redemptions = ["GetItem", "Query", "Scan", "PutItem", "UpdateItem", "DeleteItem"]
    windows     = ["UpdateItem", "DeleteItem"]
    outcomes    = ["UpdateItem", "Query"]
    access      = ["GetItem", "BatchGetItem", "PutItem", "DeleteItem", "Scan"]
    permissions = ["GetItem", "BatchGetItem", "PutItem", "DeleteItem", "Scan"]
    domains     = ["GetItem", "BatchGetItem", "PutItem", "DeleteItem", "Scan"]
    usage       = ["Query"]
  }

  api_management = "arn:${local.partition}:apigateway:${var.region}::"

  # Zappa composes the function's name: project, then stage.
  portal_logs = "/aws/lambda/gatehouse-portal-${var.stage}"

  # The API's access log, which the edge makes.
  access_log = "/gatehouse/${var.stage}/${jsondecode(file("${path.module}/../../definitions/access_log.json")).name}"
}

data "aws_iam_policy_document" "portal" {
  dynamic "statement" {
    for_each = local.portal_on_tables
    content {
      actions   = [for action in statement.value : "dynamodb:${action}"]
      resources = [local.table_arns[statement.key]]
    }
  }

  # An index is there to be queried, and only the portal does.
  statement {
    actions   = ["dynamodb:Query"]
    resources = local.index_arns
  }

  statement {
    actions = [
      "sqs:ChangeMessageVisibility",
      "sqs:DeleteMessage",
      "sqs:GetQueueAttributes",
      "sqs:ReceiveMessage",
      "sqs:SendMessage",
    ]
    resources = local.queue_arns
  }

  # Staff look at what was given up, send it to its queue again or delete it. Only SQS puts it there.
  statement {
    actions = [
      "sqs:ChangeMessageVisibility",
      "sqs:DeleteMessage",
      "sqs:GetQueueAttributes",
      "sqs:ReceiveMessage",
    ]
    resources = local.dead_arns
  }

  statement {
    actions = ["s3:AbortMultipartUpload", "s3:DeleteObject", "s3:GetObject", "s3:PutObject"]
    # The star is the name of the export.
    resources = ["${local.exports_arn}/*"]
  }

  # Without it S3 says "forbidden" instead of "not found" of an export that is gone.
  statement {
    actions   = ["s3:ListBucket"]
    resources = [local.exports_arn]
  }

  dynamic "statement" {
    for_each = var.user_pool_arn[*]
    content {
      actions = [
        "cognito-idp:AdminCreateUser",
        "cognito-idp:AdminDeleteUser",
        "cognito-idp:AdminDisableUser",
        "cognito-idp:AdminEnableUser",
        "cognito-idp:AdminGetUser",
        "cognito-idp:AdminSetUserMFAPreference",
        "cognito-idp:AdminSetUserPassword",
        "cognito-idp:AdminUpdateUserAttributes",
        "cognito-idp:AdminUserGlobalSignOut",
        "cognito-idp:DescribeUserPool",
        "cognito-idp:ListUsers",
      ]
      resources = [statement.value]
    }
  }

  # AWS Marketplace answers the account that published the listing: the portal takes a role of it on.
  dynamic "statement" {
    for_each = var.marketplace_role_arn[*]
    content {
      actions   = ["sts:AssumeRole"]
      resources = [statement.value]
    }
  }

  # The same by the portal itself, where its own account published the listing. These have no
  # resource that could be named.
  dynamic "statement" {
    for_each = var.sells_on_marketplace ? [1] : []
    content {
      actions = [
        "aws-marketplace:BatchMeterUsage",
        "aws-marketplace:DescribeAgreement",
        "aws-marketplace:GetEntitlements",
        "aws-marketplace:ResolveCustomer",
        "aws-marketplace:SearchAgreements",
      ]
      resources = ["*"]
    }
  }

  # API Gateway has no resource for one stage's keys: ids are AWS's, and names are no part of an
  # ARN. The portal can reach every key of the account and Region, and no plan, API or domain.
  statement {
    actions   = ["apigateway:GET", "apigateway:POST"]
    resources = ["${local.api_management}/apikeys"]
  }

  statement {
    actions = ["apigateway:DELETE", "apigateway:GET", "apigateway:PATCH"]
    # The star is the id of a key.
    resources = ["${local.api_management}/apikeys/*"]
  }

  statement {
    actions   = ["apigateway:GET"]
    resources = ["${local.api_management}/usageplans"]
  }

  statement {
    actions = ["apigateway:GET"]
    # The star is the id of a tier's plan.
    resources = ["${local.api_management}/usageplans/*/usage"]
  }

  statement {
    actions = ["apigateway:GET", "apigateway:POST"]
    # The star is the id of a tier's plan.
    resources = ["${local.api_management}/usageplans/*/keys"]
  }

  # Staff may give a plan the limits back that Terraform deployed.
  statement {
    actions = ["apigateway:PATCH"]
    # The star is the id of a tier's plan.
    resources = ["${local.api_management}/usageplans/*"]
  }

  statement {
    actions = ["apigateway:DELETE"]
    # The stars are the ids of a plan and of a key on it.
    resources = ["${local.api_management}/usageplans/*/keys/*"]
  }

  # Keys of newsletter platforms. Whoever runs the stage puts them there.
  statement {
    actions   = ["ssm:GetParameter"]
    resources = ["arn:${local.partition}:ssm:${local.here}:parameter/gatehouse/${var.stage}/newsletters/*"]
  }

  # Anymail sends whole messages through SES's v2 API, for which SES asks for both, of the
  # sender and of the configuration set.
  statement {
    actions = ["ses:SendEmail", "ses:SendRawEmail"]
    resources = concat(
      [for identity in var.mail_identities : "arn:${local.partition}:ses:${local.here}:identity/${identity}"],
      [local.mail_set_arn],
    )
  }

  # Staff have SES forget that an address bounced. The list is the account's, and has no resource.
  statement {
    actions   = ["ses:DeleteSuppressedDestination"]
    resources = ["*"]
  }

  # API Gateway calls the portal in its name.
  statement {
    actions   = ["lambda:InvokeFunction"]
    resources = ["arn:${local.partition}:lambda:${local.here}:function:gatehouse-portal-${var.stage}"]
  }

  # Staff look for the call that a customer quotes. To search a log is a right to its streams.
  statement {
    actions = ["logs:FilterLogEvents"]
    # The star is a stream, which API Gateway names.
    resources = ["arn:${local.partition}:logs:${local.here}:log-group:${local.access_log}:*"]
  }

  statement {
    actions = ["logs:CreateLogStream", "logs:PutLogEvents"]
    # The star is a stream, which Lambda names.
    resources = ["arn:${local.partition}:logs:${local.here}:log-group:${local.portal_logs}:*"]
  }
}

data "aws_iam_policy_document" "lambda" {
  statement {
    actions = ["sts:AssumeRole"]

    # API Gateway takes the role on to call the portal: that is how Zappa builds its API.
    principals {
      type        = "Service"
      identifiers = ["apigateway.amazonaws.com", "lambda.amazonaws.com"]
    }
  }
}

resource "aws_iam_role" "portal" {
  name               = "${local.name}-portal"
  description        = "The portal and its worker"
  assume_role_policy = data.aws_iam_policy_document.lambda.json
}

resource "aws_iam_role_policy" "portal" {
  name   = "least"
  role   = aws_iam_role.portal.id
  policy = data.aws_iam_policy_document.portal.json
}

# Made before the function, because Lambda makes one that keeps its lines for ever.
resource "aws_cloudwatch_log_group" "portal" {
  name              = local.portal_logs
  retention_in_days = var.keep_logs_days
}
