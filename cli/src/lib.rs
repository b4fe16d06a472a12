//! The one executable `fangwei`: asks a node, or starts one. A library, so that tests reach what the executable does.

pub mod verb;
