"""CARLA's methods behind recbench's interface. Names and defaults of parameters are CARLA's own."""

from __future__ import annotations

from abc import abstractmethod
from typing import Any, ClassVar, Literal

import numpy as np
import torch
from pydantic import Field, PositiveInt
from torch import Tensor

from recbench.method import Params, Recourse, RecourseMethod
from recbench.rng import PeopleRng, Rng
from recbench.task import RecourseTask
from recbench_methods import carla as cards
from recbench_methods.carla import library
from recbench_methods.carla.bridge import Data, Model


class CarlaMethod(RecourseMethod):
    """One of CARLA's methods.

    CARLA works through people one by one, and so does this: each is put to it alone with a stream of
    their own, so that nobody's answer depends on who else is asked. It computes on the CPU.
    """

    def fit(self, task: RecourseTask, rng: Rng) -> None:
        """Build CARLA's method, which trains its autoencoder if it has one."""
        super().fit(task, rng)
        here = task.to("cpu")
        self.model = self._model(here, rng.stream("rows"))
        with rng.stream("original").globally(), library.traceless():
            self.original = self._original(here)

    def generate(self, factuals: Tensor, rng: PeopleRng) -> Recourse:
        """Return what CARLA finds for each of (n, d) people; it drops what the classifier rejects."""
        task, people = self.task, factuals.cpu()
        answers = people.clone()
        # CRUDS reads the label. A method knows no test labels, so it is the classifier's.
        labels = self.model.task.accepts(people)
        for row, person in enumerate(self.model.data.people(people, labels)):
            with rng.person(row).globally(), library.traceless():
                answers[row] = self._ask(person)
            self.progress((row + 1) / len(people), "asking CARLA")
        return Recourse.of(answers.to(factuals.device), task)

    def _model(self, task: RecourseTask, rng: Rng) -> Model:
        return Model(task, Data(task, rng))

    @abstractmethod
    def _original(self, task: RecourseTask) -> Any:
        """Return CARLA's method, ready to be asked."""

    def _ask(self, person: Any) -> Tensor:
        answer = self.original.get_counterfactuals(person).to_numpy(dtype=np.float64)[0]
        return torch.from_numpy(answer[: self.task.dimensions].astype(np.float32))


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


class Wachter(CarlaMethod):
    """CARLA's Wachter with its default loss, binary cross-entropy."""

    card = cards.wachter
    Params: ClassVar[type[Params]] = WachterParams

    def _original(self, task: RecourseTask) -> Any:
        p = self.params
        values = {
            "lr": p.lr,
            "lambda_": p.lambda_,
            "n_iter": p.n_iter,
            "t_max_min": p.t_max_min,
            "norm": p.norm,
            "clamp": p.clamp,
        }
        if task.weights is not None:
            values["feature_cost"] = task.weights.numpy()
        return library.method("Wachter")(self.model, values)


class _GaveUpError(Exception):
    """Growing Spheres has drawn as many spheres as it was meant to."""


class _Counting(Model):
    """A model that is asked once per sphere, and refuses after ``limit`` of them."""

    def __init__(self, task: RecourseTask, data: Data, limit: int) -> None:
        super().__init__(task, data)
        self.limit, self.asked = limit, 0

    def predict_proba(self, x: Any) -> Any:
        self.asked += 1
        if self.asked > self.limit:
            raise _GaveUpError
        return super().predict_proba(x)


class GrowingSpheresParams(Params):
    """CARLA's Growing Spheres has no parameters; it draws 1,000 points per sphere, 0.2 apart."""

    max_iter: int = Field(
        1000, ge=1, description="spheres after which recbench stops it: its own limit has no effect"
    )


class GrowingSpheres(CarlaMethod):
    """CARLA's Growing Spheres, stopped from outside where it would go on for ever."""

    card = cards.growing_spheres
    Params: ClassVar[type[Params]] = GrowingSpheresParams

    def _model(self, task: RecourseTask, rng: Rng) -> Model:
        # The first and the last question are not about a sphere.
        self.counting = _Counting(task, Data(task, rng), self.params.max_iter + 2)
        return self.counting

    def _original(self, task: RecourseTask) -> Any:
        return library.method("GrowingSpheres")(self.model)

    def _ask(self, person: Any) -> Tensor:
        self.counting.asked = 0
        try:
            return super()._ask(person)
        except _GaveUpError:
            return torch.full((self.task.dimensions,), torch.nan)


class AutoencoderParams(Params):
    """Parameters of the autoencoders inside CARLA's methods."""

    hidden: tuple[PositiveInt, ...] = Field(
        (512, 256), min_length=1, description="width of each hidden layer (CARLA's experiments)"
    )
    latent: int = Field(8, ge=1, description="dimensions of the latent space (CARLA's experiments)")
    epochs: int = Field(5, ge=1, description="passes over the training rows")
    vae_lr: float = Field(1e-3, gt=0, description="step of Adam when the autoencoder is trained")
    batch_size: int = Field(32, ge=2, description="training rows per step")

    def network(self, width: int) -> dict[str, Any]:
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

    def network(self, width: int) -> dict[str, Any]:  # noqa: D102
        return {**super().network(width), "lambda_reg": self.lambda_reg}


