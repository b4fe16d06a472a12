//! The grammar of auditing.

use std::path::PathBuf;

use clap::{Args, Subcommand};

/// `audit …`.
#[derive(Subcommand, Debug)]
pub enum AuditVerb {
    /// 从创世书起查验全库，可从上次查验处继续 · check the whole store, going on from the last time
    Check(AuditCheck),
}

/// `audit check`.
#[derive(Args, Debug, Default)]
pub struct AuditCheck {
    /// 记录已查验部分的文件，由审计员保管；没有就新建 · what was checked before, kept by the auditor; made if absent
    #[arg(long, value_name = "FILE")]
    pub state: Option<PathBuf>,
}
