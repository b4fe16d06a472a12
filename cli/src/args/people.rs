//! The grammar of officers, nodes and what they may do.

use std::path::PathBuf;

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
const ROLES: [&str; 9] = [
    "reporter",
    "invited_reporter",
    "post_holder",
    "analyst",
    "discipline_lead",
    "secretary",
    "party_committee",
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
  secretary         纪委书记            party_committee   党委(党组)";
