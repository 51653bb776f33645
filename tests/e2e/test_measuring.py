"""What staff see of people who meet, with every process running."""

import json

import httpx
from prometheus_client.parser import text_string_to_metric_families

from project.supervisor import Stack
from simulator.client import Simulator

from .journey import connect


def test_what_people_do_is_measured(stack: Stack, sim: Simulator) -> None:
    """O1, M9: the web process tells of all of them; match_stats and explain_match tell the same of the two."""
    connect(sim)
    body = httpx.get(f"{stack.web_url}/metrics").text
    found = {sample.name: sample.value for each in text_string_to_metric_families(body) for sample in each.samples}
    assert found["proposals_sent_total"] == found["match_accept_total"] == found["accept_rate"] == 1
    assert found["time_to_proposal_seconds_count"] == 2
    assert found["match_queue_size"] == found["match_worker_lag_ms"] == found["match_decline_total"] == 0
    overview = json.loads(stack.manage("match_stats", "--json"))
    assert overview["ended"] == {"accepted": 1, "declined": 0, "expired": 0}
    explained = stack.manage("explain_match", "Мира", "Андрей")
    assert "Allowed: yes" in explained
    assert explained.count("is talking") == 2
