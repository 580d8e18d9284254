"""The kinds of evaluators, one per module: `NAME.py` defines `NAME_kind`, an EvaluatorKind."""
