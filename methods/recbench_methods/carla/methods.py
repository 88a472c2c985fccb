"""CARLA's methods behind recbench's interface."""

from __future__ import annotations

from abc import abstractmethod
from typing import TypeVar

import numpy as np
import pandas as pd
import torch
from torch import Tensor

from recbench.method import Recourse, RecourseMethod
from recbench.plugins import Params
from recbench.rng import PeopleRng, Rng
from recbench.task import RecourseTask
from recbench_methods import carla as cards
from recbench_methods.carla import library
from recbench_methods.carla.bridge import Data, Model
from recbench_methods.carla.params import (
    CchvaeParams,
    ClueParams,
    CrudsParams,
    FaceParams,
    GrowingSpheresParams,
    ReviseParams,
    WachterParams,
)

P = TypeVar("P", bound=Params)


class CarlaMethod(RecourseMethod[P]):
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
    def _original(self, task: RecourseTask) -> library.Original:
        """Return CARLA's method, ready to be asked."""

    def _ask(self, person: pd.DataFrame) -> Tensor:
        answer = self.original.get_counterfactuals(person).to_numpy(dtype=np.float64)[0]
        return torch.from_numpy(answer[: self.task.dimensions].astype(np.float32))


class Wachter(CarlaMethod[WachterParams]):
    """CARLA's Wachter with its default loss, binary cross-entropy."""

    card = cards.wachter

    def _original(self, task: RecourseTask) -> library.Original:
        p = self.params
        values = {
            "lr": p.lr,
            "lambda_": p.lambda_,
            "n_iter": p.n_iter,
            "t_max_min": p.t_max_min,
            "norm": p.norm,
            "clamp": p.clamp,
            "feature_cost": task.weights.numpy(),
        }
        return library.method("Wachter")(self.model, values)


class _GaveUpError(Exception):
    """Growing Spheres has drawn as many spheres as it was meant to."""


class _Counting(Model):
    """A model that is asked once per sphere, and refuses after ``limit`` of them."""

    def __init__(self, task: RecourseTask, data: Data, limit: int) -> None:
        super().__init__(task, data)
        self.limit, self.asked = limit, 0

    def predict_proba(self, x: Tensor | np.ndarray | pd.DataFrame) -> Tensor | np.ndarray:
        self.asked += 1
        if self.asked > self.limit:
            raise _GaveUpError
        return super().predict_proba(x)


class GrowingSpheres(CarlaMethod[GrowingSpheresParams]):
    """CARLA's Growing Spheres, stopped from outside where it would go on for ever."""

    card = cards.growing_spheres

    def _model(self, task: RecourseTask, rng: Rng) -> Model:
        # The first and the last question are not about a sphere.
        self.counting = _Counting(task, Data(task, rng), self.params.max_iter + 2)
        return self.counting

    def _original(self, task: RecourseTask) -> library.Original:
        return library.method("GrowingSpheres")(self.model)

    def _ask(self, person: pd.DataFrame) -> Tensor:
        self.counting.asked = 0
        try:
            return super()._ask(person)
        except _GaveUpError:
            return torch.full((self.task.dimensions,), torch.nan)


class Cchvae(CarlaMethod[CchvaeParams]):
    """CARLA's CCHVAE. Its autoencoder is not conditional: immutable features are decoded anew."""

    card = cards.cchvae

    def _original(self, task: RecourseTask) -> library.Original:
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


class Revise(CarlaMethod[ReviseParams]):
    """CARLA's REVISE."""

    card = cards.revise

    def _original(self, task: RecourseTask) -> library.Original:
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


class Cruds(CarlaMethod[CrudsParams]):
    """CARLA's CRUDS."""

    card = cards.cruds

    def _original(self, task: RecourseTask) -> library.Original:
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


class Clue(CarlaMethod[ClueParams]):
    """CARLA's CLUE; a quarter of the training rows are its autoencoder's validation rows."""

    card = cards.clue

    def _original(self, task: RecourseTask) -> library.Original:
        values = {"data_name": "recbench", "train_vae": True, **self.params.plain()}
        return library.method("Clue")(self.model.data, self.model, values)


class Face(CarlaMethod[FaceParams]):
    """CARLA's FACE, which cannot run without an immutable feature and is given a constant one if need be."""

    card = cards.face

    def _model(self, task: RecourseTask, rng: Rng) -> Model:
        anchored = not any(feature.immutable for feature in task.encoder.schema.features)
        return Model(task, Data(task, rng, anchored))

    def _original(self, task: RecourseTask) -> library.Original:
        return library.method("Face")(self.model, self.params.plain())
