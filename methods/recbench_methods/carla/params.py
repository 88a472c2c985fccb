"""Parameters of CARLA's methods. Names and defaults are CARLA's own."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, PositiveInt

from recbench.plugins import Params


class WachterParams(Params):
    """Parameters of CARLA's Wachter."""

    lr: float = Field(0.01, gt=0, description="step of Adam")
    lambda_: float = Field(
        0.01, alias="lambda", description="first weight of the distance; 0.05 less after every n_iter steps"
    )
    n_iter: int = Field(1000, ge=1, description="steps between two changes of lambda")
    t_max_min: float = Field(0.5, gt=0, description="minutes per person after which it gives up")
    norm: Literal[1, 2] = Field(1, description="of the distance")
    clamp: bool = Field(True, description="meant to keep values in [0, 1]; has no effect in CARLA 0.0.5")


class GrowingSpheresParams(Params):
    """CARLA's Growing Spheres has no parameters; it draws 1,000 points per sphere, 0.2 apart."""

    max_iter: int = Field(
        1000, ge=1, description="spheres after which recbench stops it: its own limit has no effect"
    )


class AutoencoderParams(Params):
    """Parameters of the autoencoders inside CARLA's methods."""

    hidden: tuple[PositiveInt, ...] = Field(
        (512, 256), min_length=1, description="width of each hidden layer (CARLA's experiments)"
    )
    latent: int = Field(8, ge=1, description="dimensions of the latent space (CARLA's experiments)")
    epochs: int = Field(5, ge=1, description="passes over the training rows")
    vae_lr: float = Field(1e-3, gt=0, description="step of Adam when the autoencoder is trained")
    batch_size: int = Field(32, ge=2, description="training rows per step")

    def network(self, width: int) -> dict[str, object]:
        """Return ``vae_params`` for rows of this width."""
        return {
            "layers": [width, *self.hidden, self.latent],
            "train": True,
            "epochs": self.epochs,
            "lr": self.vae_lr,
            "batch_size": self.batch_size,
        }


class VaeParams(AutoencoderParams):
    """Parameters of CARLA's plain autoencoder."""

    lambda_reg: float = Field(1e-6, ge=0, description="weight decay")

    def network(self, width: int) -> dict[str, object]:  # noqa: D102
        return {**super().network(width), "lambda_reg": self.lambda_reg}


class CchvaeParams(VaeParams):
    """Parameters of CARLA's CCHVAE."""

    n_search_samples: int = Field(300, ge=1, description="points per sphere")
    p_norm: Literal[1, 2] = Field(1, description="of the distance")
    step: float = Field(0.1, gt=0, description="thickness of a sphere")
    max_iter: int = Field(1000, ge=1, description="spheres after which it gives up")
    clamp: bool = Field(True, description="keep values in [0, 1]")


class ReviseParams(VaeParams):
    """Parameters of CARLA's REVISE."""

    lambda_: float = Field(0.5, ge=0, alias="lambda", description="weight of the distance")
    optimizer: Literal["adam", "rmsprop"] = Field("adam", description="of the search")
    lr: float = Field(0.1, gt=0, description="step of the search")
    max_iter: int = Field(1000, ge=1, description="steps of the search; it always takes all of them")


class CrudsParams(AutoencoderParams):
    """Parameters of CARLA's CRUDS."""

    hidden: tuple[PositiveInt, ...] = Field(
        (16,), min_length=1, description="width of each hidden layer (CARLA's tests)"
    )
    lambda_param: float = Field(0.001, ge=0, description="weight of the distance")
    optimizer: Literal["RMSprop", "Adam"] = Field("RMSprop", description="of the search")
    lr: float = Field(0.008, gt=0, description="step of the search")
    max_iter: int = Field(2000, ge=1, description="steps of the search; it always takes all of them")


class ClueParams(Params):
    """Parameters of CARLA's CLUE; those of its search (400 steps of Adam, 0.5 each) are fixed."""

    width: int = Field(10, ge=1, description="width of the hidden layers")
    depth: int = Field(3, ge=1, description="number of hidden layers")
    latent_dim: int = Field(12, ge=1, description="dimensions of the latent space")
    batch_size: int = Field(64, ge=2, description="training rows per step")
    epochs: int = Field(1, ge=1, description="passes over the training rows")
    lr: float = Field(0.001, gt=0, description="step when the autoencoder is trained")
    early_stop: int = Field(10, ge=1, description="epochs without improvement until training ends")


class FaceParams(Params):
    """Parameters of CARLA's FACE; 50 neighbours or a radius of 0.25 are fixed."""

    mode: Literal["knn", "epsilon"] = Field("knn", description="who are neighbours in the graph")
    fraction: float = Field(0.1, gt=0, lt=1, description="share of the training rows drawn for each person")
