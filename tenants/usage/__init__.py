"""What was used: copied to SQL from both who count it, compared, shown, and told of in time."""
