"""Tracking: all of MLflow. The store is the truth and MLflow its image, which can be made again."""
