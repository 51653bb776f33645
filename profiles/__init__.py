"""Who people are: onboarding, prompts, topics, languages, standing."""
