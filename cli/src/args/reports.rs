//! The grammar of reports and their triage, of numbers of papers and of managed posts.

use std::path::PathBuf;

use clap::{Args, Subcommand};

use super::{casework::Told, work::Prose};

/// `report file`.
#[derive(Args, Debug, Default)]
#[command(after_help = super::work::CATEGORIES_HELP)]
pub struct ReportFile {
    /// 要报送的草稿编号；不给则直接报送一条新信息 · id of the draft to be filed; a new report without it
    pub id: Option<String>,
    /// 标题 · title
    #[arg(long)]
    pub title: Option<String>,
    /// 信息类别，1 到 13，见下 · category, see below
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(i64).range(1..=13))]
    pub category: Option<i64>,
    /// 情况说明 · what happened
    #[arg(long, value_name = "TEXT", conflicts_with = "account_file")]
    pub account: Option<String>,
    /// 情况说明的文件 · the same from a file
    #[arg(long, value_name = "FILE|-")]
    pub account_file: Option<PathBuf>,
    /// 来源，制度包中的代号或名称，如 petition 或“信访举报” · source, by the pack's id or words
    #[arg(long)]
    pub source: Option<String>,
    /// 来源身份，默认为工作发现 · from whom: officer (found at work), named, anonymous, invited
    #[arg(long, value_name = "officer|named|anonymous|invited")]
    pub origin: Option<String>,
    /// 实名的：何人，如何联系 · of a named one: who, and how to reach them
    #[arg(long, value_name = "WHO")]
    pub who: Option<String>,
    /// 涉及的单位 · unit concerned
    #[arg(long, value_name = "UNIT")]
    pub concerned_unit: Option<String>,
    /// 涉及的岗位；不给则为单位本身 · post concerned; the unit itself without it
    #[arg(long, value_name = "POST")]
    pub concerned_post: Option<String>,
    /// 涉及的人员，证书编号 · person concerned, by officer id
    #[arg(long, value_name = "OFFICER")]
    pub concerned_officer: Option<String>,
    /// 涉及的是该单位负责人或班子成员 · it is the unit's head, or one of its leading group
    #[arg(long)]
    pub concerned_head: bool,
    /// 何时发生，如 2026-11-03 或 2026-11-03T09:30 · when it happened
    #[arg(long, value_name = "WHEN")]
    pub happened: Option<String>,
    /// 何地 · where
    #[arg(long)]
    pub place: Option<String>,
    /// 涉及金额，元 · amount in yuan
    #[arg(long, value_name = "YUAN")]
    pub amount: Option<String>,
    /// 紧急 · it cannot wait
    #[arg(long)]
    pub urgent: bool,
    /// 附件，可多次给出，每件至多 16 MiB · file to go with it; may be given again
    #[arg(long = "attach", value_name = "FILE")]
    pub attachments: Vec<PathBuf>,
    /// 由哪个单位受理；默认为上级预警中心，事涉该单位或其负责人的再上一级 · unit that takes it up
    #[arg(long, value_name = "UNIT")]
    pub to: Option<String>,
    /// 报送单位，默认本单位 · unit it is filed for; the node's own if not given
    #[arg(long)]
    pub unit: Option<String>,
}

/// `triage …`.
#[derive(Subcommand, Debug)]
pub enum TriageVerb {
    /// 开始分流 · open the triage
    Open {
        /// 信息编号，可只写开头 · id of the report, or the beginning of it
        id: String,
    },
    /// 不实或无实质内容 · nothing in it
    NoSubstance(Told),
    /// 重复 · what another report says
    Duplicate {
        /// 与哪条信息重复 · of which report
        #[arg(long, value_name = "REPORT")]
        of: String,
        /// 信息与理由 · report and reason
        #[command(flatten)]
        told: Told,
    },
    /// 移送案件线索，不写内容 · hand it over as a lead; nothing is said of it
    Lead {
        /// 信息编号，可只写开头 · id of the report, or the beginning of it
        id: String,
    },
    /// 已据此提出预警 · a warning was proposed on it
    Warning {
        /// 哪个预警事项 · which case
        #[arg(long, value_name = "CASE")]
        case: String,
        /// 信息与理由 · report and reason
        #[command(flatten)]
        told: Told,
    },
    /// 重新分流 · look at it again
    Reopen(Told),
    /// 转其他单位 · it is another unit's
    PassOn {
        /// 哪个单位 · which unit
        #[arg(long, value_name = "UNIT")]
        to: String,
        /// 信息与理由 · report and reason
        #[command(flatten)]
        told: Told,
    },
    /// 回避 · recuse oneself, or another
    Recuse {
        /// 哪一位，缺省为本人 · whom, by officer id; oneself otherwise
        #[arg(long, value_name = "OFFICER")]
        officer: Option<String>,
        /// 信息与理由 · report and reason
        #[command(flatten)]
        told: Told,
    },
}

