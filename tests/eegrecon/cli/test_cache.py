from __future__ import annotations

from jobs import TOY_OPTIONS, Command


def test_the_store_is_listed_and_pruned(command: Command) -> None:
    command("bench", *TOY_OPTIONS, "--control", "none", "--audit", "none", "--out", "run", "--quiet")
    assert "generate" in command("cache", "list").stdout
    command("cache", "prune", "--yes")
    assert "generate" not in command("cache", "list").stdout


def test_only_older_artifacts_are_pruned_where_an_age_is_given(command: Command) -> None:
    command("bench", *TOY_OPTIONS, "--control", "none", "--audit", "none", "--out", "run", "--quiet")
    command("cache", "prune", "--yes", "--older-than", "1")
    assert "generate" in command("cache", "list").stdout
