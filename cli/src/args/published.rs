//! What a county publishes as its rules: policy packs and years of the calendar.

use std::path::PathBuf;

use clap::Subcommand;

/// `pack …`. A pack is a file or the id of one that ships: `township`, `bureau`.
#[derive(Subcommand, Debug)]
pub enum PackVerb {
    /// 显示内容，可另存修改 · show it, to be copied and edited
    Show {
        /// 文件，或 township、bureau · a file, or `township`, `bureau`
        #[arg(value_name = "PACK|-")]
        pack: PathBuf,
    },
    /// 检查是否自洽 · check that it makes sense
    Check {
        /// 文件，或 township、bureau · a file, or `township`, `bureau`
        #[arg(value_name = "PACK|-")]
        pack: PathBuf,
    },
    /// 比较两个版本 · what changed between two
    Diff {
        /// 改前 · before
        #[arg(value_name = "BEFORE")]
        before: PathBuf,
        /// 改后 · after
        #[arg(value_name = "AFTER|-")]
        after: PathBuf,
    },
    /// 公布，适用于一个单位及其下级（纪委书记） · publish for a unit and those below, by a secretary
    Publish {
        /// 文件，或 township、bureau · a file, or `township`, `bureau`
        #[arg(value_name = "PACK|-")]
        pack: PathBuf,
        /// 适用单位 · the unit it is for
        #[arg(long)]
        unit: String,
        /// 只检查，不写入 · check only, write nothing
        #[arg(long)]
        dry_run: bool,
    },
}

/// `calendar …`.
#[derive(Subcommand, Debug)]
pub enum CalendarVerb {
    /// 显示各年版本，或一年的节假日和调休 · the years, or one year's holidays and make-up days
    Show {
        /// 年份 · which year
        #[arg(value_name = "YEAR")]
        year: Option<u16>,
        /// 以 TOML 输出，可另存修改 · as TOML, to be copied and edited
        #[arg(long, requires = "year")]
        toml: bool,
    },
    /// 检查一年的数据 · check a year's data
    Check {
        /// 文件 · the file
        #[arg(value_name = "TOML|-")]
        file: PathBuf,
    },
    /// 公布一年，适用于全县（县纪委书记或管理员） · publish a year for the whole tree, by the root's secretary or administrator
    Publish {
        /// 文件 · the file
        #[arg(value_name = "TOML|-")]
        file: PathBuf,
        /// 只检查，不写入 · check only, write nothing
        #[arg(long)]
        dry_run: bool,
    },
    /// 计算期限届满日并说明理由 · when a term ends, and why
    Due {
        /// 起算日，当日不计入 · the day it starts on, which is not counted
        #[arg(long, value_name = "2026-11-22")]
        from: String,
        /// 期限：7wd 工作日，1w 周，1m 月 · how long: working days, weeks, months
        #[arg(long, value_name = "7wd|1w|1m")]
        term: String,
    },
}
