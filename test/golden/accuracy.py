"""Known answers for accuracy, by scikit-learn, SciPy and NannyML: python accuracy.py > accuracy.json"""

import json
import warnings

import numpy as np
import scipy
import sklearn
from scipy import stats
from sklearn import metrics
from sklearn.isotonic import IsotonicRegression

warnings.filterwarnings("ignore")
rng = np.random.default_rng(20260101)


def rounded(values, digits=6):
    return [round(float(v), digits) for v in values]


def binary():
    n = 400
    label = (rng.random(n) < 0.2).astype(int)
    score = np.round(1 / (1 + np.exp(-(rng.normal(size=n) * 1.2 - 1.5 + 2 * label))), 6)
    assert len(set(score)) == n
    weight = np.round(1 / rng.uniform(0.1, 1, n), 4)
    order = np.argsort(score)
    bins = np.array_split(order, 10)
    ece = sum(len(b) / n * abs(score[b].mean() - label[b].mean()) for b in bins)
    positives, negatives = score[label == 1], score[label == 0]
    v10 = [(np.sum(negatives < p) + 0.5 * np.sum(negatives == p)) / len(negatives) for p in positives]
    v01 = [(np.sum(positives > q) + 0.5 * np.sum(positives == q)) / len(positives) for q in negatives]
    predicted = (score >= 0.5).astype(int)
    return {
        "label": label.tolist(),
        "score": rounded(score),
        "weight": rounded(weight),
        "roc_auc": metrics.roc_auc_score(label, score),
        "delong_error": float(np.sqrt(np.var(v10, ddof=1) / len(positives) + np.var(v01, ddof=1) / len(negatives))),
        "average_precision": metrics.average_precision_score(label, score),
        "log_loss": metrics.log_loss(label, score),
        "brier": metrics.brier_score_loss(label, score),
        "ece_10_equal_count": float(ece),
        "precision_at_half": metrics.precision_score(label, predicted),
        "recall_at_half": metrics.recall_score(label, predicted),
        "f1_at_half": metrics.f1_score(label, predicted),
        "weighted": {
            "roc_auc": metrics.roc_auc_score(label, score, sample_weight=weight),
            "average_precision": metrics.average_precision_score(label, score, sample_weight=weight),
            "log_loss": metrics.log_loss(label, score, sample_weight=weight),
            "brier": metrics.brier_score_loss(label, score, sample_weight=weight),
            "precision_at_half": metrics.precision_score(label, predicted, sample_weight=weight),
            "recall_at_half": metrics.recall_score(label, predicted, sample_weight=weight),
            "f1_at_half": metrics.f1_score(label, predicted, sample_weight=weight),
            "effective_positives": float(weight[label == 1].sum() ** 2 / (weight[label == 1] ** 2).sum()),
        },
        "isotonic": rounded(
            IsotonicRegression(out_of_bounds="clip").fit(score, label).predict([0.0, 0.05, 0.2, 0.37, 0.5, 0.81, 1.0]), 12
        ),
    }


def regression():
    truth = rng.normal(50, 10, 300)
    guess = truth + rng.normal(1, 4, 300)
    truth, guess = np.round(truth, 4), np.round(guess, 4)
    error = guess - truth
    return {
        "truth": rounded(truth),
        "guess": rounded(guess),
        "mae": metrics.mean_absolute_error(truth, guess),
        "rmse": float(np.sqrt(metrics.mean_squared_error(truth, guess))),
        "bias": float(error.mean()),
        "mae_error": float(np.abs(error).std() / np.sqrt(300)),
        "bias_error": float(error.std() / np.sqrt(300)),
    }


def multiclass():
    names = ["a", "b", "c"]
    actual = rng.choice(names, 500, p=[0.7, 0.2, 0.1])
    predicted = np.where(rng.random(500) < 0.75, actual, rng.choice(names, 500))
    return {
        "actual": actual.tolist(),
        "predicted": predicted.tolist(),
        "accuracy": metrics.accuracy_score(actual, predicted),
        "macro_f1": metrics.f1_score(actual, predicted, average="macro"),
        "f1": metrics.f1_score(actual, predicted, average=None, labels=names).tolist(),
        "recall": metrics.recall_score(actual, predicted, average=None, labels=names).tolist(),
    }


def arrival():
    age = rng.integers(1, 60, 400)
    delay = rng.integers(1, 50, 400)
    arrived = delay <= age
    sample = stats.CensoredData(uncensored=delay[arrived], right=age[~arrived])
    cdf = stats.ecdf(sample).cdf
    return {
        "age": age.tolist(),
        "delay": [int(d) if a else None for d, a in zip(delay, arrived)],
        "share_arrived_by": {str(t): float(cdf.evaluate(t)) for t in (1, 5, 10, 20, 30, 40, 49)},
    }


def cbpe():
    from nannyml.performance_estimation.confidence_based.metrics import estimate_ap, estimate_f1, estimate_roc_auc
    from nannyml.performance_estimation.confidence_based.metrics import estimate_precision, estimate_recall

    n = 500
    score = rng.permutation(np.round(np.linspace(0.001, 0.999, n) ** 2, 7))
    assert len(set(score)) == n
    promised = np.round(score**1.3, 6)
    predicted = (score >= 0.4).astype(int)
    return {
        "score": rounded(score, 7),
        "promised": rounded(promised),
        "threshold": 0.4,
        "roc_auc": float(estimate_roc_auc(promised, score)),
        "average_precision": float(estimate_ap(promised, score)),
        "f1": float(estimate_f1(predicted, promised)),
        "precision": float(estimate_precision(predicted, promised)),
        "recall": float(estimate_recall(predicted, promised)),
    }


def versions():
    import nannyml

    return {
        "numpy": np.__version__,
        "scipy": scipy.__version__,
        "scikit-learn": sklearn.__version__,
        "nannyml": nannyml.__version__,
    }


print(
    json.dumps(
        {
            "made_with": versions(),
            "binary": binary(),
            "regression": regression(),
            "multiclass": multiclass(),
            "arrival": arrival(),
            "cbpe": cbpe(),
        }
    )
)
