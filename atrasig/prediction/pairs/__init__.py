"""Before and after in the same patients: a delta a pair, and a test a cohort."""

from atrasig.prediction.pairs.tables import PAIR_COLUMNS, TEST_COLUMNS, PairTables, compare_pairs

__all__ = ["PAIR_COLUMNS", "TEST_COLUMNS", "PairTables", "compare_pairs"]
