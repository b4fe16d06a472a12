# 节点对人说的话：每个代码一条，提示写在 .hint 中。

# 请求有误
bad-json = 请求内容不是要求的 JSON：{ $reason }
bad-query = 查询参数无法识别：{ $reason }
body-too-large = 请求内容超过 { $max } 字节
missing-field = “{ $field }”不能为空
bad-unit = “{ $value }”不是本系统内的单位
    .hint = 请用单位路径，例如 370126.105.201。
bad-id = “{ $value }”不是编号，也不是编号的开头
    .hint = 编号由数字和小写字母 a–f 组成，至少 6 位。
ambiguous-id = 有多个编号以“{ $value }”开头
    .hint = 请多写几位。
bad-time = “{ $value }”不是时间
    .hint = 请写成 2026-03-01 或 2026-03-01T08:00:00+08:00。
bad-address = “{ $value }”不是“地址:端口”
    .hint = 例如 10.1.2.3:4900。
address-needed = 需要写明新节点用哪个地址连接本节点
    .hint = 本节点监听所有地址或未联网，请给出“地址:端口”。
bad-category = “{ $value }”不是信息类别
    .hint = 类别为 1 至 13。
bad-level = “{ $value }”不是等级
    .hint = 等级为 1 至 3，1 为最高。
bad-kind = “{ $value }”不是风险种类
    .hint = 种类有 power、duty、institution、morals、environment、competence。
bad-role = “{ $value }”不是可以颁发的角色
    .hint = 角色见 certs/profiles。
bad-validity = 有效期“{ $value }”不合要求
bad-field = “{ $field }”不存在，或不能这样修改
nothing-changed = 没有任何改动
rows-wrong = 有 { $count } 行不正确，没有导入任何内容
    .hint = 请按行号改正后重新导入。
no-such-document = 这里没有编号为“{ $id }”的材料
    .hint = 它可能属于别的单位，或尚未同步到本节点。
no-such-officer = 这里没有“{ $id }”这名人员
no-such-route = 没有这个接口
wrong-method = 这个接口不支持这种请求方式

# 单位表的行
row-code = “{ $value }”不是本县的区划代码或单位路径
row-level = 级别写为“{ $found }”，按代码应为“{ $expected }”
row-parent = 上级单位 { $parent } 未知，表中也没有
row-name = 名称为空、过长或含有控制字符
row-twice = 该单位在第 { $first } 行已经出现

# 会话与密钥
no-session = 尚未解锁，或会话已结束
    .hint = 请重新输入口令。
wrong-passphrase = 口令不对
    .hint = 15 分钟内最多可试 5 次。
too-many-attempts = 试错次数过多，请 { $minutes } 分钟后再试
busy = 同时操作的人太多，请稍后再试
no-such-key = 本节点上没有该人员的密钥
    .hint = 用“officer import”导入密钥文件。
weak-passphrase = 口令至少要有 { $min } 个字符
key-damaged = 密钥文件已损坏：{ $reason }
    .hint = 请重新拷贝该文件。
key-cost = 密钥文件要求的运算量超出许可范围
    .hint = 它可能被人改动过。
key-newer = 密钥文件由更新版本的程序生成
    .hint = 请先升级本节点。
key-other-tree = 密钥文件属于另一个系统

# 申请与签发书
file-damaged = 文件已损坏：{ $reason }
    .hint = 请重新拷贝，或重新制作。
file-newer = 文件由更新版本的程序生成
    .hint = 请先升级本节点。
key-not-admitted = 文件中的公钥不能采用：{ $reason }
not-possessed = 文件不能证明制作人持有该密钥
    .hint = 请在持有密钥的机器上重新制作。
request-other-tree = 申请属于另一棵组织树：{ $found }
    .hint = 制作申请时要写本系统的创世指纹：用 fangwei status 查看。
key-certified = 这把密钥已经有证书：{ $certificate }
    .hint = 一份证书对应一把密钥：请重新制作申请。
not-signed = 签名与内容不符：{ $reason }
no-such-holder = 这里没有持有人“{ $holder }”
    .hint = 用 officer show 查看证书的持有人。
grant-not-proved = 证书不能得到证明：{ $reason }

