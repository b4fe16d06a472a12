//! What the root publishes for the whole tree, as it stands at this node.

use super::Replica;
use crate::{
    record::{body::Act, entry::Kind},
    records::{Records, RecordsFailure},
    work::calendar::Calendar,
};

impl Replica {
    /// The calendar: the years the program brings along, and above them every year whose publication has effect. Two
    /// nodes that hold the same publications have the same calendar, whatever came first.
    ///
    /// # Errors
    ///
    /// [`RecordsFailure`].
    pub fn calendar(&self, records: &dyn Records) -> Result<Calendar, RecordsFailure> {
        let mut calendar = Calendar::built_in();
        for document in self.documents(Kind::CALENDAR, records)? {
            for said in self.history(&document, records)? {
                if let Some(Act::PublishCalendar(year)) = said.act() {
                    // With faults it would be void and not here; were it here, it would be left out all the same.
                    calendar.add((**year).clone()).unwrap_or_default();
                }
            }
        }
        Ok(calendar)
    }
}
