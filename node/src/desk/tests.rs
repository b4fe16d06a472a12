//! What people do on a node founded for the purpose, end to end.
