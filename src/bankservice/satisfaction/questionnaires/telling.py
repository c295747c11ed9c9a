"""How the reading of an answer sheet is told."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from bankservice.core.decision import Says
from bankservice.core.policy import Title
from bankservice.satisfaction.model import Missing
from bankservice.satisfaction.questionnaires.answers import SheetFault

__all__ = [
    "ALIKE",
    "ANSWERED",
    "COMPLETE",
    "EMPTY",
    "FAULTS",
    "INVALID",
    "MISSED",
    "MISSING",
    "PARTIAL",
    "REFUSED",
    "SAYS",
    "SECONDS",
    "STATUS",
    "WHOLE",
]

COMPLETE: Final = Says("SHEET_COMPLETE", ("valid", "presented"))
PARTIAL: Final = Says("SHEET_PARTIAL", ("valid", "presented"))
INVALID: Final = Says("SHEET_INVALID", ("why",))
EMPTY: Final = Says("SHEET_EMPTY", ("presented",))
ANSWERED: Final = Says("sheet-answered", ("question", "answer"))
MISSED: Final = Says("sheet-missing", ("question", "why"))
REFUSED: Final = Says("sheet-refused", ("question", "why"))
SECONDS: Final = Says("sheet-seconds", ("seconds", "least"))
ALIKE: Final = Says("sheet-alike", ("scale", "answers", "least"))

SAYS: Final = (COMPLETE, PARTIAL, INVALID, EMPTY, ANSWERED, MISSED, REFUSED, SECONDS, ALIKE)
"""Every reason and check of the reading of a sheet."""

STATUS: Final[Mapping[str, Title]] = {
    "complete": Title(en="complete", zh="完整"),
    "partial": Title(en="partial", zh="部分作答"),
    "invalid": Title(en="invalid", zh="无效"),
    "empty": Title(en="empty", zh="未作答"),
}
"""What people call the states of a sheet."""

WHOLE: Final = Title(en="the sheet", zh="答卷")
"""What is told of a sheet, not of one of its questions."""

MISSING: Final[Mapping[Missing, Title]] = {
    Missing.DONT_KNOW: Title(en="did not know", zh="不知道"),
    Missing.NOT_APPLICABLE: Title(en="does not apply", zh="不适用"),
    Missing.REFUSED: Title(en="refused to say", zh="拒绝回答"),
    Missing.SKIPPED: Title(en="skipped", zh="跳过"),
    Missing.NOT_SHOWN: Title(en="was not shown", zh="未展示"),
}
"""What people call the ways of having no answer."""

FAULTS: Final[Mapping[SheetFault, Title]] = {
    SheetFault.UNKNOWN_QUESTION: Title(en="is not asked", zh="问卷中没有此题"),
    SheetFault.TWICE: Title(en="was answered twice", zh="重复作答"),
    SheetFault.NOT_SHOWN: Title(en="was answered though not shown", zh="未展示却有回答"),
    SheetFault.NOT_WHOLE: Title(en="not a whole number", zh="不是整数"),
    SheetFault.OUT_OF_RANGE: Title(en="out of range", zh="超出范围"),
    SheetFault.NOT_YES_OR_NO: Title(en="neither yes nor no", zh="既非是也非否"),
    SheetFault.UNKNOWN_OPTION: Title(en="not an option", zh="不是选项"),
    SheetFault.OPTION_TWICE: Title(en="an option twice", zh="同一选项出现两次"),
    SheetFault.TOO_MANY: Title(en="too many options or characters", zh="选项或字数过多"),
    SheetFault.NOT_RANKED: Title(en="options left without a rank", zh="有选项未排序"),
    SheetFault.WRONG_SUM: Title(en="points that add up to another sum", zh="分数之和不符"),
    SheetFault.NOT_A_NUMBER: Title(en="not a number", zh="不是数字"),
    SheetFault.NOT_A_DATE: Title(en="not a day", zh="不是日期"),
    SheetFault.NOT_TEXT: Title(en="not words", zh="不是文字"),
    SheetFault.BEFORE_INVITATION: Title(en="from before the invitation", zh="早于邀请"),
    SheetFault.OUT_OF_ORDER: Title(en="finished before it was opened", zh="完成早于打开"),
    SheetFault.OTHER_LANGUAGE: Title(
        en="in a language the questionnaire does not have", zh="问卷没有该语言"
    ),
    SheetFault.OTHER_CHANNEL: Title(
        en="over a channel the questionnaire is not used on", zh="问卷不用于该渠道"
    ),
}
"""What people call what is wrong with an answer or a sheet."""
