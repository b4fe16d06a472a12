# 命令行对人说的话。键与 en.ftl 一一对应，由测试检查。

error = 错误：{ $what }
hint = 提示：{ $what }
row = 　第 { $line } 行：{ $what }

# 命令写法
args-missing = 缺少 { $named }
args-unknown = 没有 { $named } 这个参数
args-no-verb = 没有 { $named } 这个命令
args-no-value = { $named } 后面要给一个值
args-value = { $named } 不能是“{ $value }”
args-conflict = { $named } 与 { $other } 不能同时给出
args-other = 命令写法有误：{ $detail }
args-suggest = 是不是要写 { $suggestion }
args-valid = 可以是：{ $values }
args-help = 加 --help 查看用法

# 输入
stdin-twice = 标准输入只能用一次，`-` 写了两处
stdin-twice-hint = 其中一处改用文件
input-long = { $path } 超过 { $mib } MiB
not-utf8 = { $path } 第 { $line } 行不是 UTF-8 编码
not-utf8-hint = 请用“另存为”选择 UTF-8 编码（GBK、GB18030 文件不能导入）
passphrase-empty = { $path } 里没有口令
file-absent = 没有 { $path } 这个文件
file-denied = 无权读 { $path }
unreadable = 读不了 { $path }：{ $cause }
no-passphrase = 签名需要口令
no-passphrase-hint = 用 --passphrase-file 给出口令文件，`-` 表示从标准输入读取
prompt-passphrase = { $officer } 的口令：
output = 写不了标准输出：{ $cause }
file-exists = { $path } 已经存在
file-exists-hint = 不会覆盖它；换一个文件名，或先把它移走
bad-state = { $path } 不是 audit check 的记录文件：{ $cause }
bad-state-hint = 把它移走，就会全部重新查验
bad-id = “{ $id }”不是编号
bad-id-hint = 编号由 0-9、a-f 组成，可只写开头几位；用 list 查看
bad-unit = “{ $unit }”不是单位
bad-unit-hint = 写单位路径（如 370126.105.201）或本县的十二位区划代码
bad-number = 没有第 { $number } 条
bad-amount = “{ $amount }”不是金额
bad-time = “{ $time }”不是日期或时间
bad-time-hint = 写成 2026-11-03 或 2026-11-03T09:30
bad-root = “{ $root }”不能作根单位
bad-root-hint = 县写六位区划代码，如 370126
bad-name = “{ $name }”不能作名称

# 配置
bad-config = 配置文件 { $path } 第 { $line } 行有误：{ $named }：{ $cause }
no-address = 查不到上级 { $address } 的地址：{ $cause }
no-address-hint = 检查配置里的 upstream，或改写成 IP 地址
bad-config-hint = 全部配置项见 deploy/fangwei.toml

# 节点
no-node = { $path } 里还没有节点
no-node-hint = 县级用 fangwei init 新建，其他单位用 fangwei join 入网；数据目录用 --data 指定
node-exists = { $path } 里已经有节点
node-exists-hint = 不会动它；换一个数据目录
key-exposed = { $path } 的权限是 { $mode }，别人也能读
key-exposed-hint = chmod 600 { $path }
disk = 用不了 { $path }：{ $cause }
disk-full = 磁盘没有空间了：{ $path }
disk-full-hint = 已保存的内容没有损失；腾出空间后再试
damaged = { $path } 已损坏：{ $cause }
bad-genesis = 创世书不对：{ $cause }
store-locked = { $path } 正被另一个进程使用
store-locked-hint = 节点可能正在启动，或套接字在别处：用 --socket 或 --config 指定
store-failed = 数据存储出了故障：{ $cause }
net-failed = 网络出了故障：{ $cause }
net-failed-hint = 检查监听地址是否已被占用
socket-denied = 无权使用 { $path }
socket-denied-hint = 以运行节点的用户执行，或加入它的用户组
socket-taken = 节点已经在运行：{ $path }
socket-taken-hint = 一个数据目录只能运行一个节点
no-answer = 节点没有答复：{ $cause }
no-answer-hint = 用 fangwei status 查看节点是否还在运行
odd-answer = 节点的答复看不懂：{ $cause }
not-written = 没有写入：{ $cause }

# 签名
no-signer = 本节点没有任何人员的密钥
no-signer-hint = 由管理员用 officer add 登记，再用 officer import 放入本节点
who-signs = 本节点有几位人员的密钥，要说明由谁签名
who-signs-hint = 用 --as 指定：{ $names }

