# The portal's PostgreSQL: Aurora Serverless v2 in subnets that nobody reaches from outside.

terraform {
  required_providers {
    aws = {
      source = "hashicorp/aws"
    }
  }
}

resource "aws_db_subnet_group" "portal" {
  name        = "${var.name}-portal"
  description = "Where the portal's database stands"
  subnet_ids  = [for subnet in aws_subnet.private : subnet.id]
}

resource "aws_rds_cluster" "portal" {
  cluster_identifier = "${var.name}-portal"
  engine             = "aurora-postgresql"
  engine_mode        = "provisioned"
  engine_version     = "16"
  database_name      = "gatehouse"

  # RDS makes this password, keeps it in Secrets Manager and changes it by itself. Nobody needs it but
  # to make the two roles that the portal signs in as, without any password (infra/database_roles.sql).
  master_username                     = "gatehouse_master"
  manage_master_user_password         = true
  iam_database_authentication_enabled = true

  db_subnet_group_name   = aws_db_subnet_group.portal.name
  vpc_security_group_ids = [aws_security_group.database.id]
  storage_encrypted      = true

  serverlessv2_scaling_configuration {
    min_capacity             = var.least_capacity
    max_capacity             = var.most_capacity
    seconds_until_auto_pause = var.least_capacity == 0 ? 600 : null
  }

  # At night in Europe, when nobody waits for a page.
  backup_retention_period      = var.keep_backups_days
  preferred_backup_window      = "01:00-02:00"
  preferred_maintenance_window = "sun:02:30-sun:03:30"
  copy_tags_to_snapshot        = true

  deletion_protection       = var.production
  skip_final_snapshot       = !var.production
  final_snapshot_identifier = "${var.name}-portal-last"

  enabled_cloudwatch_logs_exports = ["postgresql"]
}

# A second one takes over within a minute where customers depend on it.
resource "aws_rds_cluster_instance" "portal" {
  count = var.production ? 2 : 1

  identifier          = "${var.name}-portal-${count.index + 1}"
  cluster_identifier  = aws_rds_cluster.portal.id
  instance_class      = "db.serverless"
  engine              = aws_rds_cluster.portal.engine
  engine_version      = aws_rds_cluster.portal.engine_version
  publicly_accessible = false
}

resource "aws_cloudwatch_metric_alarm" "busy" {
  alarm_name          = "${var.name}-database-busy"
  alarm_description   = "the database works as hard as it may: docs/runbooks.md#database-busy"
  namespace           = "AWS/RDS"
  metric_name         = "ACUUtilization"
  dimensions          = { DBClusterIdentifier = aws_rds_cluster.portal.cluster_identifier }
  statistic           = "Average"
  period              = 300
  evaluation_periods  = 3
  comparison_operator = "GreaterThanThreshold"
  threshold           = 90
  treat_missing_data  = "notBreaching"
  alarm_actions       = [var.alarm_topic_arn]
  ok_actions          = [var.alarm_topic_arn]
}
