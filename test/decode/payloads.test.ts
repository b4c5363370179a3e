// How messages are opened: forms, lines of keys, XML, multipart bodies, and documents inside documents.
import { describe, expect, it } from "vitest";
import { compile } from "../../src/decode/reader.ts";
import type { ReadContext, Reading } from "../../src/decode/terms.ts";
import { parseXml } from "../../src/decode/xml.ts";
import { httpProfile } from "./testVendor.ts";

const CTX: ReadContext = { utcOffsetMin: 480, params: {}, newId: () => "id-1" };

/** What stands at `/v` (or elsewhere) of a body, as an ignored report; or the fault. */
function says(more: object, body: string | Uint8Array, from = "/v"): string {
  const profile = httpProfile({
    messages: [{ kind: "any", when: [], fields: { v: { from } }, reports: [{ is: "ignored", why: "={v}" }] }],
    ...more,
  });
  const payload = typeof body === "string" ? new TextEncoder().encode(body) : body;
  return said(compile(profile).read({ via: "request", method: "POST", path: "event", query: "", payload }, CTX));
}

function said(reading: Reading): string {
  if (reading.is === "fault") return `${reading.fault.code} ${reading.fault.where}`;
  const [report] = reading.reports;
  return report?.is === "ignored" ? report.why : JSON.stringify(report);
}

describe("kinds of payload", () => {
  it.each<[string, object, string, string, string]>([
    ["a form", { payload: "form" }, "a=1&v=%E8%8B%8F+E", "/v", "=苏 E"],
    ["a form, the last of a name counts", { payload: "form" }, "v=1&v=2", "/v", "=2"],
    ["a form with a reserved name", { payload: "form" }, "__proto__=1&v=2", "/__proto__", "=1"],
    ["a form has no inherited keys", { payload: "form" }, "v=1", "/constructor", "field-missing /constructor"],
    ["no form", { payload: "form" }, "hello", "/v", "field-invalid byte 0"],
    [
      "a form with too many keys",
      { payload: "form" },
      Array.from({ length: 300 }, (_, i) => `k${i}=1`).join("&"),
      "/v",
      "field-invalid byte 0",
    ],
    ["keys and values with TAB", { payload: "kv" }, "a=1\tv=x=y\r\n", "/lines/0/v", "=x=y"],
    ["keys and values with &", { payload: "kv" }, "a=1&v=2\n\nv=3\n", "/lines/1/v", "=3"],
    ["a line without =", { payload: "kv" }, "a=1\thello", "/lines/0/a", "field-invalid byte 0"],
    ["no lines at all", { payload: "kv" }, " \n", "/lines/0/a", "field-invalid byte 0"],
    ["too many lines", { payload: "kv" }, "a=1\n".repeat(257), "/lines/0/a", "field-invalid byte 0"],
    ["json or form: json", { payload: ["json", "form"] }, '{"v":1}', "/v", "=1"],
    ["json or form: form", { payload: ["json", "form"] }, "v=1", "/v", "=1"],
    ["json or form: neither", { payload: ["json", "form"] }, "<v>", "/v", "not-json byte 0"],
    ["json or xml: xml", { payload: ["json", "xml"] }, "<r><v>1</v></r>", "/r/v", "=1"],
    ["form or xml: neither", { payload: ["form", "xml"] }, "?", "/v", "field-invalid byte 0"],
    ["wrapped", { within: "/w" }, '{"w":{"v":1}}', "/v", "=1"],
    ["wrapped, or not", { within: "/w" }, '{"v":1}', "/v", "=1"],
  ])("%s", (_name, more, body, from, expected) => {
    expect(says(more, body, from)).toBe(expected);
  });

  it("bytes that are no text", () => {
    expect(says({ payload: "xml" }, Uint8Array.of(0xc3, 0x28))).toBe("field-invalid byte 0");
  });
});

