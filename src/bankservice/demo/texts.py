"""
The demo's own words: its `bank.toml`, its policies, and `ABOUT.md`, which tells everything.

Each domain has a `Part`: its policies, and its table in `bank.toml`. A later domain adds its part
to `PARTS`, and its extracts to `EXTRACTS`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Final

import attrs

from bankservice.core.policy import Title
from bankservice.demo.card_texts import CARD_EXTRACTS, EXPECTED, POINTS, PROGRAMME
from bankservice.demo.cards import MEMBERS
from bankservice.demo.complaints import CODES as COMPLAINT_CODES
from bankservice.demo.extracts import OPEN_END, TEST
from bankservice.demo.faces import AGREED, GENDERS, INDUSTRIES, KINDS, REGIONS
from bankservice.demo.group_texts import ENTITLEMENTS, GROUPS, GROUPS_PART, STAGES, STAGES_PART
from bankservice.demo.ledger import CODES
from bankservice.demo.outlook_texts import OUTLOOK, OUTLOOK_PART
from bankservice.demo.survey_texts import SURVEY_EXTRACTS, SURVEY_PART

__all__ = ["EXTRACTS", "INSTITUTION", "PARTS", "Part", "about", "plan"]


@attrs.frozen(kw_only=True)
class Part:
    """
    What one domain adds to the demo.

    Attributes:
        plan: Its table in `bank.toml`.
        policies: Name of a file below `policies` → its text.
    """

    plan: str
    policies: dict[str, str]


INSTITUTION: Final = """\
id = "demo/bank"
kind = "institution.profile"
title = { en = "Demo Bank", zh = "示例银行" }

[[version]]
since = 2015-01-01
source = { text = "Demo bank service manual", clause = "1", checked = "own" }
zone = "Asia/Shanghai"
currency = "CNY"
jurisdiction = "CN"
"""
"""The institution profile."""

_TIERS: Final = """\
# The tiers of the demo bank. Try a change: `enter`, `protection` or `services`, then run again.
id = "demo/tiers"
kind = "segmentation.tiers"
title = { en = "Demo bank tiers, monthly average assets", zh = "示例银行客户等级（月日均资产）" }

[[version]]
since = 2015-01-01
source = { text = "Demo bank service manual", clause = "2", checked = "own" }
zone = "Asia/Shanghai"
currency = "CNY"
measurement = { window = "P1M", before_opening = "zero" }
review = "month-end"

[[version.tier]]
code = "STANDARD"
title = { en = "Standard", zh = "普通客户" }
services = ["mobile", "quick_lane"]

[[version.tier]]
code = "SILVER"
title = { en = "Silver", zh = "白银客户" }
enter = "80000.00"
retain = "64000.00"
protection = "P3M"
grace = "P2M"
services = ["mobile", "quick_lane", "personal_help"]

[[version.tier]]
code = "GOLD"
title = { en = "Gold", zh = "黄金客户" }
enter = "250000.00"
retain = "200000.00"
protection = "P3M"
grace = "P2M"
services = ["mobile", "quick_lane", "personal_help", "asset_allocation", "own_adviser"]

[[version.tier]]
code = "PLATINUM"
title = { en = "Platinum", zh = "白金客户" }
enter = "1000000.00"
retain = "800000.00"
protection = "P6M"
grace = "P3M"
services = ["mobile", "quick_lane", "vip_room", "asset_management", "premium_products", "own_adviser"]
"""

_COSTS: Final = """\
# What the demo bank pays a month for each service it gives one customer.
id = "demo/service-costs"
kind = "segmentation.service-costs"
title = { en = "Demo bank service costs", zh = "示例银行服务成本" }

[[version]]
since = 2015-01-01
source = { text = "Demo bank service manual", clause = "3", checked = "own" }
currency = "CNY"
per = "month"

[version.cost]
mobile = "0.80"
quick_lane = "2.00"
personal_help = "12.00"
asset_allocation = "35.00"
own_adviser = "180.00"
vip_room = "60.00"
asset_management = "220.00"
premium_products = "90.00"
"""

SHARD: Final = 20_000
"""Customers of one shard: what a run holds in memory at once."""

PARTS: Final = (
    Part(
        plan="""\
