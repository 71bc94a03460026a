"""Drift of two Parquet files by Evidently and NannyML: python peers.py reference.parquet window.parquet, answers in JSON."""

import json
import resource
import sys
import time
import warnings

import pandas as pd

warnings.filterwarnings("ignore")


def cost(work):
    before, wall = resource.getrusage(resource.RUSAGE_SELF), time.perf_counter()
    result = work()
    after = resource.getrusage(resource.RUSAGE_SELF)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return result, {"wallMs": 1000 * (time.perf_counter() - wall), "cpuMs": 1000 * cpu}


def evidently(reference, window):
    from evidently import Dataset, DataDefinition, Report
    from evidently.presets import DataDriftPreset

    report = Report([DataDriftPreset()])
    return report.run(Dataset.from_pandas(window, DataDefinition()), Dataset.from_pandas(reference, DataDefinition()))


def nannyml(reference, window, methods, columns):
    import nannyml as nml

    numbers = [name for name in columns if name.startswith("f")]
    calculator = nml.UnivariateDriftCalculator(
        column_names=columns,
        treat_as_categorical=[name for name in columns if name not in numbers],
        continuous_methods=["jensen_shannon"],
        categorical_methods=methods,
        chunk_size=len(window),
    )
    calculator.fit(reference)
    return calculator.calculate(window)


def shared(reference, window, categories):
    import nannyml as nml

    methods = ["jensen_shannon", "hellinger", "l_infinity"]
    frame = nannyml(reference, window, methods, categories).filter(period="analysis").to_df()
    found = {name: {method: float(frame[(name, method, "value")].iloc[-1]) for method in methods} for name in categories}
    missing = nml.MissingValuesCalculator(column_names=categories, chunk_size=len(window))
    missing.fit(reference)
    rates = missing.calculate(window).filter(period="analysis").to_df()
    for name in categories:
        found[name]["missing"] = float(rates[(name, "value")].iloc[-1])
    return found


reference, window = (pd.read_parquet(path) for path in sys.argv[1:3])
columns = list(reference.columns)
import evidently as evidently_module  # noqa: E402
import nannyml as nannyml_module  # noqa: E402

categories = [name for name in columns if not name.startswith("f")]
_, nannyml_cost = cost(lambda: nannyml(reference, window, ["jensen_shannon"], columns))
statistics = shared(reference, window, categories)
_, evidently_cost = cost(lambda: evidently(reference, window))
print(
    json.dumps(
        {
            "versions": {"evidently": evidently_module.__version__, "nannyml": nannyml_module.__version__},
            "evidently": evidently_cost,
            "nannyml": nannyml_cost,
            "statistics": statistics,
        }
    )
)
