//! The grammar of the work itself: reports, risk points, warning cases.

use std::path::PathBuf;

use clap::{Args, Subcommand};

use super::{
    casework::Told,
    reports::{ReportFile, Share},
};

/// A long text, by file or on the line.
#[derive(Clone, Debug, Default)]
pub struct Prose {
    /// On the line.
    pub text: Option<String>,
    /// From a file or standard input.
    pub file: Option<PathBuf>,
}

/// `report …`.
#[derive(Subcommand, Debug)]
pub enum ReportVerb {
    /// 起草 · draft a report
    Add(Box<ReportAdd>),
    /// 修改尚未报送的草稿 · edit a draft that was not filed yet
    Edit(Box<ReportEdit>),
    /// 报送 · file a report, a draft or a new one
    File(Box<ReportFile>),
    /// 要求补充 · ask something back
    AskBack(Told),
    /// 补充（报送人） · add to it, by who filed it
    Supplement {
        /// 答复哪条要求，条目编号；缺省为最早未答的 · the question it answers; the oldest that waits otherwise
        #[arg(long, value_name = "ENTRY")]
        question: Option<String>,
        /// 附件，可多次给出，每件至多 16 MiB · file to go with it; may be given again
        #[arg(long = "attach", value_name = "FILE")]
        attachments: Vec<PathBuf>,
        /// 信息与内容 · report and text
        #[command(flatten)]
        told: Told,
    },
    /// 受理 · take it up
    Accept {
        /// 编号，可只写开头 · id, or the beginning of it
        id: String,
    },
    /// 转办 · pass it on
    PassOn {
        /// 转给哪个单位 · to which unit
        #[arg(long, value_name = "UNIT")]
        to: String,
        /// 编号，可只写开头 · id, or the beginning of it
        id: String,
    },
    /// 撤回（报送人） · take it back, by who filed it
    Withdraw(Told),
    /// 答复来源 · tell whoever reported
    Reply(Told),
    /// 凭回执码查询办理情况和答复 · what became of a report, by its receipt code
    Receipt {
        /// 回执码；不给则从文件读 · the receipt code; from a file without it
        #[arg(long, conflicts_with = "code_file", required_unless_present = "code_file")]
        code: Option<String>,
        /// 回执码的文件 · the same from a file
        #[arg(long, value_name = "FILE|-")]
        code_file: Option<PathBuf>,
    },
    /// 共享给本单位的部门 · share with a department of this unit
    Share(Box<Share>),
    /// 列出 · list
    List(Listed),
    /// 详情 · details
    Show {
        /// 编号，可只写开头 · id, or the beginning of it
        id: String,
    },
}

/// What lists take.
#[derive(Args, Debug, Default)]
pub struct Listed {
    /// 只列该单位及其下级 · only this unit and those below
    #[arg(long, value_name = "UNIT")]
    pub under: Option<String>,
    /// 只列文字中含这些词的，至少一个字 · only what has these words in its texts
    #[arg(long, value_name = "WORDS")]
    pub search: Option<String>,
    /// 只列这一等级的 · only this level
    #[arg(long, value_name = "1-3")]
    pub level: Option<i64>,
    /// 只列这一类别的线索 · only reports of this category
    #[arg(long, value_name = "1-13")]
    pub category: Option<i64>,
    /// 只列处在这一环节的预警 · only cases at this stage
    #[arg(long, value_name = "STAGE")]
    pub stage: Option<String>,
    /// 最多列多少条，至多 1000 · so many at most, 1000 the most
    #[arg(long, value_name = "N")]
    pub limit: Option<u64>,
    /// 接着上一页，用上一页末尾给出的位置 · goes on where the page before said
    #[arg(long, value_name = "PLACE")]
    pub after: Option<String>,
}

/// `report add`.
#[derive(Args, Debug, Default)]
#[command(after_help = CATEGORIES_HELP)]
pub struct ReportAdd {
    /// 标题 · title
    #[arg(long)]
    pub title: String,
    /// 信息类别，1 到 13，见下 · category, see below
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(i64).range(1..=13))]
    pub category: i64,
    /// 情况说明 · what happened
    #[arg(long, value_name = "TEXT", conflicts_with = "account_file")]
    pub account: Option<String>,
    /// 情况说明的文件 · the same from a file
    #[arg(long, value_name = "FILE|-")]
    pub account_file: Option<PathBuf>,
    /// 来源 · source
    #[arg(long)]
    pub source: Option<String>,
    /// 涉及的单位 · unit concerned
    #[arg(long, value_name = "UNIT")]
    pub concerned_unit: Option<String>,
    /// 涉及的岗位 · post concerned
    #[arg(long, value_name = "POST")]
    pub concerned_post: Option<String>,
    /// 何时发生，如 2026-11-03 或 2026-11-03T09:30 · when it happened
    #[arg(long, value_name = "WHEN")]
    pub happened: Option<String>,
    /// 何地 · where
    #[arg(long)]
    pub place: Option<String>,
    /// 涉及金额，元 · amount in yuan
    #[arg(long, value_name = "YUAN")]
    pub amount: Option<String>,
    /// 紧急程度 · urgency
    #[arg(long)]
    pub urgency: Option<String>,
    /// 报送单位，默认本单位 · unit it is filed for; the node's own if not given
    #[arg(long)]
    pub unit: Option<String>,
}

