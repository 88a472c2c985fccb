"""Classifiers: the models that turn people down, and the recipes that train them."""
