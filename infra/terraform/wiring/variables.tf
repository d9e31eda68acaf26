variable "stage" {
  type        = string
  description = "Part of every name."
}

variable "region" {
  type        = string
  description = "The Region of all of this."
}

variable "account_id" {
  type        = string
  description = "The AWS account of this stage."
}
