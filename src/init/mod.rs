//! PID 1: mounts, supervises `serve`, shuts down. std only; listens on nothing.
