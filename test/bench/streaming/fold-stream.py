"""Updates a second of River's change detectors on a stream that is given as JSON on standard input: a list of numbers.

Prints one JSON object: its version, and by method the seconds of each of three passes and the points at which it fired.
"""
import json
import sys
import time

import river
from river import drift

stream = [float(value) for value in json.load(sys.stdin)]
methods = {
    "page_hinkley": (lambda: drift.PageHinkley(min_instances=30, delta=0.005, threshold=50.0, alpha=0.9999), len(stream)),
    "adwin": (drift.ADWIN, len(stream)),
    "kswin": (lambda: drift.KSWIN(alpha=0.0001, window_size=100, stat_size=30, seed=42), 5000),
}
answer = {"version": river.__version__}
for name, (make, points) in methods.items():
    part, seconds, fired = stream[:points], [], []
    for _ in range(3):
        detector, fired = make(), []
        start = time.perf_counter()
        for index, value in enumerate(part):
            detector.update(value)
            if detector.drift_detected:
                fired.append(index)
        seconds.append(time.perf_counter() - start)
    answer[name] = {"points": points, "seconds": seconds, "fired": fired}
print(json.dumps(answer))