class CchvaeParams(VaeParams):
    """Parameters of CARLA's CCHVAE."""

    n_search_samples: int = Field(300, ge=1, description="points per sphere")
    p_norm: Literal[1, 2] = Field(1, description="of the distance")
    step: float = Field(0.1, gt=0, description="thickness of a sphere")
    max_iter: int = Field(1000, ge=1, description="spheres after which it gives up")
    clamp: bool = Field(True, description="keep values in [0, 1]")


class Cchvae(CarlaMethod):
    """CARLA's CCHVAE. Its autoencoder is not conditional: immutable features are decoded anew."""

    card = cards.cchvae
    Params: ClassVar[type[Params]] = CchvaeParams

    def _original(self, task: RecourseTask) -> Any:
        p = self.params
        values = {
            "data_name": "recbench",
            "n_search_samples": p.n_search_samples,
            "p_norm": p.p_norm,
            "step": p.step,
            "max_iter": p.max_iter,
            "clamp": p.clamp,
            "vae_params": p.network(task.dimensions),
        }
        return library.method("CCHVAE")(self.model, values)


class ReviseParams(VaeParams):
    """Parameters of CARLA's REVISE."""

    lambda_: float = Field(0.5, ge=0, alias="lambda", description="weight of the distance")
    optimizer: Literal["adam", "rmsprop"] = Field("adam", description="of the search")
    lr: float = Field(0.1, gt=0, description="step of the search")
    max_iter: int = Field(1000, ge=1, description="steps of the search; it always takes all of them")


class Revise(CarlaMethod):
    """CARLA's REVISE."""

    card = cards.revise
    Params: ClassVar[type[Params]] = ReviseParams

    def _original(self, task: RecourseTask) -> Any:
        p = self.params
        values = {
            "data_name": "recbench",
            "lambda": p.lambda_,
            "optimizer": p.optimizer,
            "lr": p.lr,
            "max_iter": p.max_iter,
            "vae_params": p.network(task.dimensions),
        }
        return library.method("Revise")(self.model, self.model.data, values)


class CrudsParams(AutoencoderParams):
    """Parameters of CARLA's CRUDS."""

    hidden: tuple[PositiveInt, ...] = Field(
        (16,), min_length=1, description="width of each hidden layer (CARLA's tests)"
    )
    lambda_param: float = Field(0.001, ge=0, description="weight of the distance")
    optimizer: Literal["RMSprop", "Adam"] = Field("RMSprop", description="of the search")
    lr: float = Field(0.008, gt=0, description="step of the search")
    max_iter: int = Field(2000, ge=1, description="steps of the search; it always takes all of them")


class Cruds(CarlaMethod):
    """CARLA's CRUDS."""

    card = cards.cruds
    Params: ClassVar[type[Params]] = CrudsParams

    def _original(self, task: RecourseTask) -> Any:
        p = self.params
        values = {
            "data_name": "recbench",
            "lambda_param": p.lambda_param,
            "optimizer": p.optimizer,
            "lr": p.lr,
            "max_iter": p.max_iter,
            "vae_params": p.network(task.dimensions),
        }
        return library.method("CRUD")(self.model, values)


class ClueParams(Params):
    """Parameters of CARLA's CLUE; those of its search (400 steps of Adam, 0.5 each) are fixed."""

    width: int = Field(10, ge=1, description="width of the hidden layers")
    depth: int = Field(3, ge=1, description="number of hidden layers")
    latent_dim: int = Field(12, ge=1, description="dimensions of the latent space")
    batch_size: int = Field(64, ge=2, description="training rows per step")
    epochs: int = Field(1, ge=1, description="passes over the training rows")
    lr: float = Field(0.001, gt=0, description="step when the autoencoder is trained")
    early_stop: int = Field(10, ge=1, description="epochs without improvement until training ends")


class Clue(CarlaMethod):
    """CARLA's CLUE; a quarter of the training rows are its autoencoder's validation rows."""

    card = cards.clue
    Params: ClassVar[type[Params]] = ClueParams

    def _original(self, task: RecourseTask) -> Any:
        values = {"data_name": "recbench", "train_vae": True, **self.params.plain()}
        return library.method("Clue")(self.model.data, self.model, values)


class FaceParams(Params):
    """Parameters of CARLA's FACE; 50 neighbours or a radius of 0.25 are fixed."""

    mode: Literal["knn", "epsilon"] = Field("knn", description="who are neighbours in the graph")
    fraction: float = Field(0.1, gt=0, lt=1, description="share of the training rows drawn for each person")


class Face(CarlaMethod):
    """CARLA's FACE, which cannot run without an immutable feature and is given a constant one if need be."""

    card = cards.face
    Params: ClassVar[type[Params]] = FaceParams

    def _model(self, task: RecourseTask, rng: Rng) -> Model:
        anchored = not any(feature.immutable for feature in task.encoder.schema.features)
        return Model(task, Data(task, rng, anchored))

    def _original(self, task: RecourseTask) -> Any:
        return library.method("Face")(self.model, self.params.plain())
