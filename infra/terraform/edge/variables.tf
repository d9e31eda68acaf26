variable "stage" {
  type        = string
  description = "Part of every name."

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{0,19}$", var.stage))
    error_message = "a stage is 1 to 20 lower-case letters, digits and hyphens, and starts with a letter"
  }
}

variable "region" {
  type        = string
  description = "The Region of all of this."
}

variable "account_id" {
  type        = string
  description = "The AWS account of this stage."

  validation {
    condition     = can(regex("^[0-9]{12}$", var.account_id))
    error_message = "an account id is 12 digits"
  }
}

variable "user_pool_arn" {
  type        = string
  description = "The user pool whose tokens open the API. Left out, it is the one that stands in /gatehouse/<stage>/user_pool_arn."
  default     = null

  validation {
    condition     = var.user_pool_arn == null || can(regex("^arn:[a-z-]+:cognito-idp:[a-z0-9-]+:[0-9]{12}:userpool/[A-Za-z0-9_-]+$", var.user_pool_arn))
    error_message = "this is not the ARN of one user pool"
  }
}

variable "keep_logs_days" {
  type        = number
  description = "After how many days a line of the API's access log is deleted; CloudWatch knows certain numbers only."
  default     = 30
}

variable "api_domain" {
  type        = string
  description = "The name under which the API is called, such as api.gatehouse.example. Without one it has the address that AWS gives it."
  default     = null
}

variable "api_certificate_arn" {
  type        = string
  description = "The certificate of api_domain, issued in the Region of the stage."
  default     = null

  validation {
    condition     = (var.api_certificate_arn == null) == (var.api_domain == null)
    error_message = "a domain needs its certificate, and a certificate its domain"
  }
}

variable "most_calls_in_five_minutes" {
  type        = number
  description = "How many calls one address may send in five minutes before the firewall answers for the API. Without a number there is no firewall, which costs by the month."
  default     = null

  validation {
    condition     = var.most_calls_in_five_minutes == null ? true : var.most_calls_in_five_minutes >= 10
    error_message = "AWS takes 10 calls or more"
  }
}

variable "production" {
  type        = bool
  description = "Whether real customers depend on it: the bucket of static files is then not deleted while it has any."
  default     = false
}

variable "cdn" {
  type        = bool
  description = "Whether CloudFront serves the portal's static files. Without it the portal does so itself."
  default     = false
}

variable "static_domain" {
  type        = string
  description = "The name under which static files are served, such as static.gatehouse.example. Without one it is CloudFront's."
  default     = null
}

variable "static_certificate_arn" {
  type        = string
  description = "The certificate of static_domain. CloudFront takes one of us-east-1 only."
  default     = null

  validation {
    condition     = (var.static_certificate_arn == null) == (var.static_domain == null)
    error_message = "a domain needs its certificate, and a certificate its domain"
  }

  validation {
    condition     = var.static_certificate_arn == null || can(regex("^arn:[a-z-]+:acm:us-east-1:[0-9]{12}:certificate/", var.static_certificate_arn))
    error_message = "CloudFront takes a certificate that was issued in us-east-1"
  }
}

variable "portal_domain" {
  type        = string
  description = "The name under which customers reach the portal, such as portal.gatehouse.example."
  default     = null
}

variable "staff_domain" {
  type        = string
  description = "The name under which staff reach the backoffice, such as staff.gatehouse.example."
  default     = null

  validation {
    condition     = var.staff_domain == null || (var.portal_domain != null && var.staff_domain != var.portal_domain)
    error_message = "staff have a name beside the portal's, and another one"
  }
}

variable "portal_certificate_arn" {
  type        = string
  description = "The certificate of portal_domain and staff_domain both, issued in the Region of the stage."
  default     = null

  validation {
    condition     = (var.portal_certificate_arn == null) == (var.portal_domain == null)
    error_message = "a domain needs its certificate, and a certificate its domain"
  }
}
