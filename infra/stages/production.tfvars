stage                      = "production"
region                     = "eu-central-1"
account_id                 = "333333333333"
production                 = true
mail_identities            = ["gatehouse.example"]
keep_exports_days          = 7
keep_logs_days             = 90
alarm_addresses            = ["operators@gatehouse.example"]
monthly_budget             = 150
most_calls_in_five_minutes = 20000
database                   = { least_capacity = 0.5, most_capacity = 8, keep_backups_days = 14 }
cdn                        = true
