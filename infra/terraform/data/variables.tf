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
  description = "The AWS account of this stage. An account of its own keeps a mistake in one stage out of the others."

  validation {
    condition     = can(regex("^[0-9]{12}$", var.account_id))
    error_message = "an account id is 12 digits"
  }
}

variable "production" {
  type        = bool
  description = "Whether real customers depend on it: tables refuse to be deleted, and so does a bucket that is not empty."
  default     = false

  validation {
    condition     = var.production || var.stage != "production"
    error_message = "the stage called production needs production = true"
  }
}

variable "mail_identities" {
  type        = list(string)
  description = "The domains or addresses, verified in SES, that the portal sends from."

  validation {
    condition     = length(var.mail_identities) > 0 && alltrue([for identity in var.mail_identities : !strcontains(identity, "*")])
    error_message = "name at least one domain or address, in full"
  }
}

variable "user_pool_arn" {
  type        = string
  description = "The user pool that identity.yaml makes. Until it exists, leave it out: the portal may then touch no pool."
  default     = null

  validation {
    condition     = var.user_pool_arn == null || can(regex("^arn:[a-z-]+:cognito-idp:[a-z0-9-]+:[0-9]{12}:userpool/[A-Za-z0-9_-]+$", var.user_pool_arn))
    error_message = "this is not the ARN of one user pool"
  }
}

variable "marketplace_role_arn" {
  type        = string
  description = "The role in the seller's account through which the portal speaks to AWS Marketplace, if the stage sells there."
  default     = null

  validation {
    condition     = var.marketplace_role_arn == null || can(regex("^arn:[a-z-]+:iam::[0-9]{12}:role/[A-Za-z0-9+=,.@_/-]+$", var.marketplace_role_arn))
    error_message = "this is not the ARN of one role"
  }
}

variable "sells_on_marketplace" {
  type        = bool
  description = "Whether this account itself published the listing on AWS Marketplace. Else name the seller's role."
  default     = false
}

variable "keep_exports_days" {
  type        = number
  description = "After how many days an export is deleted. It holds codes that nobody has used yet."
  default     = 7

  validation {
    condition     = var.keep_exports_days >= 1 && floor(var.keep_exports_days) == var.keep_exports_days
    error_message = "exports are kept for one whole day at least"
  }
}

variable "keep_logs_days" {
  type        = number
  description = "After how many days a line of the portal's log is deleted; CloudWatch knows certain numbers only."
  default     = 30
}

variable "alarm_addresses" {
  type        = list(string)
  description = "Who gets alarms by mail. Each confirms once."
  default     = []
}

variable "monthly_budget" {
  type        = number
  description = "What the account may cost in a month, in USD; without it nobody is told of costs."
  default     = null

  validation {
    condition     = var.monthly_budget == null ? true : var.monthly_budget > 0
    error_message = "a budget is more than nothing"
  }
}

variable "database" {
  type = object({
    least_capacity    = number
    most_capacity     = number
    keep_backups_days = number
  })
  description = "The portal's PostgreSQL, in units of 2 GB, and the network around it. Left out, the stage brings a database of its own."
  default     = null

  validation {
    condition     = var.database == null ? true : var.database.least_capacity <= var.database.most_capacity
    error_message = "the least capacity is more than the most"
  }

  validation {
    condition     = var.database == null || !var.production ? true : var.database.least_capacity > 0
    error_message = "in production nobody waits until the database wakes up"
  }
}
