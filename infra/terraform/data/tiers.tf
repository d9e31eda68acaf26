# Each usage plan carries this tag, tiers-definition. The portal repairs a plan only where the tag is
# the digest of the definition that the portal itself was deployed with.

output "tiers_definition" {
  description = "The tag tiers-definition of every usage plan."
  value       = filesha256("${path.module}/../../definitions/tiers.json")
}
