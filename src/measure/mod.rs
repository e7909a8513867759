//! Latency and allocation measurement.
