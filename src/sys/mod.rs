//! Every unsafe block of the appliance, one system call a file.