# 吊销与根
bad-reason = “{ $value }”不是吊销原因
    .hint = 原因有 superseded、lost、stolen、left_office、mistaken、retired。
not-in-feeds = “{ $entry }”不在该证书在此处的任何序列中
bad-stretch = 在同一序列中，从 { $last } 往回到不了 { $first }
bad-threshold = { $keys } 把密钥中不能要求 { $value } 把同意
bad-witness = { $value } 不能作见证：名称为空或太长，公钥不对，或者重复
    .hint = 用 fangwei node show 单位 查看节点的公钥。
may-not-revoke = 您无权处置这份证书
    .hint = 由该单位或上级中序阶更低的纪委书记处置；不办案的证书也可由管理员处置；再往上是根。
revoked-already = 这份证书已经吊销
    .hint = 被划去的内容用 fangwei stand 追认。
no-such-entry = 这里没有条目“{ $id }”

# 规则不许：预警事项
already-proposed = 该预警事项已经提出
no-such-proposal = 该预警事项中没有这项提议
    .hint = 提议可能尚未同步到本节点。
self-approval = 任何人不得审批自己提出的预警，也不得解除自己答复的预警
    .hint = 请由另一名有权人员办理。
wrong-decider = 这一等级由{ $role }决定
no-such-level = 没有 { $level } 级预警
    .hint = 等级为 1（红）、2（黄）、3（蓝）。
not-as-shown = 审批的内容与现在的内容不一致
    .hint = 请重新查看后再审批。
already-decided = 该提议已经作出决定
already-issued = 预警文书已经发出
no-such-paper = 该预警事项中没有这份文书
    .hint = 文书可能尚未发出，或尚未同步到本节点。
not-decided = 该文书没有相应的审批决定
    .hint = 须先由有权人员审批。
no-such-answer = 该预警事项中没有这份答复
    .hint = 须先由预警对象答复。
already-lifted = 该预警已经解除

# 规则不许：写入
certificate-incomplete = 证书 { $certificate } 在本节点未知或尚不完整
    .hint = 可能还缺书记的确认，或尚未同步到本节点。
author-elsewhere = { $unit } 的人员不能在 { $home } 办理
home-only = 该证书只能在本单位向上填报
misplaced-entry = 该条目与本节点已有内容不衔接：{ $reason }
no-authority = 您的角色无权在此办理此事
outside-validity = 证书不在有效期内
    .hint = 请检查本机时间，或重新颁发证书。
unknown-kind = 这类材料由更新版本的程序生成
    .hint = 请升级本节点。
wrong-shelf = 这类材料不应放在这里
ill-formed-body = 内容无法识别：{ $reason }
misplaced-act = 这一步骤不属于该材料，或含有无法显示的内容
body-not-here = 该条目的内容不在本节点
root-not-in-force = 这些根密钥并非现行根密钥
not-entitled = 您无权在此处置这一证书
pending = 须 { $need } 方一致,现有 { $have } 方
struck-revoked = 作者的证书已被吊销
struck-issue = 作者证书的签发已失去效力
struck-endorsement = 作者证书的会签已失去效力
struck-root = 根密钥已移交
no-such-stretch = 从 { $last } 到 { $first } 没有连续的条目
redaction-no-subject = 待遮盖的条目不在这一范围内
redaction-forbidden = 这一种类的条目不得遮盖
redaction-shape = 遮盖后的内容与原文形状不符
redaction-basis = 依据里重复了要遮盖的内容，而依据会一直保留
    .hint = 只写法条或决定的名称、文号。
redaction-nothing = 这一条里没有可以这样遮盖的内容
    .hint = 先看原文；词语要与原文完全一致，也可能写在同一文档的另一条里。
redaction-own = 这是您自己提出的遮盖，须由另一人会签
    .hint = 该单位或其上级的纪委分管领导、纪委书记、党委（党组）都可以会签。
