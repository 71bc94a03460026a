"""Known answers of streaming change detectors, from River 0.26.1 (PyPI).

Run:  python3 make-streams.py > streams.json
The streams are those of River's own tests (numpy.random.seed(12345)), so that the indices published there can be compared
too, a ramp, and the two of the examples in River's documentation. In `kswin_all` the sample that KSWIN draws is the whole
older half of its window, so that its seed does not matter; `kswin_drawn` is where it first fires with each of 5 seeds when
it draws 30 of 70.
"""
import json, random, sys
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
drawn = random.Random(12345)
streams["jump"] = drawn.choices([0, 1], k=1000) + drawn.choices(range(4, 8), k=1000)
drawn = random.Random(42)
streams["more_errors"] = drawn.choices([0, 1], k=1000) + drawn.choices([0, 1], k=1000, weights=[0.3, 0.7])
methods = {
    "page_hinkley": lambda: drift.PageHinkley(min_instances=30, delta=0.005, threshold=50.0, alpha=0.9999),
    "adwin_restart": lambda: drift.ADWIN(),
    "kswin_all": lambda: drift.KSWIN(alpha=0.0001, window_size=200, stat_size=100, seed=42),
    "ddm": lambda: binary.DDM(),
    "hddm_a": lambda: binary.HDDMA(), "hddm_a_two_sided": lambda: binary.HDDMA(two_sided_test=True),
    "hddm_w": lambda: binary.HDDMW(), "hddm_w_two_sided": lambda: binary.HDDMW(two_sided_test=True),
}
BINARY = ("errors", "flips", "more_errors")

def indices(detector, stream):
    found = []
    for i, v in enumerate(stream):
        detector.update(v)
        if detector.drift_detected:
            found.append(i)
    return found

known = {m: {s: indices(make(), streams[s]) for s in streams if s in BINARY or not m.startswith(("ddm", "hddm"))} for m, make in methods.items()}
first = lambda found: found[0] if found else None
kswin_drawn = {s: [first(indices(drift.KSWIN(alpha=0.0001, window_size=100, stat_size=30, seed=seed), streams[s])) for seed in (42, 1, 2, 3, 4)] for s in ("jump", "integers", "errors")}
json.dump({"made_with": {"river": river.__version__, "numpy": np.__version__}, "streams": streams, "known": known, "kswin_drawn": kswin_drawn}, sys.stdout, separators=(",", ":"))
print()
