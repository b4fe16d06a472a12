//! The grammar: nouns, then verbs, and what each takes. The only file that knows how a command line is read.
//!
//! Help is Chinese first with English beside, because one machine is used by both. Every flag has an environment
//! variable: `--data` is `FANGWEI_DATA`, `--valid-hours` is `FANGWEI_VALID_HOURS`; secrets come by file or standard
//! input only.

mod audit;
mod casework;
mod people;
mod published;
mod reports;
mod work;

use std::{ffi::OsString, net::SocketAddr, path::PathBuf};

use clap::{
    Args, CommandFactory, FromArgMatches, Parser, Subcommand,
    builder::BoolishValueParser,
    error::{ContextKind, ErrorKind},
};

pub use self::{
    audit::{AuditCheck, AuditVerb, EvidenceExplain, EvidenceExport, EvidenceVerb, VerifyAsked},
    casework::{CasePropose, CaseVerb, Decided, DutyAsked, MeetingArgs, Told, Up},
    people::{
        AccessCreate, AccessVerb, ExplainVerb, Grant, NodeGrant, NodeList, NodeRequest, NodeVerb, OfficerAccept,
        OfficerAdd, OfficerList, OfficerRequest, OfficerRotate, OfficerVerb, Redact, Revoke, RootRevoke, RootVerb,
        RootWitnesses, Stand,
    },
    published::{CalendarVerb, PackVerb},
    reports::{
        AttachmentSave, AttachmentVerb, Managed, PaperStrike, PaperVerb, PostVerb, ReportFile, Share, SharingVerb,
        TriageVerb,
    },
    work::{Listed, Prose, ReportAdd, ReportEdit, ReportVerb, RiskAdd, RiskEdit, RiskVerb},
};
use crate::words::{Lang, Words};

/// Where an installed node keeps its data.
const DATA_DIR: &str = "/var/lib/fangwei";

/// Where an installed node has its configuration.
const CONFIG_FILE: &str = "/etc/fangwei/fangwei.toml";

const TEMPLATE: &str = "{about}\n\n用法 Usage: {usage}\n\n{all-args}{after-help}";
const AFTER: &str = "每个参数都可以用环境变量给出，如 FANGWEI_DATA 即 --data；`-` 表示标准输入\n\
                     every flag has an environment variable, as FANGWEI_DATA for --data; `-` is standard input";

/// 防微：县域廉政风险防控与预警网络 · integrity-risk early warning for a county
#[derive(Parser, Debug)]
#[command(name = "fangwei", version, disable_help_subcommand = true, disable_help_flag = true)]
#[command(after_help = AFTER, disable_version_flag = true)]
pub struct Asked {
    /// What every verb takes.
    #[command(flatten)]
    pub globals: Globals,
    /// What to do.
    #[command(subcommand)]
    pub verb: Verb,
    /// 显示版本 · show the version
    #[arg(long, short = 'V', action = clap::ArgAction::Version)]
    version: Option<bool>,
}

/// What every verb takes.
#[derive(Args, Debug, Clone)]
pub struct Globals {
    /// 数据目录，默认见配置文件 · data folder; the configuration's if not given
    #[arg(long, global = true, value_name = "DIR")]
    pub data: Option<PathBuf>,
    /// 配置文件 · configuration file
    #[arg(long, global = true, value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// 运行中节点的套接字 · socket of the running node
    #[arg(long, global = true, value_name = "FILE")]
    pub socket: Option<PathBuf>,
    /// 以哪位人员的名义签名：姓名或编号 · who signs: a name or an id
    // With an id of its own: a verb that takes another officer would else be the only one that cannot say who signs.
    #[arg(id = "as", long = "as", global = true, value_name = "OFFICER")]
    pub officer: Option<String>,
    /// 签名人的口令文件 · file with the signer's passphrase
    #[arg(long, global = true, value_name = "FILE|-")]
    pub passphrase_file: Option<PathBuf>,
    /// 以 JSON 输出 · answer as JSON
    #[arg(long, global = true)]
    pub json: bool,
    /// 语言 · language
    #[arg(
        long,
        global = true,
        value_enum,
        default_value = "zh-CN",
        value_name = "zh-CN|en",
        hide_possible_values = true
    )]
    pub lang: Lang,
    /// 显示帮助 · show help
    #[arg(long, short = 'h', global = true, action = clap::ArgAction::Help)]
    help: Option<bool>,
}

