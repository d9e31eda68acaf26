# The portal's static files: a bucket that nobody reads but one distribution, and that distribution.
#
# Each file has the hash of its content in its name, so it is kept for ever by whoever got it. None
# is deleted by its age either: a file that no release changed is the oldest and the most used. The
# deployment adds what a release brings and takes nothing away.

locals {
  bucket_arn = "arn:${var.partition}:s3:::${var.bucket}"

  # Policies of AWS's own, which every account has under these ids.
  # https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/using-managed-cache-policies.html
  caching_optimized = "658327ea-f89d-4fab-a63d-7e88639e58f6"
  # https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/using-managed-response-headers-policies.html
  # Fonts come from another origin than the page, so a browser asks whether it may use them. These
  # files are the same for everybody: anybody may.
  cors_and_security_headers = "e61eb60c-9c35-4d20-a928-2b84e02af89c"
}

resource "aws_s3_bucket" "static" {
  bucket        = var.bucket
  force_destroy = !var.production
}

resource "aws_s3_bucket_ownership_controls" "static" {
  bucket = aws_s3_bucket.static.bucket

  rule {
    object_ownership = "BucketOwnerEnforced"
  }
}

resource "aws_s3_bucket_public_access_block" "static" {
  bucket = aws_s3_bucket.static.bucket

  block_public_acls       = true
  block_public_policy     = true
  ignore_public_acls      = true
  restrict_public_buckets = true
}

resource "aws_s3_bucket_server_side_encryption_configuration" "static" {
  bucket = aws_s3_bucket.static.bucket

  rule {
    apply_server_side_encryption_by_default {
      sse_algorithm = "AES256"
    }
  }
}

data "aws_iam_policy_document" "static" {
  statement {
    sid       = "TheDistributionReads"
    actions   = ["s3:GetObject"]
    resources = ["${local.bucket_arn}/static/*"]

    principals {
      type        = "Service"
      identifiers = ["cloudfront.amazonaws.com"]
    }

    condition {
      test     = "StringEquals"
      variable = "AWS:SourceArn"
      values   = [aws_cloudfront_distribution.static.arn]
    }
  }

  # Everything and everybody: what this left out would be open without TLS.
  statement {
    sid       = "TlsOnly"
    effect    = "Deny"
    actions   = ["s3:*"]
    resources = [local.bucket_arn, "${local.bucket_arn}/*"]

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

resource "aws_s3_bucket_policy" "static" {
  bucket = aws_s3_bucket.static.bucket
  policy = data.aws_iam_policy_document.static.json

  # S3 answers 409 when the policy and the public access block are written at the same moment.
  depends_on = [aws_s3_bucket_public_access_block.static]
}

# The distribution signs what it asks of the bucket.
resource "aws_cloudfront_origin_access_control" "static" {
  name                              = var.name
  description                       = "The portal's static files"
  origin_access_control_origin_type = "s3"
  signing_behavior                  = "always"
  signing_protocol                  = "sigv4"
}

resource "aws_cloudfront_distribution" "static" {
  comment         = var.name
  enabled         = true
  is_ipv6_enabled = true
  http_version    = "http2"
  price_class     = "PriceClass_100"
  aliases         = var.domain[*]

  origin {
    origin_id                = "bucket"
    domain_name              = aws_s3_bucket.static.bucket_regional_domain_name
    origin_access_control_id = aws_cloudfront_origin_access_control.static.id
  }

  default_cache_behavior {
    target_origin_id           = "bucket"
    viewer_protocol_policy     = "https-only"
    allowed_methods            = ["GET", "HEAD"]
    cached_methods             = ["GET", "HEAD"]
    compress                   = true
    cache_policy_id            = local.caching_optimized
    response_headers_policy_id = local.cors_and_security_headers
  }

  restrictions {
    geo_restriction {
      restriction_type = "none"
    }
  }

  # CloudFront's own certificate takes what TLS it takes; with one of ours it is 1.2 at least.
  viewer_certificate {
    cloudfront_default_certificate = var.domain == null
    acm_certificate_arn            = var.certificate_arn
    minimum_protocol_version       = var.domain == null ? null : "TLSv1.2_2021"
    ssl_support_method             = var.domain == null ? null : "sni-only"
  }
}
