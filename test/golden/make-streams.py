"""Known answers of streaming change detectors, from River 0.26.1 (PyPI).

Run:  python3 make-streams.py > streams.json
The streams are those of River's own tests (numpy.random.seed(12345)), so that the indices published there can be compared
too, and a ramp. The sample that KSWIN draws is the whole older half of its window here, so that its seed does not matter.
"""
import json, sys
import numpy as np
import river
from river import drift
from river.drift import binary

def seeded(make):
    np.random.seed(12345)
    return [round(float(v), 6) for v in make()]

streams = {
    "integers": seeded(lambda: np.concatenate((np.random.randint(2, size=1000), np.random.randint(8, size=1000)))),
    "errors": seeded(lambda: np.concatenate([[np.random.binomial(1, 0.2) for _ in range(1000)], [np.random.binomial(1, 0.8) for _ in range(1000)]])),
    "flips": seeded(lambda: np.concatenate([np.random.normal(m, 0.1, 500) > 0 for m in (0.0, 0.25, 0.0, 0.25)]).astype(int)),
    "ramp": seeded(lambda: np.random.normal(0, 1, 2000) + np.concatenate((np.zeros(1000), np.linspace(0, 4, 1000)))),
}
methods = {
    "page_hinkley": lambda: drift.PageHinkley(min_instances=30, delta=0.005, threshold=50.0, alpha=0.9999),
    "adwin_restart": lambda: drift.ADWIN(),
    "kswin_all": lambda: drift.KSWIN(alpha=0.0001, window_size=200, stat_size=100, seed=42),
    "ddm": lambda: binary.DDM(),
    "hddm_a": lambda: binary.HDDMA(), "hddm_a_two_sided": lambda: binary.HDDMA(two_sided_test=True),
    "hddm_w": lambda: binary.HDDMW(), "hddm_w_two_sided": lambda: binary.HDDMW(two_sided_test=True),
}
BINARY = ("errors", "flips")

def indices(detector, stream):
    found = []
    for i, v in enumerate(stream):
        detector.update(v)
        if detector.drift_detected:
            found.append(i)
    return found

known = {m: {s: indices(make(), streams[s]) for s in streams if s in BINARY or not m.startswith(("ddm", "hddm"))} for m, make in methods.items()}
json.dump({"made_with": {"river": river.__version__, "numpy": np.__version__}, "streams": streams, "known": known}, sys.stdout, separators=(",", ":"))
print()
