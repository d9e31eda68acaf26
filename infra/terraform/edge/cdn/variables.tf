variable "name" {
  type        = string
  description = "What the distribution is called: gatehouse-dev-static."
}

variable "bucket" {
  type        = string
  description = "The bucket of the files. Names of buckets are shared by all of AWS."
}

variable "partition" {
  type        = string
  description = "aws, or the partition of the Region."
}

variable "production" {
  type        = bool
  description = "Whether the bucket refuses to be deleted with files in it."
}

variable "domain" {
  type        = string
  description = "A name of our own for the files; without one they have CloudFront's."
  default     = null
}

variable "certificate_arn" {
  type        = string
  description = "The certificate of the domain, issued in us-east-1."
  default     = null
}
