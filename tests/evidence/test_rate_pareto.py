"""The front of the points that no other one beats, by hand."""

from tests.evidence.rate_pareto import pareto, picture, table


def point(name: str, synops: float, auc: float) -> dict[str, object]:
    return {
        "name": name, "synops_per_frame": synops, "auc": auc, "mean_integer": 1.0, "precision": auc,
    }  # fmt: skip


def test_a_point_that_costs_more_and_tracks_worse_is_not_on_the_front() -> None:
    points = [point("a", 10, 0.6), point("b", 8, 0.5), point("c", 9, 0.4), point("d", 12, 0.6)]
    assert pareto(points) == ["b", "a"]


def test_of_two_of_the_same_cost_the_better_one_is() -> None:
    assert pareto([point("a", 8, 0.5), point("b", 8, 0.6)]) == ["b"]


def test_the_points_are_drawn_and_listed() -> None:
    points = [point("a", 10e6, 0.6), point("b", 8e6, 0.5)]
    assert picture(points) == picture(points) and picture(points).startswith(b"\x89PNG")
    assert "| b | 1.000 | 8.00 M | 0.500 | 0.500 |" in table(points)
