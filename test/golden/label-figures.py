"""Known answers for macro ROC-AUC, the cost of decisions and the drift of labels, by scikit-learn, SciPy and NumPy, with and
without weights: python label-figures.py > label-figures.json"""

import json

import numpy as np
import scipy
import sklearn
from scipy.spatial.distance import cityblock
from sklearn import metrics

rng = np.random.default_rng(20260202)


def rounded(values, digits=6):
    return [round(float(v), digits) for v in values]


def weights(n):
    return np.round(1 / rng.uniform(0.1, 1, n), 4)


def macro():
    n, names = 400, ["a", "b", "c"]
    actual = rng.choice(3, n, p=[0.6, 0.25, 0.15])
    logits = rng.normal(size=(n, 3)) + 1.2 * np.eye(3)[actual]
    scores = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    # Steps of a power of two add up to 1 exactly, and some are equal. The rest goes to the last class.
    scores = np.floor(scores * 64) / 64
    scores[:, 2] = 1 - scores[:, 0] - scores[:, 1]
    weight = weights(n)
    auc = lambda **how: metrics.roc_auc_score(actual, scores, multi_class="ovr", average="macro", **how)
    each = lambda w: [metrics.roc_auc_score(actual == k, scores[:, k], sample_weight=w) for k in range(3)]
    return {
        "names": names,
        "actual": [names[k] for k in actual],
        "scores": scores.tolist(),
        "weight": weight.tolist(),
        "macro_roc_auc": float(auc()),
        # scikit-learn weighs no average over more than two classes; each class against the rest it does.
        "macro_roc_auc_weighted": float(np.mean(each(weight))),
        "each": [float(v) for v in each(None)],
    }


def cost():
    n = 300
    label = (rng.random(n) < 0.25).astype(int)
    score = np.round(1 / (1 + np.exp(-(rng.normal(size=n) - 1 + 1.5 * label))), 6)
    value = np.round(rng.lognormal(3, 1, n), 2)
    weight = weights(n)
    prices = {"missed": 0.9, "declined": 0.15}

    def figures(w):
        (_, declined), (missed, _) = metrics.confusion_matrix(label, score >= 0.4, sample_weight=w * value)
        at_stake = (w * value).sum()
        lost = prices["missed"] * (label * (score < 0.4)) + prices["declined"] * ((1 - label) * (score >= 0.4))
        share = float((w * value * lost).sum() / at_stake)
        assert np.isclose(share, (prices["missed"] * missed + prices["declined"] * declined) / at_stake)
        error = float(np.sqrt(((w * value * (lost - share)) ** 2).sum()) / at_stake)
        return {"missed": float(missed), "declined": float(declined), "share": share, "standard_error": error}

    return {
        "label": label.tolist(),
        "score": rounded(score),
        "value": value.tolist(),
        "weight": weight.tolist(),
        "threshold": 0.4,
        "prices": prices,
        "plain": figures(np.ones(n)),
        "weighted": figures(weight),
    }


def shares(values, weight, names):
    return [np.average(values == name, weights=weight) for name in names]


def drift(names, before, after):
    values = [rng.choice(names, 500, p=before), rng.choice(names, 400, p=after)]
    weight = [weights(500), weights(400)]
    distance = lambda w: float(cityblock(*[shares(v, each, names) for v, each in zip(values, w)]) / 2)
    return {
        "reference": values[0].tolist(),
        "window": values[1].tolist(),
        "reference_weight": weight[0].tolist(),
        "window_weight": weight[1].tolist(),
        "distance": distance([None, None]),
        "distance_weighted": distance(weight),
    }


def positives():
    labels = [(rng.random(n) < p).astype(int) for n, p in ((600, 0.2), (500, 0.3))]
    # The weights go with what the label says, as those of declined predictions do.
    weight = [np.where(label == 1, rng.choice([1.0, 8.0], len(label)), 1.0) for label in labels]
    share = lambda w: [float(np.average(label, weights=each)) for label, each in zip(labels, w)]
    plain, weighted = share([None, None]), share(weight)
    return {
        "reference": labels[0].tolist(),
        "window": labels[1].tolist(),
        "reference_weight": weight[0].tolist(),
        "window_weight": weight[1].tolist(),
        "shares": plain,
        "ratio": plain[1] / plain[0],
        "shares_weighted": weighted,
        "ratio_weighted": max(weighted) / min(weighted),
    }


print(
    json.dumps(
        {
            "made_with": {"numpy": np.__version__, "scipy": scipy.__version__, "scikit-learn": sklearn.__version__},
            "macro": macro(),
            "cost": cost(),
            "class_drift": drift(["a", "b", "c"], [0.5, 0.3, 0.2], [0.35, 0.35, 0.3]),
            "label_sources": drift(["bank", "review", "scheme"], [0.7, 0.2, 0.1], [0.3, 0.5, 0.2]),
            "label_drift": positives(),
        }
    )
)