impl clap::ValueEnum for Lang {
    fn value_variants<'a>() -> &'a [Lang] {
        &[Lang::Chinese, Lang::English]
    }

    fn to_possible_value(&self) -> Option<clap::builder::PossibleValue> {
        Some(clap::builder::PossibleValue::new(self.tag()))
    }
}

/// The nouns, and the verbs that need none.
#[derive(Subcommand, Debug)]
pub enum Verb {
    /// 新建组织树及县级节点 · found a county and its node
    Init(Init),
    /// 单位 · units
    #[command(subcommand)]
    Unit(UnitVerb),
    /// 制度包 · policy packs
    #[command(subcommand)]
    Pack(PackVerb),
    /// 工作日历 · working days and deadlines
    #[command(subcommand)]
    Calendar(CalendarVerb),
    /// 入网凭证 · join tokens
    #[command(subcommand)]
    Token(TokenVerb),
    /// 凭入网凭证入网 · join with a token
    Join(Join),
    /// 访问令牌：其他系统凭它使用本节点的程序接口 · access tokens, for programs that ask this node over the network
    #[command(subcommand)]
    Access(AccessVerb),
    /// 运行节点 · run the node
    Run(Run),
    /// 页面证书 · certificates for pages in an office
    #[command(subcommand)]
    Pages(PagesVerb),
    /// 人员 · officers
    #[command(subcommand)]
    Officer(OfficerVerb),
    /// 节点 · nodes
    #[command(subcommand)]
    Node(NodeVerb),
    /// 会签证书或条目（纪委书记） · endorse a certificate or an entry, by a secretary
    Endorse {
        /// 证书编号或姓名，或整个条目编号 · id or name of a certificate, or an entry's whole id
        id: String,
        /// 会签遮盖时不再询问 · do not ask again before words are taken out
        #[arg(long)]
        yes: bool,
    },
    /// 遮盖条目里的内容，须另一人会签 · take words out of an entry; somebody else must endorse it
    Redact(Redact),
    /// 列出、追认被划去的条目 · list what is struck, and stand for it
    Stand(Stand),
    /// 根密钥 · the root
    #[command(subcommand)]
    Root(RootVerb),
    /// 预警信息 · reports
    #[command(subcommand)]
    Report(ReportVerb),
    /// 分流：决定单位对预警信息的处理 · triage of reports
    #[command(subcommand)]
    Triage(TriageVerb),
    /// 共享：让本单位的部门知道、反馈 · what is shared with departments
    #[command(subcommand)]
    Sharing(SharingVerb),
    /// 文号 · numbers of papers and reports
    #[command(subcommand)]
    Paper(PaperVerb),
    /// 干部管理权限：上级管理的岗位 · posts managed from above
    #[command(subcommand)]
    Post(PostVerb),
    /// 廉政风险点 · risk points
    #[command(subcommand)]
    Risk(RiskVerb),
    /// 预警事项 · warning cases
    #[command(subcommand)]
    Case(CaseVerb),
    /// 附件 · what comes with reports and answers
    #[command(subcommand)]
    Attachment(AttachmentVerb),
    /// 待办与待阅 · what there is to do and to read
    Duty(DutyAsked),
    /// 与上下级同步 · synchronising
    #[command(subcommand)]
    Sync(SyncVerb),
    /// 说明规则 · the rules explained
    #[command(subcommand)]
    Explain(ExplainVerb),
    /// 从创世书起查验全库，或查验一个证据包 · check the whole store from the genesis on, or a bundle
    Verify(VerifyAsked),
    /// 证据包 · bundles of evidence
    #[command(subcommand)]
    Evidence(EvidenceVerb),
    /// 审计 · auditing
    #[command(subcommand)]
    Audit(AuditVerb),
    /// 从流水日志重建索引 · derive the index again from the journal
    Rebuild,
    /// 重读流水日志，查找并修复损坏 · read the journal again, find and repair damage
    Scrub,
    /// 节点概况 · the node at a glance
    Status,
    /// 演示：本机运行一个虚构的县 · a fictional county on this machine
    Demo(Demo),
    /// 命令行补全脚本 · completions for a shell
    Completions {
        /// bash、zsh、fish …
        #[arg(value_enum)]
        shell: clap_complete::Shell,
    },
}

