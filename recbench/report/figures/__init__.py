"""Figures: what `recbench plot` can draw. The list is light; a module is imported to draw its figure."""

from recbench.plugins.cards import Card

_HOME = "recbench.report.figures"

FIGURES = {
    card.name: card
    for card in (
        Card("tradeoff", "cost against LOF with validity and the Pareto front", f"{_HOME}.tradeoff:draw"),
        Card("score", "Score of each method, with its interval and the seeds", f"{_HOME}.score:draw"),
        Card("distributions", "cost, LOF and Score person by person", f"{_HOME}.people:distributions"),
        Card("changes", "which features each method changes, and how often", f"{_HOME}.changes:draw"),
        Card("speed", "seconds per 1,000 people, and seconds of fit", f"{_HOME}.speed:draw"),
        Card(
            "ranks",
            "mean ranks over data sets; critical difference from 8 data sets on",
            f"{_HOME}.ranks:draw",
        ),
        Card(
            "lambda",
            "metrics against the weight lambda, for methods that have one",
            f"{_HOME}.sweeps:by_lambda",
        ),
        Card("temperature", "metrics against the sampling temperature", f"{_HOME}.sweeps:by_temperature"),
        Card("sweep", "metrics against any other number that was varied", f"{_HOME}.sweeps:others"),
        Card(
            "plane",
            "two-feature data: regions, arrows of each method, draws of R(x⁺|x)",
            f"{_HOME}.plane:draw",
        ),
    )
}
"""Every figure by name, in the order in which a report shows them."""
