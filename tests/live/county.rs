//! Prints a whole county that does not exist, for `fangwei demo --units`: 1 county, 13 towns, 542 villages.
//!
//! `cargo run -p tests --example county > county.csv`

fn main() {
    print!("{}", tests::units::rows(13, 542));
}