/// `init`.
#[derive(Args, Debug)]
pub struct Init {
    /// 根单位的区划代码，县为六位 · division code of the root, six digits for a county
    #[arg(long, value_name = "CODE")]
    pub root: String,
    /// 名称，如“示例县” · what people call it
    #[arg(long)]
    pub name: String,
    /// 首任管理员的姓名 · name of the first administrator
    #[arg(long, value_name = "NAME", default_value = "系统管理员")]
    pub administrator: String,
    /// 首任纪委书记的姓名 · name of the first secretary
    #[arg(long, value_name = "NAME", default_value = "纪委书记")]
    pub secretary: String,
    /// 管理员的口令文件，默认用 --passphrase-file · the administrator's passphrase
    #[arg(long, value_name = "FILE|-")]
    pub administrator_passphrase_file: Option<PathBuf>,
    /// 书记的口令文件，默认用 --passphrase-file · the secretary's passphrase
    #[arg(long, value_name = "FILE|-")]
    pub secretary_passphrase_file: Option<PathBuf>,
    /// 根密钥几把中要几把同意，如 2-of-3 · how many of how many root keys must agree
    #[arg(long, value_name = "K-of-N", default_value = "1-of-1")]
    pub root_keys: String,
    /// 各保管人根密钥的公钥文件；不给则就地生成一把 · public halves of the root keys; without them one is made here
    #[arg(long, value_name = "FILE.fwpub")]
    pub root_key: Vec<PathBuf>,
    /// 根密钥的口令文件，默认同书记 · the root key's passphrase, the secretary's if not given
    #[arg(long, value_name = "FILE|-")]
    pub root_passphrase_file: Option<PathBuf>,
    /// 根密钥写到哪里，默认在数据目录旁 · where the root key goes; beside the data folder if not given
    #[arg(long, value_name = "FILE")]
    pub root_key_out: Option<PathBuf>,
}

/// `unit …`.
#[derive(Subcommand, Debug)]
pub enum UnitVerb {
    /// 从 CSV 导入：code,name,level · import rows `code,name,level`
    Import {
        /// UTF-8 的 CSV 文件 · CSV file in UTF-8
        #[arg(value_name = "CSV|-")]
        file: PathBuf,
        /// 只检查，不写入 · check only, write nothing
        #[arg(long)]
        dry_run: bool,
    },
    /// 列出 · list
    List {
        /// 只列该单位及其下级 · only this unit and those below
        #[arg(long, value_name = "UNIT")]
        under: Option<String>,
    },
}

/// `token …`.
#[derive(Subcommand, Debug)]
pub enum TokenVerb {
    /// 为一个单位的节点签发，只能用一次 · for one node of one unit, used once
    Create(TokenCreate),
}

/// `token create`.
#[derive(Args, Debug)]
pub struct TokenCreate {
    /// 哪个单位 · for which unit
    #[arg(long)]
    pub unit: String,
    /// 对方连接本节点的地址 · where the new node reaches this one
    #[arg(long, value_name = "ADDRESS:PORT")]
    pub address: SocketAddr,
    /// 有效小时数 · hours it may be used
    #[arg(long, default_value = "72", value_name = "HOURS", value_parser = clap::value_parser!(u32).range(1..=8760))]
    pub valid_hours: u32,
    /// 写到文件，默认显示 · write it to a file instead of showing it
    #[arg(long, value_name = "FILE")]
    pub out: Option<PathBuf>,
}

/// `join`.
#[derive(Args, Debug)]
pub struct Join {
    /// 入网凭证文件 · file with the token
    #[arg(long, value_name = "FILE|-")]
    pub token_file: PathBuf,
}

/// `run`.
#[derive(Args, Debug)]
pub struct Run {
    /// 监听地址（UDP） · UDP address to listen on
    #[arg(long, value_name = "ADDRESS:PORT")]
    pub listen: Option<SocketAddr>,
}

/// `pages …`.
#[derive(Subcommand, Debug)]
pub enum PagesVerb {
    /// 建立本县的签发机构，供办公电脑信任 · found the county's authority, which office computers are told to trust
    Authority(PagesAuthority),
    /// 为一个节点的页面签发证书 · issue a certificate for the pages of one node
    Certificate(PagesCertificate),
}