[tiers]
policy = "demo/tiers"
book = "retail"
shards = {shards}
horizon = "P3M"
service_costs = "demo/service-costs"
""",
        policies={"tiers.policy.toml": _TIERS, "service-costs.policy.toml": _COSTS},
    ),
    Part(plan=STAGES_PART, policies={"stages.policy.toml": STAGES}),
    Part(
        plan=GROUPS_PART,
        policies={"groups.policy.toml": GROUPS, "entitlements.policy.toml": ENTITLEMENTS},
    ),
    Part(plan=OUTLOOK_PART, policies={"outlook.policy.toml": OUTLOOK}),
    Part(
        plan="""\
# Complaints are answered within 24 hours by the bank's own promise, and decided within 15 days by law.
[complaints]
policies = ["complaints/cn-nfra", "complaints/24-hour-promise"]
period = "P1M"
ways_on = ["re-check-by-superior-institution", "mediation", "arbitration", "court"]
# Many complaints of one branch are a matter for the surge watch here.
branch_days = 0
""",
        policies={},
    ),
    Part(
        plan=POINTS,
        policies={"points.policy.toml": PROGRAMME, "points-expected.policy.toml": EXPECTED},
    ),
    Part(plan=SURVEY_PART, policies={}),
)
"""What each domain adds, in the order of `bank.toml`."""


def _list(codes: Mapping[str, str]) -> str:
    """Return a code list as TOML."""
    return f"{{ {', '.join(f'{raw!r} = {code!r}' for raw, code in codes.items())} }}".replace(
        "'", '"'
    )


def _codes(column: str) -> str:
    """Return a code list of the complaints as TOML."""
    return _list(COMPLAINT_CODES[column])


EXTRACTS: Final = (
    f"""\
# Chinese names in GB18030; customers made for tests are left out.
[[extract]]
table = "customers"
files = ["customers.csv"]
encoding = "gb18030"
where = {{ not = {{ fact = "客户状态", equals = "{TEST}" }} }}

[extract.columns]
customer = "客户号"
known_on = "首次接触"
customer_kind = {{ column = "客户类别", codes = {_list(KINDS)} }}
born_on = "出生日期"
gender = {{ column = "性别", codes = {_list(GENDERS)} }}
occupation = "职业"
region = {{ column = "地区", codes = {_list(REGIONS)} }}
industry = {{ column = "行业", codes = {_list(INDUSTRIES)} }}
marketing = {{ column = "营销同意", codes = {_list(AGREED)} }}
""",
    f"""\
[[extract]]
table = "accounts"
files = ["accounts.csv"]
delimiter = ";"
dates = "%Y%m%d"
nothing = ["", "{OPEN_END}"]

[extract.columns]
account = "ACCT_NO"
customer = "CUST_NO"
currency = "CCY"
product = "PROD"
opened_on = "OPEN_DT"
closed_on = "CLOSE_DT"
opening_balance = "BAL_BF"
""",
    f"""\
[[extract]]
table = "transactions"
files = ["transactions_*.csv.gz"]

[extract.columns]
account = "ACCT_NO"
on = "TXN_DT"
amount = "AMT"
direction = {{ column = "DC", codes = {{ C = "in", D = "out" }} }}
balance = "BAL"

[extract.columns.kind]
column = "TXN_CD"
otherwise = "other"
codes = {{ {", ".join(f'{code} = "{kind}"' for code, kind in CODES.items())} }}
""",
    """\
[[extract]]
table = "rates"
files = ["rates.csv"]
columns = { currency = "CCY", on = "PUB_DT", rate = "MID" }
""",
    f"""\
# Local times to the minute. Values that a code list does not have are kept as unknown, and told.
[[extract]]
table = "complaints"
files = ["complaints.csv"]
encoding = "gb18030"

