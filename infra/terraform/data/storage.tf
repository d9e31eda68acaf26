# Exports hold codes that nobody has used yet: private, encrypted, and gone after some days. There
# is no versioning, which would keep what was deleted.

locals {
  exports_arn = "arn:${local.partition}:s3:::${aws_s3_bucket.exports.bucket}"
}

resource "aws_s3_bucket" "exports" {
  bucket        = "${local.name}-exports"
  force_destroy = !var.production
}

resource "aws_s3_bucket_ownership_controls" "exports" {
  bucket = aws_s3_bucket.exports.bucket

  rule {
    object_ownership = "BucketOwnerEnforced"
  }
}

resource "aws_s3_bucket_public_access_block" "exports" {
  bucket = aws_s3_bucket.exports.bucket

  block_public_acls       = true
  block_public_policy     = true
  ignore_public_acls      = true
  restrict_public_buckets = true
}

resource "aws_s3_bucket_server_side_encryption_configuration" "exports" {
  bucket = aws_s3_bucket.exports.bucket

  rule {
    apply_server_side_encryption_by_default {
      sse_algorithm = "AES256"
    }
  }
}

resource "aws_s3_bucket_lifecycle_configuration" "exports" {
  bucket = aws_s3_bucket.exports.bucket

  # A batch keeps its list of codes, in batches/, and an import its lines until it is done.
  rule {
    id     = "delete-exports"
    status = "Enabled"

    filter {
      prefix = "exports/"
    }

    expiration {
      days = var.keep_exports_days
    }
  }

  rule {
    id     = "delete-broken-uploads"
    status = "Enabled"

    filter {}

    # An upload that broke off is billed until it is removed.
    abort_incomplete_multipart_upload {
      days_after_initiation = 1
    }
  }
}

data "aws_iam_policy_document" "exports" {
  # Everything and everybody: what this left out would be open without TLS.
  statement {
    sid       = "TlsOnly"
    effect    = "Deny"
    actions   = ["s3:*"]
    resources = [local.exports_arn, "${local.exports_arn}/*"]

    principals {
      type        = "*"
      identifiers = ["*"]
    }

    condition {
      test     = "Bool"
      variable = "aws:SecureTransport"
      values   = ["false"]
    }
  }
}

resource "aws_s3_bucket_policy" "exports" {
  bucket = aws_s3_bucket.exports.bucket
  policy = data.aws_iam_policy_document.exports.json

  # S3 answers 409 when the policy and the public access block are written at the same moment.
  depends_on = [aws_s3_bucket_public_access_block.exports]
}
