"""The code lists that come with prefill, and the mappings between them."""

import re
from collections import Counter

import prefill
from prefill import kinds

VOCABULARY = prefill.open_catalogue().vocabulary
LISTS = list(VOCABULARY.codes.values())


def test_a_list_holds_options_or_says_what_its_codes_look_like() -> None:
    empty = {codes.id for codes in LISTS if not codes.items and not codes.external}
    numbers = {"gb11643", "gb32100", "gb11714", "disability_card_no", "league_member_no", "stat_region12"}
    assert empty == numbers
    assert all(VOCABULARY.codes[name].pattern for name in numbers)
    assert {codes.confidence for codes in LISTS} == {"high", "medium", "low"}
    assert [codes.id for codes in LISTS if not codes.name] == []


def test_the_sources_of_the_lists_are_named_as_anybody_can_find_them() -> None:
    vague = ("—", "own knowledge", "codes_")
    said = {codes.id: f"{codes.name} {codes.standard} {codes.note}" for codes in LISTS}
    assert [name for name, text in said.items() if any(word in text for word in vague)] == []


def test_every_code_is_read_and_every_label_that_stands_once() -> None:
    wrong = []
    for codes in LISTS:
        times = Counter(codes.items.values())
        for code, label in codes.items.items():
            if codes.code_of(code) != code or (times[label] == 1 and codes.code_of(label) != code):
                wrong.append((codes.id, code, label))
    assert wrong == []


def test_a_label_that_a_code_and_one_under_it_have_means_the_upper() -> None:
    health = VOCABULARY.codes["gbt2261_3"]
    twice = [label for label, times in Counter(health.items.values()).items() if times > 1]
    assert twice == ["健康或良好", "一般或较弱", "有慢性病", "残疾"]
    assert [health.code_of(label) for label in twice] == ["1", "2", "3", "6"]
    assert health.code_of("糖尿病") == "37"
    assert kinds.read("code", "残疾", health) == "6"
    assert kinds.read("code", "60", health) == "60"
    assert health.in_group("66", "6")


def test_no_other_list_prints_a_label_twice() -> None:
    assert {codes.id for codes in LISTS if len(set(codes.items.values())) < len(codes.items)} == {"gbt2261_3"}


def test_two_lists_have_one_mapping_named_after_them() -> None:
    for name, mapping in VOCABULARY.mappings.items():
        assert name == f"{mapping.source}_{mapping.target}"
        assert VOCABULARY.mapping(mapping.source, mapping.target) is mapping


def test_no_list_is_mapped_to_yes_and_no_but_another_yes_and_no() -> None:
    """What yes means depends on the question: a form's own map says it."""
    answers = {"yes_no", "yes1_no2", "has_hasnot", "phr_has"}
    assert all(m.source in answers for m in VOCABULARY.mappings.values() if m.target in answers)


def test_abo_groups_are_numbered_differently() -> None:
    mapping = VOCABULARY.mapping("blood_type", "phr_abo")
    assert mapping is not None
    own, other = VOCABULARY.codes["blood_type"], VOCABULARY.codes["phr_abo"]
    pairs = [(own.label(code).rstrip("型"), other.label(to).rstrip("型")) for code, to in mapping.codes.items()]
    assert pairs == [("A", "A"), ("B", "B"), ("AB", "AB"), ("O", "O")]
    assert mapping.codes["3"] == "4"


def test_a_course_ended_without_the_diploma_is_no_education_attained() -> None:
    """But for the census, which asks for the highest one attended."""
    school = VOCABULARY.codes["gbt4658"]
    short = {code for code, label in school.items.items() if label.endswith(("结业", "肄业"))}
    told = {m.target for m in VOCABULARY.mappings.values() if m.source == school.id and short & set(m.codes)}
    assert (len(short) > 9, told) == (True, {"census7_d11"})


def test_a_pair_that_only_may_be_right_is_no_pair() -> None:
    doubtful = {
        "gbt2261_4_employment_bpt": "21 54",
        "gbt2261_4_veteran_job_status": "17 24 54 70",
        "gbt2261_4_employed_or_not": "13 17 21 24 27 31 51 54 80",
        "gbt2261_4_hs_a201": "27 51 54 70 80",
        "building_use_dwelling_usage": "7",
        "gbt3304_hs_a107": "98",
        "gbt4761_census7_d2": "97",
        "gbt4761_hs_a103": "97",
        "stay_reason_census7_d10": "04 12",
    }
    held = {name: set(codes.split()) & set(VOCABULARY.mappings[name].codes) for name, codes in doubtful.items()}
    assert {name: codes for name, codes in held.items() if codes} == {}
    assert VOCABULARY.mapping("social_assist_type", "phr_payment") is None


def test_an_option_that_says_that_nothing_is_known_is_no_value() -> None:
    says = re.compile("不详|未知|未说明|不清楚|不明$|未填|不知$")
    found = {codes.id: [code for code, label in codes.items.items() if says.search(label)] for codes in LISTS}
    assert {name: tuple(codes) for name, codes in found.items() if codes} == {
        codes.id: tuple(sorted(codes.unknown, key=codes.rank)) for codes in LISTS if codes.unknown
    }
    for codes in LISTS:
        for code in codes.unknown:
            assert kinds.read("code", code, codes) is None
            assert kinds.read("multi_code", [code], codes) is None
            assert kinds.read("multi_code", code, codes) is None
            assert kinds.show("code", code, codes) == codes.items[code]
    blood = VOCABULARY.codes["blood_type"]
    assert kinds.read("multi_code", ["不详", "A型"], blood) == kinds.read("multi_code", "A型、不详", blood) == ("1",)
    assert kinds.read("bool", "不详", blood) is None
    assert kinds.read("code", 0, VOCABULARY.codes["gbt2261_1"]) is None