[extract.columns]
case = "投诉编号"
customer = "客户号"
received_at = {{ column = "受理时间", dates = "%Y-%m-%d %H:%M" }}
channel = {{ column = "渠道", codes = {_codes("channel")} }}
product = {{ column = "产品", codes = {_codes("product")} }}
issue = {{ column = "事项", codes = {_codes("issue")} }}
branch = "网点"
amount = "涉及金额"
vulnerable = {{ column = "特殊客群", codes = {_codes("vulnerable")} }}
loss = {{ column = "是否受损", codes = {_codes("loss")} }}
cause = {{ column = "原因", codes = {_codes("cause")} }}
status = {{ column = "状态", codes = {_codes("status")} }}
replied_at = {{ column = "首次回复", dates = "%Y-%m-%d %H:%M" }}
answered_at = {{ column = "答复时间", dates = "%Y-%m-%d %H:%M" }}
closed_at = {{ column = "结案时间", dates = "%Y-%m-%d %H:%M" }}
""",
    *CARD_EXTRACTS,
    *SURVEY_EXTRACTS,
)
"""How each extract is mapped."""


def plan(told_since: date, span: tuple[date, date], locale: str, customers: int) -> str:
    """
    Return the demo's `bank.toml`.

    Args:
        told_since: First day of transactions.
        span: First and last of the month ends it decides on.
        locale: Language of the report.
        customers: How many there are.
    """
    first, last = span
    shards = max(4, -(-customers // SHARD))
    head = f"""\
# A made-up bank; ABOUT.md says what is in it. Run it with: bankservice run bank.toml
title = {{ en = "Demo Bank", zh = "示例银行" }}
institution = "demo/bank"
policies = ["policies/*.policy.toml"]
data = ["extracts"]
as_of = {{ first = {first}, last = {last}, every = "month-end" }}
locale = "{locale}"
output = "out"
"""
    fills = {"{shards}": str(shards), "{told_since}": str(told_since)}
    parts = (_filled(part.plan, fills) for part in PARTS)
    return "\n".join((head, *parts, *EXTRACTS))


def _filled(text: str, fills: Mapping[str, str]) -> str:
    for name, value in fills.items():
        text = text.replace(name, value)
    return text


def about(
    customers: int, seed: int, months: tuple[str, str], flaws: Iterable[tuple[Title, str]]
) -> str:
    """Return `ABOUT.md`: what was written, and every flaw with its place."""
    held = tuple(flaws)
    first, last = months
    english = "\n".join(f"- {title.en}: {place}" for title, place in held)
    chinese = "\n".join(f"- {title.zh}：{place}" for title, place in held)
    return f"""\
# Demo Bank

A made-up bank, written by `bankservice demo` with seed {seed}: {customers:,} customers, {first} to {last}.
No person, account or amount is real. The same seed writes the same bank.

- `bank.toml` says what is read and what is decided.
- `policies` holds the bank's own rules; change one and run again.
- `extracts` holds the dumps. `customers.csv` is in GB18030, and its test customers are filtered
  out by `bank.toml`. Balances are those after each line; `BAL_BF` is the one before the first.
  Some customers are quiet for months while interest goes on; who comes later was spoken with before.
- `complaints.csv` holds the complaints as they stand on the last day, in local time.
- `cards.csv.gz` holds what {MEMBERS} credit cards at most were used for, `redemptions.csv` what their
  points were spent on.
- `invitations.csv` and `answers.csv` hold a survey asked every six months, and what was answered.
  Who complained, and above all who waited, says so there.

What is wrong in the extracts or stands out in them, on purpose:

{english}

A garbled line of transactions stands right before the same line as it should be, so every balance adds up without
it; only the account with the missing line does not. Who rejects a line cannot know that it was
sent twice, so a run takes what these customers hold for unknown.

# 示例银行

由 `bankservice demo` 以种子 {seed} 生成的虚构银行：{customers:,} 位客户，{first} 至 {last}。
客户、账户与金额均非真实；同一种子生成同一银行。

- `bank.toml` 说明读取什么、决定什么。
- `policies` 是银行自己的规则；修改后可再次运行。
- `extracts` 是导出文件。`customers.csv` 采用 GB18030 编码，其中的测试客户由 `bank.toml` 过滤。
  余额为每行之后的余额；`BAL_BF` 为首行之前的余额。
  有些客户数月没有业务，仅有利息入账；新客户在开户前已有接触。
- `complaints.csv` 是投诉在最后一天的状态，时间为当地时间。
- `cards.csv.gz` 是至多 {MEMBERS} 张信用卡的交易，`redemptions.csv` 是其积分的兑换。
- `invitations.csv` 与 `answers.csv` 是每六个月一次的调查邀请与答卷；投诉过的客户，尤其是久等的客户，会在其中有所反映。

导出文件中有意留下的错误与异常：

{chinese}

交易的错误行紧挨在正确的同一行之前，剔除后余额全部相符；只有缺少一行的那个账户对不上。
剔除某行时无从得知它是否重发，因此运行时这些客户的资产按未知处理。
"""
