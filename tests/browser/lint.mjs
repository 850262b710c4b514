// Holds templates/form.js to the baseline, Chromium 86: the syntax of ES2020, and no API that came later. Prints what is wrong; exits 1 then.
//   node lint.mjs FILE
import { readFileSync } from "node:fs";
import { Linter } from "eslint";

// What the script may use of a page: every other global is refused, so that a new one is looked up before it is used.
const globals = ["window", "document", "navigator", "performance", "fetch", "Blob", "URL", "AbortController", "setTimeout", "clearTimeout", "IntersectionObserver"];

// Members that came after Chromium 86, with the version that brought them.
const late = {
  at: 92, hasOwn: 93, findLast: 97, findLastIndex: 97, toSorted: 110, toReversed: 110, toSpliced: 110, groupBy: 117, withResolvers: 119,
  randomUUID: 92, structuredClone: 98, inert: 102, showModal: "kept out: no dialogues", showPopover: 114, popover: 114, showPicker: 99, setHTML: "too new",
  getHTML: 125, checkVisibility: 105, isWellFormed: 111, toWellFormed: 111, throwIfAborted: 100, timeout: "103, of AbortSignal", cause: 93,
  hasIndices: 90, union: 122, intersection: 122, difference: 122, scrollend: 114, replaceAll: "85: kept out with its kin", fromAsync: 121, startViewTransition: 111,
  showOpenFilePicker: "86, behind leave", requestIdleCallback: "not in Safari", scheduler: 94, userAgentData: 90, attachInternals: "not needed", adoptedStyleSheets: "too new",
};

const file = process.argv[2];
const problems = new Linter({ configType: "flat" }).verify(readFileSync(file, "utf8"), [{
  languageOptions: { ecmaVersion: 2020, sourceType: "script", globals: Object.fromEntries(globals.map((name) => [name, "readonly"])) },
  linterOptions: { noInlineConfig: true },
  rules: {
    "no-undef": "error", "no-unused-vars": ["error", { argsIgnorePattern: "^_", varsIgnorePattern: "^_", caughtErrors: "none" }],
    "no-restricted-properties": ["error", ...Object.entries(late).map(([property, since]) => ({ property, message: `not in Chromium 86 (${since})` }))],
    "no-restricted-globals": ["error", "event", "name", "parent", "top", "status", "length"],
    "no-restricted-syntax": ["error",
      { selector: "Literal[regex.flags=/[dv]/]", message: "regular expressions' flags d and v are not in Chromium 86" },
      { selector: "AssignmentExpression[left.property.name=/^(innerHTML|outerHTML)$/]", message: "text is never made markup" },
      { selector: "CallExpression[callee.property.name=/^(insertAdjacentHTML|write|writeln)$/]", message: "text is never made markup" },
    ],
    "no-eval": "error", "no-implied-eval": "error", "no-new-func": "error", eqeqeq: "error", "no-var": "error", "prefer-const": "error",
    "no-shadow": ["error", { allow: ["value", "address", "file", "name", "say", "url", "at"] }], "no-redeclare": "error", "no-dupe-keys": "error",
    "no-unreachable": "error", "no-fallthrough": "error", "no-implicit-globals": "error", "no-global-assign": "error",
    "max-len": ["error", { code: 160 }], complexity: ["error", 22],
  },
}], { filename: "form.js" });
for (const one of problems) console.log(`${file}:${one.line}:${one.column} ${one.message}`);
process.exit(problems.length ? 1 : 0);
