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

variable "portal_domain" {
  type        = string
  description = "The name under which customers reach the portal."
  default     = null
}

variable "staff_domain" {
  type        = string
  description = "The name under which staff reach the backoffice."
  default     = null
}

variable "portal_api_id" {
  type        = string
  description = "The portal's API, which Zappa made. The deployment hands it over."
  default     = null

  validation {
    condition     = var.portal_api_id != null || var.portal_domain == null
    error_message = "a domain leads to an API: deploy the portal first"
  }
}