# 入网
bad-token = 不是入网凭证，或者不完整
bad-token-hint = 入网凭证以 FW1- 开头，要整段给出
token-expired = 入网凭证在 { $ended } 已到期，本机时间是 { $now }
token-expired-hint = 核对本机时间，或请上级重新签发
no-parent = 连不上上级 { $address }：{ $cause }
no-parent-hint = 上级节点要在运行，UDP 端口要通；凭证还能再用，再试一次即可
parent-inert = 上级的创世书尚未生效：签署的根密钥不够
parent-inert-hint = 先完成新建：在根单位的节点上执行 fangwei root show
parent-late = { $seconds } 秒内没有从上级拿到证书：{ $cause }
joining = 正在连接上级 { $address }，为 { $unit } 入网
joined =
    已入网：{ $unit }
    组织树：{ $tree }
    创世指纹：{ $genesis }
joined-hint = 与上级核对创世指纹；用 fangwei run 运行节点
token-created = 已签发入网凭证：{ $unit }，{ $ends } 前有效，只能用一次
token-hint = 凭证是秘密：当面交给该单位，不要转发

# 新建
init-done =
    已新建：{ $name }（{ $root }）
    创世指纹：{ $genesis }
    根密钥：{ $root_key }
init-officers = 首任人员：{ $administrator }（系统管理员）、{ $secretary }（纪委书记）
init-hint-root = 把根密钥文件移到离线介质上，两人共管，不要留在任何节点上
init-hint-genesis = 把创世指纹抄在纸上：任何人凭它就能查验整个库
init-hint-next = 下一步：fangwei unit import 导入单位，fangwei run 运行节点
no-founder-passphrase = 缺少首任人员的口令
no-founder-passphrase-hint = 用 --passphrase-file，或分别用 --administrator-passphrase-file 和 --secretary-passphrase-file
weak-passphrase = 口令太短，至少 { $min } 个字符
root-key-inside = 根密钥不能放在数据目录里
root-key-inside-hint = 用 --root-key-out 写到别处，最好是移动介质

# 运行
run-listening = { $unit } 正在运行
run-place =
    监听：{ $listen }
    套接字：{ $socket }
    节点公钥：{ $key }
run-upstream = 上级：{ $upstream }
run-no-upstream = 上级：无
run-stopping = 正在停止
run-stopped = 已停止
bad-log = 日志规则有误：{ $cause }
progress-replay = 正在读取流水日志 { $percent }%（{ $done }/{ $total } 字节）
progress-verify = 正在查验 { $percent }%（{ $done }/{ $total } 条）

# 单位
csv-empty = { $path } 里没有一行单位
csv-unreadable = { $path } 第 { $line } 行读不懂：{ $cause }
csv-columns = { $path } 的列不对：{ $found }
csv-columns-hint = 第一行应是 code,name,level
csv-bad-rows = { $path } 有 { $count } 行有误，一行也没有导入
csv-cells = 有 { $found } 列，应有 { $wanted } 列
csv-more-hint = 还有 { $more } 行有误
units-would = 可以导入：新增 { $added }，改名 { $renamed }，不变 { $unchanged }（没有写入）
units-imported = 已导入：新增 { $added }，改名 { $renamed }，不变 { $unchanged }（{ $entries } 条记录）
units-none = 还没有单位
units-none-hint = 用 fangwei unit import 导入，或等待与上级同步
level-province = 省
level-prefecture = 市
level-county = 县
level-town = 乡镇
level-village = 村
level-department = 部门

# 人员
officer-added = 已登记：{ $name }，{ $roles }，{ $unit }
officer-carry-hint = 把 { $path } 带到其单位的节点，用 fangwei officer import 放入
officer-endorse-hint = 还要纪委书记会签才能生效（{ $who }）：fangwei endorse { $id }
officer-imported = 密钥已放入本节点：{ $name }
officer-founder = 创世书
officer-several = 叫“{ $given }”的不止一位
officer-unknown = 没有“{ $given }”这位人员
officer-list-hint = 用 fangwei officer list 查看编号
officer-awaits = 待会签
officer-incomplete = 证书不完备
officer-key-here = 有效，密钥在本节点
officer-valid = 有效
officer-endorser-unknown = 本节点不知道哪位书记可以会签
officer-may-issue = { $roles }（向下 { $levels } 级）
officer-charter-up = 本单位及上级保存
officer-charter-down = 本单位、上级及下级保存
officer-key-is-here = 在本节点
officer-key-elsewhere = 不在本节点
officers-none = 这里没有人员证书
officers-none-pending = 没有待会签的证书

# 节点证书
node-token = 入网凭证
node-this = 本节点
node-connected = 已连接
node-several = “{ $given }”的节点不止一个
node-unknown = 没有“{ $given }”这个节点
node-list-hint = 用 fangwei node list --tokens 查看编号

