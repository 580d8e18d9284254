"""The aggregation rules, one per module: `NAME.py` defines `NAME_rule`, an AggregationRule."""
