"""The words that relate figures (关系词), from the pack, as patterns: compiled once for each pack, when asked for."""

from __future__ import annotations

import re
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING

from toolkit.core.light import dataclass
from toolkit.core.patterns import compiled, late

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from toolkit.pack import ProseSettings

_TAIL = r"(?:了|额度|额|数额|数|值|率|幅度|幅|比例|金额|支出|收入|资金|经费|预算|投入|开支|人数|编制|完成)*"
_VERB = r"(?:约?为|是|达到?|约|共计|共|计|[：:])*"
_YEAR = r"20\d\d年"

MEASURES = "眼顶床包人户车台亩件次校村辆吨册份套只头株场期间箱袋瓶桶盒名位家所支盏座生"  # of which a price may be

_ASIDE = late(r"（[^（）]*）")


def _words(*names: str) -> cached_property[re.Pattern[str]]:
    """Any word of some lists of the pack."""
    return cached_property(lambda grammar: grammar.words(*names))


@dataclass(frozen=True, eq=False)
class Grammar:
    """The pack's words by what they do; patterns for the words before a figure end with the figure."""

    table: Mapping[str, tuple[str, ...]]

    yards = _words("yardsticks")  # 全市平均, 目标值: what a rate may be held against by name
    schedule = _words("schedule")  # 序时进度: what is due by the month
    because = _words("because")  # 原因: an explanation
    past = _words("past")  # 上年
    planned = _words("planned")  # 预算, 计划
    capped = _words("price_caps")  # 最高每户: a price that nobody need have paid
    names = _words("status_names")  # 转移支付: names that say nothing of what has become of money
    founded = _words("founding_words")  # 设置: what a list of offices stands behind
    adding = _words("adding")  # 加上级补助收入
    rest = _words("rest")  # 其他
    each = _words("each_words")  # 分别为: the list is all
    several = _words("several_words")  # 分别: what follows is said of the figures before, one by one
    staff = _words("staff_parts")  # 行政, 事业
    staff_total = _words("staff_total")  # 编制, 实有
    posts = _words("posts")  # 编制
    present = _words("present")  # 实有
    vacant = _words("vacant_posts")  # 空编, 超编: posts and people apart
    levels = _words("levels")  # 党员, 硕士: views of the same things that cannot be added
    caveats = _words("caveats")  # 可比口径: the figures are not simply comparable
    set_apart = _words("caveats_outside")  # 扣除: not comparable, unless it stands in a bracket of a name
    income = _words("income_words")  # 收入
    outlay = _words("outlay_words")  # 支出
    opening = _words("opening_words")  # 年初结转
    closing = _words("closing_words")  # 年末结余
    remains = _words("closing_words", "left_words", "remains_words")  # 结余, 净资产: one figure less another
    spent = _words("spent_words")  # 支出 and nothing else
    settled = _words("settled_words")  # 已办结: what is done with
    pending = _words("pending_words")  # 正在办理: what is not done with yet
    saved = _words("saved_words")  # 节约: what a plan was more than what was spent
    balance = _words("balance_words")  # 收支相抵
    stock_before = _words("stock_before_words")  # 上年末: a stock at the start
    stock_now = _words("stock_now_words")  # 保有量, 年末: a stock at the end
    stock_in = _words("stock_in_words")  # 购置: what was added to a stock
    stock_out = _words("stock_out_words")  # 报废: what was taken from a stock
    limit = _words("limit_words")  # 限额
    owed = _words("owed_words")  # 余额: what a limit is set for
    # what a name of money may say of its being planned, paid or left
    happened = _words("granted_words", "paid_words", "spent_words", "planned", "past", "moments")
    budget = _words("budget_words")  # any word of a budget

    def any_of(self, *names: str) -> str:
        """An alternative of all words of some lists; a word inside of a name that says something else is none.

        In the order of the lists: a set has another in every process, and a pattern of other words is not kept.
        """
        words = dict.fromkeys(w for name in names for w in self.table.get(name, ()))
        return "|".join(map(self._apart, sorted(words, key=len, reverse=True))) or "(?!)"

    def _apart(self, word: str) -> str:
        """计划, but not in 计划生育."""
        names = (name.partition(word) for name in self.table.get("names_apart", ()) if word in name and word != name)
        guards = (rf"(?!{f'(?<={re.escape(a)})' if a else ''}{re.escape(w + b)})" for a, w, b in names)
        return "".join(guards) + re.escape(word)

    def words(self, *names: str) -> re.Pattern[str]:
        """Any word of some lists."""
        return compiled(self.any_of(*names))

    def long(self, name: str) -> str:
        """The words of a list that have more than one character."""
        words = (w for w in self.table.get(name, ()) if len(w) > 1)
        return "|".join(map(self._apart, sorted(words, key=len, reverse=True))) or "(?!)"

    def either(self, name: str) -> str:
        """A group of that name: whole words anywhere; single characters (高, 少) not as part of 最高, 至少."""
        short = _any(w for w in self.table.get(name, ()) if len(w) == 1)
        return rf"(?P<{name}>{self.long(name)}|(?<![最至不提新更许大很偏较])(?:{short}))"

    @property
    def against(self) -> str:
        """What something may be compared with."""
        return rf"(?:{self.any_of('past', 'planned')}|{_YEAR})"

    @cached_property
    def against_another(self) -> re.Pattern[str]:
        """全市平均, 序时进度, 目标值: what a rate is held against though it has a name of its own."""
        return compiled(rf"{self.any_of('past', 'yardsticks')}|{_YEAR}")

    @property
    def comparing(self) -> str:
        """The start of a comparison, with its other side in sight."""
        ahead = rf"(?=[^，；。]{{0,14}}?{self.against})"
        return rf"同比|环比|(?<!经)(?:{self.any_of('compare')})(?![例重率值]){ahead}|按可比口径"

    @cached_property
    def move(self) -> re.Pattern[str]:
        """A change right before the figure: groups up, down or any."""
        moved = self.any_of("moved")
        return compiled(rf"(?:{self.either('up')}|{self.either('down')}|(?P<any>{moved})){_TAIL}{_VERB}$")

    @cached_property
    def gauged(self) -> re.Pattern[str]:
        """低于序时进度, 比上年提高, 较全市平均快: what points hold a rate against (like, target), and which way."""
        quick = rf"(?P<faster>{self.any_of('faster')})|(?P<slower>{self.any_of('slower')})|{self.any_of('moved')}"
        ways = rf"(?:{self.either('up')}|{self.either('down')}|{quick}){_TAIL}{_VERB}$"
        against = rf"(?P<like>同比|环比)|(?:{self.any_of('compare')})(?P<target>[^，；。]{{1,16}}?)(?:相比)?"
        beyond = rf"(?:(?P<over>{self.any_of('over', 'faster_than')})|(?P<under>{self.any_of('under', 'slower_than')}))"
        return compiled(rf"{beyond}(?P<yard>[^，；。]{{0,16}})$|(?:{against})?{ways}")

    @cached_property
    def saved_rate(self) -> re.Pattern[str]:
        """审减率, 节约率: a rate by its name, no growth."""
        return compiled(rf"(?:{self.any_of('saved_words')})率{_VERB}$")

    @cached_property
    def limits(self) -> re.Pattern[str]:
        """不低于: the figure is a bound, and exact."""
        return compiled(rf"(?:{self.any_of('limits')})$")

    @cached_property
    def moved_by(self) -> re.Pattern[str]:
        """A change told before the figure: 比上年增加人员经费, 因增加…, 大于预算数."""
        moves = rf"(?:(?P<up>{self.long('up')})|(?P<down>{self.long('down')}))(?!值|型)[^，；。]{{0,12}}$"
        over = rf"(?:(?P<over>{self.any_of('over')})|(?P<under>{self.any_of('under')}))"
        return compiled(
            rf"(?:(?:{self.comparing}).*?|^(?:主要是?|因|由于|其中|均?为|[和及、])*(?:相应|同时)?){moves}"
            rf"|{over}[^，；。]{{0,6}}(?:{self.any_of('planned', 'past')})[^，；。]{{0,6}}$"
        )

    @cached_property
    def towards(self) -> re.Pattern[str]:
        """增加到, 下降至: the figure is a level."""
        return compiled(rf"(?:{self.long('up')}|{self.long('down')})(?:了?[到至]|(?<![幅速])为)$")

    @cached_property
    def ups(self) -> frozenset[str]:
        """Whole words for more."""
        return frozenset(w for w in self.table.get("up", ()) if len(w) > 1)

    @cached_property
    def compare(self) -> re.Pattern[str]:
        """比上年, 较年初预算."""
        return compiled(self.comparing)

    @cached_property
    def base(self) -> re.Pattern[str]:
        """The figure is the other side of a comparison."""
        not_base = rf"(?!.{{0,6}}(?:结转|结余|{self.any_of('planned')}))"
        return compiled(rf"(?:{self.comparing})[^，；。]*$|^(?:{self.any_of('past')}){not_base}")

    @cached_property
    def compared(self) -> re.Pattern[str]:
        """较控制价: the start of a comparison with anything, right before its figure."""
        return compiled(rf"(?<!经)(?:{self.any_of('compare')})(?![例重率值])[^，；。]{{1,10}}$")

    @cached_property
    def moved_after(self) -> re.Pattern[str]:
        """The word of direction right behind the figure."""
        return compiled(rf"(?:{self.long('up')}|{self.long('down')})")

    @cached_property
    def beside(self) -> re.Pattern[str]:
        """决算数大于预算数, without a figure."""
        over = rf"(?:(?P<over>{self.any_of('over')})|(?P<under>{self.any_of('under')}))"
        return compiled(rf"{over}(?:年初|全年|调整|部门)?(?:{self.any_of('planned')})数?(?!的\d)(?P<by>\d)?")

    @cached_property
    def beyond_level(self) -> re.Pattern[str]:
        """低于预算的, 高于上年的: a level follows."""
        over = rf"(?:(?P<over>{self.any_of('over')})|(?P<under>{self.any_of('under')}))"
        return compiled(rf"^，?(?<![不未]){over}[^，；。]{{0,12}}的$")

    @cached_property
    def reason(self) -> re.Pattern[str]:
        """增加的主要原因: the direction, told once more."""
        moves = rf"(?:(?P<up>{self.long('up')})|(?P<down>{self.long('down')}))"
        return compiled(rf"(?<![减增）)/]){moves}的?(?:主要)?(?:原因|因素)")

    @cached_property
    def plan_end(self) -> re.Pattern[str]:
        """The figure is itself a budget, 预算收入 as well; 一般公共预算收入 is none."""
        kinds = r"(?:数|总?额|安排|批复|下达|资金|总数)?(?:合计|总计|共计)?"
        flows = self.any_of("income_words", "outlay_words")
        named = rf"^(?:{_YEAR}度?|本年|全年|年初)*(?:{self.any_of('planned')})总?(?:{flows})"
        passed = rf"(?:{self.any_of('approved')})[^，；。]*(?:{self.any_of('planned')})(?:{flows})"
        return compiled(rf"(?:(?:{self.any_of('planned')}){kinds}|{named}|{passed}){_VERB}$")

    @cached_property
    def plan_start(self) -> re.Pattern[str]:
        """计划完成投资."""
        flows = self.any_of("income_words", "outlay_words")
        return compiled(rf"(?:{_YEAR}度?|全年)*(?:{self.any_of('planned')})(?!{flows})[^，；。]{{0,8}}$")

    @cached_property
    def grant_end(self) -> re.Pattern[str]:
        """The figure is a budget, or what was allotted or arrived."""
        kinds = r"(?:数|总?额|安排|批复|下达|资金|经费|总数|项目)*(?:合计|总计|共计)?"
        return compiled(rf"(?:{self.any_of('planned', 'granted_words')}){kinds}{_VERB}$")

    @cached_property
    def share(self) -> re.Pattern[str]:
        """占…的比重; group whole."""
        return compiled(
            r"(?:占(?!用|地(?!方))[到了]?|达到?(?=[^，；。占]*总[额数量](?:的|$)))(?P<whole>[^，；。占]*?)的?(?:比重|比例|比)?(?:约?为|达到?|是)?$"
            rf"|(?:{self.any_of('share_words')})(?:约?为|达到?|是|[：:])*$"
        )

    @cached_property
    def done(self) -> re.Pattern[str]:
        """完成年初预算的."""
        return compiled(
            rf"(?:完成|达到?|为|[占是])了?[^，；。]{{0,16}}(?:{self.any_of('planned')})[^，；。率度]{{0,8}}$"
        )

    @cached_property
    def done_by_name(self) -> re.Pattern[str]:
        """预算执行率, 支付进度."""
        return compiled(rf"(?:{self.any_of('plan_rate_words')})(?:约?为|达到?了?|是|仅为?|只有|[：:])*$")

    @cached_property
    def price(self) -> re.Pattern[str]:
        """人均, 每户, 单价."""
        return compiled(
            rf"(?:[人户车台亩件次批月日天校村辆生]均|{self.any_of('price_words')}|"
            rf"每(?:[{MEASURES}年月日天]|个|公里|平方米|批次|学生))[^，；。]{{0,12}}$"
        )

    @cached_property
    def passed(self) -> re.Pattern[str]:
        """首次突破: a mark that the figure before it has passed."""
        return compiled(rf"(?:{self.any_of('passing')})了?$")

    @cached_property
    def statuses(self) -> tuple[tuple[str, re.Pattern[str]], ...]:
        """What may have become of money; the first that fits counts."""
        return tuple((n, self.words(f"{n}_words")) for n in ("left", "contract", "paid", "granted", "spent"))

    def status_of(self, head: str) -> str:
        """What the words say has become of the money; "" where they say nothing."""
        plain = self.names.sub("", head)
        return next((name for name, pattern in self.statuses if pattern.search(plain)), "")

    @cached_property
    def total(self) -> re.Pattern[str]:
        """支出合计: a word of a total right before the figure."""
        return compiled(rf"(?:{self.any_of('total_words')})(?:支出|收入|资金|金额|经费|数|人数|编制|得?分)*{_VERB}$")

    @cached_property
    def bare_total(self) -> re.Pattern[str]:
        """共计, 以上合计: nothing but a total."""
        lead = r"(?:(?:以上|上述|各项|[两三四五六七八九十]项)+(?:收入|支出|资金|经费|费用)?|总共|加)*"
        return compiled(rf"{lead}(?:{self.any_of('total_words')})(?:数|额|金额|资金)?{_VERB}")

    @cached_property
    def total_first(self) -> re.Pattern[str]:
        """合计批复总投资."""
        return compiled(rf"(?:{self.any_of('bare_totals')})[^，；。]{{1,10}}$")

    @cached_property
    def deducted(self) -> re.Pattern[str]:
        """剔除 X: what is taken from the figure before."""
        return compiled(rf"^(?:并|再)?(?:{self.any_of('deducted')})")

    @cached_property
    def adjusted(self) -> re.Pattern[str]:
        """由 A 调整为 B: the other side stands before."""
        return compiled(rf"(?:{self.any_of('adjusting')})[为到至]$")

    @cached_property
    def lists(self) -> re.Pattern[str]:
        """What opens a list: groups word, colon, bracket."""
        return compiled(
            rf"(?P<word>(?<!不)(?:{self.any_of('list_words')}))|由(?=[^。]{{4,160}}(?:组成|构成))"
            r"|(?P<colon>(?<=[元人名辆个项分])[:：])|(?P<bracket>[（(])"
        )

    @cached_property
    def steps(self) -> re.Pattern[str]:
        """What may part a list from what stands before: a stop, 从分类看, T 中."""
        return compiled(rf"[；：。]|后，?(?:为|剩|尚?余)|^[^\d，]{{0,12}}(?:{self.any_of('views')})，")

    @cached_property
    def partial(self) -> re.Pattern[str]:
        """等, 主要: the list has more."""
        reasons = r"主要(?:原因|因素|是因|是由|系|由于)"
        return compiled(rf"(?!{reasons})(?:{self.any_of('partial', 'hedges')})|等(?![级次候于额保])")

    @cached_property
    def anew(self) -> re.Pattern[str]:
        """年末, 另: the text turns to something else."""
        return compiled(rf"^(?:{self.any_of('anew')})")

    def may_be_added(self, heads: Sequence[str]) -> bool:
        """The parts are no several views of the same things: 正高级 and 博士 are, 男 and 女 alone are not."""
        halves = {word for word in self.table.get("halves", ()) for head in heads if word in head}
        views = {w for head in heads for w in self.levels.findall(head)}  # 农村党员 and 机关党员 are no two views
        return len(halves) == len(heads) or not any(any(w not in head for head in heads) for w in views)

    def are_opposites(self, heads: Sequence[str]) -> bool:
        """Two parts that leave nothing out: 城市 and 农村, 已 and 未."""
        pairs = (pair.split("|") for pair in self.table.get("opposites", ()))
        both = (tuple(one in h for h in heads) + tuple(two in h for h in heads) for one, two in pairs)
        return len(heads) == 2 and any(b in {(True, False, False, True), (False, True, True, False)} for b in both)  # noqa: PLR2004 - two

    def is_comparable(self, text: str) -> bool:
        """Nothing in the words says that the two years are not simply comparable; （不含…） is part of a name."""
        plain = _ASIDE.sub("", text)
        return not self.caveats.search(text) and not self.set_apart.search(plain)

    def flow(self, head: str) -> int:
        """1 for income, -1 for spending, 0 for neither or both."""
        return (self.income.search(head) is not None) - (self.outlay.search(head) is not None)

    @cached_property
    def readjusted(self) -> re.Pattern[str]:
        """调整后预算: a budget after a change."""
        return compiled(rf"(?:{self.any_of('adjusting')}).*(?:{self.any_of('planned')})")

    @cached_property
    def left_this_year(self) -> re.Pattern[str]:
        """本年收支结余: of this year alone, nothing carried over."""
        return compiled(rf"(?:{self.any_of('left_this_year')}){_VERB}$")

    @cached_property
    def full(self) -> re.Pattern[str]:
        """满分."""
        return compiled(rf"(?:{self.any_of('full_words')}){_VERB}$")

    @cached_property
    def lost(self) -> re.Pattern[str]:
        """扣."""
        return compiled(rf"(?:{self.any_of('lost_words')}){_VERB}$")

    @cached_property
    def idle(self) -> re.Pattern[str]:
        """What any name of a figure may have or not have."""
        return compiled(rf"{self.any_of('idle_words')}|{_YEAR}?度?|[“”‘’\"'\s，、：:（）()的]")

    @cached_property
    def frame(self) -> re.Pattern[str]:
        """本年度, 我局, 共计: what may stand around a name without changing what it names."""
        return compiled(rf"{self.any_of('frame_words')}|{_YEAR}度?")


def _any(words: Iterable[str]) -> str:
    return "|".join(map(re.escape, sorted(words, key=len, reverse=True))) or "(?!)"


@lru_cache(maxsize=16)
def grammar_of(settings: ProseSettings) -> Grammar:
    """The grammar of a pack; a pack without one relates nothing."""
    shared = {name: settings.words(name) for name in ("hedges", "budget_words")}
    return Grammar({**shared, **settings.grammar})