# 申请与签发
request-made = 申请：{ $path }
request-key = 封存的密钥：{ $path }
request-hint = 把申请带给管理员，并当面核对公钥：{ $key }；密钥留在本机
request-pending = { $path } 已经存在：这个目录正在等待签发
request-pending-hint = 把该申请带给管理员；要重新开始，就移走它和旁边的密钥
request-absent = { $path } 里没有提出过申请
request-absent-hint = 先在本机执行 fangwei node request --data 目录
granted = 已签发：{ $name }，签发书在 { $path }
granted-again = 此前已经签发：{ $name }，同一份签发书在 { $path }
grant-hint = 带回签发书之前，口头或书面核对公钥
grant-not-a-node = 这是人员的申请
grant-not-an-officer = 这是节点的申请
grant-other-verb-hint = 人员用 officer grant，节点用 node grant
accept-key-hint = { $path } 不再需要，请删除
accept-awaits-hint = 还要纪委书记会签，这份证书才能签名
accept-out-hint = 证书还没有同步到本节点时，用 --out 把密钥存成文件
file-refused = { $path } 不能采用：{ $cause }
file-twice = { $path } 写了两处
passphrase-wrong = { $path } 的口令不对
passphrases-differ = 两次输入的口令不同
prompt-confirm = 继续吗？[y/N]
not-confirmed = 没有做任何事：没有得到确认
not-confirmed-hint = 用 --yes 确认上面所说的
bad-fingerprint = “{ $given }”不是创世指纹
bad-fingerprint-hint = 创世指纹有 64 位；在有节点的机器上用 fangwei status 查看
bad-holder = “{ $given }”不是持有人编号
bad-holder-hint = 持有人编号有 32 位；用 officer show 查看
bad-unit-path-hint = 写单位路径，如 370126.105.201
node-no-upward-hint = 还不知道上级节点：先写入配置，再用 fangwei run 运行
head-days = 有效天数

# 吊销与追认
revoke-would = 将吊销：{ $name }，{ $roles }，{ $unit }（{ $id }）
revoke-strikes = 本节点所存的条目中，{ $struck } 条将被划去，{ $stands } 条仍然有效；以后到达的也一律划去
revoke-falls = 由它签发的 { $count } 份证书随之失效：{ $names }
revoked = 已吊销：{ $name }
revoked-hint = 查看、追认被划去的条目：fangwei stand { $id }
bad-stretch = “{ $given }”不是一段序列
bad-stretch-hint = 写 all、none，或用两个条目编号写成 首条..末条
stand-would = 将追认 { $name } 的：
stood = 已追认，写入 { $count } 条
struck-mark = { $text } 〔{ $count } 条已划去〕
struck-none = 这里没有 { $name } 被划去的条目
struck-count = { $name } 有 { $count } 条被划去
struck-hint = 追认用 --all、--until 条目 或 --stretch 首条..末条：fangwei stand { $id } …
rotated = 已为 { $name } 换发：{ $id }
rotated-hint = 新证书生效后吊销旧证书：fangwei officer revoke { $id } --reason superseded
officer-revoked = 已吊销
officer-fallen = 已失效
shelf-charter = 章程
shelf-case = 预警
shelf-library = 风险库
shelf-unknown = 不明
head-shelf = 档架
head-stands = 有效
head-struck = 划去
head-first = 首条
head-last = 末条
head-revoked = 吊销
head-why = 原因

# 遮盖
head-entry = 条目
head-says = 现在的内容
head-remains = 遮盖以后
head-redacted-by = 提出
head-basis = 依据
redact-for-good = 经另一人会签后，这些内容将从每个节点、每块磁盘上去除，无法恢复
redact-asked = 遮盖 { $id } 已写入，尚未生效
redact-asked-hint = 另一人会签后生效：fangwei endorse { $id }
redact-also-hint = 同一文档的其他条目里也有这些词语，须逐条遮盖：{ $ids }
redact-several = 以“{ $given }”开头的遮盖不止一个
redact-several-hint = 用 fangwei redact --pending 查看
redacted = 条目 { $id } 的内容已去除；其他节点同步后随之去除
redactions-none = 没有待会签的遮盖

