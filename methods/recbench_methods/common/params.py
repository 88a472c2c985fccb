"""Parameters that several methods have."""

from __future__ import annotations

from pydantic import Field

from recbench.plugins import Params


class WeightParams(Params):
    """Parameters of every search that looks for the smallest weight with which a person is accepted.

    The numbers were chosen on COMPAS, HELOC and Adult; no paper gives a schedule per person.
    """

    weight: float = Field(0.1, gt=0, description="first weight of the loss beside the distance")
    weight_max: float = Field(1e8, gt=0, description="weight at which an unaccepted person is given up")
    growth: float = Field(2.0, gt=1, description="factor by which the weight is increased until acceptance")
    stage: int = Field(20, ge=1, description="steps of Adam between two changes of the weight")
    turns: int = Field(3, ge=1, description="times acceptance is regained or lost before a person is done")
    every: int = Field(1, ge=1, description="steps of Adam between two looks at the snapped point")
    patience: int | None = Field(
        None,
        ge=1,
        description="steps without a closer point before a person is done who lost acceptance once",
    )
    steps: int = Field(2000, ge=0, description="most steps of Adam per person")
    learning_rate: float = Field(0.02, gt=0, description="of Adam, in encoded units")


class VaeParams(Params):
    """Parameters that every method with a variational autoencoder has."""

    latent: int = Field(8, ge=1, description="latent units (8 in CARLA's experimental setup)")
    width: int = Field(64, ge=1, description="of the two hidden layers of encoder and decoder")
    kl_weight: float = Field(
        0.3, ge=0, description="weight of the KL divergence once it has risen; 1 is the ELBO"
    )
    warm_up: float = Field(0.3, ge=0, le=1, description="share of the steps over which the KL weight rises")
    vae_steps: int = Field(3000, ge=0, description="most optimiser steps of the autoencoder")
    passes: int = Field(
        150, ge=1, description="most passes over the training rows: small tables need no more"
    )
    batch: int = Field(256, ge=1, description="training rows per step")
    vae_learning_rate: float = Field(3e-3, gt=0, description="highest step of Adam (one-cycle schedule)")


class LatentSearchParams(VaeParams):
    """Parameters of every gradient search in the latent space of an autoencoder."""

    learning_rate: float = Field(0.1, gt=0, description="of Adam, in latent units")
    steps: int = Field(1500, ge=0, description="most steps of Adam per person")
    patience: int = Field(100, ge=1, description="steps without a better recourse before a person is done")


class ElasticNetParams(Params):
    """Parameters of the search."""

    kappa: float = Field(0.1, ge=0, lt=1, description="lead of the target class that is asked for")
    beta: float = Field(0.1, ge=0, description="weight of the L1 distance")
    c: float = Field(10.0, gt=0, description="first weight of the attack")
    c_steps: int = Field(9, ge=1, description="weights that are tried, by bisection")
    iterations: int = Field(100, ge=0, description="steps of FISTA per weight")
    learning_rate: float = Field(
        0.01, gt=0, description="first step of FISTA; it falls to 0 as a square root"
    )
