stage             = "staging"
region            = "eu-central-1"
account_id        = "222222222222"
production        = false
mail_identities   = ["staging.gatehouse.example"]
keep_exports_days = 7
keep_logs_days    = 30
alarm_addresses   = ["operators@gatehouse.example"]
monthly_budget    = 60
database          = { least_capacity = 0, most_capacity = 2, keep_backups_days = 7 }
cdn               = true
