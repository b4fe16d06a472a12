//! The grammar of officers, nodes and what they may do.

use std::{net::SocketAddr, path::PathBuf};

use clap::{Args, Subcommand};

/// `officer …`.
#[derive(Subcommand, Debug)]
pub enum OfficerVerb {
    /// 登记人员并签发证书 · certify an officer
    Add(OfficerAdd),
    /// 会签（纪委书记） · endorse, by a secretary
    Endorse {
        /// 人员编号或姓名 · id or name
        id: String,
    },
    /// 列出 · list
    List(OfficerList),
    /// 详情 · details
    Show {
        /// 人员编号或姓名 · id or name
        id: String,
    },
    /// 在本人机器上生成密钥和证书申请 · make a key and a request for its certificate, on the officer's own machine
    Request(OfficerRequest),
    /// 按申请签发证书（管理员） · grant a request, by an administrator
    Grant(Grant),
    /// 凭签发书启用密钥 · complete the key with the grant
    Accept(OfficerAccept),
    /// 换发密钥和证书 · another key for the same officer
    Rotate(OfficerRotate),
    /// 吊销证书 · revoke a certificate
    Revoke(Revoke),
    /// 取消某人的手机验证码（管理员；手机丢失时） · take an officer's second factor away, by an administrator
    ResetSecondFactor {
        /// 人员编号或姓名 · id or name
        id: String,
    },
    /// 把封存的密钥文件放入本节点 · put a sealed key file into this node
    Import {
        /// `officer add --out` 写出的文件 · the file `officer add --out` wrote
        #[arg(value_name = "FILE|-")]
        file: PathBuf,
    },
}

/// `officer list`.
#[derive(Args, Debug)]
pub struct OfficerList {
    /// 只列该单位及其下级 · only this unit and those below
    #[arg(long, value_name = "UNIT")]
    pub unit: Option<String>,
    /// 只列待会签的 · only those that await an endorsement
    #[arg(long)]
    pub pending: bool,
}

/// `access …`.
#[derive(Subcommand, Debug)]
pub enum AccessVerb {
    /// 新建，只显示一次 · make one, which is shown once
    Create(AccessCreate),
    /// 列出 · list
    List,
    /// 收回 · take one back
    End {
        /// 令牌编号 · its id
        id: String,
    },
}

/// `access create`.
#[derive(Args, Debug)]
pub struct AccessCreate {
    /// 名称，如使用它的系统 · what it is called, as the system that uses it
    #[arg(long)]
    pub label: String,
    /// 范围，可多次给出：read 查询，report 报送，work 办理，administer 管理 · for how much it is, may be given again
    #[arg(long, value_name = "SCOPE", required = true)]
    pub scope: Vec<String>,
    /// 有效天数，至多 366 · days it is valid, 366 at most
    #[arg(long, default_value = "90", value_name = "DAYS", value_parser = clap::value_parser!(u32).range(1..=366))]
    pub days: u32,
    /// 写到文件，默认显示 · write it to a file instead of showing it
    #[arg(long, value_name = "FILE")]
    pub out: Option<PathBuf>,
}

/// `node …`.
#[derive(Subcommand, Debug)]
pub enum NodeVerb {
    /// 列出 · list
    List(NodeList),
    /// 详情 · details
    Show {
        /// 证书编号或单位 · id or unit; this node if not given
        id: Option<String>,
    },
    /// 在新机器上生成密钥和证书申请 · make a key and a request for its certificate, on the new machine
    Request(NodeRequest),
    /// 按申请签发证书（管理员） · grant a request, by an administrator
    Grant(NodeGrant),
    /// 吊销节点证书或入网凭证 · revoke a node's certificate or a join token
    Revoke(Revoke),
    /// 凭签发书建立节点 · make the node with the grant
    Accept {
        /// 签发书 · the grant
        #[arg(value_name = "FILE.fwgrant")]
        grant: PathBuf,
    },
}

