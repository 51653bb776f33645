"""Conversations: accepting, sessions, relay, endings."""
