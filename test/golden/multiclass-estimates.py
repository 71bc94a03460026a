"""Known answers of accuracy estimated without labels, several classes: python multiclass-estimates.py > multiclass-estimates.json

Written from the definition of NannyML's CBPE with scikit-learn: isotonic regression of each class against the others on the
reference, expected confusions of each class, ROC-AUC of each class with every prediction counted as positive p times and
negative 1 - p times. Calibrated rows are not normalised, and what the same estimate is wrong by on the reference is taken off.
`as_they_are` is of probabilities that need no calibration, where NannyML has no row to normalise; `nannyml` says the same by
NannyML's own F1 and ROC-AUC of one class (of accuracy it takes the mean probability of the named class).
"""

import json

import nannyml
import numpy as np
import sklearn
from nannyml.performance_estimation.confidence_based.metrics import estimate_f1, estimate_roc_auc
from sklearn import metrics
from sklearn.isotonic import IsotonicRegression

rng = np.random.default_rng(20261127)
K = 3


def draw(n, spread, sharpen):
    logits = rng.normal(size=(n, K)) * spread + np.array([1.0, 0.3, -0.3])
    truth = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    label = np.array([rng.choice(K, p=row) for row in truth])
    sharp = truth**sharpen
    score = np.round(sharp / sharp.sum(axis=1, keepdims=True), 7)
    return score, label


def figures(score, predicted, p):
    hit = np.array([p[predicted == k, k].sum() for k in range(K)])
    named = np.array([(predicted == k).sum() for k in range(K)])
    actual = p.sum(axis=0)
    n = len(score)
    auc = [
        metrics.roc_auc_score(
            np.r_[np.ones(n), np.zeros(n)], np.r_[score[:, k], score[:, k]], sample_weight=np.r_[p[:, k], 1 - p[:, k]]
        )
        for k in range(K)
    ]
    return np.array([hit.sum() / n, (2 * hit / (named + actual)).mean(), np.mean(auc)])


def realised(score, predicted, label):
    return np.array(
        [
            metrics.accuracy_score(label, predicted),
            metrics.f1_score(label, predicted, average="macro"),
            np.mean([metrics.roc_auc_score(label == k, score[:, k]) for k in range(K)]),
        ]
    )


def named(values):
    return dict(zip(["accuracy", "macro_f1", "macro_roc_auc"], [float(v) for v in values]))


def rows(score, label):
    return {"score": score.tolist(), "label": label.tolist()}


reference, reference_label = draw(500, 1.2, 2.2)
window, window_label = draw(400, 0.7, 2.2)
fits = [IsotonicRegression(out_of_bounds="clip").fit(reference[:, k], reference_label == k) for k in range(K)]
calibrated = lambda score: np.stack([fits[k].predict(score[:, k]) for k in range(K)], axis=1)
best = lambda score: score.argmax(axis=1)
promised = figures(window, best(window), calibrated(window))
on_reference = figures(reference, best(reference), calibrated(reference))
came_true = realised(reference, best(reference), reference_label)
answer = {
    "made_with": {"numpy": np.__version__, "scikit-learn": sklearn.__version__, "nannyml": nannyml.__version__},
    "reference": rows(reference, reference_label),
    "window": rows(window, window_label),
    "before_correction": named(promised),
    "estimated": named(promised - (on_reference - came_true)),
    "realised": named(realised(window, best(window), window_label)),
    "as_they_are": named(figures(window, best(window), window)),
}
predicted = best(window)
answer["nannyml"] = named(
    [
        window[np.arange(len(window)), predicted].mean(),
        np.mean([estimate_f1((predicted == k).astype(int), window[:, k]) for k in range(K)]),
        np.mean([estimate_roc_auc(window[:, k], window[:, k]) for k in range(K)]),
    ]
)
print(json.dumps(answer))
