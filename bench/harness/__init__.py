"""Shared helpers of the benchmarks: processes, figures, results, a browser."""
