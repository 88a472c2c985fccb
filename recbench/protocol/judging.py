"""Judging: what scoring a prepared task needs beside its recourse: the judge, and retrained classifiers."""

from __future__ import annotations

import torch

from recbench.classifiers import Classifier, recipe_class
from recbench.judge.gold import gold_labels_key, known_probability
from recbench.judge.judge import LOF_FORM, Judge, Lof, fit_lof
from recbench.protocol.prepare import Prepared
from recbench.rng import Rng
from recbench.source import code_of
from recbench.task.cache import Cache
from recbench.task.recipes import LofRecipe, TaskRecipe


def prepare_judge(prepared: Prepared, recipe: TaskRecipe, lof: LofRecipe, seed: int, cache: Cache) -> Judge:
    """Fit (or take from the cache) the judge of a prepared task."""
    dataset = prepared.dataset
    key = [code_of(Judge.__module__).version, *gold_labels_key(dataset, recipe.gold, seed), lof.model_dump()]

    def fit() -> tuple[Lof, Lof]:
        return fit_lof(dataset, known_probability(dataset, recipe.gold, seed, prepared.gold, cache), lof)

    models = cache.get("lof", key, fit, LOF_FORM)
    return Judge(prepared.gold, *models)


def retrained(prepared: Prepared, recipe: TaskRecipe, seed: int, repetition: int) -> Classifier:
    """Return a classifier of the same recipe trained on a bootstrap of the rows, with its own stream."""
    rng = Rng(seed).stream("retrained", repetition)
    task = prepared.task
    rows = torch.from_numpy(rng.stream("bootstrap").numpy().integers(len(task.x), size=len(task.x)))
    trainer = recipe_class(recipe.classifier.name)(**recipe.classifier.params)
    return trainer.fit(task.x[rows], task.y[rows], rng.stream("classifier"))
