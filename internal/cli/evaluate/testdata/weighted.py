"""The truth of TestWeightedTable, by scipy's linear programs: python weighted.py"""

import numpy as np
from scipy.optimize import linprog

X = np.array([[0, 0], [1, 0.5], [2, -1], [0.5, 2], [-1, 1.5]])
LOG_WEIGHTS = np.array([0, -1, 0.5, -2, 0.25])
Y = np.array([[0, 1], [2, 0], [1, 1], [-2, 0.5]])
a, b = np.exp(LOG_WEIGHTS) / np.exp(LOG_WEIGHTS).sum(), np.full(4, 0.25)
cost = ((X[:, None] - Y[None]) ** 2).sum(-1)
rows = [np.kron(np.eye(5)[i], np.ones(4)) for i in range(5)] + [np.kron(np.ones(5), np.eye(4)[j]) for j in range(4)]
print(linprog(cost.ravel(), A_eq=np.array(rows), b_eq=np.concatenate([a, b])).fun ** 0.5)
a[:] = 0.2
print(linprog(cost.ravel(), A_eq=np.array(rows), b_eq=np.concatenate([a, b])).fun ** 0.5)