/// `pages authority`.
#[derive(Args, Debug)]
pub struct PagesAuthority {
    /// 除内网地址外还可签发的网段或域名，可多次给出 · also within these addresses or names; may be given again
    #[arg(long, value_name = "RANGE|NAME")]
    pub within: Vec<String>,
    /// 写到哪个新文件：证书 .pem，私钥 .key · new files: the certificate .pem, its key .key
    #[arg(long, value_name = "NAME", default_value = "authority")]
    pub out: PathBuf,
}

/// `pages certificate`.
#[derive(Args, Debug)]
pub struct PagesCertificate {
    /// 浏览器里输入的地址或主机名，可多次给出 · what people type into the browser; may be given again
    #[arg(long, value_name = "ADDRESS|NAME", required = true)]
    pub host: Vec<String>,
    /// 签发机构的文件，不带后缀 · the authority's files, without their endings
    #[arg(long, value_name = "NAME", default_value = "authority")]
    pub authority: PathBuf,
    /// 写到哪个新文件：证书 .pem，私钥 .key · new files: the certificate .pem, its key .key
    #[arg(long, value_name = "NAME", default_value = "pages")]
    pub out: PathBuf,
}

/// `sync …`.
#[derive(Subcommand, Debug, Clone, Copy, PartialEq, Eq)]
pub enum SyncVerb {
    /// 立即连接上级 · dial the node above at once
    Now,
    /// 连接与上报情况 · links, and what is held above
    Status,
}

/// `demo`.
#[derive(Args, Debug, Clone)]
pub struct Demo {
    /// 合并完成后结束 · end after everything has converged
    #[arg(long)]
    pub once: bool,
    /// 用这份单位名册代替内置的县 · run the county of this CSV file
    #[arg(long, value_name = "FILE")]
    pub units: Option<PathBuf>,
    /// 数据留在此目录 · keep the data here instead of a temporary folder
    #[arg(long, value_name = "DIR")]
    pub dir: Option<PathBuf>,
    /// 随机种子 · seed of everything random
    #[arg(long, value_name = "N")]
    pub seed: Option<u64>,
}

/// A command line that asks for nothing we can do: what to print, where, and the exit code.
#[derive(Debug, PartialEq, Eq)]
pub struct NotAsked {
    /// Help, the version, or what is wrong.
    pub text: String,
    /// Whether it is the answer to a question, and so belongs on standard output.
    pub is_answer: bool,
}

/// Reads a command line.
///
/// # Errors
///
/// [`NotAsked`], also for `--help` and `--version`.
pub fn parse(line: impl IntoIterator<Item = OsString>) -> Result<Asked, NotAsked> {
    let line: Vec<OsString> = line.into_iter().collect();
    let matches = grammar().try_get_matches_from(&line);
    let asked = matches.and_then(|matches| Asked::from_arg_matches(&matches));
    asked.map_err(|error| not_asked(&error, language_of(&line)))
}

/// The completions of a shell.
#[must_use]
pub fn completions(shell: clap_complete::Shell) -> Vec<u8> {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut grammar(), "fangwei", &mut script);
    script
}

/// The environment variables of all flags.
#[must_use]
pub fn variables() -> Vec<String> {
    fn collect(command: &clap::Command, names: &mut std::collections::BTreeSet<String>) {
        names.extend(command.get_arguments().filter_map(|arg| Some(arg.get_env()?.to_str()?.to_owned())));
        command.get_subcommands().for_each(|sub| collect(sub, names));
    }
    let mut names = std::collections::BTreeSet::new();
    collect(&grammar(), &mut names);
    names.into_iter().collect()
}

/// The folder and the configuration an installed node has, where nothing else is said.
#[must_use]
pub fn installed() -> (PathBuf, PathBuf) {
    (DATA_DIR.into(), CONFIG_FILE.into())
}

fn grammar() -> clap::Command {
    adorned(Asked::command(), 0)
}

