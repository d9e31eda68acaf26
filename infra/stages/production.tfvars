stage             = "production"
region            = "eu-central-1"
account_id        = "333333333333"
production        = true
mail_identities   = ["gatehouse.example"]
keep_exports_days = 7
keep_logs_days    = 90
