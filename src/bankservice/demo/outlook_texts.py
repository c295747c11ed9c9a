"""
The demo's words on what comes next: its outlook policy, and its table in `bank.toml`.

The models were fitted, by the same table with `[outlook.fit]`, on the demo bank as it was a year
before: `demo.write(folder, last=date(2025, 6, 30))`, seen up to 2025-03-31. A test fits them again.
"""

from __future__ import annotations

from datetime import date
from typing import Final

__all__ = ["FITTED_ON", "OUTLOOK", "OUTLOOK_PART"]

FITTED_ON: Final = date(2025, 3, 31)
"""Day up to which the business was seen that the models were fitted on."""

OUTLOOK: Final = """\
# What comes next at the demo bank, by models fitted on its customers of a year before. To fit them
# anew, add [outlook.fit] to bank.toml. Try a change: `at_least`, or `margin`, then run again.
id = "demo/outlook"
kind = "lifecycle.outlook"
title = { en = "Demo bank outlook", zh = "示例银行展望" }

[[version]]
since = 2015-01-01
source = { text = "Demo bank service manual", clause = "9", checked = "own" }
zone = "Asia/Shanghai"
horizon = 12
refit_after = "P18M"

[version.purchases]
model = "bg-bb"
parameters = { alpha = "11.9", beta = "6.37663", gamma = "0.0323015", delta = "10.4654" }
customers = 1971
log_likelihood = "-13614.2979533"
digest = "a689c12247508f149e6f152e294eff14"
unit = "month"
population = { en = "Customers of the demo bank a year before", zh = "一年前示例银行的客户" }
fitted_on = 2025-03-31

[version.spend]
model = "gamma-gamma"
parameters = { p = "0.734439", q = "3.07871", v = "4197.06" }
customers = 1944
log_likelihood = "-15824.7001386"
digest = "e5072952ede3d28757dd0d8550bb1dd0"
currency = "CNY"
correlation = "0.108554"
population = { en = "Customers of the demo bank a year before who drew cash again", zh = "一年前再次取现的示例银行客户" }
fitted_on = 2025-03-31

[version.value]
steps = 4
rate = "0.05"
rate_per = "year"
margin = "0.01"

[[version.band]]
code = "low"
title = { en = "Low", zh = "低" }

[[version.band]]
code = "medium"
title = { en = "Medium", zh = "中" }
at_least = "0.2"

[[version.band]]
code = "high"
title = { en = "High", zh = "高" }
at_least = "0.5"

# What is held hangs together from month to month, so a trend has to be surer than usual.
[[version.trend]]
measure = "balance"
title = { en = "Balance", zh = "余额" }
window = 12
least = 6
significance = "0.01"

[[version.trend]]
measure = "digital_use"
title = { en = "Digital use", zh = "数字渠道使用" }
window = 12
least = 6
significance = "0.01"
"""

OUTLOOK_PART: Final = """\
# Estimates, twice a year: who may have left, what customers are worth, what rises and falls. What
# comes by itself every month (pay, rent, shopping) says little of who stays: business is what
# people set out to do. An estimate never changes a stage.
[outlook]
policy = "demo/outlook"
told_since = {told_since}
every = "half-year"
digital = ["card"]

[outlook.kinds]
cash = "spend"
CSH = "spend"
transfer = "business"
gift = "business"
salary = ""
pension = ""
allowance = ""
takings = ""
card = ""
PUR = ""
REV = ""
FEE = ""
rent = ""
utilities = ""
purchase = ""
interest = ""
valuation = ""
closing = ""
"""