/// Headings in both languages, and an environment variable for every flag.
fn adorned(command: clap::Command, depth: usize) -> clap::Command {
    let command = command
        .help_template(TEMPLATE)
        .subcommand_help_heading("命令 Commands")
        .subcommand_value_name("命令 COMMAND")
        .disable_help_subcommand(true)
        .mut_args(|arg| {
            let Some(long) = arg.get_long() else { return arg.help_heading("参数 Arguments") };
            if ["help", "version"].contains(&long) {
                return arg.help_heading("通用 Everywhere");
            }
            let variable = format!("FANGWEI_{}", long.to_uppercase().replace('-', "_"));
            let heading = if arg.is_global_set() { "通用 Everywhere" } else { "选项 Options" };
            let is_flag = matches!(arg.get_action(), clap::ArgAction::SetTrue);
            let arg = arg.help_heading(heading).env(variable).hide_env(true);
            if is_flag { arg.value_parser(BoolishValueParser::new()) } else { arg }
        });
    if depth == 2 { command } else { command.mut_subcommands(|sub| adorned(sub, depth + 1)) }
}

/// The language asked for, on a line that cannot be read as a whole.
fn language_of(line: &[OsString]) -> Lang {
    let said = line.windows(2).find_map(|pair| match pair {
        [flag, value] if flag == "--lang" => Some(value.clone()),
        _ => None,
    });
    let joined = line.iter().find_map(|word| word.to_str()?.strip_prefix("--lang=").map(OsString::from));
    let said = said.or(joined).or_else(|| std::env::var_os("FANGWEI_LANG"));
    said.and_then(|tag| Lang::from_tag(tag.to_str()?)).unwrap_or_default()
}

fn not_asked(error: &clap::Error, lang: Lang) -> NotAsked {
    let mut rendered = error.render().to_string();
    if !rendered.ends_with('\n') {
        rendered.push('\n');
    }
    if matches!(error.kind(), ErrorKind::DisplayHelp | ErrorKind::DisplayVersion) {
        return NotAsked { text: rendered, is_answer: true };
    }
    if matches!(error.kind(), ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand | ErrorKind::MissingSubcommand) {
        return NotAsked { text: rendered, is_answer: false };
    }
    let context = |kind| error.get(kind).map(ToString::to_string).unwrap_or_default();
    let (named, value) = (context(ContextKind::InvalidArg), context(ContextKind::InvalidValue));
    let words = Words::new(lang);
    let what = match error.kind() {
        ErrorKind::MissingRequiredArgument => words.say("args-missing", &[("named", (&named).into())]),
        ErrorKind::UnknownArgument => words.say("args-unknown", &[("named", (&named).into())]),
        ErrorKind::InvalidSubcommand => {
            words.say("args-no-verb", &[("named", context(ContextKind::InvalidSubcommand).into())])
        }
        ErrorKind::InvalidValue if value.is_empty() => words.say("args-no-value", &[("named", (&named).into())]),
        ErrorKind::InvalidValue | ErrorKind::ValueValidation => {
            words.say("args-value", &[("named", (&named).into()), ("value", (&value).into())])
        }
        ErrorKind::ArgumentConflict => {
            let other = context(ContextKind::PriorArg);
            words.say("args-conflict", &[("named", (&named).into()), ("other", other.into())])
        }
        _ => words.say("args-other", &[("detail", rendered.lines().next().unwrap_or_default().into())]),
    };
    let mut hints = Vec::new();
    let suggested = [ContextKind::SuggestedSubcommand, ContextKind::SuggestedArg];
    for suggestion in suggested.into_iter().filter_map(|kind| error.get(kind)) {
        hints.push(words.say("args-suggest", &[("suggestion", suggestion.to_string().into())]));
    }
    let listed = context(ContextKind::ValidValue);
    let range = std::error::Error::source(error).map(ToString::to_string).unwrap_or_default();
    let range = range.rsplit_once(" is not in ").map(|(_, range)| range.replace("..=", "–")).unwrap_or_default();
    for valid in [listed, range].into_iter().filter(|valid| !valid.is_empty()) {
        hints.push(words.say("args-valid", &[("values", valid.into())]));
    }
    hints.push(words.say("args-help", &[]));
    let mut text = words.say("error", &[("what", what.into())]);
    for hint in hints {
        text.push('\n');
        text.push_str(&words.say("hint", &[("what", hint.into())]));
    }
    text.push('\n');
    NotAsked { text, is_answer: false }
}
