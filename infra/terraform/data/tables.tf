locals {
  tables = jsondecode(file("${path.module}/../../definitions/tables.json"))

  table_arns = { for thing, table in aws_dynamodb_table.all :
    thing => "arn:${local.partition}:dynamodb:${local.here}:table/${table.name}"
  }
  index_arns = flatten([for thing, table in local.tables :
    [for index in keys(table.indexes) : "${local.table_arns[thing]}/index/${index}"]
  ])
}

resource "aws_dynamodb_table" "all" {
  for_each = local.tables

  name         = "${local.name}-${each.key}"
  billing_mode = "PAY_PER_REQUEST"
  hash_key     = each.value.hash_key
  range_key    = each.value.range_key

  deletion_protection_enabled = var.production

  dynamic "attribute" {
    for_each = each.value.attributes
    content {
      name = attribute.key
      type = attribute.value
    }
  }

  dynamic "global_secondary_index" {
    for_each = each.value.indexes
    content {
      name            = global_secondary_index.key
      hash_key        = global_secondary_index.value.hash_key
      range_key       = global_secondary_index.value.range_key
      projection_type = global_secondary_index.value.projection
    }
  }

  dynamic "ttl" {
    for_each = each.value.ttl_attribute[*]
    content {
      attribute_name = ttl.value
      enabled        = true
    }
  }

  point_in_time_recovery {
    enabled = each.value.point_in_time_recovery
  }

  # With AWS's key for DynamoDB in this account, whose use CloudTrail shows.
  server_side_encryption {
    enabled = true
  }
}
