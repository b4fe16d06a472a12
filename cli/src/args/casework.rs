//! The grammar of warning cases: from the proposal to the lifting, the objection and what follows.

use std::path::PathBuf;

use clap::{Args, Subcommand};

use super::{
    reports::Share,
    work::{Listed, Prose},
};

/// `case …`.
#[derive(Subcommand, Debug)]
#[command(after_help = HELP)]
pub enum CaseVerb {
    /// 提出预警 · propose a warning
    Propose(Box<CasePropose>),
    /// 退回后重新提出 · propose again what was returned
    Amend {
        /// 编号，可只写开头 · id, or the beginning of it
        id: String,
        /// 提议 · the proposal
        #[command(flatten)]
        proposal: Box<CasePropose>,
    },
    /// 退回提议 · return the proposal
    Return(Told),
    /// 撤回提议（提出人） · drop the proposal, by who proposed
    Drop(Told),
    /// 回避 · recuse oneself, or another
    Recuse {
        /// 哪一位，缺省为本人 · whom, by officer id; oneself otherwise
        #[arg(long, value_name = "OFFICER")]
        officer: Option<String>,
        /// 事项与理由 · case and reason
        #[command(flatten)]
        told: Told,
    },
    /// 批准（提出人不能自己批准） · approve, by another than the proposer
    Approve(Decided),
    /// 不予批准 · dismiss
    Dismiss(Decided),
    /// 谈话方案 · plan the interview
    Plan {
        /// 谈话人，第一位为主谈人：证书编号:身份 · interviewers, the first the main one: officer id:role
        #[arg(long = "interviewer", value_name = "OFFICER:ROLE", required = true)]
        interviewers: Vec<String>,
        /// 事项与方案 · case and outline
        #[command(flatten)]
        told: Told,
    },
    /// 撤回决定 · take the decision back
    Rescind {
        /// 会议 · meeting
        #[command(flatten)]
        meeting: MeetingArgs,
        /// 事项与理由 · case and reason
        #[command(flatten)]
        told: Told,
    },
    /// 移送线索 · hand the matter over as a lead
    Refer(Told),
    /// 研究升级（内卷） · say why the case is carried up
    Raise {
        /// 升级 · how
        #[command(flatten)]
        up: Up,
        /// 事项与情况 · case and findings
        #[command(flatten)]
        told: Told,
    },
    /// 发出文书 · give the paper
    Issue {
        /// 文书规定的期限，可多次给出：事项=期限，如 correction=1m · a term the rules leave open
        #[arg(long = "term", value_name = "WHAT=TERM")]
        terms: Vec<String>,
        /// 文书正文 · what the paper says
        #[arg(long, value_name = "TEXT", conflicts_with = "paper_file")]
        paper: Option<String>,
        /// 文书正文的文件 · the same from a file
        #[arg(long, value_name = "FILE|-")]
        paper_file: Option<PathBuf>,
        /// 编号，可只写开头 · id, or the beginning of it
        id: String,
    },
    /// 作废文书 · cancel the paper
    Cancel(Told),
    /// 登记送达 · record the delivery
    Deliver {
        /// 日期，缺省为今天 · the day, today otherwise
        #[arg(long, value_name = "DAY")]
        on: Option<String>,
        /// 事项与送达方式 · case and how
        #[command(flatten)]
        told: Told,
    },
    /// 签收（预警对象） · confirm the receipt, by the subject
    Receive {
        /// 日期，缺省为今天 · the day, today otherwise
        #[arg(long, value_name = "DAY")]
        on: Option<String>,
        /// 编号，可只写开头 · id, or the beginning of it
        id: String,
    },
    /// 约谈通知 · call to an interview
    Notice {
        /// 时间，如 2026-11-23T09:00 · when
        #[arg(long, value_name = "TIME")]
        at: String,
        /// 地点 · where
        #[arg(long)]
        place: String,
        /// 谈话人，第一位为主谈人：证书编号:身份 · interviewers, the first the main one: officer id:role
        #[arg(long = "interviewer", value_name = "OFFICER:ROLE", required = true)]
        interviewers: Vec<String>,
        /// 事项与通知正文 · case and what the notice says
        #[command(flatten)]
        told: Told,
    },
    /// 谈话记录 · record the interview
    Interview {
        /// 日期，缺省为今天 · the day, today otherwise
        #[arg(long, value_name = "DAY")]
        on: Option<String>,
        /// 谈话人，第一位为主谈人：证书编号:身份 · interviewers, the first the main one: officer id:role
        #[arg(long = "interviewer", value_name = "OFFICER:ROLE", required = true)]
        interviewers: Vec<String>,
        /// 谈话中定的期限，可多次给出：事项=期限 · a term set in it
        #[arg(long = "term", value_name = "WHAT=TERM")]
        terms: Vec<String>,
        /// 事项与记录 · case and record
        #[command(flatten)]
        told: Told,
    },
    /// 答复（预警对象） · answer, by the subject
    Answer {
        /// 答复什么，见下，缺省为书面说明 · what of what is owed, see below; an account otherwise
        #[arg(long, value_name = "WHAT")]
        what: Option<String>,
        /// 整改措施，可多次给出：内容|责任人|期限 · a measure: what|who|day
        #[arg(long = "measure", value_name = "WHAT|WHO|DAY")]
        measures: Vec<String>,
        /// 附件，可多次给出，每件至多 16 MiB · file to go with it; may be given again
        #[arg(long = "attach", value_name = "FILE")]
        attachments: Vec<PathBuf>,
        /// 事项与答复 · case and answer
        #[command(flatten)]
        told: Told,
    },
    /// 提交整改证据 · show that measures were carried out
    Evidence {
        /// 附件，可多次给出，每件至多 16 MiB · file to go with it; may be given again
        #[arg(long = "attach", value_name = "FILE")]
        attachments: Vec<PathBuf>,
        /// 事项与说明 · case and what is shown
        #[command(flatten)]
        told: Told,
    },
    /// 申请延期 · ask for more time
    AskExtension {
        /// 多久，如 5wd、2w、1m · how much
        #[arg(long, value_name = "TERM")]
        by: String,
        /// 事项与理由 · case and reason
        #[command(flatten)]
        told: Told,
    },
    /// 批准延期 · give more time
    Extend {
        /// 多久，缺省为所申请的 · how much; what was asked otherwise
        #[arg(long, value_name = "TERM")]
        by: Option<String>,
        /// 事项与批复正文 · case and what the paper says
        #[command(flatten)]
        told: Told,
    },
    /// 不予延期 · refuse more time
    RefuseExtension(Told),
    /// 认可答复 · accept the last answer
    Accept {
        /// 编号，可只写开头 · id, or the beginning of it
        id: String,
    },
    /// 退回答复 · send the last answer back
    SendBack(Told),
    /// 回访 · visit or check
    Visit {
        /// 日期，缺省为今天 · the day, today otherwise
        #[arg(long, value_name = "DAY")]
        on: Option<String>,
        /// 方式，可多次给出 · how, several times
        #[arg(long = "means", required = true)]
        means: Vec<String>,
        /// 意见：lift 解除、continue 继续整改、escalate 升级 · opinion
        #[arg(long, value_name = "OPINION", value_parser = ["lift", "continue", "escalate"])]
        opinion: String,
        /// 事项与情况 · case and findings
        #[command(flatten)]
        told: Told,
    },
    /// 解除预警 · lift the warning
    Lift(Told),
    /// 撤销预警 · withdraw the warning
    Withdraw(Told),
    /// 申诉（预警对象） · object, by the subject
    Object(Told),
    /// 研究申诉（内卷） · record what became of looking into the objection
    Deliberate {
        /// 申诉成立 · the objection is upheld
        #[arg(long, conflicts_with = "rejected", required_unless_present = "rejected")]
        upheld: bool,
        /// 申诉不成立 · the objection is rejected
        #[arg(long)]
        rejected: bool,
        /// 会议 · meeting
        #[command(flatten)]
        meeting: MeetingArgs,
        /// 事项与情况 · case and findings
        #[command(flatten)]
        told: Told,
    },
    /// 答复申诉 · answer the objection
    Rule {
        /// 申诉成立 · the objection is upheld
        #[arg(long, conflicts_with = "rejected", required_unless_present = "rejected")]
        upheld: bool,
        /// 申诉不成立 · the objection is rejected
        #[arg(long)]
        rejected: bool,
        /// 事项与理由 · case and reason
        #[command(flatten)]
        told: Told,
    },
    /// 升级 · escalate the warning
    Escalate {
        /// 升级 · how
        #[command(flatten)]
        up: Up,
        /// 编号，可只写开头 · id, or the beginning of it
        id: String,
    },
    /// 移送（外卷） · say in the outer file that it was handed over
    ReferWarning {
        /// 编号，可只写开头 · id, or the beginning of it
        id: String,
    },
    /// 处理并行：断网时两边办理互相冲突的，写明怎样处理 · say what was made of acts that crossed or contradict
    Settle {
        /// 记在内卷 · say it in the inner file
        #[arg(long)]
        inner: bool,
        /// 未生效或不应成立的条目，可只写开头；缺省为最早一处 · the entry without effect, the first otherwise
        #[arg(long, value_name = "ENTRY")]
        act: Option<String>,
        /// 事项与情况 · case and findings
        #[command(flatten)]
        told: Told,
    },
    /// 通报 · record who was told
    Tell {
        /// 通报给谁：制度包中的机构编号 · whom: a body of the pack
        #[arg(long, value_name = "BODY")]
        who: String,
        /// 日期，缺省为今天 · the day, today otherwise
        #[arg(long, value_name = "DAY")]
        on: Option<String>,
        /// 通报文书正文 · what the paper says, if there is one
        #[arg(long, value_name = "TEXT")]
        paper: Option<String>,
        /// 编号，可只写开头 · id, or the beginning of it
        id: String,
    },
    /// 共享给本单位的部门 · share with a department of this unit
    Share(Box<Share>),
    /// 列出 · list
    List(Listed),
    /// 全部案卷 · the whole file
    Show {
        /// 编号，可只写开头 · id, or the beginning of it
        id: String,
    },
}

