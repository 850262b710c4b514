"""Invented residents for measuring: many, all different, told by sources that overlap, differ and age."""

import random
from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

__all__ = ["ON", "residents", "stream"]

ON = date(2026, 11, 23)

Statement = dict[str, Any]

_SURNAMES = "王李张刘陈杨黄赵周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董萧程曹袁邓许傅沈曾彭吕苏卢蒋蔡贾丁魏薛叶"
_GIVEN = ("示例", "样本", "虚构", "假设", "试填", "例一", "例二", "例三", "示范", "模拟", "示", "例", "样")
_STREETS = ("示例街道", "样本街道", "虚构街道", "试点街道")
_DISEASES = ("2", "3", "4", "5", "6", "7", "8", "9", "12", "13")
_NAMED = {"6": "胃恶性肿瘤", "12": "尘肺病", "13": "慢性胃炎"}
_KIN = ("father", "mother", "siblings", "children")
_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)


def residents(count: int, seed: int = 20261123) -> list[list[Statement]]:
    """Invent so many residents; each a list of statements as an app writes them. One seed, the same ones."""
    return list(stream(count, seed))


def stream(count: int, seed: int = 20261123) -> Iterator[list[Statement]]:
    """Invent residents one by one, as many as there is time for."""
    chance = random.Random(seed)
    for number in range(count):
        yield _Resident(chance, number).statements()


