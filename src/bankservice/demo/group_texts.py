"""The demo's words on stages and groups: its policies, and its tables in `bank.toml`."""

from __future__ import annotations

from typing import Final

__all__ = ["ENTITLEMENTS", "GROUPS", "GROUPS_PART", "STAGES", "STAGES_PART"]

STAGES: Final = """\
# The stages of the demo bank's customers. Try a change: `inactive_after`, or `events`, then run again.
id = "demo/stages"
kind = "lifecycle.stages"
title = { en = "Demo bank stages of the relationship", zh = "示例银行客户生命周期阶段" }

[[version]]
since = 2000-01-01
source = { text = "Demo bank service manual", clause = "6", checked = "own" }
zone = "Asia/Shanghai"
kinds = "vocabulary/activity-kinds"
inactive_after = "P3M"
lost_after = "P6M"
prospect_after = "P6M"
repeat = { events = 6 }
loyal = { tenure = "P12M", events = 60, window = "P12M", products = 2, review = "P3M" }
"""

STAGES_PART: Final = """\
# Interest and valuations are booked by the bank: who does nothing else is inactive all the same.
# Of the time before the first month nobody knows what happened, so no clock runs in it.
[stages]
policy = "demo/stages"
treatments = "lifecycle/retail-treatments-shape"
told_since = {told_since}

[stages.kinds]
interest = { kind = "interest", initiator = "bank" }
valuation = { kind = "correction", initiator = "bank" }
FEE = { kind = "charge", initiator = "bank" }
PUR = { kind = "spending" }
CSH = { kind = "cash_withdrawal" }
salary = { kind = "salary" }
pension = { kind = "salary" }
allowance = { kind = "transfer" }
takings = { kind = "payment" }
card = { kind = "spending" }
cash = { kind = "cash_withdrawal" }
rent = { kind = "payment" }
utilities = { kind = "payment" }
transfer = { kind = "transfer" }
gift = { kind = "transfer" }
purchase = { kind = "spending" }
closing = { kind = "transfer" }
"""

GROUPS: Final = """\
# The groups of the demo bank: screened by basic facts, analysed by behaviour, then the most
# specific segment that holds.
id = "demo/groups"
kind = "segmentation.groups"
title = { en = "Demo bank groups", zh = "示例银行客户群体" }

[[version]]
since = 2015-01-01
source = { text = "Demo bank service manual", clause = "7", checked = "own" }
positioning = { en = "A bank for people and small businesses of the east coast", zh = "服务东部居民与小微企业的银行" }
tiers = ["STANDARD", "SILVER", "GOLD", "PLATINUM"]

[[version.screen]]
code = "minor"
title = { en = "a minor, for whom a guardian acts", zh = "未成年人，由监护人办理" }
outcome = "refer"
when = { fact = "age", less_than = 18 }

[[version.screen]]
code = "of-age"
title = { en = "of age", zh = "成年客户" }
outcome = "in"

[[version.behaviour]]
code = "investing"
title = { en = "Investing", zh = "投资型" }
when = { fact = "investing_share", at_least = 3000 }

[[version.behaviour]]
code = "spending"
title = { en = "Spending", zh = "消费型" }
when = { fact = "spending_share", at_least = 3000 }

[[version.behaviour]]
code = "operating"
title = { en = "Operating a business", zh = "经营型" }
when = { fact = "business_share", at_least = 2000 }

[[version.segment]]
code = "general"
title = { en = "General customers", zh = "一般客户" }

[[version.segment]]
code = "owner"
title = { en = "Owners of small businesses", zh = "中小企业主" }
customer_kind = "business_owner"

[[version.segment]]
code = "young_owner"
title = { en = "Young entrepreneurs", zh = "年轻创业者" }
customer_kind = "business_owner"
age = [18, 35]

[[version.segment]]
code = "young_caterer"
title = { en = "Young caterers of the east", zh = "东部年轻餐饮创业者" }
customer_kind = "business_owner"
age = [18, 35]
region = "east"
industry = "catering"

[[version.segment]]
code = "investor"
title = { en = "Investors of the higher tiers", zh = "中高端投资客户" }
tier = ["GOLD", "PLATINUM"]
behaviour = "investing"
when = { not = { fact = "customer_kind", within = "business_owner" } }

[[version.segment]]
code = "young"
title = { en = "Young customers", zh = "年轻客户" }
tier = ["STANDARD", "SILVER"]
age = [18, 30]
when = { not = { fact = "customer_kind", within = "business_owner" } }
"""

ENTITLEMENTS: Final = """\
# Which class gets which service: everybody something, and nobody by age or gender.
id = "demo/entitlements"
kind = "segmentation.entitlements"
title = { en = "Demo bank services by class", zh = "示例银行分类服务" }

[[version]]
since = 2015-01-01
source = { text = "Demo bank service manual", clause = "8", checked = "own" }
tiers = ["STANDARD", "SILVER", "GOLD", "PLATINUM"]

[[version.grant]]
code = "everybody"
title = { en = "everybody", zh = "所有客户" }
services = ["quick_lane", "mobile"]

[[version.grant]]
code = "silver"
title = { en = "Silver and above", zh = "白银及以上客户" }
services = ["personal_help"]
when = { fact = "tier", in = ["SILVER", "GOLD", "PLATINUM"] }

[[version.grant]]
code = "gold"
title = { en = "Gold and Platinum", zh = "黄金、白金客户" }
services = ["asset_allocation", "own_adviser"]
when = { fact = "tier", in = ["GOLD", "PLATINUM"] }

[[version.grant]]
code = "owners"
title = { en = "who operates a business", zh = "经营型客户" }
services = ["quick_credit", "industry_information"]
when = { any = [{ fact = "behaviours", includes = "operating" }, { fact = "customer_kind", within = "business_owner" }] }

[[version.grant]]
code = "loyal"
title = { en = "loyal customers", zh = "忠诚客户" }
services = ["personal_help"]
when = { fact = "stage", equals = "loyal" }
"""

GROUPS_PART: Final = """\
# Whose behaviour is told by what moved in the last six months, and by what is held.
[groups]
policy = "demo/groups"
entitlements = "demo/entitlements"
window = "P6M"
products = { WMP = "wealth", TDP = "time_deposit" }
rfm = { money = "assets" }

[groups.kinds]
interest = ""
valuation = ""
FEE = ""
closing = ""
salary = "income"
pension = "income"
allowance = "income"
takings = "business"
card = "spending"
PUR = "spending"
CSH = "cash"
cash = "cash"
rent = "rent"
utilities = "utilities"
transfer = "transfer"
gift = "gift"
purchase = "spending"
"""