/// `report edit`.
#[derive(Args, Debug, Default)]
#[command(after_help = CATEGORIES_HELP)]
pub struct ReportEdit {
    /// 编号，可只写开头 · id, or the beginning of it
    pub id: String,
    /// 标题 · title
    #[arg(long)]
    pub title: Option<String>,
    /// 信息类别，1 到 13，见下 · category, see below
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(i64).range(1..=13))]
    pub category: Option<i64>,
    /// 新的情况说明全文 · the whole new account
    #[arg(long, value_name = "TEXT", conflicts_with = "account_file")]
    pub account: Option<String>,
    /// 新的情况说明的文件 · the same from a file
    #[arg(long, value_name = "FILE|-")]
    pub account_file: Option<PathBuf>,
    /// 来源；空则删去，下同 · source; empty takes it out, here and below
    #[arg(long)]
    pub source: Option<String>,
    /// 涉及的单位 · unit concerned
    #[arg(long, value_name = "UNIT")]
    pub concerned_unit: Option<String>,
    /// 涉及的岗位 · post concerned
    #[arg(long, value_name = "POST")]
    pub concerned_post: Option<String>,
    /// 何地 · where
    #[arg(long)]
    pub place: Option<String>,
    /// 涉及金额，元 · amount in yuan
    #[arg(long, value_name = "YUAN")]
    pub amount: Option<String>,
    /// 紧急程度 · urgency
    #[arg(long)]
    pub urgency: Option<String>,
}

/// `risk …`.
#[derive(Subcommand, Debug)]
pub enum RiskVerb {
    /// 登记风险点 · record a risk point
    Add(RiskAdd),
    /// 修改 · edit
    Edit(RiskEdit),
    /// 列出 · list
    List(Listed),
    /// 详情 · details
    Show {
        /// 编号，可只写开头 · id, or the beginning of it
        id: String,
    },
}

/// `risk add`.
#[derive(Args, Debug, Default)]
#[command(after_help = KINDS_HELP)]
pub struct RiskAdd {
    /// 岗位 · post
    #[arg(long)]
    pub post: String,
    /// 风险类别，见下 · kind of risk, see below
    #[arg(long, value_name = "KIND", value_parser = KINDS, hide_possible_values = true)]
    pub kind: String,
    /// 风险描述 · description
    #[arg(long, value_name = "TEXT", conflicts_with = "description_file")]
    pub description: Option<String>,
    /// 风险描述的文件 · the same from a file
    #[arg(long, value_name = "FILE|-")]
    pub description_file: Option<PathBuf>,
    /// 防控措施，可多次给出 · a measure; may be given several times
    #[arg(long = "measure", value_name = "TEXT")]
    pub measures: Vec<String>,
    /// 风险等级，1 最高 · level, 1 the highest
    #[arg(long, value_name = "1|2|3", value_parser = clap::value_parser!(i64).range(1..=3))]
    pub level: i64,
    /// 责任岗位 · responsible post
    #[arg(long, value_name = "POST")]
    pub responsible_post: Option<String>,
    /// 单位，默认本单位 · unit; the node's own if not given
    #[arg(long)]
    pub unit: Option<String>,
}

/// `risk edit`.
#[derive(Args, Debug, Default)]
#[command(after_help = KINDS_HELP)]
pub struct RiskEdit {
    /// 编号，可只写开头 · id, or the beginning of it
    pub id: String,
    /// 岗位 · post
    #[arg(long)]
    pub post: Option<String>,
    /// 风险类别，见下 · kind of risk, see below
    #[arg(long, value_name = "KIND", value_parser = KINDS, hide_possible_values = true)]
    pub kind: Option<String>,
    /// 新的风险描述全文 · the whole new description
    #[arg(long, value_name = "TEXT", conflicts_with = "description_file")]
    pub description: Option<String>,
    /// 新的风险描述的文件 · the same from a file
    #[arg(long, value_name = "FILE|-")]
    pub description_file: Option<PathBuf>,
    /// 增加一条防控措施，可多次给出 · add a measure; may be given several times
    #[arg(long = "add-measure", value_name = "TEXT")]
    pub add_measures: Vec<String>,
    /// 删除第几条防控措施，可多次给出 · remove the n-th measure; may be given several times
    #[arg(long = "remove-measure", value_name = "N")]
    pub remove_measures: Vec<usize>,
    /// 风险等级，1 最高 · level, 1 the highest
    #[arg(long, value_name = "1|2|3", value_parser = clap::value_parser!(i64).range(1..=3))]
    pub level: Option<i64>,
    /// 责任岗位 · responsible post
    #[arg(long, value_name = "POST")]
    pub responsible_post: Option<String>,
}

const KINDS: [&str; 6] = ["power", "duty", "institution", "morals", "environment", "competence"];

const KINDS_HELP: &str = "\
风险类别 Kinds:
  power        权力行使 exercise of power      morals       思想道德 thought and morals
  duty         岗位职责 post duties            environment  外部环境 external environment
  institution  制度机制 institutions           competence   业务能力 competence";

pub(super) const CATEGORIES_HELP: &str = "\
信息类别 Categories:
   1 对党风廉政建设的看法 public views           8 部门和行业不正之风 unhealthy tendencies
   2 对重大改革和政策的反应 reaction to policy   9 损害群众利益 harm to the public
   3 依法行政 law-abiding administration        10 执行政策中的问题 problems carrying out policy
   4 机关和干部的思想、工作、生活作风 conduct   11 苗头性、倾向性问题 early signs and trends
   5 廉洁从政、廉洁自律 self-discipline         12 巡察、考察、办案中发现的问题 found in inspections
   6 人事、财务、资产管理中的违规 breaches in administration
   7 工程建设、土地、产权、采购、专项资金等领域的违规 breaches in projects, land, funds
  13 其他 other";
