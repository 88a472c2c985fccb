"""Parameters of GenRe and GenRe+. Sections are those of the GenRe paper (arXiv 2505.07351)."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, field_validator

from recbench.plugins import Params, searched


class GenReParams(Params):
    """The paper's knobs, those of the networks, and those of the rehearsal that replaces tuning."""

    lambda_: float = Field(
        5.0,
        gt=0,
        alias="lambda",
        description="how fast a pair's weight falls with its cost (Section 4.1)",
        json_schema_extra=searched(3.0, 5.0, 8.0, 12.0),
    )
    gamma: float | None = Field(
        None,
        ge=0,
        lt=1,
        description="a target's h must be above it; sources are not (Section 4.1); none: the paper's 0.7, "
        "or less for a group that h seldom gives as much",
        json_schema_extra=searched(0.55, 0.6, 0.7, 0.8),
    )
    rows: int | None = Field(
        None, ge=1, description="learn from this many training rows, taken at random; none: all"
    )
    targets: int = Field(
        1000,
        ge=1,
        description="K, how many nearest targets a source is paired with (Section 4.1)",
        json_schema_extra=searched(100, 1000),
    )
    pairs: int = Field(32, ge=1, description="targets drawn per source before training")
    draws: int = Field(
        10, ge=1, description="k, recourses drawn per person; the best by h is kept (Section 4.3)"
    )
    temperature: float | None = Field(
        None,
        gt=0,
        description="tau, the logits are divided by it: below 1 keeps to the likeliest recourses; "
        "none: chosen by rehearsal",
        json_schema_extra=searched(0.05, 0.1, 0.2, 0.4),
    )
    sigma: float = Field(
        0.0, ge=0, description="noise on a changed number, standard deviation in encoded units (Section 4.2)"
    )
    bins: int = Field(
        64,
        ge=2,
        description="most bins of a number (the paper has 50)",
        json_schema_extra=searched(32, 64, 128),
    )
    order: Literal["schema", "reversed", "random"] | tuple[str, ...] = Field(
        "schema", description="order in which features are drawn, or their names in order"
    )
    network: Literal["fast", "transformer"] = Field(
        "fast",
        description="fast: a NADE-like network for a CPU; transformer: encoder and decoder of 16 layers each",
    )
    width: int = Field(64, ge=1, description="width of the fast network's state")
    layers: int = Field(2, ge=0, description="residual layers of the fast network")
    steps: int | None = Field(
        None,
        ge=0,
        description="optimiser steps; none: chosen by rehearsal",
        json_schema_extra=searched(30, 60, 120, 240, 480),
    )
    batch: int = Field(512, ge=1, description="pairs per step")
    learning_rate: float | None = Field(
        None, gt=0, description="highest step of AdamW, one cycle; none: 0.003 fast, 0.0003 transformer"
    )
    first_steps: int = Field(30, ge=1, description="rehearsal: steps before the first look; they then double")
    most_steps: int = Field(480, ge=1, description="rehearsal: no more steps than this")
    held_out: int = Field(200, ge=1, description="rehearsal: most training people held out to judge it")
    trees: int = Field(100, ge=1, description="second opinion: trees of its forest")
    leaf: int = Field(8, ge=1, description="second opinion: fewest training rows in a leaf")
    neighbours: int = Field(5, ge=1, description="second opinion: k of its local density (LOF)")
    worlds: int = Field(
        40, ge=1, description="second opinion: numbers of copies of equal rows with which its LOF is asked"
    )

    @field_validator("network", mode="before")
    @classmethod
    def _renamed(cls, value: object) -> object:
        if value == "paper":
            raise ValueError("it is not the paper's network, and is called 'transformer' now")
        return value


class GenRePlusParams(GenReParams):
    """GenRe's parameters, and those of the choice among draws."""

    draws: int = Field(
        30, ge=1, description="k, recourses drawn per person", json_schema_extra=searched(10, 30, 60)
    )
    temperature: float | None = Field(
        1.0,
        gt=0,
        description="tau, the logits are divided by it; none: chosen by rehearsal",
        json_schema_extra=searched(0.5, 1.0, 2.0),
    )
    nearest: int = Field(
        30,
        ge=0,
        description="nearest accepted training rows that stand beside the draws",
        json_schema_extra=searched(0, 10, 30, 60),
    )
    margin: float = Field(
        0.0,
        ge=0,
        lt=1,
        description="h must exceed the threshold by more than this",
        json_schema_extra=searched(0.0, 0.02, 0.05),
    )
    rounds: int = Field(8, ge=0, description="most changes that are taken back, one after another")
    held_out: int = Field(100, ge=1, description="rehearsal: most training people held out to judge it")
