/* What a page does while a worker fills it. Without this the page can still be read, printed and posted as a plain form.
   Written for Chromium 86 and later: no syntax past ES2020, and no newer API (tests/browser/lint.mjs holds it to that). */
(() => {
  "use strict";

  const data = JSON.parse(document.getElementById("data").textContent);
  const form = document.getElementById("form");
  const at = (id) => document.getElementById(id);
  const say = (name, values) => (data.words[name] || "").replace(/\{(\w+)\}/g, (_, key) => values[key]);
  const all = (selector, root) => Array.from((root || document).querySelectorAll(selector));

  function make(tag, props, ...children) {
    const node = Object.assign(document.createElement(tag), props || {});
    node.append(...children);
    return node;
  }

  // ── kinds: what typed text means, by the rules of prefill.kinds ────────────────────────────────────────────────────
  // A reader gives {value}, {nothing: true} for a placeholder such as 不详, or {fault} with the name of a message.

  const nothing = { nothing: true };
  const fault = (name) => ({ fault: name });
  const value = (it) => ({ value: it });
  const placeholders = new Set(data.nothing);
  const INVISIBLE = /[\u00ad\u200b\u200e\u200f\u202a-\u202e\u2060-\u2064\u2066-\u2069\ufeff]+/gu;
  const DASHES = /[\u2010-\u2015\u2212\ufe58\ufe63]/gu;
  const LOST = new RegExp("[\\u0000-\\u0008\\u000e-\\u001f\\u007f-\\u0084\\u0086-\\u009f\\ud800-\\udfff\\ue000-\\uf8ff\\ufdd0-\\ufdef"
    + "\\ufff9-\\uffff\\u{e0000}-\\u{e007f}\\u{f0000}-\\u{10ffff}]", "u");
  const GARBLED = /锟斤拷|烫烫烫|屯屯屯|\?{3,}|ï»¿|Ã[\x80-\xbf]|#{3,}|^#(?:REF!|VALUE!|DIV\/0!|NAME\?|NUM!|NULL!)$/u;
  const COMPATIBLE = /([\uf900-\ufaff\u{2f800}-\u{2fa1f}]+)/u;
  const HAN = "〇\\u3400-\\u4dbf\\u4e00-\\u9fff\\uf900-\\ufaff\\u{20000}-\\u{3fffd}";

  const narrow = (text) => text.replace(/[\uff01-\uff5e]/g, (c) => String.fromCharCode(c.charCodeAt(0) - 0xfee0));
  const fold = (text) => narrow(text.replace(INVISIBLE, "")).replace(/[\u3000\u00a0]/g, " ").replace(DASHES, "-").trim();

  function isNothing(text) {
    if (text === "" || placeholders.has(text.toLowerCase())) return true;
    if (text[0] === "0") return /^(?:0{8,}|0000([-/.])00\1?00(?:[ T]00:00(?::00)?)?)$/.test(text);
    return !/^[\p{L}\p{N}]/u.test(text) && /^[-/\\_.,·…。、\s]*$/.test(text);
  }
  const isZero = (text) => /^0[0\-/.\s:]*$/.test(text);

  function cleaned(raw) {
    let text = raw.replace(INVISIBLE, "");
    if (LOST.test(text)) return fault("lost");
    text = text.split(COMPATIBLE).map((part, i) => (i % 2 ? part : part.normalize("NFC"))).join("").trim();
    return GARBLED.test(text) ? fault("garbled") : value(text);
  }

  function identifier(raw, limit) {
    if (raw.length > limit + 40) return fault("long");
    let text = fold(raw);
    if (/^['`\u2018\u2019]/.test(text)) text = text.slice(1).trim();
    if (isNothing(text) || isZero(text)) return nothing;
    if (text.length > limit) return fault("long");
    return text.includes("*") ? fault("masked") : value(text);
  }

  /** Read an identifier by what `read` makes of its folded text. */
  const identified = (limit, read) => (raw, unit) => {
    const found = identifier(raw, limit);
    return found.value === undefined ? found : read(found.value, unit);
  };

  const characters = (text) => Array.from(text).length;

  function anyText(raw, limit) {
    if (characters(raw) > 2 * limit) return fault("long");
    const found = cleaned(raw);
    if (found.fault) return found;
    const text = found.value;
    if (!(characters(text) > 20 && /^\p{L}/u.test(text)) && isNothing(fold(text))) return nothing;
    if (characters(text) > limit) return fault("long");
    return /^[*＊]+$/.test(text) ? fault("masked") : found;
  }

  function oneLine(raw, limit) {
    const found = anyText(raw, limit);
    if (found.value === undefined) return found;
    return value(found.value.replace(/[ \u00a0\u3000]*[\t\r\n\v\f\x85\u2028\u2029]+[ \t\r\n\v\f\x85\u00a0\u2028\u2029\u3000]*/g, " "));
  }

  function address(raw) {
    const found = oneLine(raw, 300);
    if (found.value === undefined) return found;
    if (/[?？*＊□■▯〓\u2ff0-\u2fff]/u.test(found.value)) return fault("masked");
    return /[\p{L}〇\u{20000}-\u{3fffd}]/u.test(found.value) ? found : fault("address");
  }

  const IN_NAMES = new RegExp("^[\\p{L}〇\\u{20000}-\\u{3fffd} ·\\-'’ʼ.,\\u2010\\u0300-\\u036f\\u0591-\\u05c7\\u064b-\\u065f\\u0670"
    + "\\u0900-\\u0903\\u093a-\\u094f\\u0e31-\\u0e4e\\u0f71-\\u0f84\\ufe00-\\ufe0f\\u{e0100}-\\u{e01ef}]+$", "u");
  const SURNAMES = ("欧阳 上官 司马 诸葛 司徒 东方 夏侯 皇甫 尉迟 公孙 慕容 令狐 "
    + "长孙 宇文 司空 端木 轩辕 南宫 独孤 呼延 申屠 东郭 百里 西门").split(" ");

  function personName(raw) {
    const found = oneLine(raw, 100);
    if (found.value === undefined) return found;
    const text = found.value.replace(/[Ａ-Ｚａ-ｚ]/g, narrow)
      .replace(/(?:\s*[\u00b7\u2022\u2027\u30fb\uff65\u2219\u22c5\u0387])+\s*/g, "·").replace(/\s+/g, " ");
    if (!IN_NAMES.test(text) || "·-.,'".includes(text[0]) || "·-,".includes(text[text.length - 1])) return fault("name");
    if (new RegExp(`[${HAN}]`, "u").test(text)) {
      const name = chineseName(text);
      return name === null ? fault("names") : isNothing(name) ? nothing : value(name);
    }
    return /\p{L}/u.test(text) ? value(text) : fault("name");
  }

  function chineseName(text) {
    if (new RegExp(`[${HAN}][xX]|[xX][${HAN}]|某某|〇〇`, "u").test(text)) return null;
    let name = text;
    if (new RegExp(`^[${HAN}· ]+$`, "u").test(text)) {
      const parts = text.split(" ");
      const words = parts.filter((part) => characters(part) > 1);
      if (words.length > 1 && !(parts.length === 2 && SURNAMES.includes(parts[0]))) return null;
      name = parts.join("");
    } else {
      name = text.replace(new RegExp(`([${HAN}]) (?=[${HAN}])`, "gu"), "$1");
    }
    const hyphen = new RegExp(`[${HAN}][-\\u2010]|[-\\u2010][${HAN}]`, "u");
    const many = (name.match(new RegExp(`[${HAN}]`, "gu")) || []).length > 25;
    return name.includes(",") || name.endsWith(".") || hyphen.test(name) || (!name.includes("·") && many) ? null : name;
  }

  // ── numbers of persons, organisations and documents ──

  function sumOf(text, weight) {
    return Array.from(text).reduce((sum, char, i) => sum + weight(i) * char, 0);
  }
  const idCheck = (first17) => "10X98765432"[sumOf(first17, (i) => 2 ** (17 - i) % 11) % 11];

  function isDay(year, month, day) {
    const days = [31, (year % 4 === 0 && year % 100 !== 0) || year % 400 === 0 ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
    return month >= 1 && month <= 12 && day >= 1 && day <= days[month - 1];
  }

  const ID18 = /^[1-9][0-9]{5}((?:18|19|20|21)[0-9]{2})([0-9]{2})([0-9]{2})[0-9]{3}[0-9X]$/;
  const ID15 = /^(?:1[1-5]|2[1-3]|3[1-7]|4[1-6]|5[0-4]|6[1-5])[0-9]{4}([0-9]{2})([0-9]{2})([0-9]{2})([0-9]{3})$/;

  function idFault(text) {
    const long = ID18.exec(text);
    const found = long || ID15.exec(text);
    if (!found) return "id_form";
    const year = long ? +found[1] : (+found[4] >= 996 ? 1800 : 1900) + +found[1];
    if (!isDay(year, +found[2], +found[3])) return "id_day";
    if (new Set(text).size === 1) return "id_form";
    return long && idCheck(text.slice(0, 17)) !== text[17] ? "id_check" : null;
  }

  const idNumber = identified(40, (raw) => {
    const text = raw.replace(/\s+/g, "").replace(/(.{6})-(.{8}|.{6})-(.{3,4})/g, "$1$2$3").toUpperCase();
    const wrong = idFault(text);
    return wrong ? fault(wrong) : value(text);
  });

  /** The 18 characters of an ID number, also of one of 15. */
  function id18(text) {
    if (text.length !== 15) return text;
    const first17 = text.slice(0, 6) + (+text.slice(12) >= 996 ? "18" : "19") + text.slice(6);
    return first17 + idCheck(first17);
  }

  const CREDIT = "0123456789ABCDEFGHJKLMNPQRTUWXY";
  const uscc = identified(40, (raw) => {
    const text = raw.replace(/\s+/g, "").toUpperCase();
    if (!/^[0-9A-HJ-NPQRTUWXY]{2}[1-8][0-9]{5}[0-9A-HJ-NPQRTUWXY]{10}$/.test(text)) return fault("uscc_form");
    let sum = 0;
    for (let i = 0; i < 17; i += 1) sum += CREDIT.indexOf(text[i]) * (3 ** i % 31);
    if (CREDIT[(31 - (sum % 31)) % 31] !== text[17]) return fault("uscc_check");
    return idFault(text) === null ? fault("uscc_id") : value(text);
  });

  const orgCode = identified(40, (raw) => {
    const found = /^([0-9A-Z]{8})-?([0-9X])$/.exec(raw.replace(/\s+/g, "").toUpperCase());
    if (!found) return fault("org_form");
    const weights = [3, 7, 9, 10, 5, 8, 4, 2];
    const sum = weights.reduce((total, weight, i) => total + weight * parseInt(found[1][i], 36), 0);
    return "0123456789X"[(11 - (sum % 11)) % 11] === found[2] ? value(found[1] + found[2]) : fault("org_check");
  });

  const documentNumber = identified(40, (raw) => {
    const text = raw.replace(/\s+/g, "").replace(/-/g, "").toUpperCase();
    return /^(?=(?:.*\d){4})[0-9A-Z]{5,24}$/.test(text) && new Set(text).size > 2 ? value(text) : fault("document");
  });

  const disabilityCard = identified(40, (raw) => {
    const text = raw.replace(/\s+/g, "").toUpperCase();
    const found = /^(.{18})[1-7][1-4](?:B[1-9])?$/.exec(text);
    if (!found) return fault("card");
    const wrong = idFault(found[1]);
    return wrong ? fault(wrong) : value(text);
  });

  // ── how somebody is reached ──

  const EIGHT = "10 20-25 27-29 311 371 377 379 411 431 432 433 435 451 510-519 523 527 531 532 551 571 573-577 579 591 595 731 754 755 757 "
    + "760 769 791 851 871 898 950";
  const SEVEN = "310 312-319 335 349-359 370 372-376 391-396 398 400 412 415-419 421 427 429 433-439 452-459 464 467-479 482 483 530 533-539 "
    + "543 546 550 552-559 561-564 566 570 572 578 580 592-594 596-599 631-633 635 660 662 663 668 691 692 701 710-719 722 724 728 730 "
    + "734-739 743-746 750-754 756 758 759 762 763 766 768 770-779 790 792-799 800 812 813 816-818 825-827 830-839 851 854-859 870 "
    + "872-879 883 886-888 891-897 901-903 906 908 909 911-917 919 930-939 941 943 950-955 970-979 990-999";
  const inRanges = (ranges, code) => ranges.split(" ").some((range) => {
    const [first, last] = range.split("-").map(Number);
    return code >= first && code <= (last || first);
  });
  const isArea = (area, length) => inRanges(length === 8 ? EIGHT : SEVEN, +area);

  function domestic(text) {
    const found = /^(?:\(?(?:\+\s?|00)86\)?[\s-]*|\(86\)[\s-]*|86[\s-]*(?=1[3-9]))/.exec(text);
    if (!found) return text;
    const rest = text.slice(found[0].length);
    return /^(?:[0(]|1[3-9]|[48]00)/.test(rest) ? rest : `0${rest}`;
  }

  const SEVERAL = /[/,;、|或和及]/;
  const LANDLINE = new RegExp("^\\(?(0(?:10|2[0-9]|[3-9][0-9]{2}))\\)?[\\s-]*([2-9][0-9]{2,3})[\\s-]?([0-9]{4})"
    + "(?:\\s*(?:-|转|分机|ext\\.?|x|#)\\s*([0-9]{1,6}))?$", "i");

  function landlineOf(text, otherwise) {
    const found = LANDLINE.exec(text);
    if (!found || !isArea(found[1], found[2].length + 4)) return fault(otherwise);
    return value(`${found[1]}-${found[2]}${found[3]}${found[4] ? `-${found[4]}` : ""}`);
  }

  const landline = identified(40, (text) => (SEVERAL.test(text) ? fault("phones") : landlineOf(domestic(text), "landline")));

  const phone = identified(40, (text) => {
    if (SEVERAL.test(text)) return fault("phones");
    const inland = domestic(text);
    const digits = inland.replace(/[\s().-]+/g, "");
    const mobile = digits.replace(/^0/, "");
    if (/^1[3-9][0-9]{9}$/.test(mobile)) return value(mobile);
    if (/^[48]00[0-9]{7}$/.test(digits)) return value(`${digits.slice(0, 3)}-${digits.slice(3, 6)}-${digits.slice(6)}`);
    const foreign = /^(?:\+|00)([1-9][0-9]{5,16})$/.exec(digits); // whether that country has such numbers is seen on receipt
    return foreign ? value(`+${foreign[1]}`) : landlineOf(inland, "phone");
  });

  const postcode = identified(20, (raw) => {
    const text = raw.replace(/ /g, "");
    return /^[0-8][0-9]{5}$/.test(text) ? value(text) : fault("postcode");
  });

  const ATOM = "[0-9A-Za-z!#$%&'+/=?^_`{|}~-]+";
  const TOP = "(?:[A-Za-z]{2,24}|[Xx][Nn]--[0-9A-Za-z-]{1,58})";
  const EMAIL = new RegExp(`^(?=.{6,254}$)(?=.{1,64}@)(${ATOM}(?:\\.${ATOM})*)@((?:[0-9A-Za-z](?:[0-9A-Za-z-]{0,61}[0-9A-Za-z])?\\.)+${TOP})$`);
  const email = identified(260, (text) => {
    const found = EMAIL.exec(text.replace(/^mailto:/, ""));
    return found ? value(`${found[1]}@${found[2].toLowerCase()}`) : fault("email");
  });

  const IN_HOST = "0-9A-Za-z_\\u4e00-\\u9fff";
  const HOST = `(?:[${IN_HOST}](?:[${IN_HOST}-]{0,61}[${IN_HOST}])?\\.)+(?:${TOP}|[\\u4e00-\\u9fff]{2,8})`;
  const REST = "(?::[0-9]{1,5})?(?:[/?#][^\\s<>\"'`\\\\{}|^]*)?";
  const URL_WHOLE = new RegExp(`^([Hh][Tt][Tt][Pp][Ss]?://)(${HOST}|(?:[0-9]{1,3}\\.){3}[0-9]{1,3})(${REST})$`);
  const URL_BARE = new RegExp(`^()(${HOST})(${REST})$`);
  const url = identified(2000, (text) => {
    const found = URL_WHOLE.exec(text) || URL_BARE.exec(text);
    if (!found || !(found[1] || /^(?:www\..*|.*\.(?:cn|com|net|org))$/i.test(found[2]))) return fault("url");
    return value(found[1].toLowerCase() + found[2].toLowerCase() + found[3]);
  });

  // ── places and numbers ──

  const DIVISION = /^(?:1[1-5]|2[1-3]|3[1-7]|4[1-6]|5[0-4]|6[1-5]|71|8[12])(?:[0-9]{4}|[0-9]{7}|[0-9]{10})$/;
  const division = identified(100, (text) => {
    const whole = text.replace(/ /g, "");
    const printed = /^[^0-9]{2,60}[(（]([0-9]{6,12})[)）]$/.exec(whole);
    let digits = printed ? printed[1] : whole;
    if (!DIVISION.test(digits)) return /^\D{2,}$/.test(whole) ? value(text) : fault("division"); // names are looked up on receipt
    while (digits.length > 6 && digits.endsWith("000")) digits = digits.slice(0, -3);
    return value(digits);
  });

  const POINT = new RegExp("^(?:POINT\\s?)?[(\\[]?\\s?(?:东经|经度|E)?[:\\s]?([0-9.]{1,16})\\s?°?"
    + "(?:[\\s,;]+|(?=北纬|纬度))(?:北纬|纬度|N)?[:\\s]?([0-9.]{1,16})\\s?°?\\s?[)\\]]?$");
  function geo(raw) {
    if (raw.length > 100) return fault("long");
    const text = fold(raw);
    if (isNothing(text)) return nothing;
    const found = POINT.exec(text);
    const pair = found ? found.slice(1) : [];
    if (pair.length !== 2 || !pair.every((one) => /^[0-9]{1,3}(?:\.[0-9]{1,12})?$/.test(one))) return fault("geo");
    if (+pair[0] === 0 && +pair[1] === 0) return nothing;
    const [lat, lng] = pair.slice().sort((a, b) => a - b);
    return lng >= 73 && lng <= 136 && lat >= 3 && lat <= 54 ? value(`${plain(lng)},${plain(lat)}`) : fault("geo");
  }

  /** A number's digits without what says nothing: 089.50 is 89.5, -0 is 0. */
  function plain(text) {
    const [, sign, whole, , decimals] = /^([+-]?)0*([0-9]*)(\.([0-9]*?)0*)?$/.exec(text);
    const number = (whole || "0") + (decimals ? `.${decimals}` : "");
    return (sign === "-" && number !== "0" ? "-" : "") + number;
  }

  const SAME = { m2: "㎡", "m²": "㎡", 平方米: "㎡", 平米: "㎡", 厘米: "cm", 公斤: "kg", 千克: "kg", 圆: "元" };
  function withoutUnit(raw, unit) {
    if (!unit || raw.length > 100) return raw;
    let text = fold(raw).replace(/￥/g, "¥");
    if (unit === "元") for (const sign of ["人民币", "RMB", "CNY", "¥"]) if (text.startsWith(sign)) text = text.slice(sign.length).trim();
    const named = text.replace(/^[-+0-9.,]+/, "").trim();
    if (!named) return text;
    const one = (name) => SAME[name.toLowerCase()] || name.toLowerCase();
    return one(named) === one(unit) ? text.slice(0, text.length - named.length).trim() : raw;
  }

  function decimal(raw, unit) {
    if (raw.length > 100) return fault("long");
    const text = fold(withoutUnit(raw, unit));
    const found = /^([+-]?)([0-9]{1,18}|[0-9]{1,3}(?:,[0-9]{3}){1,5})(?:\.([0-9]{1,12}))?$/.exec(text);
    if (!found) return isNothing(text) ? nothing : fault("number");
    return value(plain(`${found[1]}${found[2].replace(/,/g, "")}.${found[3] || "0"}`));
  }
  function integer(raw, unit) {
    const found = decimal(raw, unit);
    return found.value !== undefined && found.value.includes(".") ? fault("whole") : found;
  }

  /** Compare two plain numbers: less than 0, 0, or more. Exact, however long they are. */
  function compare(a, b) {
    const negative = a.startsWith("-");
    if (negative !== b.startsWith("-")) return negative ? -1 : 1;
    const [m, n] = [a, b].map((text) => text.replace("-", "").split("."));
    const size = m[0].length - n[0].length || (m[0] < n[0] ? -1 : m[0] > n[0] ? 1 : 0);
    const [x, y] = [m[1] || "", n[1] || ""];
    const order = size || (x < y ? -1 : x > y ? 1 : 0);
    return negative ? -order : order;
  }

  // ── dates ──

  const two = (text) => String(text).padStart(2, "0");
  function iso(year, month, day) {
    if (year < 1000 || year > 2199) return fault("year");
    if (!month && !day) return value(String(year));
    if (!isDay(year, month, day || 1)) return fault("day");
    return value(`${year}-${two(month)}${day ? `-${two(day)}` : ""}`);
  }

  const MARKED = /^([12][0-9]{3})\s?([-/.])\s?([0-9]{1,2})(?:\s?\2\s?([0-9]{1,2}))?(?![0-9])/;
  const CHINESE = /^([12][0-9]{3})\s?年(?:\s?()([0-9]{1,2})\s?月(?:\s?([0-9]{1,2})(?:\s?[日号]|(?![0-9]))|(?!\s?[0-9]))|(?!\s?[0-9]))/;
  const COMPACT = /^([12][0-9]{3})()([0-9]{2})([0-9]{2})(?![0-9])/;
  const TIME = new RegExp("(?:[Tt]|\\s{1,3}|(?<=[日号])\\s?)(上午|下午)?\\s?([0-9]{1,2})"
    + "(?::([0-9]{2})(?::([0-9]{2})(?:\\.[0-9]{1,9})?)?|[时点](?:\\s?([0-9]{1,2})分(?:\\s?([0-9]{1,2})秒)?)?|(?<=[Tt][0-9]{2}))"
    + "\\s?([Zz]|[+-][0-9]{2}:?[0-9]{2})?$", "y");

  /** Whether six digits may be a day whose year has two. */
  const isShortDay = ([, year, month]) => +year.slice(2) >= 1 && +year.slice(2) <= 12 && +month >= 1;

  function moment(raw, six) {
    if (raw.length > 100) return fault("long");
    const text = fold(raw);
    if (isNothing(text) || isZero(text) || /^0001[-/.]0?1[-/.]0?1(?![0-9])/.test(text)) return nothing;
    if (/^[12][0-9]{3}$/.test(text)) return iso(+text, 0, 0);
    let found = /^([12][0-9]{3})([0-9]{2})$/.exec(text);
    if (found) return !six && isShortDay(found) ? fault("six") : iso(+found[1], +found[2], 0);
    found = /^([12][0-9]{3})([0-9]{2})([0-9]{2})([0-9]{2})([0-9]{2})([0-9]{2})?$/.exec(text);
    if (found) return timed(iso(+found[1], +found[2], +found[3]), +found[4], +found[5], +(found[6] || 0));
    found = MARKED.exec(text) || CHINESE.exec(text) || COMPACT.exec(text);
    if (!found) return fault("date");
    if (found[2] === "." && found[3] === "1" && found[4] === undefined) return fault("october");
    const day = iso(+found[1], +(found[3] || 0), +(found[4] || 0));
    if (day.fault || found[0].length === text.length) return day;
    TIME.lastIndex = found[0].length;
    return clock(day, TIME.exec(text));
  }

  /** A day and the time behind it. */
  function clock(day, found) {
    if (!found) return fault("date");
    let hour = +found[2];
    if ((found[1] === "上午" && hour > 11) || (found[1] === "下午" && hour === 0)) return fault("time");
    if (found[1] === "下午" && hour < 12) hour += 12;
    const bare = found[3] === undefined && found[5] === undefined;
    if (bare && day.value.length === 10 && hour < 24 && !found[7]) return value(`${day.value}T${two(hour)}`);
    const here = timed(day, hour, +(found[3] || found[5] || 0), +(found[4] || found[6] || 0));
    return found[7] && !here.fault ? inBeijing(here.value, found[7]) : here;
  }

  /** A time of another zone by the clock of Beijing. */
  function inBeijing(text, zone) {
    const [, sign, hours, minutes] = /^([+-])([0-9]{2}):?([0-9]{2})$/.exec(zone.replace(/^[Zz]$/, "+00:00"));
    const offset = (sign === "-" ? -1 : 1) * (+hours * 60 + +minutes);
    if (+hours > 23 || +minutes > 59) return fault("time");
    if (offset === 480) return value(text);
    if (+text.slice(0, 4) < 1992) return fault("zone"); // the clocks of China changed
    const there = new Date(Date.parse(`${text}Z`) + (480 - offset) * 60000).toISOString();
    return value(there.slice(0, text.length));
  }

  function timed(day, hour, minute, second) {
    if (day.fault) return day;
    if (day.value.length !== 10 || hour > 23 || minute > 59 || second > 59) return fault("time");
    return value(`${day.value}T${two(hour)}:${two(minute)}${second ? `:${two(second)}` : ""}`);
  }

  const cut = (length, six) => (raw) => {
    const found = moment(raw, six);
    return found.value === undefined ? found : value(found.value.slice(0, length));
  };

  // ── files ──

  function file(raw) {
    if (raw.length > 1000) return fault("long");
    const found = cleaned(raw);
    if (found.fault) return found;
    if (isNothing(fold(found.value))) return nothing;
    const climbs = /(?:^|\/)(?:\.|%2[Ee]){1,2}(?:\/|$)/.test(found.value);
    const forms = [/^[^\x00-\x1f\\:<>"|?*/~. ][^\x00-\x1f\\:<>"|?*]*$/, /^[Hh][Tt][Tt][Pp][Ss]?:\/\/[^\s/<>"'`\\{}|^]+(?:\/[^\s<>"'`\\{}|^]*)?$/,
      /^(?:urn:uuid|urn:oid|sha256|sha1|md5|cid|id):[0-9A-Za-z._-]{1,128}$/];
    return climbs || !forms.some((one) => one.test(found.value)) ? fault("file") : found;
  }

  function picture(raw) {
    const found = file(raw);
    if (found.value === undefined || found.value.includes(":")) return found;
    const ending = /[^/]\.([0-9A-Za-z]{1,8})$/.exec(found.value);
    return ending && !/^(?:jpe?g|jpe|png|bmp|gif|webp|tiff?|hei[cf]|avif)$/i.test(ending[1]) ? fault("picture") : found;
  }

  const KINDS = {
    text: (raw) => oneLine(raw, 2000),
    long_text: (raw) => {
      const found = anyText(raw, 100000);
      return found.value === undefined ? found : value(found.value.replace(/\r\n|[\r\v\f\x85\u2028\u2029]/g, "\n"));
    },
    person_name: personName,
    address,
    phone,
    landline,
    postcode,
    email,
    url,
    division,
    division_code: division,
    geo,
    id_number: idNumber,
    document_number: documentNumber,
    disability_card: disabilityCard,
    uscc,
    org_code: orgCode,
    file,
    photo: picture,
    signature: picture,
    integer,
    decimal,
    money: decimal,
    date: cut(10),
    year_month: cut(7, true),
    year: cut(4),
    datetime: cut(19),
  };

  /** Read what was typed, by a kind: {value}, {nothing} or {fault}. */
  const read = (kind, raw, unit) => (KINDS[kind] || KINDS.text)(String(raw), unit);

  // ── conditions: true, false, or null while it is not decided ───────────────────────────────────────────────────────

  const both = (verdicts) => (verdicts.includes(false) ? false : verdicts.includes(null) ? null : true);
  const either = (verdicts) => (verdicts.includes(true) ? true : verdicts.includes(null) ? null : false);

  /** Decide a condition in its neutral form. `look` gives the state of what a comparison names. */
  function decide(node, look) {
    if (node.all) return both(node.all.map((one) => decide(one, look)));
    if (node.any) return either(node.any.map((one) => decide(one, look)));
    if (node.not) {
      const verdict = decide(node.not, look);
      return verdict === null ? null : !verdict;
    }
    if (!node.cell && !node.column) return node.else;
    const state = look(node);
    if ("else" in node && !state.answered) return node.else;
    if ("known" in node) return state.held ? node.known : state.skipped ? !node.known : null;
    if (state.skipped) return false;
    if (state.value === undefined) return null;
    if (!node.contains) return holds(node, state.value);
    const each = (it) => (Array.isArray(it) ? either(it.map(each)) : holds(node, it));
    return each(state.value);
  }

  const significant = (code) => {
    for (const [start, end] of [[2, 4], [4, 6], [6, 9], [9, 12]]) {
      if (code.length >= end && /^0+$/.test(code.slice(start))) return code.slice(0, start);
    }
    return code;
  };
  const byPrefix = (wanted, own) => (wanted.some((one) => own.startsWith(one)) ? true : wanted.some((one) => one.startsWith(own)) ? null : false);

  const monthEnd = (month) => [31, 30, 29, 28].find((day) => isDay(+month.slice(0, 4), +month.slice(5), day));

  function holds(node, it) {
    if (node.in) return node.in.includes(it) || ((node.vague || []).includes(it) ? null : false);
    if (node.begins) return byPrefix(node.begins, it);
    if (node.division) return byPrefix(node.division, significant(it));
    if (node.id) return node.id.includes(id18(it));
    if (node.at_least) return compare(String(it), plain(node.at_least)) >= 0;
    if (node.at_most) return compare(String(it), plain(node.at_most)) <= 0;
    if (node.over) return compare(String(it), plain(node.over)) > 0;
    if (node.under) return compare(String(it), plain(node.under)) < 0;
    const day = it.slice(0, 10);
    const first = day.length === 4 ? `${day}-01-01` : day.length === 7 ? `${day}-01` : day;
    const last = day.length === 4 ? `${day}-12-31` : day.length === 7 ? `${day}-${monthEnd(day)}` : day;
    if (node.before) return last < node.before ? true : first >= node.before ? false : null;
    return first > node.after ? true : last <= node.after ? false : null;
  }

  // ── cells: what is asked, and what was answered ────────────────────────────────────────────────────────────────────
  // A cell's state: `fix` (a known value is being corrected), `pick` (the choice in a cell to confirm), `clear`, `here`.
  // What was typed stays in the inputs themselves.

  const cells = new Map();
  const tables = new Map(all("[data-table]").map((box) => [box.dataset.table, box]));
  const dirty = { work: false, sent: false };

  const nameOf = (key, row) => (row ? `${key}@${row}` : key);

  function adopt(td) {
    const name = td.dataset.cell;
    const [key, row] = name.split("@");
    const spec = data.cells[name] || ((data.tables[key.split(".")[0]] || { columns: {} }).columns[key]);
    if (!spec) return;
    const cell = { name, key, row: row || "", td, spec, fix: false, effort: { keys: 0, seconds: 0 }, asked: true };
    cells.set(name, cell);
    if (spec.status === "known" && td.querySelector(".value")) known(cell);
    if (spec.status === "confirm") pickable(cell);
    if (spec.kind === "list" && isOpen(cell) && tables.has(key)) deniable(cell);
  }

  const inputsOf = (cell) => all("input, select, textarea", cell.td)
    .filter((node) => !node.closest(".tools") && !node.name.startsWith("choice:") && node.className !== "denial");
  const radiosOf = (cell) => all(`.pick input[type=radio][name^="choice:"]`, cell.td);
  const pickOf = (cell) => (radiosOf(cell).find((radio) => radio.checked) || {}).value;
  const isOpen = (cell) => ["confirm", "new"].includes(cell.spec.status) || cell.appeared;
  const isTick = (node) => node.type === "radio" || node.type === "checkbox";

  /** What stands in a cell's inputs: a text, or the codes that are ticked. */
  function typed(cell) {
    const nodes = inputsOf(cell);
    if (!nodes.length) return "";
    if (nodes[0].type === "checkbox") return nodes.filter((node) => node.checked).map((node) => node.value);
    if (nodes[0].type === "radio") return (nodes.find((node) => node.checked) || { value: "" }).value;
    if (nodes[0].type === "file") return nodes[0].value.replace(/^.*[\\/]/, ""); // its name: a browser puts a made-up folder before it
    return nodes[0].value;
  }

  const isBlank = (raw) => (Array.isArray(raw) ? raw.length === 0 : raw.trim() === "");
  const isEntered = (cell) => cell.fix || pickOf(cell) === "other" || ["new", "blank"].includes(cell.spec.status) || cell.appeared;

  /** Read a cell's own input: {value}, {nothing}, {fault}, or {} while it is empty. */
  function entered(cell) {
    const { kind, unit } = cell.spec;
    const raw = typed(cell);
    const [first] = inputsOf(cell);
    if (first && first.validity && first.validity.badInput) return fault("date");
    if (isBlank(raw)) return {};
    if (kind === "bool") return value(raw === "true");
    if (kind === "multi_code") {
      const alone = inputsOf(cell).some((node) => node.checked && "alone" in node.dataset);
      return alone && raw.length > 1 ? fault("alone") : value(raw);
    }
    if (kind === "code") return first.list ? listed(first, raw) : value(raw);
    return read(kind, raw, unit);
  }

  /** Find what was typed in a list of options, by label or code; a list that is not whole takes anything. */
  function listed(input, raw) {
    const key = (text) => fold(text).replace(/\s+/g, "").toLowerCase();
    const wanted = key(raw);
    const found = all("option", input.list).find((option) => key(option.value) === wanted || key(option.dataset.code || "") === wanted);
    if (found) return value(found.dataset.code);
    return "open" in input.list.dataset ? value(raw.trim()) : fault("option");
  }

  /** What a condition sees of a cell. */
  function stateOf(cell) {
    if (!cell) return {};
    if (cell.asked === false || (cell.spec.status === "skip" && !cell.appeared)) return { skipped: true, answered: true };
    const given = answerOf(cell);
    if (given && given.clear) return { answered: true };
    if (given && (given.undecided || cell.asked === null)) return {};
    if (given) return { value: meant(cell, given), held: true, answered: true };
    const settled = cell.spec.status === "known" && !cell.spec.waits && cell.asked === true;
    const shown = cell.spec.value;
    return { value: settled ? comparable(shown) : undefined, held: (settled || cell.spec.held === true) && !cell.spec.waits };
  }
  const comparable = (it) => (typeof it === "number" ? String(it) : it);
  const meant = (cell, given) => comparable(given.confirm ? cell.spec.value : given.read);

  /** What is compared: a cell, or all rows of a column as far as each is answered. */
  const lookFrom = (row) => (node) => {
    if (node.cell) return stateOf(cells.get(node.row ? nameOf(node.cell, row) : node.cell));
    const rows = Array.from(cells.values()).filter((cell) => cell.key === node.column && !isRemoved(cell) && isUsed(cell));
    const states = rows.map(stateOf).filter((state) => !state.skipped);
    if (rows.length && !states.length) return { skipped: true, answered: true };
    if (!states.length || states.some((state) => state.value === undefined)) return {};
    return { value: states.map((state) => state.value), held: true, answered: true };
  };

  /** Whether the worker holds something else to be right than what the page shows as filled. */
  const isCorrected = (cell) => cell.fix || (cell.spec.status === "confirm" && !["confirm", undefined].includes(pickOf(cell)));

  /** What the worker answered in a cell, as the submission says it (with `read`, what it means); null where nothing. */
  function answerOf(cell) {
    const { spec } = cell;
    if (cell.asked === false) return null;
    if (spec.status === "confirm") {
      const pick = pickOf(cell);
      if (pick === undefined) return null;
      if (pick === "confirm") return { confirm: true, read: spec.value };
      if (pick !== "other") {
        const other = spec.others[Number(pick)];
        return spec.kind === "list" ? { choose: Number(pick) } : { value: other, read: other };
      }
    }
    if (cell.denial && cell.denial.checked) return { value: [], read: [] };
    if (spec.kind === "list") return isUsedTable(cell.key) ? { rows: true } : null;
    if (!isEntered(cell)) return null;
    if (cell.clear) return { clear: true };
    const found = entered(cell);
    if (found.value === undefined) return found.nothing ? { value: typed(cell), undecided: true } : null;
    if (cell.fix && same(found.value, spec.value)) return null;
    const given = { value: spec.kind === "bool" ? found.value : submitted(cell), read: found.value };
    if (cell.here) given.scope = "form";
    return given;
  }
  const same = (a, b) => String(a) === String(b);
  const submitted = (cell) => {
    const raw = typed(cell);
    return Array.isArray(raw) ? raw : raw.trim();
  };

  /** What is wrong in a cell: the name of a message, or null. `whole`: what is lacking is wrong, too. */
  function wrongIn(cell, whole) {
    if (cell.asked === false || isRemoved(cell)) return null;
    const { spec } = cell;
    if (isEntered(cell) && !cell.clear) {
      const found = entered(cell);
      if (found.fault) return found.fault;
      if (whole && cell.fix && found.value === undefined) return "blank";
      if (whole && pickOf(cell) === "other" && found.value === undefined) return "choose";
    }
    const must = spec.required && cell.asked === true && !spec.waits && !spec.after;
    if (!whole || !must || answerOf(cell)) return null;
    if (isOpen(cell)) return "required";
    return spec.status === "blank" && isUsedRow(cell.row, cell.key) ? "required" : null;
  }

  /** Whether it is still to be answered. What may not be asked at all is not waited for. */
  const isLeft = (cell) => isOpen(cell) && cell.asked === true && (!cell.spec.waits || cell.spec.when) && !cell.spec.after
    && !isRemoved(cell) && cell.td.querySelector("input, select, textarea") !== null && !answerOf(cell);

  // ── messages at a cell ──

  function tell(cell, name) {
    const id = `e-${cell.name}`;
    let note = at(id);
    const nodes = [...inputsOf(cell), ...radiosOf(cell)];
    const groups = all("[role=radiogroup], [role=group]", cell.td);
    for (const node of [...nodes, ...groups]) {
      const ids = (node.getAttribute("aria-describedby") || "").split(" ").filter((one) => one && one !== id);
      if (name) ids.push(id);
      if (ids.length) node.setAttribute("aria-describedby", ids.join(" "));
      else node.removeAttribute("aria-describedby");
    }
    for (const node of nodes.filter((one) => !isTick(one))) {
      if (name) node.setAttribute("aria-invalid", "true");
      else node.removeAttribute("aria-invalid");
    }
    cell.td.classList.toggle("wrong", Boolean(name));
    if (!name && note) note.remove();
    if (!name) return;
    if (!note) {
      note = make("p", { id, className: "fault" });
      note.setAttribute("role", "alert");
      cell.td.append(note);
    }
    if (note.textContent !== data.faults[name]) note.textContent = data.faults[name];
  }

  const LENGTHS = { id_number: 18, uscc: 18, phone: 11, postcode: 6 }; // so many characters are all, and checked at once

  // A message that comes as the pointer goes down on something else would move that away from under it.
  let pressing = false;
  const delayed = [];
  document.addEventListener("pointerdown", () => {
    pressing = true;
  }, true);
  for (const end of ["pointerup", "pointercancel", "dragend"]) {
    document.addEventListener(end, () => setTimeout(() => {
      pressing = false;
      for (const [cell, finished] of delayed.splice(0)) if (cells.get(cell.name) === cell) check(cell, finished);
    }, 0), true);
  }

  function check(cell, finished) {
    if (pressing && !cell.td.contains(document.activeElement)) {
      delayed.push([cell, finished]);
      return;
    }
    const wrong = wrongIn(cell, false);
    const raw = typed(cell);
    const whole = finished || cell.td.classList.contains("wrong") || Array.isArray(raw) || raw.length >= (LENGTHS[cell.spec.kind] || Infinity);
    tell(cell, whole ? wrong : null);
  }

  // ── known values: where they come from, and correcting them ────────────────────────────────────────────────────────

  const button = (text, className, act) => {
    const node = make("button", { type: "button", className, textContent: text });
    node.addEventListener("click", act);
    return node;
  };

  function known(cell) {
    const shown = cell.td.querySelector(".value");
    const name = cell.td.dataset.label || cell.spec.label;
    const show = make("button", { type: "button", className: "shown", tabIndex: -1 });
    show.setAttribute("aria-expanded", "false");
    shown.replaceWith(show);
    show.append(shown, make("span", { className: "unseen", textContent: `（${name}，${say("source")}）` }));
    show.addEventListener("click", () => sourced(cell, show.getAttribute("aria-expanded") === "false"));
    cell.show = show;
  }

  function sourced(cell, open) {
    const old = cell.td.querySelector(".sourced");
    if (old) old.remove();
    cell.show.setAttribute("aria-expanded", String(open));
    if (!open) return;
    const note = make("div", { className: "sourced" }, make("span", { textContent: cell.td.title || say("unsourced") }));
    if (cell.spec.model && !cell.fix) note.append(" ", button(say("correct"), "correct", () => correct(cell, true)));
    cell.td.append(note);
  }

  /** Take a copy of the model input of a kind, named for a cell. */
  function modelled(cell, label) {
    const made = at(cell.spec.model).content.cloneNode(true);
    for (const node of all("*", made)) {
      for (const { name, value: text } of Array.from(node.attributes)) {
        if (text === "@" || text.startsWith("f-@")) node.setAttribute(name, text.replace("@", cell.name));
      }
    }
    const [group] = all("[role=radiogroup], [role=group], select, textarea, input", made);
    group.setAttribute("aria-label", label);
    return made;
  }

  function correct(cell, focus) {
    if (cell.fix) return;
    cell.fix = true;
    sourced(cell, false);
    const { spec, td } = cell;
    const fix = make("div", { className: "entry fixing" });
    fix.append(modelled(cell, `${say("corrected")}：${td.dataset.label || spec.label}`));
    if (spec.unit) fix.append(make("span", { className: "unit", textContent: ` ${spec.unit}` }));
    const tick = (word, flag) => {
      const box = make("input", { type: "checkbox" });
      box.addEventListener("change", () => {
        cell[flag] = box.checked;
        changed(cell, true);
      });
      return make("label", { className: "opt" }, box, say(word));
    };
    cell.clearTick = tick("clear", "clear");
    cell.hereTick = tick("here", "here");
    const back = button(say("revert"), "revert", () => revert(cell));
    const tools = make("div", { className: "tools" }, cell.clearTick, " ", cell.hereTick, " ", proofOf(cell), " ", back);
    const box = make("div", { className: "correction" }, make("p", { className: "why", textContent: say("corrected") }), fix, tools);
    td.classList.add("fixed");
    cell.show.querySelector(".value").before(make("span", { className: "was", textContent: say("original") }));
    td.append(box);
    put(cell, spec.value === undefined ? "" : spec.value);
    watch(cell);
    changed(cell, false);
    if (focus) focusOn(cell);
  }

  /** Give the place for what a corrected value is known by: a certificate that was seen. It goes along to the authority. */
  function proofOf(cell) {
    const box = make("input", { type: "text", maxLength: 200, value: cell.evidence || "" });
    box.addEventListener("input", () => {
      cell.evidence = box.value;
      dirty.work = true;
      store();
    });
    cell.proof = make("label", { className: "proof" }, say("evidence"), " ", box);
    return cell.proof;
  }

  function revert(cell) {
    Object.assign(cell, { fix: false, clear: false, here: false, evidence: "" });
    tell(cell, null);
    cell.td.querySelector(".correction").remove();
    cell.show.querySelector(".was").remove();
    cell.td.classList.remove("fixed");
    cell.effort = { keys: 0, seconds: 0 };
    changed(cell, false);
    cell.show.focus();
  }

  /** Put a value in a cell's inputs. */
  function put(cell, it) {
    const nodes = inputsOf(cell);
    if (nodes[0] && isTick(nodes[0])) {
      const wanted = Array.isArray(it) ? it : [String(it)];
      for (const node of nodes) node.checked = wanted.includes(node.value);
    } else if (nodes[0] && nodes[0].list && !Array.isArray(it)) {
      const option = all("option", nodes[0].list).find((one) => one.dataset.code === it);
      nodes[0].value = option ? option.value : it;
    } else if (nodes[0] && nodes[0].type !== "file") nodes[0].value = String(it);
  }

  /** A list may have no items: the worker says so with a tick. */
  function deniable(cell) {
    const box = make("input", { type: "checkbox", className: "denial" });
    box.addEventListener("change", () => changed(cell, true));
    cell.denial = box;
    cell.td.append(make("label", { className: "opt" }, box, say("none")));
  }

  function pickable(cell) {
    const fix = cell.td.querySelector(".fix");
    const pick = pickOf(cell);
    if (fix) fix.hidden = pick !== "other";
    if (isCorrected(cell) && !cell.proof) cell.td.append(make("div", { className: "tools" }, proofOf(cell)));
    if (cell.proof) cell.proof.parentNode.hidden = !isCorrected(cell);
    for (const radio of radiosOf(cell)) radio.closest(".opt").classList.toggle("on", radio.checked);
    for (const group of all(".pick", cell.td)) group.classList.toggle("asks", pick === undefined);
  }

  // ── tables ─────────────────────────────────────────────────────────────────────────────────────────────────────────

  const removed = new Set(); // "table row"
  const rowNode = (key, row) => all(`[data-row="${row}"]`, tables.get(key))[0];
  const tableOf = (key) => key.split(".")[0];
  const isRemoved = (cell) => removed.has(`${tableOf(cell.key)} ${cell.row}`);
  const isUsedTable = (key) => Array.from(cells.values())
    .some((cell) => cell.row && tableOf(cell.key) === key && cell.spec.status === "blank" && !isBlank(typed(cell)));
  const isUsed = (cell) => cell.spec.status !== "blank" || isUsedRow(cell.row, cell.key);
  const isUsedRow = (row, key) => Array.from(cells.values())
    .some((cell) => cell.row === row && tableOf(cell.key) === tableOf(key) && cell.spec.status === "blank" && !isBlank(typed(cell)));

  function addRow(key, row) {
    const box = tables.get(key);
    box.classList.remove("empty");
    const content = box.querySelector("template.fresh").content.cloneNode(true);
    const number = all("[data-row]", box).length + 1;
    const fill = (text) => text.replace(/\{n\}/g, number).replace("@+0", `@${row}`);
    for (const node of all("*", content)) {
      for (const { name, value: text } of Array.from(node.attributes)) {
        if (text.includes("{n}") || text.includes("@+0")) node.setAttribute(name, fill(text));
      }
      if (node.dataset.row) node.dataset.row = row;
      for (const child of Array.from(node.childNodes)) if (child.nodeType === 3) child.data = child.data.replace(/\{n\}/g, number);
    }
    const line = content.firstElementChild;
    line.classList.add("added");
    const body = box.querySelector(":scope > .roll > table > tbody");
    if (body) body.append(line);
    else box.querySelector(".grow").before(line);
    for (const td of all("td[data-cell]", line)) {
      adopt(td);
      if (cells.has(td.dataset.cell)) watch(cells.get(td.dataset.cell));
    }
    removable(key, line);
    return line;
  }

  function nextRow(key) {
    const taken = all("[data-row^='+']", tables.get(key)).map((node) => Number(node.dataset.row.slice(1)));
    return `+${Math.max(0, ...taken) + 1}`;
  }

  function removable(key, line) {
    const head = line.querySelector("td.n, h3");
    const row = line.dataset.row;
    const drop = button(say("remove"), "rowtools", () => (row.startsWith("+") ? dropRow(key, row) : strike(key, row, !removed.has(`${key} ${row}`))));
    drop.tabIndex = -1; // from the keyboard: Ctrl and Delete in one of its cells
    drop.setAttribute("aria-label", `${say("remove_row")}：${(head.querySelector(".long") || head).textContent.trim()}`);
    head.append(drop);
  }

  /** The button that removes the row in which something stands, or takes it back. */
  function toolOf(node) {
    const line = node.closest("[data-row]");
    return line && line.querySelector(".rowtools");
  }

  function dropRow(key, row) {
    const line = rowNode(key, row);
    for (const cell of Array.from(cells.values())) if (cell.row === row && tableOf(cell.key) === key) cells.delete(cell.name);
    line.remove();
    const grow = tables.get(key).querySelector(".grow");
    if (grow) grow.focus();
    changed(null, true);
  }

  function strike(key, row, out) {
    if (out) removed.add(`${key} ${row}`);
    else removed.delete(`${key} ${row}`);
    const line = rowNode(key, row);
    line.classList.toggle("removed", out);
    for (const node of all("input, select, textarea", line)) node.disabled = out;
    const drop = line.querySelector(".rowtools");
    drop.textContent = say(out ? "back" : "remove");
    drop.setAttribute("aria-pressed", String(out));
    message(out ? say("removed") : "");
    changed(null, true);
  }

  function growable(key, box) {
    if (!box.querySelector("template.fresh")) return;
    const spare = box.querySelector(".spares");
    if (spare) spare.remove();
    const grow = button(say("add"), "grow", () => {
      const line = addRow(key, nextRow(key));
      changed(null, true);
      const first = line.querySelector("input, select, textarea");
      if (first) first.focus();
    });
    const table = data.tables[key];
    grow.setAttribute("aria-label", `${say("add")}：${table ? table.label : ""}`);
    box.append(grow);
    for (const line of all("[data-row]", box)) if (!line.classList.contains("spare")) removable(key, line);
  }

  // ── what is asked follows from what is answered ────────────────────────────────────────────────────────────────────

  const askedTables = new Map();

  function compute() {
    for (let round = 0, moved = true; moved && round < 20; round += 1) {
      moved = false;
      for (const key of tables.keys()) {
        const { when } = data.tables[key];
        askedTables.set(key, when ? decide(when, lookFrom("")) : true);
      }
      for (const cell of cells.values()) {
        const around = cell.row ? askedTables.get(tableOf(cell.key)) : true;
        const own = cell.spec.when ? decide(cell.spec.when, lookFrom(cell.row)) : cell.spec.status !== "skip";
        const asked = both([around === undefined ? true : around, own]);
        if (asked !== cell.asked) {
          cell.asked = asked;
          moved = true;
        }
      }
    }
  }

  /** What is skipped although its condition holds does not apply by the record's own word: no answer on the page asks for it. */
  function settleSkipped() {
    compute();
    for (const cell of cells.values()) {
      if (cell.spec.status === "skip" && cell.asked === true) cell.spec = { ...cell.spec, when: undefined };
    }
  }

  function decideAll() {
    compute();
    for (const cell of cells.values()) if (cell.spec.when) showAsked(cell);
    for (const [key, box] of tables) box.classList.toggle("off", askedTables.get(key) === false);
  }

  function showAsked(cell) {
    const { td, spec } = cell;
    if (spec.status === "skip" && cell.asked === true && !cell.appeared && spec.model) appear(cell);
    if (cell.appeared && cell.asked !== true) vanish(cell);
    td.classList.toggle("off", cell.asked === false && spec.status !== "skip");
    td.classList.toggle("maybe", cell.asked === null);
    const reason = td.querySelector(".why .reason");
    if (!reason || spec.status === "known") return;
    if (!cell.why) cell.why = { waits: spec.waits ? reason.textContent : "", label: td.querySelector(".why b").cloneNode(true) };
    reason.hidden = Boolean(spec.waits) && cell.asked === true;
    const label = td.querySelector(".why b");
    label.hidden = reason.hidden;
  }

  /** Ask what the form skipped until now. */
  function appear(cell) {
    cell.appeared = true;
    const entry = make("div", { className: "entry appeared" });
    entry.append(modelled(cell, cell.td.dataset.label || cell.spec.label));
    cell.td.classList.add("new");
    cell.td.querySelector(".none").hidden = true;
    cell.td.append(entry);
    watch(cell);
  }

  function vanish(cell) {
    cell.appeared = false;
    tell(cell, null);
    cell.td.classList.remove("new");
    cell.td.querySelector(".none").hidden = false;
    cell.td.querySelector(".appeared").remove();
  }

  // ── progress, and moving on ────────────────────────────────────────────────────────────────────────────────────────

  const inOrder = () => all("[data-cell]").map((td) => cells.get(td.dataset.cell)).filter(Boolean);
  const left = () => inOrder().filter(isLeft);

  function progress() {
    const count = left().length;
    const text = count ? say("left", { n: count }) : say("done");
    if (at("left").textContent !== text) at("left").textContent = text;
    at("next").disabled = count === 0;
    for (const cell of cells.values()) if (isOpen(cell)) cell.td.classList.toggle("done", Boolean(answerOf(cell)));
  }

  function focusOn(cell) {
    const nodes = [...radiosOf(cell), ...inputsOf(cell), ...(cell.denial ? [cell.denial] : [])].filter((node) => !node.disabled && node.offsetParent !== null);
    const target = nodes.find((node) => isTick(node) && node.checked) || nodes[0] || cell.show;
    if (!target) return;
    target.focus();
    if (target.select && !isTick(target) && cell.fix) target.select();
    cell.td.scrollIntoView({ block: "nearest" });
  }

  const cellAt = (node) => {
    const td = node && node.closest ? node.closest("[data-cell]") : null;
    return td ? cells.get(td.dataset.cell) : undefined;
  };

  function moveOn(from) {
    const order = inOrder();
    const start = from ? order.indexOf(from) : -1;
    const turned = [...order.slice(start + 1), ...order.slice(0, Math.max(start, 0))];
    const row = from && from.spec.status === "blank" ? turned.filter((cell) => cell.row === from.row && tableOf(cell.key) === tableOf(from.key)) : [];
    const next = row.find((cell) => order.indexOf(cell) > start && cell.asked !== false && inputsOf(cell).length) || turned.find(isLeft);
    if (next) focusOn(next);
    else (at("send").hidden ? at("save") : at("send")).focus();
  }

  function step(from, by) {
    const order = inOrder().filter((cell) => cell.td.offsetParent !== null && (cell.show || inputsOf(cell).length || radiosOf(cell).length));
    const next = order[order.indexOf(from) + by];
    if (next && next.show && !next.fix) next.show.focus();
    else if (next) focusOn(next);
  }

  form.addEventListener("keydown", (event) => {
    if (event.isComposing || event.keyCode === 229) return; // an input method's own Enter
    const cell = cellAt(event.target);
    if (event.ctrlKey && (event.key === "ArrowDown" || event.key === "ArrowUp") && !event.altKey) {
      event.preventDefault();
      step(cell, event.key === "ArrowDown" ? 1 : -1);
    } else if (event.ctrlKey && event.key === "Delete" && toolOf(event.target)) {
      event.preventDefault();
      toolOf(event.target).click();
    } else if (event.key === "Enter" && event.target.matches("input, select, textarea")) {
      if (event.target.tagName === "TEXTAREA" && !event.ctrlKey) return;
      event.preventDefault();
      if (cell) check(cell, true);
      if (!cell || !cell.td.classList.contains("wrong")) moveOn(cell);
    } else if (event.key === "Escape" && cell && cell.show && !cell.fix) {
      sourced(cell, false);
    }
  });

  at("next").addEventListener("click", () => moveOn(cellAt(document.activeElement)));

  // ── effort: how many keys and how long a cell took; never what was typed ───────────────────────────────────────────
  // An act in a cell took the time since the act before it, wherever on the page that was, or since the cell came on the
  // screen, if that was later: who reads a value and then clicks on it has taken the time to read it.

  const PAUSE = 10; // seconds without an act that still count as work
  const ticking = () => performance.now() / 1000;
  const seen = new Map(); // cell's element → when it came on the screen
  let last = ticking();

  const eyes = new IntersectionObserver((changes) => {
    for (const { target, isIntersecting } of changes) {
      if (!isIntersecting) seen.delete(target);
      else if (!seen.has(target)) seen.set(target, ticking());
    }
  });

  function active(cell, keys) {
    const now = ticking();
    cell.effort.seconds += Math.min(PAUSE, now - Math.max(last, seen.get(cell.td) || 0));
    last = now;
    if (keys === null) cell.effort.keys = null;
    else if (cell.effort.keys !== null) cell.effort.keys += keys;
  }

  const acted = () => {
    last = ticking();
  };
  /** Leaving a field ends it; what comes after a choice was made is no part of choosing. */
  const leave = (cell, node) => (isTick(node) && node.checked ? acted() : active(cell, 0));

  for (const name of ["keydown", "pointerup", "click"]) document.addEventListener(name, acted); // after the cell's own
  for (const name of ["focus", "pageshow"]) window.addEventListener(name, acted); // back from another window
  document.addEventListener("visibilitychange", acted);

  const idle = new Set(["Tab", "Shift", "Control", "Alt", "Meta", "CapsLock", "Enter", "Escape"]);

  function watch(cell) {
    if (!cell.watched) {
      eyes.observe(cell.td);
      cell.td.addEventListener("pointerdown", () => active(cell, 0)); // on an option's words, too
      cell.watched = true;
    }
    for (const node of [...inputsOf(cell), ...radiosOf(cell)]) {
      if (node.dataset.watched) continue;
      node.dataset.watched = "1";
      if (!isTick(node)) node.classList.toggle("empty", node.value === "");
      node.addEventListener("keydown", (event) => {
        const composing = event.isComposing || event.keyCode === 229;
        if (event.key === "Tab" || (event.key === "Enter" && isTick(node))) return leave(cell, node);
        cell.pressed = true;
        return active(cell, composing ? null : idle.has(event.key) || event.ctrlKey || event.altKey ? 0 : 1);
      });
      node.addEventListener("compositionstart", () => active(cell, null));
      node.addEventListener("paste", () => active(cell, null));
      node.addEventListener("drop", () => active(cell, null));
      node.addEventListener("input", (event) => {
        const byKeys = node.tagName === "SELECT" || (cell.pressed && !event.isComposing);
        active(cell, byKeys ? 0 : isTick(node) ? 1 : null); // a press; else autofill, dictation, a keyboard that names no keys
        cell.pressed = false;
        if (!event.isComposing) changed(cell, false);
      });
      node.addEventListener("compositionend", () => changed(cell, false));
      if (node.tagName === "SELECT") node.addEventListener("pointerdown", () => active(cell, 1));
      node.addEventListener("change", () => {
        active(cell, 0);
        if (node.name.startsWith("choice:")) pickable(cell);
        if (node.type === "checkbox" && node.checked) standAlone(cell, node);
        changed(cell, true);
      });
      node.addEventListener("blur", (event) => {
        leave(cell, node);
        if (!cell.td.contains(event.relatedTarget)) cell.pressed = false; // an arrow key goes from option to option
        if (cells.get(cell.name) === cell && !isBlank(typed(cell))) check(cell, true);
      });
    }
  }

  /** An option such as 无 stands alone: the one that was ticked last stays. */
  function standAlone(cell, node) {
    for (const other of inputsOf(cell)) {
      if (other !== node && ("alone" in node.dataset || "alone" in other.dataset)) other.checked = false;
    }
  }

  /** Something was answered, or taken back. */
  function changed(cell, finished) {
    dirty.work = true;
    if (!data.submit) dirty.sent = false; // saved, and then gone on with: not saved any more
    if (cell) check(cell, finished);
    for (const node of cell ? inputsOf(cell) : []) if (!isTick(node)) node.classList.toggle("empty", node.value === "");
    decideAll();
    progress();
    store();
    if (!at("strip").hidden) strip();
  }

  // ── the submission ─────────────────────────────────────────────────────────────────────────────────────────────────

  /** What a draft had and the worker took back. */
  const takenBack = (cell) => (data.draft && data.draft.cells[cell.name] && cell.asked !== false ? { revert: true } : null);

  function submission() {
    const found = { form: data.form, version: data.version, on: data.on, token: data.token, answers: {}, rows: {}, effort: {} };
    const rows = new Map();
    const rowIn = (key, row) => {
      const name = `${key} ${row}`;
      if (!rows.has(name)) {
        rows.set(name, { row });
        (found.rows[key] = found.rows[key] || []).push(rows.get(name));
      }
      return rows.get(name);
    };
    for (const cell of inOrder()) {
      const table = tableOf(cell.key);
      const given = isRemoved(cell) ? null : answerOf(cell) || takenBack(cell);
      if (!given || given.rows) continue;
      const { read: _, undecided: __, ...answer } = given;
      if (isCorrected(cell) && (cell.evidence || "").trim()) answer.evidence = cell.evidence.trim();
      if (cell.row) {
        const row = rowIn(table, cell.row);
        (row.answers = row.answers || {})[cell.key.slice(table.length + 1)] = answer;
      } else found.answers[cell.key] = answer;
      const { keys, seconds } = cell.effort;
      if (keys !== 0 || seconds) found.effort[cell.name] = { keys, seconds: Math.round(seconds * 10) / 10 };
    }
    for (const one of removed) Object.assign(rowIn(...one.split(" ")), { removed: true });
    return found;
  }

  /** The submission as text. A signed page's brings its filled form along, byte for byte: its numbers may be longer than a script's. */
  function submissionText() {
    const text = JSON.stringify(submission());
    const filled = at("filled");
    return filled ? `${text.slice(0, -1)},"filled":${filled.textContent.trim()}}` : text;
  }

  function message(text) {
    at("message").textContent = text;
  }

  /** Say what is wrong or lacking, and go to the first of it. */
  function complete() {
    const wrong = [];
    for (const cell of inOrder()) {
      const name = wrongIn(cell, true);
      tell(cell, name);
      if (name) wrong.push({ cell, name });
    }
    if (!wrong.length) return true;
    const lacking = wrong.every((one) => one.name === "required");
    message(say(lacking ? "lacking" : "faulty", { n: wrong.length }));
    focusOn(wrong[0].cell);
    return false;
  }

  function done(text) {
    dirty.sent = true;
    forget();
    message(text);
  }

  async function send() {
    if (!complete()) return;
    const stop = new AbortController();
    const timer = setTimeout(() => stop.abort(), 60000);
    at("send").disabled = true;
    message(say("sending"));
    try {
      const headers = { "Content-Type": "application/json" };
      const answer = await fetch(data.submit, { method: "POST", headers, body: submissionText(), signal: stop.signal, redirect: "manual" });
      if (answer.type === "opaqueredirect") throw Object.assign(new Error("elsewhere"), { elsewhere: true }); // such as to log in
      if (!answer.ok) throw Object.assign(new Error("refused"), { status: answer.status });
      done(say("sent"));
      document.documentElement.classList.add("sent");
    } catch (error) {
      at("send").disabled = false;
      message(error.elsewhere ? say("elsewhere") : error.status ? say("refused", { status: error.status }) : say("offline"));
    } finally {
      clearTimeout(timer);
    }
  }

  function save() {
    if (!complete()) return;
    const file = new Blob([submissionText()], { type: "application/json" });
    const link = make("a", { href: URL.createObjectURL(file), download: `${data.form}-${data.on}.json` });
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 10000);
    if (data.submit) message(say("saved"));
    else done(say("saved"));
  }

  form.addEventListener("submit", (event) => {
    event.preventDefault();
    if (data.submit) send();
  });
  at("save").addEventListener("click", save);

  // ── work in progress, kept in the browser where the app asks for it ────────────────────────────────────────────────

  const PREFIX = "prefill:work:";
  const mine = PREFIX + data.token;
  let waiting = 0;

  function shelf() {
    try {
      return data.keep ? window.localStorage : null;
    } catch (error) {
      return null;
    }
  }

  function purge(shelved) {
    for (const key of Object.keys(shelved).filter((one) => one.startsWith(PREFIX))) {
      try {
        if (!(JSON.parse(shelved.getItem(key)).until > Date.now())) shelved.removeItem(key);
      } catch (error) {
        shelved.removeItem(key);
      }
    }
  }

  function kept() {
    const work = { until: Date.now() + data.keep * 1000, cells: {}, added: [], removed: Array.from(removed) };
    for (const line of all(".added[data-row]")) work.added.push(`${line.closest("[data-table]").dataset.table} ${line.dataset.row}`);
    for (const cell of cells.values()) {
      const pick = pickOf(cell);
      const raw = isEntered(cell) ? typed(cell) : "";
      const denied = Boolean(cell.denial && cell.denial.checked);
      if (pick === undefined && !cell.fix && !denied && isBlank(raw)) continue;
      work.cells[cell.name] = { pick, raw, denied, fix: cell.fix, clear: cell.clear, here: cell.here, evidence: cell.evidence, effort: cell.effort };
    }
    return work;
  }

  function store() {
    if (!data.keep || dirty.sent) return;
    clearTimeout(waiting);
    waiting = setTimeout(storeNow, 300);
  }
  function storeNow() {
    const shelved = shelf();
    if (!shelved || dirty.sent || !dirty.work) return;
    try {
      shelved.setItem(mine, JSON.stringify(kept()));
    } catch (error) {
      message(""); // the browser keeps nothing: nothing is lost that was not lost before
    }
  }

  function forget() {
    clearTimeout(waiting);
    const shelved = shelf();
    if (shelved) shelved.removeItem(mine);
  }

  function restore() {
    const shelved = shelf();
    if (shelved) purge(shelved);
    const text = shelved && shelved.getItem(mine);
    try {
      const work = text ? JSON.parse(text) : data.draft;
      if (work) takeUp(work);
    } catch (error) { // none of this page's making: the form is filled from its beginning
      forget();
      return;
    }
    if (!text) return;
    message(say("kept"));
    const again = button(say("forget"), "forget", () => {
      forget();
      dirty.sent = true;
      window.location.reload();
    });
    at("message").append(" ", again);
  }

  /** Show what was filled, what the worker has and what the record says now, where these differ: nobody's is taken for another's. */
  function threeWays() {
    for (const [name, told] of Object.entries((data.draft || { ways: {} }).ways)) {
      const td = all("td[data-cell]").find((one) => one.dataset.cell === name);
      if (td) td.append(make("p", { className: "why ways", textContent: say("ways", told) }));
    }
  }

  /** Put all back that was kept. */
  function takeUp(work) {
    for (const one of work.added) addRow(...one.split(" "));
    for (const one of work.removed) strike(...one.split(" "), true);
    for (let round = 0; round < 3; round += 1) { // what an answer shows may have been answered, too
      for (const [name, was] of Object.entries(work.cells)) if (cells.has(name)) putBack(cells.get(name), was);
      decideAll();
    }
  }

  function putBack(cell, was) {
    cell.evidence = was.evidence || "";
    if (was.fix && cell.spec.model && !cell.fix) correct(cell, false);
    for (const radio of radiosOf(cell)) radio.checked = radio.value === was.pick;
    pickable(cell);
    if (cell.denial) cell.denial.checked = was.denied;
    put(cell, was.raw);
    for (const node of inputsOf(cell)) if (!isTick(node)) node.classList.toggle("empty", node.value === "");
    Object.assign(cell, { clear: was.clear, here: was.here, effort: was.effort || cell.effort });
    if (cell.fix) {
      cell.clearTick.firstChild.checked = Boolean(was.clear);
      cell.hereTick.firstChild.checked = Boolean(was.here);
    }
    check(cell, true);
  }

  window.addEventListener("pagehide", storeNow);
  window.addEventListener("beforeunload", (event) => {
    if (!dirty.work || dirty.sent || data.keep) return;
    event.preventDefault();
    event.returnValue = say("leave");
  });

  // ── the copy strip: values in the order and the format of a closed website ─────────────────────────────────────────

  const copiedOnce = new Map(); // cell → the text that was copied

  function dateAs(text, like) {
    const [day, time] = text.split("T");
    if (like.includes("年")) return day.split("-").map((part, i) => Number(part) + "年月日"[i]).join("") + (time ? ` ${time}` : "");
    return day.replace(/-/g, /\d/.test(like[4]) ? "" : like[4]) + (time ? ` ${time}` : "");
  }

  function labelled(cell, code) {
    const nodes = all("option, input[type=radio], input[type=checkbox]", cell.td)
      .concat(cell.spec.model ? all("option, input", at(cell.spec.model).content) : []);
    const node = nodes.find((one) => (one.dataset.code || one.value) === code && !String(one.name).startsWith("choice:"));
    return !node ? code : node.tagName === "OPTION" ? (node.dataset.code ? node.value : node.label) : node.parentNode.textContent.trim();
  }

  /** What is copied for a cell: what the worker answered, or else what was known. */
  function copyText(cell, was) {
    if (!cell) return was;
    if (cell.asked === false || isRemoved(cell)) return "";
    const given = answerOf(cell);
    if (!given) return cell.spec.status === "known" && !wrongIn(cell, true) ? was : "";
    if (given.clear || given.undecided) return "";
    const it = meant(cell, given);
    const { kind } = cell.spec;
    if (it === undefined) return "";
    if (["date", "year_month", "year", "datetime"].includes(kind)) return dateAs(it, data.dates);
    if (kind === "bool") return labelled(cell, String(it));
    if (kind === "code" || kind === "multi_code") {
      return [].concat(it).map((code) => (data.codes === "code" ? code : labelled(cell, code))).join("、");
    }
    return String(it);
  }

  function strip() {
    const box = at("strip");
    const focused = document.activeElement && document.activeElement.dataset ? document.activeElement.dataset.copy : undefined;
    const list = make("ol");
    for (const [name, label, was] of data.strip) {
      const text = copyText(cells.get(name), was);
      if (!text) continue;
      const ticked = copiedOnce.get(name) === text;
      const act = button("", ticked ? "copy ticked" : "copy", () => copy(name, label, text));
      act.dataset.copy = name;
      act.append(make("span", { className: "what", textContent: label }), " ", make("span", { className: "value", textContent: text }),
        make("span", { className: "tick", textContent: ticked ? `✓ ${say("copied")}` : "" }));
      list.append(make("li", {}, act));
    }
    const close = button(say("close"), "close", () => toggleStrip(false));
    box.replaceChildren(make("h2", { textContent: say("strip") }), close, make("p", { className: "why", textContent: say("strip_note") }), list);
    const again = all("[data-copy]", box).find((node) => node.dataset.copy === focused);
    if (again) again.focus();
  }

  async function copy(name, label, text) {
    let ok = false;
    try {
      await navigator.clipboard.writeText(text);
      ok = true;
    } catch (error) { // from a disk, or without leave: the old way
      const field = make("textarea", { value: text, className: "unseen" });
      field.setAttribute("aria-hidden", "true");
      document.body.append(field);
      field.select();
      ok = document.execCommand("copy");
      field.remove();
    }
    if (ok) copiedOnce.set(name, text);
    message(ok ? `${say("copied")}：${label}` : say("uncopied"));
    strip();
    const node = all("[data-copy]", at("strip")).find((one) => one.dataset.copy === name);
    if (node) node.focus();
  }

  function toggleStrip(open) {
    at("strip").hidden = !open;
    document.documentElement.classList.toggle("copying", open);
    at("copies").setAttribute("aria-expanded", String(open));
    if (open) strip();
    const first = open ? at("strip").querySelector(".copy") : at("copies");
    if (first) first.focus();
  }

  // ── begin ──────────────────────────────────────────────────────────────────────────────────────────────────────────

  document.documentElement.classList.add("live");
  form.noValidate = true;
  for (const td of all("td[data-cell]")) adopt(td);
  for (const [key, box] of tables) growable(key, box);
  for (const td of all("td[data-cell]")) if (!td.isConnected) cells.delete(td.dataset.cell);
  for (const cell of Array.from(cells.values())) if (cell.td.isConnected) watch(cell); else cells.delete(cell.name);
  for (const id of ["bar", "left", "next", "save", "keys"]) at(id).hidden = false;
  at("send").hidden = !data.submit;
  at("unsaved").hidden = true;
  if (data.strip.length) {
    at("copies").hidden = false;
    at("copies").addEventListener("click", () => toggleStrip(at("strip").hidden));
  }
  settleSkipped();
  restore();
  threeWays();
  decideAll();
  progress();
  window.prefill = Object.freeze({ submission, read, decide });
})();
