"""Scores and labels of real data sets bundled with scikit-learn, as they were and shifted: python cbpe-study.py > cbpe-study.json"""

import json

import numpy as np
import sklearn
from sklearn.datasets import load_breast_cancer, load_diabetes, load_digits
from sklearn.linear_model import LogisticRegression
from sklearn.naive_bayes import GaussianNB
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

rng = np.random.default_rng(7)


def sets():
    cancer = load_breast_cancer()
    yield "breast cancer, texture and smoothness", cancer.data[:, [1, 4]], cancer.target
    digits = load_digits()
    yield "digits, is it an 8, from the middle rows", digits.data[:, 24:40], (digits.target == 8).astype(int)
    yield "digits, is it odd, from the upper half", digits.data[:, :32], digits.target % 2
    diabetes = load_diabetes()
    yield "diabetes, progression above the median", diabetes.data, (diabetes.target > np.median(diabetes.target)).astype(int)


def draws(features, count):
    """Places drawn as they are, or more often the larger the first principal direction: a shift of what comes in."""
    centred = (features - features.mean(0)) / (features.std(0) + 1e-9)
    direction = centred @ np.linalg.svd(centred, full_matrices=False)[2][0]
    tilt = np.exp(direction / direction.std())
    places = np.arange(len(features))
    return {
        "as it was": rng.choice(places, count),
        "shifted": rng.choice(places, count, p=tilt / tilt.sum()),
    }


def cases():
    for name, features, label in sets():
        order = rng.permutation(len(label))
        train, reference, window = np.array_split(order, 3)
        for model in (make_pipeline(StandardScaler(), LogisticRegression()), GaussianNB()):
            model.fit(features[train], label[train])
            score = np.round(model.predict_proba(features)[:, 1], 4)
            for shift, drawn in draws(features[window], len(window)).items():
                chosen = window[drawn]
                yield {
                    "data": name,
                    "model": type(model).__name__.replace("Pipeline", "LogisticRegression"),
                    "shift": shift,
                    "reference": [score[reference].tolist(), label[reference].tolist()],
                    "window": [score[chosen].tolist(), label[chosen].tolist()],
                }


print(json.dumps({"made_with": {"scikit-learn": sklearn.__version__, "numpy": np.__version__}, "cases": list(cases())}))
