variable "name" {
  type        = string
  description = "What every name begins with."
}

variable "region" {
  type = string
}

variable "production" {
  type = bool
}

variable "least_capacity" {
  type        = number
  description = "In ACU of 2 GB. With 0 it sleeps when nobody asked for ten minutes."
}

variable "most_capacity" {
  type = number
}

variable "keep_backups_days" {
  type = number
}

variable "alarm_topic_arn" {
  type = string
}
