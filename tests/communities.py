"""Invented communities of any size, one resident after the other, for rosters and tallies: `python -m tests.communities 60 398`.

Of a few residents something is missing, old or told in two ways, on purpose. One seed gives the same people. ``facts`` is what is so of each, told
apart from the statements, so that a test can count again without prefill.
"""

import json
import random
import sys
from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any, NamedTuple

__all__ = ["ON", "Resident", "community", "invent"]

ON = date(2026, 10, 31)

Statement = dict[str, Any]

_SURNAMES = "王李张刘陈杨黄赵周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董萧程曹袁邓许傅沈曾彭吕苏卢蒋蔡贾丁魏薛叶"
_GIVEN = ("示例", "样本", "虚构", "假设", "试填", "例一", "例二", "例三", "示范", "模拟")
_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_ELSEWHERE = {
    "420902": "湖北省孝感市孝南区",
    "410102": "河南省郑州市中原区",
    "430102": "湖南省长沙市芙蓉区",
    "421181": "湖北省麻城市",
}
_HERE = "420112998101"
_AS_OF = "2026-10-12"


class Resident(NamedTuple):
    """A resident: the statements about them, and what is so (None: nobody says it, or not in a way that settles it)."""

    id: str
    statements: list[Statement]
    facts: dict[str, Any]


def community(**further: Any) -> list[Statement]:
    """Give the community's own record."""
    return [
        {
            "source": "社区网格",
            "as_of": _AS_OF,
            "community": {"stat_region_code": _HERE, "name": "示例社区", "street_name": "示例街道", **further},
        }
    ]


def invent(count: int, seed: int = 20261031) -> Iterator[Resident]:
    """Invent so many residents, all different; one seed, the same ones."""
    chance = random.Random(seed)
    for number in range(count):
        yield _resident(chance, number)


def _resident(chance: random.Random, number: int) -> Resident:
    born = _birthday(chance)
    sex = chance.choice("12")
    id_number = _number(born, number, sex)
    inflow, away = chance.random() < 0.2, chance.random() < 0.08
    elsewhere = chance.choice(tuple(_ELSEWHERE))
    region = elsewhere if inflow else _HERE
    status = "2" if inflow else "3" if away else "1"
    fresh = chance.random() < 0.98  # of the others nobody has looked for two years
    died = chance.random() < 0.01
    age = ON.year - born.year - ((ON.month, ON.day) < (born.month, born.day))
    name = chance.choice(_SURNAMES) + chance.choice(_GIVEN)
    building = number // 40
    address = f"武汉市东西湖区示例街道示例路12号{building % 90 + 1}栋{number // 10 % 4 + 1}单元{number % 10 // 2 + 1:02d}{number % 2 + 1:02d}室"
    register: Statement = {
        "id_number": id_number,
        "name": name,
        "hukou": {"region": region, "address": f"{_ELSEWHERE[elsewhere]}示例镇" if inflow else address},
    }
    if died:
        register["death_date"] = f"2026-{chance.randint(1, 9):02d}-{chance.randint(1, 28):02d}"
    grid: Statement = {"id_number": id_number, "residence": {"status": status, "address": address}}
    if chance.random() < 0.8:
        grid["phone"] = f"1390000{number % 10000:04d}"
    if inflow:
        grid["migration"] = {"arrival_date": "2025-03-01", "register_date": "2025-03-02", "reason": _reason(age)}
    grid_home = {"code": f"BH{number // 4:06d}", "grid": {"name": f"第{building % 6 + 1}网格"}}
    statements = [
        {"source": "公安人口库", "as_of": "2026-05-01", "resident": register},
        {
            "source": "社区网格",
            "as_of": _AS_OF if fresh else "2024-03-01",
            "resident": grid,
            "dwelling": grid_home,
        },
    ]
    marriage = None
    if age >= 22 and chance.random() < 0.95:
        marriage = chance.choice(("10", "21", "21", "21", "22", "30", "40"))
        registered = {"id_number": id_number, "marital_status": marriage}
        statements.append({"source": "民政婚姻登记", "as_of": "2026-06-30", "resident": registered})
    contraception = None
    if sex == "2" and 20 <= age <= 49 and chance.random() < 0.9:
        contraception = chance.choice("0123567")
        told = {"id_number": id_number, "fertility": {"contraception": contraception}}
        statements.append({"source": "湖北省人口和计划生育服务与管理信息系统", "as_of": "2026-08-20", "resident": told})
    card = None
    if chance.random() < 0.04:
        card = f"{id_number}{chance.randint(1, 6)}{chance.randint(1, 4)}"
        held = {"id_number": id_number, "disability": {"card_no": card}}
        statements.append({"source": "残疾人信息库", "as_of": "2026-07-15", "resident": held})
    facts = {
        "id": str(number + 1),
        "born": born,
        "age": age,
        "sex": sex,
        "region": region,
        "status": status if fresh else None,
        "died": died,
        "marriage": marriage,
        "contraception": contraception,
        "card": card,
    }
    return Resident(str(number + 1), statements, facts)


def _reason(age: int) -> str:
    """Why one of an age came: the children with their families, the old to theirs."""
    return "随迁亲属" if age < 16 else "务工" if age < 60 else "投靠亲友"


def _birthday(chance: random.Random) -> date:
    """Give a day of birth: of all ages up to 103, some old enough to count, some of them turning 80 in the month."""
    draw = chance.random()
    if draw < 0.01:
        return date(1946, 10, chance.randint(1, 31))
    if draw < 0.08:
        return date(1923, 1, 1) + timedelta(chance.randint(0, 23 * 365))
    return date(1946, 1, 1) + timedelta(chance.randint(0, 80 * 365))


def _number(born: date, number: int, sex: str) -> str:
    """Give an ID number with a valid check digit (GB 11643: ISO 7064, MOD 11-2), of a place of first numbering that is not told again."""
    order = number % 50 * 10 + 501 - (sex == "2")
    body = f"{420100 + number // 50 % 100:06d}{born:%Y%m%d}{order:03d}"
    remainder = sum(int(digit) * weight for digit, weight in zip(body, _WEIGHTS, strict=True)) % 11
    return body + "10X98765432"[remainder]


def main(count: int, seed: int) -> None:
    """Print so many residents, a record a line."""
    for resident in invent(count, seed):
        sys.stdout.write(json.dumps(resident.statements, ensure_ascii=False) + "\n")


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
