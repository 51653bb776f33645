"""Who is introduced to whom: the waiting pool, scoring, proposals, cooldowns, seats."""
