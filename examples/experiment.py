"""A test of your own, read in a dozen lines; here a synthetic one stands in for the file.

python examples/experiment.py             the synthetic test
python examples/experiment.py test.csv    columns: customer, arm, bought, orders_before
"""

from __future__ import annotations

import sys

from casestudies.recommendation.experiments import analyse_experiment, demo_experiment, read_experiment, sample_size


def main(file: str | None = None) -> None:
    # how many customers? fix it, and the smallest effect worth having, before the test begins
    size = sample_size(0.02, rate=0.10, per_day=1_200)
    print(size.sentence)

    if file is None:
        test = read_experiment(
            demo_experiment(seed=0), "customer", ["list", "reasons"], "bought", before="orders_before", time="entered"
        )
    else:
        test = read_experiment(file, "customer", "arm", "bought", before="orders_before")
    found = analyse_experiment(test, worth=0.005, planned_units=size.lasting_total)
    print(found.ratio_said)
    if found.gain is not None:
        print(found.gain.said)
    columns = ["name", "value", "lasting_low", "lasting_high", "lasting_holm"]
    if found.effects:
        print(found.frame[columns].round(4).to_string(index=False))
    print(found.sentence(value=12.0, currency="EUR"))


if __name__ == "__main__":
    main(*sys.argv[1:])
