"""What only a person can see to, and what this portal does not do yet."""

from marketplace.checklist.cases import Case

CASES = [
    Case(
        "access-registration",
        "Access",
        "The AWS account that sells is registered as a seller.",
        "checklist",
        by_hand="Settings in the Marketplace Management Portal: the public profile is approved.",
    ),
    Case(
        "access-bank-and-tax",
        "Access",
        "Terms accepted, bank account and form W-8 or W-9 in place.",
        "checklist",
        by_hand="Settings, Payment information: a disbursement method, and no open request.",
    ),
    Case(
        "product-request",
        "Product",
        "The product is described and submitted.",
        "checklist",
        by_hand="Products, SaaS: the listing stands at Limited, and no change request has failed.",
    ),
    Case(
        "product-test-accounts",
        "Product",
        "The test buyers' AWS accounts may see the limited listing.",
        "checklist",
        by_hand="Request changes, Update allowlist: their numbers are in the list. "
        "Sign in as one of them and open the listing's address.",
    ),
    Case(
        "product-eula",
        "Product",
        "The end user licence is on the listing.",
        "checklist",
        by_hand="Open the listing as a test buyer and follow the link to the licence.",
    ),
    Case(
        "billing-costs",
        "Billing",
        "The test accounts' bills show what was expected.",
        "checklist",
        by_hand="On the 3rd of the month after the test, open Bills in a test buyer's account: "
        "contract and usage at the listing's prices.",
    ),
    Case(
        "billing-metering",
        "Billing",
        "Usage of every customer is sent by BatchMeterUsage each hour.",
        "checklist",
        by_hand="With a test buyer make a call. Six minutes after the hour's end the ledger of the "
        "backoffice has the hour as accepted, with AWS's answer.",
    ),
    Case(
        "subscription-final-hour",
        "Subscription",
        "The last usage is sent within an hour after the end.",
        "checklist",
        by_hand="With a test buyer make a call, then cancel. Within 15 minutes the ledger has the "
        "last hour as accepted, with a deadline an hour after the end.",
    ),
    Case(
        "security-root",
        "Security",
        "Root has no API keys, a strong password and a hardware MFA device; nobody shares a login.",
        "checklist",
        by_hand="IAM, Security recommendations, in the seller's account and in each stage's.",
    ),
    Case(
        "security-roles",
        "Security",
        "Programs act by IAM roles; no credentials are in the code.",
        "checklist",
        by_hand="Terraform gives each stage's portal a role (docs/deployment.md). "
        "Look that no IAM user with keys is in the accounts.",
    ),
    Case(
        "security-logs",
        "Security",
        "Logs are complete and collected; audit logs are kept for a year, safe from change.",
        "guidelines",
        by_hand="Look at the stage's keep_logs_days and at how long the database's backups are "
        "kept. The audit trail is never deleted by the portal.",
    ),
    Case(
        "security-encryption",
        "Security",
        "Data is encrypted in transit and at rest, with key rotation.",
        "checklist",
        by_hand="HTTPS alone at the edge; encryption of the database and of the bucket in the "
        "AWS console, with a key that rotates.",
    ),
    Case(
        "security-incidents",
        "Security",
        "Incident response is exercised on a schedule, and customers are told of incidents.",
        "checklist",
        by_hand="Name the date of the last exercise and who took part.",
    ),
    Case(
        "reliability-scaling",
        "Reliability",
        "The system follows demand.",
        "checklist",
        by_hand="Lambda and DynamoDB do; look at the database's size and Lambda's concurrency.",
    ),
    Case(
        "reliability-recovery",
        "Reliability",
        "Recovery objectives are written down, and recovery is exercised.",
        "checklist",
        by_hand="Name the objectives and the date of the last exercise.",
    ),
    Case(
        "product-submitted",
        "Product",
        "The product is handed to AWS for publishing.",
        "checklist",
        by_hand="Request changes, Update visibility, Public: after everything else has passed.",
    ),
]
