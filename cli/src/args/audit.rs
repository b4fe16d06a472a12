//! The grammar of auditing.

use std::path::PathBuf;

use clap::{Args, Subcommand};

/// `audit …`.
#[derive(Subcommand, Debug)]
pub enum AuditVerb {
    /// 从创世书起查验全库，可从上次查验处继续 · check the whole store, going on from the last time
    Check(AuditCheck),
    /// 一个预警事项的全部经过，附他人可证明的时间 · a case entry by entry, with the times others vouch for
    Timeline {
        /// 编号，可只写开头 · id, or the beginning of it
        id: String,
    },
    /// 比较两个库或证据包：一方隐瞒了什么 · two data folders or bundles: what one hides from the other
    Compare {
        /// 数据目录或证据包 · data folder or bundle
        #[arg(value_name = "A")]
        first: PathBuf,
        /// 另一个 · the other
        #[arg(value_name = "B")]
        second: PathBuf,
    },
}

/// `audit check`.
#[derive(Args, Debug, Default)]
pub struct AuditCheck {
    /// 记录已查验部分的文件，由审计员保管；没有就新建 · what was checked before, kept by the auditor; made if absent
    #[arg(long, value_name = "FILE")]
    pub state: Option<PathBuf>,
}

/// `verify`.
#[derive(Args, Debug, Default)]
pub struct VerifyAsked {
    /// 证据包；不需要节点 · a bundle; needs no node
    #[arg(value_name = "BUNDLE", requires = "genesis")]
    pub bundle: Option<PathBuf>,
    /// 创世指纹，从别处得知 · the tree's fingerprint, known from elsewhere
    #[arg(long, value_name = "FP", requires = "bundle")]
    pub genesis: Option<String>,
}

/// `evidence …`.
#[derive(Subcommand, Debug)]
pub enum EvidenceVerb {
    /// 导出证据包 · write a bundle
    Export(EvidenceExport),
    /// 拆开证据包，用 openssl 逐条验签 · take a bundle apart, so that openssl checks each signature
    Explain(EvidenceExplain),
}

/// `evidence export`.
#[derive(Args, Debug, Default)]
#[command(group = clap::ArgGroup::new("what").required(true))]
pub struct EvidenceExport {
    /// 一个预警事项 · a warning case
    #[arg(long, value_name = "ID", group = "what")]
    pub case: Option<String>,
    /// 一个单位及其下级 · a unit and those below
    #[arg(long, value_name = "UNIT", group = "what")]
    pub unit: Option<String>,
    /// 本节点保存的全部 · everything the node keeps
    #[arg(long, group = "what")]
    pub all: bool,
    /// 写到哪个新文件 · the new file to write
    #[arg(long, value_name = "FILE")]
    pub out: PathBuf,
}

/// `evidence explain`.
#[derive(Args, Debug, Default)]
pub struct EvidenceExplain {
    /// 证据包 · the bundle
    #[arg(value_name = "BUNDLE")]
    pub bundle: PathBuf,
    /// 创世指纹；不写则用包里的 · the tree's fingerprint; the bundle's own if not given
    #[arg(long, value_name = "FP")]
    pub genesis: Option<String>,
    /// 写到哪个新目录 · the new folder to write
    #[arg(long, value_name = "DIR")]
    pub out: PathBuf,
}
