"""What the tables and columns of the store of access mean, for the dictionary."""

from goodcall.language import Text

# What a column of a name means wherever it stands, unless OWN says otherwise.
EVERYWHERE: dict[str, Text] = {
    "actions": Text("actions that the key is for, as JSON", "密钥可用的操作(JSON)"),
    "branches": Text("branches one answers for, as JSON", "负责的网点(JSON)"),
    "by": Text("who said or did it", "操作人"),
    "closed_at": Text("when it was ended by hand, in UTC", "手动结束时刻(UTC)"),
    "created_at": Text("when it was made, in UTC", "创建时刻(UTC)"),
    "customer_id": Text("the customer", "客户编号"),
    "digest": Text("SHA-256 of the secret, which it does not tell", "密文的SHA-256摘要"),
    "ends_at": Text("when it ends at the latest, in UTC", "最晚结束时刻(UTC)"),
    "key_id": Text("the key's public part", "密钥编号"),
    "name": Text("name that the user signs in with", "用户登录名"),
    "note": Text("free words to it", "备注"),
    "opened_at": Text("when it began, in UTC", "开始时刻(UTC)"),
    "proposal_id": Text("the proposed policy", "规则提案编号"),
    "reason": Text("why it was asked for", "理由"),
    "request_id": Text("the request for wider access", "权限申请编号"),
    "revoked_at": Text("when it was taken away, in UTC", "作废时刻(UTC)"),
    "role": Text("role of the access file", "岗位(见权限文件)"),
    "said_at": Text("when it was said, in UTC", "表态时刻(UTC)"),
    "who": Text("who asks or serves, as the audit log names him", "人员或应用(同审计日志)"),
    "word": Text("what was said: approved, denied and the like", "表态(批准、拒绝等)"),
    "word_id": Text("number of the word, in the order of writing", "表态序号(按写入顺序)"),
}

OWN: dict[str, Text] = {
    "rights_requests.asked_at": Text("when the customer asked, in UTC", "客户提出时刻(UTC)"),
    "rights_requests.customer_id": Text(
        "the customer; below zero once erased", "客户编号(删除后为负数)"
    ),
    "rights_requests.due_at": Text("until when it must be done, in UTC", "办理期限(UTC)"),
    "rights_requests.handled_at": Text("when it was done, in UTC", "办结时刻(UTC)"),
    "rights_requests.handled_by": Text("who did it", "办理人"),
    "rights_requests.kind": Text("what was asked for", "请求类型"),
    "rights_requests.request_id": Text("number of the request", "请求编号"),
    "rights_requests.said": Text("what came of it", "办理结果"),
    "rights_requests.state": Text("open or done", "状态:未办结或已办结"),
    "access_requests.action": Text("the action that was asked for", "申请的操作"),
    "access_requests.asked_at": Text("when it was asked, in UTC", "申请时刻(UTC)"),
    "access_requests.of": Text(
        "of which customer, manager or branch; an erased customer is below zero",
        "所涉客户、经理或网点(已删除客户为负数)",
    ),
    "access_requests.reach": Text("for one customer, a manager's, a branch's, all", "申请范围"),
    "access_requests.until": Text("when it ends, in UTC", "截止时刻(UTC)"),
    "api_keys.expires_at": Text("when it ends by itself, in UTC", "到期时刻(UTC)"),
    "api_keys.name": Text("name of the app", "应用名称"),
    "api_keys.per_minute": Text("requests a minute at most", "每分钟请求上限"),
    "api_keys.rotated_from": Text("the key whose place it took", "被轮换的密钥"),
    "password_resets.reset_at": Text(
        "when another gave a password, in UTC", "他人重置密码时刻(UTC)"
    ),
    "password_resets.reset_id": Text("number of the reset", "重置序号"),
    "policy_proposals.before_version": Text("version it was compared with", "对比的规则版本"),
    "policy_proposals.loosens": Text("in which ways it is looser, as JSON", "放宽之处(JSON)"),
    "policy_proposals.proposed_at": Text("when it was proposed, in UTC", "提交时刻(UTC)"),
    "policy_proposals.text": Text("the policy file, whole", "规则文件全文"),
    "policy_proposals.version": Text("version: a print of the file", "规则版本(文件指纹)"),
    "servings.customer_id": Text("the customer; below zero once erased", "客户编号(删除后为负数)"),
    "servings.evidence": Text("what shows that the customer is there", "客户在场凭据"),
    "servings.serving_id": Text("number of the serving", "服务编号"),
    "sessions.seen_at": Text("when it was last used, in UTC", "最近使用时刻(UTC)"),
    "sign_on_settings.noted_at": Text("since when, in UTC", "生效时刻(UTC)"),
    "sign_on_settings.number": Text("number of the change", "变更序号"),
    "sign_on_settings.settings": Text(
        "[sign_on] of the access file, as JSON", "统一登录设置(JSON)"
    ),
    "sign_ons.begun_at": Text("when the sign-in began, in UTC", "登录开始时刻(UTC)"),
    "sign_ons.nonce": Text("what the token must repeat", "令牌须回传的随机数"),
    "sign_ons.state": Text("what the browser must bring back", "浏览器须带回的随机数"),
    "sign_ons.verifier": Text("proof of who began the sign-in", "登录发起方证明(PKCE)"),
    "users.disabled_at": Text("when the user was shut out, in UTC", "停用时刻(UTC)"),
    "users.failures": Text("wrong passwords in a row", "连续密码错误次数"),
    "users.locked_until": Text("when the user may try again, in UTC", "锁定截止时刻(UTC)"),
    "users.one_time_until": Text(
        "until when a password that another gave is good, in UTC", "一次性密码截止时刻(UTC)"
    ),
    "users.password": Text("argon2id hash of the password", "密码的argon2id哈希"),
    "users.staff_id": Text("the bank's number of the person", "员工号"),
    "users.subject": Text("who it is at the bank's own sign-on", "统一登录标识"),
}


def meaning_of(table: str, column: str) -> Text | None:
    """What a column of the store of access means; None of one that nobody has described."""
    return OWN.get(f"{table}.{column}") or EVERYWHERE.get(column)
