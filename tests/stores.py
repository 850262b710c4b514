"""Invented people for tests of the store: ID numbers with valid check digits, and what sources say of them."""

from datetime import date, timedelta
from typing import Any

from stdnum.cn import ric

Statement = dict[str, Any]


def id_of(n: int) -> str:
    """The ID number of the n-th of 30,000 people."""
    born = date(1930, 1, 1) + timedelta(days=n * 37 % 33000)
    body = f"420112{born:%Y%m%d}{n % 996:03d}"
    return body + str(ric.calc_check_digit(body + "0"))


def record_of(n: int) -> list[Statement]:
    """What four sources say of the n-th: he lives in a household of four, and is married to one of them."""
    own, first = id_of(n), n // 4 * 4
    members = [{"id_number": id_of(first + k), "name": f"王{'甲乙丙丁'[k]}例", "relation_to_head": "户主" if k == 0 else "子"} for k in range(4)]  # fmt: skip
    name, phone = members[n % 4]["name"], f"1390000{n % 10000:04d}"
    return [
        {
            "source": "公安人口库", "as_of": "2026-05-01",
            "resident": {"name": name, "id_number": own, "ethnicity": "汉族", "hukou": {"address": f"示例路{n}号", "region": "420112998101"}},
            "hukou_household": {"no": f"SL{first:06d}", "head": {"id_number": id_of(first)}, "members": members},
        },
        {
            "source": "社区网格", "as_of": "2026-10-12",
            "resident": {"id_number": own, "phone": phone, "marital_status": "已婚", "spouse": {"id_number": id_of(n ^ 1)}},
            "dwelling": {"code": f"FW{first:06d}"}, "community": {"stat_region_code": "420112998101", "name": "示例社区"},
        },
        {"source": "健康档案", "as_of": "2026-03-18", "resident": {"id_number": own, "blood_type": "O型", "health": {"injuries": []}}},
        {"source": "医保信息系统", "as_of": "2026-09-30", "resident": {"id_number": own, "insurance": {"medical_type": "城镇职工基本医疗保险"}}},
    ]  # fmt: skip