/// `officer revoke` and `node revoke`.
#[derive(Args, Debug)]
pub struct Revoke {
    /// 编号或姓名，节点可写单位 · id or name; of a node its unit too
    pub id: String,
    /// 原因 · superseded, lost, stolen, left (office), mistaken, retired (node)
    #[arg(long, value_name = "REASON", value_parser = REASONS)]
    pub reason: String,
    /// 哪些已写的内容仍然有效；换发、离任、停用默认 all，其余默认 none · what stands all the same
    #[arg(long, value_name = "all|none|FIRST..LAST")]
    pub stand: Vec<String>,
    /// 截至该条目（含）仍然有效，每个序列一条 · what stands up to this entry, one for each feed
    #[arg(long, value_name = "ENTRY")]
    pub until: Vec<String>,
    /// 不再询问 · do not ask again
    #[arg(long)]
    pub yes: bool,
}

/// Why a certificate is revoked, as people write it.
const REASONS: [&str; 6] = ["superseded", "lost", "stolen", "left", "mistaken", "retired"];

/// `stand`.
#[derive(Args, Debug)]
pub struct Stand {
    /// 被吊销证书的编号或姓名；只写它则列出被划去的条目 · whose certificate; alone it lists what is struck
    pub id: String,
    /// 追认全部 · all of it
    #[arg(long)]
    pub all: bool,
    /// 追认一段 · one stretch
    #[arg(long, value_name = "FIRST..LAST")]
    pub stretch: Vec<String>,
    /// 追认到该条目（含） · up to this entry, one for each feed
    #[arg(long, value_name = "ENTRY")]
    pub until: Vec<String>,
    /// 不再询问 · do not ask again
    #[arg(long)]
    pub yes: bool,
}

/// `redact`.
#[derive(Args, Debug)]
pub struct Redact {
    /// 条目编号，见 show 的历次记录 · the entry, as `show` has it in a history
    #[arg(required_unless_present = "pending")]
    pub entry: Option<String>,
    /// 依据：法条或决定的名称、文号，会一直保留 · what law or decision it rests on; it stays
    #[arg(long, value_name = "TEXT", required_unless_present = "pending")]
    pub basis: Option<String>,
    /// 要遮盖的词语，可以写多次 · words to be taken out wherever they stand in it; may be repeated
    #[arg(long, value_name = "TEXT", required_unless_present_any = ["words_file", "all", "pending"])]
    pub words: Vec<String>,
    /// 从文件读取词语，每行一个 · the same from a file, one a line
    #[arg(long, value_name = "FILE|-")]
    pub words_file: Option<PathBuf>,
    /// 遮盖全部内容 · everything that can be taken out
    #[arg(long, conflicts_with_all = ["words", "words_file"])]
    pub all: bool,
    /// 列出待会签的遮盖 · list those that wait for somebody else
    #[arg(long, conflicts_with_all = ["entry", "basis", "words", "words_file", "all"])]
    pub pending: bool,
    /// 不再询问 · do not ask again
    #[arg(long)]
    pub yes: bool,
}

/// `officer rotate`.
#[derive(Args, Debug)]
pub struct OfficerRotate {
    /// 人员编号或姓名 · id or name
    pub id: String,
    /// 新密钥的口令文件 · file with the new key's passphrase
    #[arg(long, value_name = "FILE|-")]
    pub new_passphrase_file: PathBuf,
    /// 密钥封存到文件，带到其本单位 · seal the key into a file for the officer's own node
    #[arg(long, value_name = "FILE")]
    pub out: Option<PathBuf>,
}