describe("documents inside a document", () => {
  const opens = [
    { pointer: "/data", as: "json" },
    { pointer: "/data/more", as: "base64-json" },
  ];
  it.each<[string, unknown, string, string]>([
    ["a JSON text", { data: '{"v":1}' }, "/data/v", "=1"],
    ["one in another", { data: JSON.stringify({ more: btoa('{"v":2}') }) }, "/data/more/v", "=2"],
    ["no document: it stays a text", { data: "{" }, "/data", "={"],
    ["no base64", { data: { more: "%" } }, "/data/more", "=%"],
    ["base64 of no text", { data: { more: "wyg=" } }, "/data/more", "=wyg="],
    ["base64 of no JSON", { data: { more: btoa("x") } }, "/data/more", "=eA=="],
    ["no text", { data: 5 }, "/data", "=5"],
    ["too long", { data: `{"v":"${"x".repeat(70_000)}"}` }, "/data/v", "field-missing /data/v"],
    ["not there", {}, "/data/v", "field-missing /data/v"],
    ["the message is no object", 5, "/data/v", "field-missing /data/v"],
  ])("%s", (_name, body, from, expected) => {
    expect(says({ opens }, JSON.stringify(body), from)).toBe(expected);
  });
});

describe("multipart", () => {
  const part = (head: string, body: string) => `--b\r\n${head}\r\n\r\n${body}\r\n`;
  const picture = part("Content-Type: image/jpeg", "/9j/");
  it.each<[string, string, string]>([
    ["the first part", `${part('Content-Disposition: form-data; name="e"', '{"v":1}')}--b--`, "=1"],
    ["a picture goes before it", `${picture}${part("Content-Type: application/json", '{"v":2}')}--b--`, "=2"],
    ["the last boundary is missing", part("Content-Type: application/json", '{"v":3}'), "=3"],
    ["a hyphen in the text", `${part("Content-Type: application/json", '{"a":"--c -b","v":4}')}--b--`, "=4"],
    ["pictures only", `${picture}--b--`, "not-json byte 0"],
    ["no end of the head", "--b\r\nContent-Type: application/json", "not-json byte 0"],
    ["too many pictures", `${picture.repeat(9)}${part("A: b", '{"v":5}')}--b--`, "not-json byte 0"],
    ["not multipart", '{"v":6}', "=6"],
  ])("%s", (_name, body, expected) => {
    expect(says({ multipart: true }, body)).toBe(expected);
  });
});

describe("XML", () => {
  it.each<[string, string, unknown]>([
    ["texts and elements", "<a><b>1</b><c> x </c></a>", { a: { b: "1", c: "x" } }],
    ["repeated elements", "<a><b>1</b><b>2</b></a>", { a: { b: ["1", "2"] } }],
    ["an empty element", "<a><b/><c></c></a>", { a: { b: "", c: "" } }],
    ["prefixes and attributes", '<h:a xmlns:h="http://x" k=\'v\'><h:b t="1">2</h:b></h:a>', { a: { b: "2" } }],
    ["a declaration and comments", '\uFEFF<?xml version="1.0"?><!-- x --><a>1<!-- y --></a>', { a: "1" }],
    ["CDATA", "<a><![CDATA[<b>&]]></a>", { a: "<b>&" }],
    ["entities", "<a>&lt;&#33487;&#x41;&amp;&gt;&quot;&apos;</a>", { a: "<苏A&>\"'" }],
    ["a reserved name is a name", "<a><__proto__>1</__proto__></a>", JSON.parse('{"a":{"__proto__":"1"}}')],
    ["an entity that isn't XML's", "<a>&nbsp;</a>", undefined],
    ["a bare ampersand", "<a>a & b</a>", undefined],
    ["a character beyond all", "<a>&#x110000;</a>", undefined],
    ["character 0", "<a>&#0;</a>", undefined],
    ["a document type", "<!DOCTYPE a><a/>", undefined],
    ["not closed", "<a><b></a>", undefined],
    ["closed twice", "<a></a></a>", undefined],
    ["two roots", "<a/><b/>", undefined],
    ["text beside the root", "x<a/>", undefined],
    ["nothing", "", undefined],
    ["a root left open", "<a>", undefined],
    ["too deep", "<a>".repeat(20), undefined],
    ["too many", `<a>${"<b/>".repeat(2_001)}</a>`, undefined],
    ["too long", `<a>${"x".repeat(300_000)}</a>`, undefined],
  ])("%s", (_name, text, expected) => {
    expect(parseXml(text)).toEqual(expected);
  });

  it("is linear: what never ends costs no more than its length", () => {
    const began = performance.now();
    for (const piece of ["<!--", "<![CDATA[", "<?", "<a ", "<a b=", '<a b="', "&", "<a b='c' "])
      parseXml(piece.repeat(20_000));
    expect(performance.now() - began).toBeLessThan(10_000); // quadratic: minutes
  });
});