class _Resident:
    def __init__(self, chance: random.Random, number: int) -> None:
        self.chance = chance
        self.number = number
        self.street = chance.choice(_STREETS)
        self.village = f"4201120{chance.randint(10, 29):02d}{chance.randint(1, 30):03d}"
        self.room = f"{chance.randint(1, 30)}栋{chance.randint(1, 4)}单元{chance.randint(101, 3205)}室"
        self.address = f"武汉市东西湖区{self.street}示例路{chance.randint(1, 299)}号示例花园{self.room}"
        self.id_number = self.new_number(date(1936, 1, 1), date(2014, 12, 31))
        self.name = self.new_name()
        relations = chance.sample(("02", "12", "20", "30", "50"), chance.randint(1, 3))
        self.family = [{"id_number": self.id_number, "relation_to_head": "01"}, *map(self.member, relations)]

    def maybe(self, share: float) -> bool:
        return self.chance.random() < share

    def day(self, first: date, last: date = ON) -> date:
        return first + timedelta(self.chance.randint(0, (last - first).days))

    def recent(self, days: int = 300) -> str:
        return self.day(ON - timedelta(days)).isoformat()

    def new_name(self) -> str:
        return self.chance.choice(_SURNAMES) + self.chance.choice(_GIVEN)

    def new_phone(self) -> str:
        return f"139{self.chance.randint(0, 99999999):08d}"

    def new_number(self, first: date, last: date) -> str:
        """Give an ID number with a valid check digit (GB 11643: ISO 7064, MOD 11-2)."""
        body = f"420112{self.day(first, last):%Y%m%d}{self.chance.randint(1, 999):03d}"
        remainder = sum(int(digit) * weight for digit, weight in zip(body, _WEIGHTS, strict=True)) % 11
        return body + "10X98765432"[remainder]

    def member(self, relation: str) -> Statement:
        return {
            "name": self.new_name(),
            "id_number": self.new_number(date(1940, 1, 1), date(2018, 12, 31)),
            "ethnicity": "01",
            "relation_to_head": relation,
            "residence": {"status": "1", "region": self.village},
            "hukou": {"region": self.village},
            "education": {"level": self.chance.choice(("21", "31", "61", "71"))},
        }

    def statements(self) -> list[Statement]:
        made = [
            self.register(),
            self.grid(),
            self.health_file(),
            self.housing(),
            self.divisions(),
            self.said_by("民政婚姻登记", marital_status=self.marriage()),
            self.said_by("医保信息系统", insurance={"medical_type": self.chance.choice("1345")}),
            self.disability(),
        ]
        if self.maybe(0.6):
            made.append(self.own_word())
        if self.maybe(0.3):  # an older visit of the grid's, which the newer one outdates
            made.append({**self.grid(), "as_of": self.day(date(2022, 1, 1), date(2025, 6, 30)).isoformat()})
        self.chance.shuffle(made)
        return made

    def said_by(self, source: str, **facts: Any) -> Statement:
        return {"source": source, "as_of": self.recent(), **self.resident(**facts)}

    def resident(self, **facts: Any) -> Statement:
        return {"resident": {"id_number": self.id_number, **facts}}

    def marriage(self) -> str:
        return self.chance.choice(("10", "20", "21", "22", "30", "40"))

    def register(self) -> Statement:
        facts = {
            "name": self.name,
            "ethnicity": "01" if self.maybe(0.9) else self.chance.choice(("03", "06", "15")),
            "hukou": {"address": self.address, "region": self.village, "type": "1"},
        }
        if self.maybe(0.9):
            facts["sex"] = "1" if int(self.id_number[16]) % 2 else "2"
        if self.maybe(0.9):
            facts["birth_date"] = f"{self.id_number[6:10]}-{self.id_number[10:12]}-{self.id_number[12:14]}"
        return {
            "source": "公安人口库",
            "as_of": self.recent(),
            **self.resident(**facts),
            "hukou_household": {"members": self.family},
        }

    def grid(self) -> Statement:
        moved = self.maybe(0.2)
        facts: Statement = {
            "name": self.name if self.maybe(0.97) else self.name[0] + "某样",
            "phone": self.new_phone(),
            "residence": {
                "address": "武汉市东西湖区示例大道9号" + self.room if moved else self.address,
                "region": "420112099001" if moved else self.village,
                "status": "1",
            },
            "education": {"level": self.chance.choice(("21", "31", "61", "71"))},
            "work": {"status": self.chance.choice(("70", "80", "24"))},
            "emergency_contact": {"name": self.new_name(), "phone": self.new_phone()},
        }
        if self.maybe(0.5):
            facts["work"]["occupation"] = self.chance.choice("2356")
            facts["work"]["employer"] = {"name": "武汉示例商贸有限公司"}
        if self.maybe(0.3):
            facts["marital_status"] = self.marriage()
        made = {
            "source": "社区网格",
            "as_of": self.recent(420),  # some are past a year: stale
            **self.resident(**facts),
            "household": {
                "census_no": f"{self.number % 200 + 1:03d}",
                "type": "1",
                "members": self.family,
            },
        }
        if "occupation" not in facts["work"]:
            made["not_applicable"] = ["resident.work.occupation", "resident.work.employer"]
        return made

    def health_file(self) -> Statement:
        chance = self.chance
        diseases = []
        for code in chance.sample(_DISEASES, chance.choice((0, 0, 1, 2, 3))):
            disease = {"code": code, "diagnosed": f"{chance.randint(1995, 2025)}-{chance.randint(1, 12):02d}"}
            if code in _NAMED:
                disease["name"] = _NAMED[code]
            diseases.append(disease)
        health: Statement = {
            "record_no": f"42011200100{chance.randint(1, 999999):06d}",
            "record_created_by": self.new_name(),
            "record_created_date": self.day(date(2012, 1, 1), date(2025, 1, 1)).isoformat(),
            "drug_allergies": chance.choice((["1"], ["2"], ["2", "3"], ["5"])),
            "exposures": ["1"],
            "diseases": diseases or [{"code": "1"}],
            "operations": self.events("name", ("阑尾切除术", "胆囊切除术", "白内障手术")),
            "injuries": self.events("name", ("左臂骨折", "足部扭伤")),
            "transfusions": self.events("reason", ("手术失血", "外伤失血")),
            "family_history": {who: chance.choice((["1"], ["2"], ["2", "3"])) for who in _KIN},
        }
        if health["drug_allergies"] == ["5"]:
            health["drug_allergy_other"] = "头孢类药物"
        facts: Statement = {"health": health, "blood_rh": "2", "blood_type": chance.choice("12345")}
        facts["family_doctor"] = {"name": self.new_name()}
        if self.maybe(0.5):
            facts["phone"] = self.new_phone()
        if self.maybe(0.95):
            made = {"not_applicable": ["resident.health.genetic_disease"]}
        else:
            health["genetic_disease"] = "红绿色盲"
            made = {}
        return {"source": "健康档案", "as_of": self.recent(), **self.resident(**facts), **made}

    def events(self, key: str, names: tuple[str, ...]) -> list[Statement]:
        chosen = self.chance.sample(names, self.chance.choice((0, 0, 1, 2)))
        return [{key: name, "date": self.day(date(1990, 1, 1)).isoformat()} for name in chosen]

    def housing(self) -> Statement:
        chance = self.chance
        dwelling = {
            "address": self.address,
            "type": "1",
            "floor_area": "89.5",
            "rooms": "3",
            "building_no": "12",
            "kitchen_exhaust": chance.choice("123"),
            "fuel": chance.choice("13"),
            "water": "1",
            "toilet": "1",
            "livestock_pen": "1",
        }
        return {
            "source": "社区网格" if self.maybe(0.5) else "房屋系统",
            "as_of": self.day(date(2022, 6, 1)).isoformat(),
            "dwelling": dwelling,
        }

    def divisions(self) -> Statement:
        community = {
            "stat_region_code": self.village,
            "name": "示例社区居民委员会",
            "street_name": self.street,
            "health_centre": {"name": self.street + "社区卫生服务中心"},
        }
        return {"source": "统计区划库", "as_of": "2026-01-01", "community": community}

    def disability(self) -> Statement:
        if self.maybe(0.85):
            return {**self.said_by("残疾人信息库"), "not_applicable": ["resident.disability"]}
        number = f"{self.id_number}{self.chance.randint(1, 6)}{self.chance.randint(1, 4)}"
        return self.said_by("残疾人信息库", disability={"card_no": number})

    def own_word(self) -> Statement:
        """What the resident says: mostly what is known, sometimes something else."""
        facts: Statement = {"name": self.name, "marital_status": self.marriage()}
        if self.maybe(0.4):
            facts["education"] = {"level": self.chance.choice(("31", "61"))}
        if self.maybe(0.3):
            facts["phone"] = self.new_phone()
        return self.said_by("居民自报", **facts)