# 根
root-new = 根密钥已封存：{ $path }
root-new-carry-hint = 把 { $path } 带给新建组织树的人；密钥本身留在保管人手里
root-new-hint = 每位保管人用 fangwei root new 各生成一把
root-signed = 已签署：{ $need } 份中的 { $have } 份（{ $path }）
root-next-hint = 把 { $path } 带给下一位根密钥保管人
root-back-hint = 把 { $path } 带回节点：fangwei root submit { $path }
root-count = 需要 { $need } 份，已有 { $have } 份
root-submitted = { $deed } { $id }：需要 { $need } 把，已有 { $have } 把同意
root-certified-hint = 生效后，对同一份申请执行 fangwei officer grant（或 node grant）写出签发书
root-signed-already = { $path } 里的密钥已经签署过
root-not-asked = 这里不需要 { $path } 里的密钥签署：{ $key }
root-not-asked-hint = 新密钥要等旧密钥之一签署之后；也可能拿错了密钥
root-keys-count = 需要 { $wanted } 把根密钥，给出了 { $given } 把
bad-k-of-n = “{ $given }”没有说明几把中要几把同意
bad-k-of-n-hint = 演示写 1-of-1，县里写 2-of-3；最多九把
genesis-signed = 创世书需要 { $need } 份签署，已有 { $have } 份
genesis-other = { $path } 是另一棵组织树的创世书：{ $found }
genesis-other-hint = 用 --data 指定被签署的那棵树的数据目录
genesis-in-force-hint = 组织树已经生效：用 fangwei run 运行节点
genesis-inert-hint = 把 { $path } 带给下一位保管人：fangwei root sign genesis.cbor --key-file 文件；再回到这里：fangwei root submit
node-inert = { $path } 里的节点尚未生效：创世书需要 { $need } 把根密钥签署，已有 { $have } 把
node-inert-hint = 还没有签署的：{ $missing }；用 fangwei root show 查看
sheet-made = 签署单：{ $path }
sheet-hint = 每位保管人签署：fangwei root sign { $path } --key-file 文件；再回到这里：fangwei root submit { $path }
head-root = 根
head-root-keys = 根密钥
head-witnesses = 见证
witness-outside = 县行政系统之外
witnesses-inside-hint = 其中没有县行政系统之外的见证；用 名称:公钥:outside 指定一家
bad-member = “{ $given }”没有指明见证
bad-member-hint = 写 名称:公钥 或 名称:公钥:outside；用 fangwei node show 单位 查看节点的公钥
head-pending = 待签
head-founders = 首任人员
head-signatures = 签署

# 已写入
saved = 已保存：{ $what } { $id }
thing-report = 预警信息
thing-risk = 风险点
thing-edit = 修改
thing-case = 预警事项
thing-approval = 批准
thing-paper = 文书
thing-answer = 答复
thing-lifting = 解除
thing-endorsement = 会签
nothing-to-edit = 没有要修改的内容
nothing-to-edit-hint = 用 --level、--description、--add-measure 等说明改什么
saved-here = 已保存
head-lists = 列表
lists-being-made = 启动后仍在整理；整理完之前，各单位名称暂不可知
lists-behind = 比已保存的内容少 { $entries } 条；磁盘有空间后自动补上
head-writing = 写入
writing-halted = 已停止，此前已保存的内容仍可查阅：{ $why }
head-rejudging = 重新核定
rejudging-left = { $documents } 份文档待重新核定；核定完之前，列表可能仍显示原样
held-above = 已上报
held-top = 本节点没有上级
held-count = { $confirmed } / { $entries } 条，{ $waiting } 条待上报

# 列表
list-part = 显示最近 { $shown } 条，共 { $total } 条
list-part-at-least = 显示最近 { $shown } 条，共 { $total } 条以上
list-next-hint = 下一页：--after { $next }
reports-none = 没有预警信息
risks-none = 没有风险点
risks-alternatives-hint = 带 * 的有几方同时填写了不同的内容：用 risk show 查看，用 risk edit 选定
cases-none = 没有预警事项
also-set = 同时有人填写：{ $value }
yuan = { $amount } 元
yes = 是
no = 否
case-outer-only = （提出与批准的经过在决定单位的内卷中，本节点不保存）
entry-saved = 已存
entry-witnessed = 已见证
entry-between = （写于 { $from } 与 { $to } 之间）
entry-not-before = （不早于 { $from }）
entry-not-after = （不晚于 { $to }）
entry-too-early = ✗ 自称时间早于它所引用的上级检查点：时钟有误，或倒签
entry-too-late = ✗ 自称时间晚于他人已持有它的时间：时钟有误，或填迟
entry-void = 无效：{ $why }
entry-struck = 已划去：{ $why }
entry-mark = 注意：{ $why }
entry-redacted = 已遮盖：{ $who }，{ $time }，依据：{ $basis }
level-red = 一级（红）
level-yellow = 二级（黄）
level-blue = 三级（蓝）
head-id = 编号
head-name = 姓名
head-code = 区划代码
head-level = 等级
head-unit = 单位
head-roles = 角色
head-ends = 有效期至
head-state = 状态
head-valid = 有效期
head-certificate = 证书
head-holder = 持有人
head-issuer = 签发人
head-rank = 序阶
head-since = 签发时间
head-endorsed = 会签人
head-endorser = 可会签的人
head-may-issue = 可转授
head-custody = 保管方式
head-key-is = 密钥
head-charter = 章程
head-public-key = 公钥
head-changed = 更新时间
head-category = 类别
head-title = 标题
head-held = 上报
head-post = 岗位
head-description = 风险描述
head-subject = 预警对象
head-stage = 阶段
head-ground = 情形
head-decides = 决定单位
head-reports = 所据信息
head-proposal = 提出
head-approval = 批准
head-paper = 文书
head-answer = 答复
head-lifting = 解除
head-way = 预警方式
head-rules = 制度包
head-number = 文号
head-deadlines = 期限
thing-case-entry = 案卷条目
case-verb = 这一步须先查看案卷
deadline-not-begun = 尚未起算
deadline-provisional = { $day }（暂定）
deadline-in-time = 已按期完成
deadline-signed-in-time = 期限内签署，逾期收到，请人工认定
deadline-late = 逾期完成
deadline-overdue = 已逾期
deadline-open = 未到期
case-crossed = 须由人处理：条目 { $entry } 与另一条目同时作出，互相冲突
case-breach = 须由人处理：条目 { $entry } 与内卷不符：{ $why }
head-history = 经过
head-tree = 组织树
head-genesis = 创世指纹
head-key = 节点公钥
head-listen = 监听
head-upstream = 上级
head-entries = 条目
head-certificates = 证书
head-receipts = 回执
head-documents = 文档
head-feeds = 序列
head-void = 无效条目
head-digest = 摘要
head-withheld = 未展示
head-took = 用时
head-as-of = 截至
head-peer = 对方
head-given = 已发
head-taken = 已收
head-waiting = 待发