const HELP: &str = "\
期限 Terms: 7wd 七个工作日 working days、2w 两周 weeks、1m 一个月 months
答复事项 What is owed:
  account 书面说明 written account      correction 整改 correction
  answer  如实答复 truthful answers     report     整改报告 report of rectification
  measures 整改措施 measures";

/// A case and what is said about it.
#[derive(Args, Debug, Default)]
pub struct Told {
    /// 编号，可只写开头 · id, or the beginning of it
    pub id: String,
    /// 正文、理由或情况 · the text: reason, findings, record
    #[arg(
        long,
        visible_alias = "reason",
        value_name = "TEXT",
        conflicts_with = "text_file",
        required_unless_present = "text_file"
    )]
    pub text: Option<String>,
    /// 正文的文件 · the same from a file
    #[arg(long, visible_alias = "reason-file", value_name = "FILE|-")]
    pub text_file: Option<PathBuf>,
}

/// A case that is decided.
#[derive(Args, Debug, Default)]
pub struct Decided {
    /// 编号，可只写开头 · id, or the beginning of it
    pub id: String,
    /// 会议 · meeting
    #[command(flatten)]
    pub meeting: MeetingArgs,
}

/// A collective meeting, where the level is decided by one.
#[derive(Args, Debug, Default)]
pub struct MeetingArgs {
    /// 集体研究的结果；有会议时填写 · outcome of the meeting, where there was one
    #[arg(long, value_name = "TEXT")]
    pub outcome: Option<String>,
    /// 会议日期，缺省为今天 · day of the meeting, today otherwise
    #[arg(long, value_name = "DAY", requires = "outcome")]
    pub meeting_on: Option<String>,
    /// 到会人员，可多次给出：姓名和职务[:证书编号[:身份]] · one present: name and post[:officer id[:role]]
    #[arg(long = "present", value_name = "NAME[:OFFICER[:ROLE]]", requires = "outcome")]
    pub present: Vec<String>,
}