/// `root …`.
#[derive(Subcommand, Debug)]
pub enum RootVerb {
    /// 在保管人的机器上生成根密钥 · make a root key, on its holder's machine
    New {
        /// 封存的根密钥写到哪里 · where the sealed key goes
        #[arg(long, value_name = "FILE.fwkey")]
        out: PathBuf,
        /// 公钥写到哪里，默认在旁边 · where the public half goes; beside it if not given
        #[arg(long, value_name = "FILE.fwpub")]
        public_out: Option<PathBuf>,
        /// 新密钥的口令文件 · file with the new key's passphrase
        #[arg(long, value_name = "FILE|-")]
        new_passphrase_file: Option<PathBuf>,
    },
    /// 在保管人的机器上签署创世书或签署单 · sign a genesis or a sheet, on the holder's machine
    Sign {
        /// 创世书或签署单 · genesis or sheet
        #[arg(value_name = "FILE")]
        file: PathBuf,
        /// 封存的根密钥 · the sealed root key
        #[arg(long, value_name = "FILE.fwkey", alias = "key")]
        key_file: PathBuf,
        /// 不再询问 · do not ask again
        #[arg(long)]
        yes: bool,
    },
    /// 把签署过的文件交回节点 · bring what was signed back to the node
    Submit {
        /// 创世书或签署单 · genesis or sheet
        #[arg(value_name = "FILE", required = true)]
        files: Vec<PathBuf>,
    },
    /// 现有的根密钥与待签事项 · the keys, and what waits for signatures
    Show,
    /// 为已有的根行为起草签署单 · a sheet for an act that is here
    Endorse {
        /// 条目编号 · the entry
        entry: String,
        /// 签署单写到哪里 · where the sheet goes
        #[arg(long, value_name = "FILE.fwsheet")]
        out: PathBuf,
    },
    /// 起草更换根密钥的签署单 · a sheet that hands the root over
    Replace {
        /// 新的根，如 2-of-3 · the new root, as 2-of-3
        #[arg(long, value_name = "K-of-N")]
        root_keys: String,
        /// 新根密钥的公钥文件 · public halves of the new keys
        #[arg(long, value_name = "FILE.fwpub", required = true)]
        root_key: Vec<PathBuf>,
        /// 签署单写到哪里 · where the sheet goes
        #[arg(long, value_name = "FILE.fwsheet")]
        out: PathBuf,
    },
    /// 起草指定见证的签署单 · a sheet that names who cosigns the county's checkpoints
    Witnesses(RootWitnesses),
    /// 起草由根签发证书的签署单 · a sheet that grants a request
    Certify(Grant),
    /// 起草由根吊销证书的签署单 · a sheet that revokes a certificate
    Revoke(RootRevoke),
}

/// `root witnesses`.
#[derive(Args, Debug)]
pub struct RootWitnesses {
    /// 至少几家见证；不要见证写 0 · how many must cosign; 0 ends it
    #[arg(long, value_name = "K")]
    pub threshold: u8,
    /// 见证单位和节点公钥，县外的加 :outside · a witness and its node's public key
    #[arg(long, value_name = "NAME:KEY[:outside]")]
    pub member: Vec<String>,
    /// 签署单写到哪里 · where the sheet goes
    #[arg(long, value_name = "FILE.fwsheet")]
    pub out: PathBuf,
}

/// `root revoke`.
#[derive(Args, Debug)]
pub struct RootRevoke {
    /// What revoking takes anyway.
    #[command(flatten)]
    pub revoke: Revoke,
    /// 签署单写到哪里 · where the sheet goes
    #[arg(long, value_name = "FILE.fwsheet")]
    pub out: PathBuf,
}

/// `officer request`.
#[derive(Args, Debug)]
#[command(after_help = ROLES_HELP)]
pub struct OfficerRequest {
    /// 单位 · unit
    #[arg(long)]
    pub unit: String,
    /// 角色，见下 · role, see below
    #[arg(long, value_name = "ROLE", value_parser = ROLES, hide_possible_values = true)]
    pub profile: String,
    /// 姓名 · name
    #[arg(long)]
    pub name: String,
    /// 已有证书的持有人编号，换发时用 · holder who has a certificate already
    #[arg(long, value_name = "HOLDER")]
    pub holder: Option<String>,
    /// 密钥放在哪里 · where the key will be kept
    #[arg(long, value_name = "node|device|token", value_parser = ["node", "device", "token"], default_value = "node", hide_possible_values = true)]
    pub custody: String,
    /// 创世指纹，默认取本机节点的 · genesis; that of the node here if not given
    #[arg(long, value_name = "FINGERPRINT")]
    pub genesis: Option<String>,
    /// 申请写到哪里 · where the request goes
    #[arg(long, value_name = "FILE.fwrequest")]
    pub out: PathBuf,
    /// 封存的密钥写到哪里，默认在申请旁 · where the sealed key goes; beside the request if not given
    #[arg(long, value_name = "FILE.fwkey")]
    pub key_out: Option<PathBuf>,
    /// 新密钥的口令文件 · file with the new key's passphrase
    #[arg(long, value_name = "FILE|-")]
    pub new_passphrase_file: Option<PathBuf>,
}