# 规则说明
head-act = 行为
head-at-home = 须在归属单位
head-home-or-above = 归属单位或其上级
act-edit-report = 填写预警信息
act-edit-risk = 填写风险点
act-endorse-certificate = 会签证书及其吊销
act-endorse-stand = 会签根的追认
act-endorse-redaction = 会签遮蔽
act-endorse-root = 会签根的更换
act-endorse-witnesses = 会签见证规则
act-revoke = 吊销证书
act-stand = 追认
act-redact = 遮蔽条目内容
act-replace-root = 更换根密钥
act-witnesses = 指定见证节点
act-publish-calendar = 公布年度工作日历
act-name-holder = 登记姓名
act-publish-pack = 公布制度包
act-name-units = 登记单位名称
act-deliberate = 在案件内卷办理（提出、审批、研究）
act-warn = 在案件外卷办理（发文书、送达、约谈、回访、解除）
act-answer = 代表预警对象签收、答复、申诉
act-report = 报送、补充、撤回预警信息
act-handle-report = 受理、转办、答复预警信息
act-triage = 分流预警信息
act-number-papers = 分配、作废文号
act-manage-posts = 登记本单位管理的岗位
act-share = 把预警信息、预警事项共享给部门
act-respond = 代表部门反馈共享事项
explain-certify-hint = 可以再签发什么证书，由证书自己写明（officer show）
explain-at-root = { $role }（仅限根单位）
explain-home-hint = 归属单位即该条目所属的单位；下级任何人都不能在那里书写