/// How a case is carried up.
#[derive(Args, Debug, Default)]
pub struct Up {
    /// 升到哪一级，缺省为组织处理 · to which level; organisational handling otherwise
    #[arg(long, value_name = "1|2", value_parser = clap::value_parser!(u8).range(1..=2))]
    pub level: Option<u8>,
    /// 条件，如 rectification_weak · condition of the pack
    #[arg(long, value_name = "CONDITION")]
    pub when: String,
    /// 接续的预警事项 · the case it goes on in
    #[arg(long, value_name = "ID")]
    pub case: Option<String>,
}

/// `case propose`.
#[derive(Args, Debug, Default)]
pub struct CasePropose {
    /// 由哪个单位决定，默认本节点所在单位 · the unit that decides; the node's own if not given
    #[arg(long, value_name = "UNIT")]
    pub at: Option<String>,
    /// 预警对象的单位 · the unit warned
    #[arg(long, value_name = "UNIT")]
    pub subject: String,
    /// 预警对象的岗位 · the post warned
    #[arg(long)]
    pub post: Option<String>,
    /// 预警对象为该单位领导班子 · the unit's leading group is warned
    #[arg(long, conflicts_with = "post")]
    pub leading_group: bool,
    /// 岗位上的人员，或班子成员、负责人的证书编号，可多次给出 · officer id of the person, or of members and heads
    #[arg(long = "holder", value_name = "OFFICER")]
    pub holders: Vec<String>,
    /// 按干部管理权限管理该岗位的单位 · the unit that manages the post
    #[arg(long, value_name = "UNIT")]
    pub managed_by: Option<String>,
    /// 等级：1 红、2 黄、3 蓝 · level: 1 red, 2 yellow, 3 blue
    #[arg(long, value_name = "1|2|3", value_parser = clap::value_parser!(u8).range(1..=3))]
    pub level: u8,
    /// 制度包中的情形，如 3.4 · ground of the pack
    #[arg(long)]
    pub ground: String,
    /// 该情形须说明的理由 · why, where the ground asks for it
    #[arg(long)]
    pub because: Option<String>,
    /// 预警方式，缺省为该情形的第一种 · way of the level, the first one for the ground otherwise
    #[arg(long)]
    pub way: Option<String>,
    /// 事实 · facts
    #[arg(long, value_name = "TEXT", conflicts_with = "facts_file", required_unless_present = "facts_file")]
    pub facts: Option<String>,
    /// 事实的文件 · the same from a file
    #[arg(long, value_name = "FILE|-")]
    pub facts_file: Option<PathBuf>,
    /// 所依据的预警信息编号，可多次给出 · a report behind it; may be given several times
    #[arg(long = "report", value_name = "ID")]
    pub reports: Vec<String>,
    /// 所接续的预警事项 · the case it carries up
    #[arg(long, value_name = "ID")]
    pub follows: Option<String>,
}

/// `duty`.
#[derive(Args, Debug, Default)]
pub struct DutyAsked {
    /// 标为已读，可多次给出：待阅条目编号，可只写开头 · mark as read: an entry to read, or the beginning of its id
    #[arg(long = "read", value_name = "ENTRY", conflicts_with_all = ["read_all", "outbox"])]
    pub read: Vec<String>,
    /// 全部标为已读 · mark everything as read
    #[arg(long, conflicts_with = "outbox")]
    pub read_all: bool,
    /// 列出本节点的到期提醒及其状态 · the reminders this node made, with their state
    #[arg(long)]
    pub outbox: bool,
}

impl Told {
    /// The text.
    #[must_use]
    pub fn prose(self) -> (String, Prose) {
        (self.id, Prose { text: self.text, file: self.text_file })
    }
}
