"""Consistency: does what GenRe draws approach the true Q(x+ | x) as the training data grow?"""