# 同步、查验、重建
node-running = 正在运行
node-not-running = 没有运行
sync-not-running = 节点没有运行，不能同步
sync-not-running-hint = 先用 fangwei run 运行节点
sync-settled = 上级已有本节点的全部内容
sync-unsettled = { $seconds } 秒内没有全部上报；节点会继续自动上报
above-unreached = 连不上上级：{ $cause }
log-differs = 警告：本节点的日志读出来与写入时不同；节点已停止签署任何确认
log-differs-hint = 停下节点，用 fangwei audit check 找出有误的条目，检查磁盘，再从备份恢复；缺少的内容会从上级取回
log-contradiction = 警告：{ $unit } 的节点 { $node } 签署了两份不能同时为真的检查点（{ $held } 条，{ $held_time }；{ $came } 条，{ $came_time }）：它的日志被改过，或该机器曾被克隆，或它从备份恢复而尚不知丢失了什么
log-explained = { $unit } 的节点 { $node } 签署了两份不能同时为真的检查点（{ $held } 条，{ $held_time }；{ $came } 条，{ $came_time }），它的日志现已说明：其间曾从备份恢复。请向该单位核实何时恢复、丢失了什么
log-contradiction-hint = 这是证据，不是结论：先核对那台机器是否曾从镜像复制或从备份恢复，再用 fangwei audit compare 比较双方的库
log-restored = 本节点的日志曾经恢复，现为第 { $epoch } 次恢复之后的日志，接在此前签署的 { $after } 条之后；此前的回执仍然有效
above-late = 警告：{ $unit } 有 { $entries } 条超过 { $days } 天没有确认收到，其中最早的自称时间是 { $oldest }
above-late-hint = 可能是链路不通，也可能是中间单位没有转报；请与该单位核对，并把它的地址写进配置的 [[upstream]]，节点会直接向它上报
above-none = 现在没有连接上级
peer-above = 上级
peer-below = 下级
peer-comparing = 正在比对
peer-giving = 正在传输
peer-live = 实时
feeds-count = { $feeds }（{ $branched } 条有分支）
feeds-status = { $feeds }（{ $branched } 条有分支，{ $forks } 次分叉）
verify-sound = 查验通过：从创世书起，每条都有签名、有授权、不缺失
verify-unsound = 查验不通过：{ $count } 处有误
verify-unsound-hint = 不要继续使用这个库；从上级或备份恢复，并报告管理员
head-claimed = 自称时间
head-not-before = 不早于
head-not-after = 不晚于
head-author = 作者
head-deed = 事项
timeline-held = { $unit }
timeline-witnessed = { $unit }（有见证）
timeline-contradiction-hint = ✗ 自称时间与他人可证明的时间矛盾：时钟有误，或倒签
not-compared = 无法比较：{ $cause }
not-compared-hint = 请给出同一组织树的两个节点数据目录或证据包
compare-lacks = { $lacks } 缺少 { $has } 有的 { $entries } 条；其中 { $bound } 条它自己曾确认持有
compare-bound = ✗ { $lacks } 确认过 { $id }，现在却没有
compare-same = 双方共有的内容相同
compare-differ = 双方内容不同
compare-differ-hint = 链路中断可以解释缺少；确认过却没有，则不能
audit-struck-confirmed = 已划去，但上级曾确认持有，且无人担保：{ $id }
audit-struck-confirmed-hint = 密钥遗失之前如实所说的，书记或根密钥可以担保：fangwei stand
audit-entries = { $entries }（本次查验 { $now }，凭记录文件 { $known }）
audit-branch = 分支：{ $home }，{ $author }，{ $id }
audit-fork = 分叉：{ $home }，{ $author }，{ $id } 与 { $other } 矛盾
audit-partings-hint = 分支和分叉都保留，由人判断：恢复过或被复制的机器也会造成
journal-scrubbed = 已重读流水日志：{ $entries } 条，用时 { $seconds } 秒；损坏：{ $damaged } 条；已纠正单比特翻转 { $undone } 处，其他 { $others } 处
records-damaged = ✗ 本节点有 { $entries } 条已损坏，不向任何人显示，自 { $since } 起已知
records-damaged-hint = 正向所有连上的节点重新索取；一直修不好的，别处也没有。请检查磁盘
records-aside = ✗ 从损坏的流水日志中读出 { $entries } 条，等待排在它们之前的条目
records-aside-hint = 前面的条目一到就会收入；旧日志保存在新日志旁边
rebuilt = 已重建索引：{ $entries } 条，用时 { $seconds } 秒

# 证据包
attachment-here = 附件 { $number }：{ $name }（{ $kib } KiB，已在本节点）
attachment-coming = 附件 { $number }：{ $name }（{ $kib } KiB，已到 { $percent }%，联网后自动补齐）
attachment-saved = 已存为 { $path }（{ $bytes } 字节）
evidence-exported = 共 { $entries } 条，{ $bytes } 字节：{ $path }
evidence-exported-hint = 收到的人用 fangwei verify 文件 --genesis 指纹 查验；上面的指纹请另行告知
evidence-explained = 已拆开 { $entries } 条：{ $path }（查验方法见 README.txt）
bad-bundle = { $path } 不是本组织树的完整证据包：{ $cause }
bad-bundle-hint = 请对方重新导出、重新传送
bundle-unsound-hint = 这个证据包不能作为证据；请导出的人查验其来源库
explain-readme =
    entries.tsv 中的每一条 N，在这里拆成几个文件：

    N.tbs   签名所签的字节
    N.sig   签名（Ed25519）
    N.body  所说的内容，展示的才有（CBOR）；N.tbs 里有它的 SHA-256
    keys/   作者的公钥，文件名是证书编号

    用 OpenSSL 3 验第 N 条，公钥文件见 entries.tsv：

    openssl pkeyutl -verify -rawin -pubin -inkey keys/KEY.pem -in N.tbs -sigfile N.sig
    openssl dgst -sha256 N.tbs    # 即该条的编号
    openssl dgst -sha256 N.body   # 能在 N.tbs 中找到

    全部属于创世指纹为 { $genesis } 的组织树，
    每个 N.tbs 里，指纹在 "fangwei entry 1" 之后。
    公钥是谁的、有没有权限说，由 fangwei verify 查验。

