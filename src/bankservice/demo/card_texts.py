"""The card's words in the demo: its programme, what is expected of it, how its extracts are mapped."""

from __future__ import annotations

from typing import Final

from bankservice.demo.cards import KINDS

__all__ = ["CARD_EXTRACTS", "EXPECTED", "POINTS", "PROGRAMME"]

PROGRAMME: Final = """\
# The points of the demo bank's credit card: one for every full 20 yuan, more for higher tiers.
# Try a change: `factor`, `limit` or `expiry`, with a new [[version]] and a later `since`.
id = "demo/points"
kind = "loyalty.programme"
title = { en = "Demo bank card points", zh = "示例银行信用卡积分" }

[[version]]
since = 2015-01-01
source = { text = "Demo bank service manual", clause = "4", checked = "own" }
zone = "Asia/Shanghai"
currency = "CNY"
points = { code = "POINTS", title = { en = "points", zh = "积分" } }
available = { mode = "next-day" }
# Valid to the end of the twelfth month after the one they were earned in.
expiry = { mode = "end-of", period = "P12M", round_to = "month" }
refunds = { mode = "re-evaluate", shortfall = "arrears" }

[[version.merchants]]
code = "dining"
title = { en = "Restaurants and coffee", zh = "餐饮" }
mcc = ["5812-5814"]

[[version.merchants]]
code = "low-fee"
title = { en = "Hospitals and property", zh = "医院、房地产" }
mcc = ["8062", "6513"]

[[version.exclude]]
code = "not-a-purchase"
title = { en = "Fees, interest, cash advances", zh = "年费、利息、预借现金" }
kinds = ["not_earning"]

[[version.exclude]]
code = "low-fee-merchant"
title = { en = "Merchants with low fees", zh = "低费率商户" }
merchants = ["low-fee"]

[[version.earn]]
code = "purchase"
title = { en = "Purchases", zh = "消费" }
kinds = ["spending"]
points = 1
per = "20.00"
block = "20.00"

[[version.earn]]
code = "dining"
title = { en = "Four more for dining", zh = "餐饮加四倍" }
kinds = ["spending"]
merchants = ["dining"]
component = "bonus"
points = 4
per = "20.00"
block = "20.00"
multiplied = false

[[version.multiplier]]
code = "gold"
title = { en = "Gold", zh = "黄金客户" }
factor = 1.5
when = { fact = "tier", equals = "GOLD" }

[[version.multiplier]]
code = "platinum"
title = { en = "Platinum", zh = "白金客户" }
factor = 2
when = { fact = "tier", equals = "PLATINUM" }

[[version.cap]]
code = "dining-month"
title = { en = "Bonus for dining in a month", zh = "餐饮加赠每月上限" }
rows = ["dining"]
limit = 120
period = "month"

[[version.reward]]
code = "cinema-ticket"
title = { en = "Cinema ticket", zh = "电影票" }
kind = "voucher"
points = 600
value = "45.00"

[[version.reward]]
code = "coffee-set"
title = { en = "Coffee set", zh = "咖啡套装" }
points = 1500
value = "120.00"

[[version.reward]]
code = "tea-set"
title = { en = "Tea set", zh = "茶具套装" }
points = 2000
value = "160.00"
"""

EXPECTED: Final = """\
# How many points the demo bank expects to be redeemed, and what one that is redeemed costs.
id = "demo/points-expected"
kind = "loyalty.expectations"
title = { en = "Demo bank points expected to be redeemed", zh = "示例银行积分兑换预期" }

[[version]]
since = 2015-01-01
source = { text = "Demo bank service manual", clause = "5", checked = "own" }
currency = "CNY"
model = "cost-accrual"

[[version.cohort]]
code = "dining"
components = ["bonus"]
share = "0.85"
per_point = "0.07"

[[version.cohort]]
code = "rest"
share = "0.70"
per_point = "0.07"
"""

POINTS: Final = f"""\
# The credit card's points. What earns is told by the type of a row; the tier is that of [tiers].
[points]
programme = "demo/points"
expectations = "demo/points-expected"
kinds = {{ {", ".join(f'{code} = "{earns}"' for code, earns in KINDS.items())} }}
sample = 3
"""
"""The table in `bank.toml`."""

CARD_EXTRACTS: Final = (
    """\
# What gives back names its purchase, so its type does not matter.
[[extract]]
table = "purchases"
files = ["cards.csv.gz"]

[extract.columns]
ref = "REF"
customer = "CUST_NO"
card = "CARD_NO"
at = "TXN_TIME"
amount = "AMT"
currency = "CCY"
kind = "TXN_TYPE"
mcc = "MCC"
merchant = "MERCHANT"
refund_of = "ORIG_REF"
""",
    """\
[[extract]]
table = "redemptions"
files = ["redemptions.csv"]
encoding = "gb18030"

[extract.columns]
ref = "兑换编号"
customer = "客户号"
at = { column = "兑换时间", dates = "%Y-%m-%d %H:%M" }
reward = "奖品"
quantity = "数量"
cancels = "原兑换编号"
""",
)
"""How its extracts are mapped."""
