"""Golden values of unbalanced plans, by POT 0.9.7 (pip install POT): `python unbalanced.py > unbalanced.json`.

Each problem has points x and y in the plane, masses a and b, and δ; costs are −log cos²(min(d/2δ, π/2)). What POT's
majorisation-minimisation and its L-BFGS-B find has to agree to 1e-8 in the objective."""
import json, sys
import numpy as np, ot

rng = np.random.default_rng(5)
problems = []
for n, m, delta, growth in [(6, 8, 3.0, 1.0), (8, 6, 1.0, 1.5), (12, 12, 0.6, 0.4), (20, 31, 1.5, 2.0), (1, 3, 1.0, 1.0)]:
    x, y = rng.normal(size=(n, 2)).round(3), (0.8 * rng.normal(size=(m, 2)) + 0.4).round(3)
    a = rng.uniform(0.5, 1.5, n); a = (a / a.sum()).round(4)
    b = rng.uniform(0.5, 1.5, m); b = (growth * b / b.sum()).round(4)
    angle = np.sqrt(ot.dist(x, y)) / (2 * delta)
    far = angle >= np.pi / 2
    cost = np.where(far, 1e3, -2 * np.log(np.abs(np.cos(np.minimum(angle, 1.57)))))

    def objective(plan):
        kl = lambda p, q: np.sum(np.where(p > 0, p * np.log(np.maximum(p, 1e-300) / q), 0) - p + q)
        return float(np.sum(plan * cost) + kl(plan.sum(1), a) + kl(plan.sum(0), b))

    mm = ot.unbalanced.mm_unbalanced(a, b, cost, 1.0, div="kl", numItermax=2_000_000, stopThr=1e-16)
    lb = ot.unbalanced.lbfgsb_unbalanced(a, b, cost, 0.0, 1.0, reg_div="kl", numItermax=200_000, stopThr=1e-16)
    print(n, m, delta, int(far.sum()), objective(mm), objective(lb), file=sys.stderr)
    assert abs(objective(mm) - objective(lb)) < 1e-8
    best = mm if objective(mm) < objective(lb) else lb
    problems.append(dict(x=x.ravel().tolist(), y=y.ravel().tolist(), a=a.tolist(), b=b.tolist(), delta=delta,
                         cost=objective(best), rows=best.sum(1).tolist(), columns=best.sum(0).tolist(),
                         plan=best.round(10).tolist()))
json.dump(problems, sys.stdout)
