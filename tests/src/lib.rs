//! End-to-end scenarios, fuzz targets and benches.
