"""The demo's words on satisfaction: its table in `bank.toml`, and how its extracts are mapped."""

from __future__ import annotations

from typing import Final

from bankservice.demo.surveys import ANSWER_CODES, QUESTIONS

__all__ = ["SURVEY_EXTRACTS", "SURVEY_PART"]

SURVEY_PART: Final = """\
# Satisfaction twice a year, by the shipped questionnaire and how scores are told by default.
# Answers are weighted to the ages and regions of all customers. Who is not satisfied is called back.
[survey]
questionnaire = "satisfaction/relationship"
reporting = "satisfaction/reporting-shape"
sampling = "satisfaction/retail-sampling-shape"
follow_up = "satisfaction/call-back-promise"
units = ["branch", "channel"]
population = ["age"]
ages = [30, 50]
missing = { 98 = "dont-know", 99 = "not-applicable" }
outcome = "satisfaction"
drivers = ["speed.perception", "staff-professional.perception", "staff-attitude.perception", "staff-communication.perception", "convenience.perception", "comfort.perception", "emotional-value.perception"]
chart = "wave"
"""


def _list(column: str) -> str:
    codes = ", ".join(f'"{raw}" = "{code}"' for raw, code in ANSWER_CODES[column].items())
    return f"{{ {codes} }}"


SURVEY_EXTRACTS: Final = (
    f"""\
[[extract]]
table = "invitations"
files = ["invitations.csv"]
encoding = "gb18030"

[extract.columns]
invitation = "邀请编号"
customer = "客户号"
wave = "期次"
at = {{ column = "发送时间", dates = "%Y-%m-%d %H:%M" }}
channel = {{ column = "方式", codes = {_list("channel")} }}
outcome = {{ column = "结果", codes = {_list("outcome")} }}
""",
    f"""\
[[extract]]
table = "answers"
files = ["answers.csv"]
encoding = "gb18030"

[extract.columns]
answer = "答卷编号"
invitation = "邀请编号"
customer = "客户号"
wave = "期次"
at = {{ column = "交卷时间", dates = "%Y-%m-%d %H:%M" }}
branch = "网点"
channel = {{ column = "方式", codes = {_list("channel")} }}
"""
    + "".join(f'"{code}" = "Q{place}"\n' for place, code in enumerate(QUESTIONS, 1)),
)
"""How the extracts of the survey are mapped."""