redaction-counts = 这一遮盖已经生效
certificate-ill-formed = 证书自相矛盾：{ $reason }
certificate-roles = 颁发人无权授予这些角色
certificate-unit = 该单位不在颁发人的颁发范围内
certificate-rank = 证书级次必须低于颁发人
certificate-charter = 证书没有写在其单位的名册中
certificate-issuer = 颁发人的证书不在有效期内
endorsed-already = 该证书无需再确认
may-not-endorse = 您不能确认该证书
    .hint = 须由本单位或上级单位的书记确认，且不得确认自己。
out-of-range = “{ $field }”中没有这个位置
    .hint = 请重新打开后再修改。
too-many-edits = 该材料的修改已达上限，请另建一份继续
    .hint = 请新建一份材料继续。
too-long = “{ $field }”过长
merge-refused = 该修改无法合并
too-large = 内容有 { $bytes } 字节，过大
too-many-heads = 该材料有 { $heads } 处并行修改，须先合并
not-in-document = 所依据的版本不属于该材料
not-kept = { $unit }的节点不保存{ $home }的材料
    .hint = 请在该单位或其上级的节点上填写。
item-gone = 要删除的条目已经不在了

# 本机故障
node-stopped = 节点已停止：{ $reason }
    .hint = 没有写入任何内容。请检查磁盘和日志。
in-doubt = 写入时磁盘出错：{ $reason }
    .hint = 磁盘恢复后先查看是否已经保存，再决定是否重写。
disk-full = 磁盘没有空间了：{ $path }
    .hint = 已保存的内容没有损失；腾出空间后再试。
store-failed = 存储的内容无法读取：{ $reason }
    .hint = 可以运行“fangwei verify”和“fangwei rebuild”。
disk-failed = 无法使用 { $path }：{ $reason }
no-network = 本节点未联网运行
    .hint = 用“fangwei run”启动节点后再同步。
no-upstream = 没有可以同步的上级节点

# 核验发现的问题
fault-journal = 日志文件从此处起无法读取：{ $reason }
fault-unreadable = 条目无法识别：{ $reason }
fault-author = 签署人的证书没有得到此前内容的证明
fault-signature = 签名不成立
fault-body = 内容与签名所指的不一致
fault-not-allowed = 签署人不能在此签署：{ $reason }
fault-place = 与同一来源或同一材料的前文不衔接
fault-receipt = 回执的签名不成立
fault-index = 索引与日志不一致

# 角色
role-reporter = 预警信息员
role-invited_reporter = 特邀预警信息员
role-post_holder = 岗位人员
role-analyst = 预警中心工作员
role-discipline_lead = 纪委分管领导
role-secretary = 纪委书记
role-party_committee = 党委(党组)
role-auditor = 审计员
role-administrator = 系统管理员
role-node = 节点
role-root = 根密钥
role-unknown = 未知角色

# 密钥保管方式
custody-node = 节点保管
custody-device = 自有设备
custody-token = 硬件令牌
custody-unknown = 未知方式

# 吊销原因
reason-superseded = 已换发
reason-lost = 密钥遗失
reason-stolen = 密钥被盗
reason-left_office = 离任
reason-mistaken = 签发有误
reason-retired = 节点停用
reason-unknown = 未知原因

# 预警信息、风险点和请求的各项
field-title = 标题
field-category = 类别
field-source = 来源
field-concerned_unit = 涉及单位
field-concerned_post = 涉及岗位
field-account = 情况
field-happened_s = 发生时间
field-place = 地点
field-amount_fen = 金额（分）
field-urgency = 紧急程度
field-post = 岗位
field-kind = 种类
field-description = 风险描述
field-measures = 防控措施
field-level = 等级
field-responsible_post = 责任岗位
field-name = 姓名
field-ground = 情形
field-facts = 事实
field-paper = 文书
field-text = 答复
field-reason = 理由
field-basis = 依据
field-words = 词语

# 修改，每行一处
change-set = { $field }：{ $value }
change-clear = { $field }：清空
change-insert = { $field }：在第 { $at } 字后插入“{ $insert }”
change-delete = { $field }：从第 { $at } 字后删去 { $delete } 字
change-replace = { $field }：从第 { $at } 字后的 { $delete } 字改为“{ $insert }”
change-add = { $field }：增加“{ $value }”
change-remove = { $field }：删去第 { $at } 项
change-join = 合并并行的修改
word-yes = 是
word-no = 否