# 演示县的话：过程、表格、结果。
demo-founding = 正在建立 { $name }：{ $units } 个单位，每个单位一个真实节点（自己的密钥、日志、存储和端口）……
demo-joined = 已入网 { $done }/{ $total }
demo-officers = 正在为人员签发证书，由县纪委书记背书……
demo-ready = 全县已一致：每个节点与上级持有的内容相同。
demo-risk = { $village }的预警信息员登记了一个风险点：“{ $text }”
demo-cut = —— 断网：所有连接都已切断，各单位离线工作 ——
demo-reports = { $villages } 个村（社区）共离线填报预警信息 { $reports } 条
demo-edits = { $village }与{ $town }离线修改同一风险点的同一段文字
demo-proposed = { $town }离线提出对{ $village }的预警（三级，蓝色）
demo-refused = 提出人自己批准：被拒绝（{ $reason }）
demo-approved = { $town }纪委分管领导批准，并签发告知书
demo-online = —— 恢复连接 ——
demo-answered = { $village }收到告知书并作出说明
demo-lifted = { $town }认可说明，解除预警
demo-merged = 合并后的文字，{ $nodes } 个节点上完全相同：“{ $text }”
demo-verified = 核验：{ $nodes } 个节点、{ $entries } 条记录，从创世文件起逐条验签，全部通过
demo-summary = 全县记录 { $entries } 条；网络传输 { $wire }（其中应用数据 { $app }）；用时 { $seconds } 秒；内存峰值 { $memory }
demo-pages = 演示页面：用浏览器打开下列地址，选择姓名，口令一律为“{ $passphrase }”。
demo-page =   { $unit }：{ $url }（{ $names }）
demo-hold = 各节点继续运行，按 Ctrl-C 结束。
demo-failed = 演示失败：{ $reason }
demo-not-converged = { $seconds } 秒内未达到一致：{ $units }
demo-unit = 单位
demo-nodes = 节点
demo-held = 持有
demo-behind = 落后
demo-confirmed = 上级确认
demo-state = 状态
demo-same = 一致
demo-lagging = 同步中
demo-offline = 离线
demo-as-of = 截至 { $time }
demo-bad-row = 第 { $line } 行：代码 { $code } 无效、重复或缺少上级单位
demo-bad-row-hint = 上级单位须排在下级单位之前，第一行为根单位。

# 制度包
pack-text = { $path } 不是制度包：第 { $line } 行：{ $cause }
pack-not-one = { $path } 不是制度包：{ $cause }
pack-line = { $place }：{ $what }
pack-change = { $before } → { $after }
pack-nothing = （无）
pack-same = 内容相同
pack-clean = 没有发现问题
pack-found = 发现 { $count } 处问题
pack-unsound = 制度包有 { $count } 处问题，没有公布
pack-unsound-hint = fangwei pack check 逐一列出
pack-would = 可以公布：{ $id } 第 { $version } 版，适用于 { $unit }，自 { $day } 起，摘要 { $hash }（没有写入）
pack-published = 已公布：{ $id } 第 { $version } 版，适用于 { $unit }，自 { $day } 起，摘要 { $hash }
pack-rule-bad_id = “{ $value }”不能用作编号
pack-rule-twice = “{ $value }”重复
pack-rule-no_such_day = “{ $value }”不是日期
pack-rule-no_version = 版本号从 1 开始
pack-rule-no_chinese = 缺中文
pack-rule-no_english = 缺英文
pack-rule-no_such_path = “{ $value }”处没有内容
pack-rule-unknown_role = 没有证书授予角色 { $value }
pack-rule-not_casework = 角色“{ $value }”无权处置他人
pack-rule-no_such_body = 没有机构“{ $value }”
pack-rule-no_such_form = 没有文书“{ $value }”
pack-rule-no_such_family = 没有情形类别“{ $value }”
pack-rule-no_such_series = 没有字号“{ $value }”
pack-rule-no_such_ground = 没有情形“{ $value }”
pack-rule-no_such_level = 没有 { $value } 级
pack-rule-no_such_threshold = 没有阈值“{ $value }”
pack-rule-no_such_kind = 没有风险类别“{ $value }”
pack-rule-gap = 此处应为 { $wanted }，却是 { $found }
pack-rule-empty = 此处不能为空
pack-rule-ground_without_way = 该情形没有可用的预警方式
pack-rule-given_by_nothing = 既无文书也无约谈
pack-rule-counts_from_nothing = 期限从文书送达起算，而文书可以没有
pack-rule-interview_without_notice = 约谈须书面通知，却没有通知单
pack-rule-notice_without_interview = 有约谈通知单而没有约谈
pack-rule-lifted_on_nothing = 凭答复解除，却无须答复
pack-rule-visit_unused = 回访与解除依据不一致
pack-rule-visit_without_form = 回访没有登记表
pack-rule-not_escalated_to = 没有下级预警可以升级到本级
pack-rule-not_upwards = 没有升到更高等级
pack-rule-objection_without_body = 申诉没有受理机构
pack-rule-nobody_answers = 没有人可以答复申诉
pack-rule-too_few_interviewers = 约谈人少于二人
pack-rule-reminder_at_no_time = 提醒时间不对：之前、之后须有天数，当日须为零
pack-rule-zero = 不能为零
pack-rule-unknown_placeholder = 没有字段“{ $value }”
pack-rule-broken_braces = 花括号不成对
pack-rule-placeholders_differ = 中英文所用字段不一致
pack-rule-field_not_shown = 字段没有出现在文书里
pack-rule-standard_field = 每种文书都已有该字段
pack-rule-pattern_lacks = 文号缺少 { $value }
pack-rule-points = 分值合计 { $found }，应为 { $wanted }
pack-rule-not_falling = 界限须依次降低，直至最低
pack-rule-count = 有 { $found } 项，应有 { $wanted } 项
pack-rule-range = { $found } 不在 { $least } 到 { $most } 之间