/// `officer grant`.
#[derive(Args, Debug)]
pub struct Grant {
    /// 申请 · the request
    #[arg(value_name = "FILE.fwrequest|-")]
    pub request: PathBuf,
    /// 签发书写到哪里 · where the grant goes
    #[arg(long, value_name = "FILE.fwgrant")]
    pub out: PathBuf,
    /// 有效天数，默认按角色 · days it is valid; the profile's if not given
    #[arg(long, value_name = "DAYS", value_parser = clap::value_parser!(u32).range(1..=3650))]
    pub valid_days: Option<u32>,
    /// 不再询问 · do not ask again
    #[arg(long)]
    pub yes: bool,
}

/// `officer accept`.
#[derive(Args, Debug)]
pub struct OfficerAccept {
    /// 签发书 · the grant
    #[arg(value_name = "FILE.fwgrant")]
    pub grant: PathBuf,
    /// 申请时封存的密钥，默认在签发书旁 · the key sealed with the request; beside the grant if not given
    #[arg(long, value_name = "FILE.fwkey", alias = "key")]
    pub key_file: Option<PathBuf>,
    /// 密钥写到文件，默认放入本节点 · write the key to a file instead of putting it into this node
    #[arg(long, value_name = "FILE.fwkey")]
    pub out: Option<PathBuf>,
}

/// `node request`.
#[derive(Args, Debug)]
pub struct NodeRequest {
    /// 单位 · unit
    #[arg(long)]
    pub unit: String,
    /// 创世指纹 · genesis
    #[arg(long, value_name = "FINGERPRINT")]
    pub genesis: String,
    /// 申请写到哪里 · where the request goes
    #[arg(long, value_name = "FILE.fwrequest")]
    pub out: PathBuf,
}

/// `node grant`.
#[derive(Args, Debug)]
pub struct NodeGrant {
    /// What granting takes anyway.
    #[command(flatten)]
    pub grant: Grant,
    /// 对方连接本节点的地址 · where the new node reaches this one
    #[arg(long, value_name = "ADDRESS:PORT")]
    pub address: Option<SocketAddr>,
}

/// `node list`.
#[derive(Args, Debug)]
pub struct NodeList {
    /// 只列该单位及其下级 · only this unit and those below
    #[arg(long, value_name = "UNIT")]
    pub unit: Option<String>,
    /// 连同入网凭证 · join tokens too
    #[arg(long)]
    pub tokens: bool,
}

/// `explain …`.
#[derive(Subcommand, Debug, Clone, Copy, PartialEq, Eq)]
pub enum ExplainVerb {
    /// 谁在何处可以办什么 · who may do what where
    Authority,
}

/// `officer add`.
#[derive(Args, Debug)]
#[command(after_help = ROLES_HELP)]
pub struct OfficerAdd {
    /// 单位，默认本单位 · unit; the node's own if not given
    #[arg(long)]
    pub unit: Option<String>,
    /// 角色，见下 · role, see below
    #[arg(long, value_name = "ROLE", value_parser = ROLES, hide_possible_values = true)]
    pub role: String,
    /// 姓名 · name
    #[arg(long)]
    pub name: String,
    /// 该人员的口令文件 · file with the new officer's passphrase
    #[arg(long, value_name = "FILE|-")]
    pub new_passphrase_file: PathBuf,
    /// 密钥封存到文件，带到其本单位 · seal the key into a file for the officer's own node
    #[arg(long, value_name = "FILE")]
    pub out: Option<PathBuf>,
}

/// Roles an administrator may pick.
const ROLES: [&str; 10] = [
    "reporter",
    "invited_reporter",
    "post_holder",
    "analyst",
    "discipline_lead",
    "secretary",
    "party_committee",
    "leading_group",
    "auditor",
    "administrator",
];

const ROLES_HELP: &str = "\
角色 Roles:
  reporter          预警信息员          invited_reporter  特邀预警信息员
  post_holder       岗位人员            auditor           审计员
  administrator     系统管理员
  以下还要纪委书记会签 · a secretary endorses these:
  analyst           预警中心工作员      discipline_lead   纪委分管领导
  secretary         纪委书记            party_committee   党委(党组)
  leading_group     领导小组";