/// What is shared with a department.
#[derive(Args, Debug, Default)]
#[command(after_help = COPIED_HELP)]
pub struct Share {
    /// 共享给本单位的哪个部门 · with which department of this unit
    #[arg(long, value_name = "UNIT")]
    pub with: String,
    /// 为什么给这个部门 · why this department
    #[arg(long, value_name = "TEXT")]
    pub because: String,
    /// 抄录的字段，可多次给出，见下 · a field to be copied as it stands, see below
    #[arg(long = "copy", value_name = "FIELD")]
    pub copy: Vec<String>,
    /// 要该部门反馈的问题；不给则只供阅知 · what it is asked; it is only told otherwise
    #[arg(long, value_name = "TEXT")]
    pub question: Option<String>,
    /// 反馈期限，如 2026-12-01 · last day for responding
    #[arg(long, value_name = "DAY", requires = "question")]
    pub by: Option<String>,
    /// 编号，可只写开头 · id, or the beginning of it
    pub id: String,
    /// 摘要：让该部门知道什么，另行写明 · the digest: what it is to know, in words chosen for it
    #[arg(long, value_name = "TEXT", conflicts_with = "digest_file", required_unless_present = "digest_file")]
    pub digest: Option<String>,
    /// 摘要的文件 · the same from a file
    #[arg(long, value_name = "FILE|-")]
    pub digest_file: Option<PathBuf>,
}

const COPIED_HELP: &str = "\
可抄录 What can be copied:
  预警信息 of a report: title account place happened amount category
  预警事项 of a case:   ground facts
其余内容不随之共享 nothing else of it travels";

impl Share {
    /// The digest.
    #[must_use]
    pub fn prose(&mut self) -> Prose {
        Prose { text: self.digest.take(), file: self.digest_file.take() }
    }
}

/// `sharing …`.
#[derive(Subcommand, Debug)]
pub enum SharingVerb {
    /// 列出 · list
    List,
    /// 详情 · details
    Show {
        /// 编号，可只写开头 · id, or the beginning of it
        id: String,
    },
    /// 反馈（部门） · answer, by the department
    Respond {
        /// 反馈哪一次共享，条目编号；缺省为最早未反馈的 · to what, by entry; the oldest that waits otherwise
        #[arg(long, value_name = "ENTRY")]
        entry: Option<String>,
        /// 共享与内容 · sharing and text
        #[command(flatten)]
        told: Told,
    },
    /// 办结（共享的单位） · wait for no answer any more, by who shared
    Close {
        /// 哪一次共享，条目编号；缺省为最早未反馈的 · which, by entry; the oldest that waits otherwise
        #[arg(long, value_name = "ENTRY")]
        entry: Option<String>,
        /// 共享与理由 · sharing and reason
        #[command(flatten)]
        told: Told,
    },
}

/// `paper …`.
#[derive(Subcommand, Debug)]
pub enum PaperVerb {
    /// 列出文号登记簿 · the registers of numbers
    List,
    /// 作废一个文号 · strike a number
    Strike(PaperStrike),
}

/// `paper strike`.
#[derive(Args, Debug)]
pub struct PaperStrike {
    /// 字号，如 预信 · the register's word
    pub word: String,
    /// 年份 · its year
    pub year: u16,
    /// 号 · the number
    pub number: u32,
    /// 理由 · why
    #[arg(long, value_name = "TEXT")]
    pub reason: String,
}

/// `post …`.
#[derive(Subcommand, Debug)]
pub enum PostVerb {
    /// 列出管理的岗位 · the posts that are managed from above
    List,
    /// 列入 · list a post
    Manage(Managed),
    /// 移出 · take a post off
    Release(Managed),
}

/// A managed post.
#[derive(Args, Debug)]
pub struct Managed {
    /// 岗位所在单位 · where the post stands
    pub unit: String,
    /// 岗位名称，如 镇长 · what it is called
    pub post: String,
    /// 任职人员，证书编号 · who holds it, by officer id
    #[arg(long, value_name = "OFFICER")]
    pub officer: Option<String>,
}

/// `attachment …`.
#[derive(Subcommand, Debug)]
pub enum AttachmentVerb {
    /// 存为文件 · write it to a file
    Save(AttachmentSave),
}

/// `attachment save`.
#[derive(Args, Debug)]
pub struct AttachmentSave {
    /// 附件所在条目的编号，可只写开头，见 report show 或 case show · id of the entry it came with, or the beginning of it
    #[arg(value_name = "ENTRY")]
    pub entry: String,
    /// 该条目的第几个附件 · which of that entry's
    #[arg(long, value_name = "N", default_value_t = 1)]
    pub number: usize,
    /// 写到哪个新文件 · the new file to write
    #[arg(long, value_name = "FILE")]
    pub out: PathBuf,
}