# 工作日历
head-year = 年份
head-version = 版本
head-applies = 自何日起
head-days-off = 放假天数
head-make-up = 调休上班
head-day = 日期
head-weekday = 星期
head-day-is = 性质
head-festival = 节日
weekday-1 = 周一
weekday-2 = 周二
weekday-3 = 周三
weekday-4 = 周四
weekday-5 = 周五
weekday-6 = 周六
weekday-7 = 周日
day-holiday = 放假
day-make-up = 调休上班
day-weekend = 周末
day-weekday = 上班
term-working-days = { $count } 个工作日
term-weeks = { $count } 周
term-months = { $count } 个月
due-on = 自 { $from } 起 { $term }（当日不计），至 { $day } 当日结束
due-moved = 原应于 { $day } 届满，当日不上班，顺延
due-provisional = 暂定：有关年度的日历尚未公布，公布后可能变化
calendar-built-in = 内置
calendar-text = { $path } 不是年度工作日历：第 { $line } 行：{ $cause }
calendar-clean = 没有发现问题
calendar-found = 发现 { $count } 处问题
calendar-unsound = 年度工作日历有 { $count } 处问题，没有公布
calendar-unsound-hint = fangwei calendar check 逐一列出
calendar-would = 可以公布：{ $year } 年第 { $version } 版，自 { $day } 起，放假 { $holidays } 天，调休上班 { $make_up } 天（没有写入）
calendar-published = 已公布：{ $year } 年第 { $version } 版，自 { $day } 起，放假 { $holidays } 天，调休上班 { $make_up } 天
calendar-fault-no_year = { $year } 不在 1970 年到 9999 年之间
calendar-fault-too_many = 一类日期有 { $days } 天，最多 { $most } 天
calendar-fault-no_holiday = 没有节假日
calendar-fault-applies_elsewhere = 起始日 { $day } 不在该年
calendar-fault-other_year = { $day } 不在该年
calendar-fault-both = { $day } 既放假又上班
calendar-fault-twice = { $day } 重复
calendar-fault-make_up_on_weekday = { $day } 不是周六或周日，不必调休
calendar-fault-no_name = { $day } 没有节日名称
calendar-fault-no_version = 公布的版本号从 1 开始

duty-todo = 待办（截至 { $day }）
duty-read = 待阅
duty-none = 没有待办事项
duty-overdue = { $day } 已逾期
head-due = 期限
head-task = 事项
head-about = 内容
head-by = 办理人
thing-report-entry = 预警信息条目
thing-triage = 分流
thing-strike = 作废
thing-post = 管理岗位
report-verb = 这一步须另行填写
report-filed = 已报送：{ $number }，由{ $to }受理
report-receipt = 回执码：{ $code }（只显示这一次，请交给反映人，凭它查看答复）
report-head = 单位负责人或班子成员
papers-none = 没有文号
thing-sharing = 共享
thing-response = 反馈
sharings-none = 没有共享的事项
head-department = 部门
head-told = 摘要
head-copied = 抄录
head-asked = 问题
head-respond-by = 反馈期限
head-response = 反馈
head-closed = 办结
head-waits = 待反馈
head-kind-of = 类型
head-matter = 事项
sharing-report = 预警信息
sharing-case = 预警事项
sharing-beside = 共享给{ $department }（{ $id }）
report-nothing-to-edit-hint = 用 --title、--account、--amount 等说明改什么
head-filed = 报送日期
to-subject = 应办人
to-decider = 决定人
to-handling-body = 承办单位
outbox-none = 没有提醒
head-to = 对象
head-made = 生成时间
head-read = 阅读
duty-is-new = 未读
duty-is-read = 已读
duty-marked = 已标为已读：{ $count } 条
posts-none = 没有上级管理的岗位
paper-struck = 已作废
paper-issued = 已使用
paper-open = 已分配，未使用
head-document = 案卷
head-lies-with = 所在单位
head-acceptance = 受理期限
head-outcome = 分流结果
head-source = 来源
head-origin = 来源身份
head-concerned = 涉及
head-account = 情况
head-happened = 发生时间
head-place = 地点
head-amount = 金额
head-urgent = 紧急
head-question = 要求补充
head-supplement = 补充
head-reply = 答复来源
head-triage = 分流
head-managed-by = 管理单位
