// Licensed under the MIT licence.
//
// Makes Tests/Vectors/*.json with the official JavaScript parser, which Debian packages: apt-get install node-socket.io-parser.
// Run by hand, when a case is added:  NODE_PATH=/usr/share/nodejs node dev/make-vectors.js
//
//   encoded.json    packets and what the parser's encoder makes of them
//   random.json     the same for packets of a seeded generator
//   judged.json     messages, right and wrong, and whether the parser's decoder takes them
//
// Binary data is hexadecimal. The output is the same in every run.
"use strict";

const fs = require("fs");
const path = require("path");
const parser = require("socket.io-parser");

// The package exports nothing but its entry point, so its version is read from the file.
const root = path.join(path.dirname(require.resolve("socket.io-parser")), "..", "..");
const { version } = JSON.parse(fs.readFileSync(path.join(root, "package.json"), "utf8"));

const CONNECT = 0, DISCONNECT = 1, EVENT = 2, ACK = 3, CONNECT_ERROR = 4;
const directory = path.join(__dirname, "..", "Tests", "Vectors");
const hex = (bytes) => Buffer.from(bytes).toString("hex");

function write(name, vectors) {
  const rows = vectors.map((vector) => "    " + JSON.stringify(vector)).join(",\n");
  const text = `{\n  "parser": "socket.io-parser ${version}",\n  "vectors": [\n${rows}\n  ]\n}\n`;
  fs.writeFileSync(path.join(directory, name), text);
}

// What the encoder makes of a packet, together with the packet's parts.
function encoded(name, packet, { revisions = [3, 4], query } = {}) {
  const [text, ...attachments] = new parser.Encoder().encode({ ...packet });
  const payload = packet.data === undefined ? undefined : text.slice(text.search(/[[{"]/));
  return {
    name,
    revisions,
    kind: Number(text[0]),
    namespace: query === undefined ? packet.nsp : packet.nsp.split("?")[0],
    query,
    id: packet.id,
    payload,
    text,
    attachments: attachments.map(hex),
  };
}

const bytes = (...values) => Buffer.from(values);

const chosen = [
  encoded("connect", { type: CONNECT, nsp: "/" }),
  encoded("connect to a namespace", { type: CONNECT, nsp: "/admin" }),
  encoded("connect with a payload", { type: CONNECT, nsp: "/", data: { token: "123" } }, { revisions: [4] }),
  encoded("connect to a namespace with a payload", { type: CONNECT, nsp: "/admin", data: { sid: "oSO0OpakMV_3jnilAAAA" } }, { revisions: [4] }),
  encoded("connect with an empty payload", { type: CONNECT, nsp: "/", data: {} }, { revisions: [4] }),
  encoded("connect with a query", { type: CONNECT, nsp: "/admin?token=1234&uid=abcd" }, { revisions: [3], query: "token=1234&uid=abcd" }),
  encoded("connect with an empty query", { type: CONNECT, nsp: "/admin?" }, { revisions: [3], query: "" }),
  encoded("connect with two question marks", { type: CONNECT, nsp: "/a?b=?c" }, { revisions: [3], query: "b=?c" }),
  encoded("connect to a namespace with a question mark", { type: CONNECT, nsp: "/a?b" }, { revisions: [4] }),
  encoded("disconnect", { type: DISCONNECT, nsp: "/" }),
  encoded("disconnect from a namespace", { type: DISCONNECT, nsp: "/admin" }),
  encoded("event", { type: EVENT, nsp: "/", data: ["hello", 1] }),
  encoded("event with its name only", { type: EVENT, nsp: "/", data: ["foo"] }),
  encoded("event in a namespace", { type: EVENT, nsp: "/admin", data: ["bar"] }),
  encoded("event with id", { type: EVENT, nsp: "/", id: 12, data: ["foo"] }),
  encoded("event with id 0", { type: EVENT, nsp: "/", id: 0, data: ["foo"] }),
  encoded("event with a large id", { type: EVENT, nsp: "/", id: Number.MAX_SAFE_INTEGER, data: ["foo"] }),
  encoded("event in a namespace with id", { type: EVENT, nsp: "/admin", id: 456, data: ["project:delete", 123] }),
  encoded("event named by a number", { type: EVENT, nsp: "/", data: [1, "a"] }),
  encoded("event with an empty name", { type: EVENT, nsp: "/", data: [""] }),
  encoded("event named error", { type: EVENT, nsp: "/", data: ["error", { message: "no" }] }),
  encoded("event named __proto__", { type: EVENT, nsp: "/", data: ["__proto__"] }),
  encoded("event with NUL in its name", { type: EVENT, nsp: "/", data: ["a\0b"] }),
  encoded("event with escapes in its name", { type: EVENT, nsp: "/", data: ["a\"\\\n\u2028b", 1] }),
  encoded("event outside ASCII", { type: EVENT, nsp: "/", data: ["é😀", "é😀", { "é😀": "日本" }] }),
  encoded("event with a lone surrogate", { type: EVENT, nsp: "/", data: ["a", "\ud800"] }),
  encoded("event with every kind of value", { type: EVENT, nsp: "/", data: ["a", null, true, false, 0, -1.5e-7, "", [], {}, [[1]], { a: { b: [] } }] }),
  encoded("namespace outside ASCII", { type: EVENT, nsp: "/räume/é😀", data: ["a"] }),
  encoded("namespace with digits", { type: EVENT, nsp: "/42", id: 7, data: ["a"] }),
  encoded("namespace with slashes", { type: EVENT, nsp: "/a/b-c", data: ["a"] }),
  encoded("ack", { type: ACK, nsp: "/", id: 12, data: [] }),
  encoded("ack with arguments", { type: ACK, nsp: "/", id: 12, data: ["bar", 1] }),
  encoded("ack in a namespace", { type: ACK, nsp: "/admin", id: 13, data: ["bar"] }),
  encoded("connect error", { type: CONNECT_ERROR, nsp: "/", data: { message: "Not authorized" } }),
  encoded("connect error in a namespace", { type: CONNECT_ERROR, nsp: "/admin", data: { message: "no", data: { code: 1 } } }),
  encoded("connect error as text", { type: CONNECT_ERROR, nsp: "/admin", data: "Not authorized" }),
  encoded("binary event", { type: EVENT, nsp: "/", data: ["baz", bytes(1, 2, 3, 4)] }),
  encoded("binary event in a namespace", { type: EVENT, nsp: "/admin", data: ["baz", bytes(1, 2), bytes(3, 4)] }),
  encoded("binary event with id", { type: EVENT, nsp: "/admin", id: 456, data: ["project:delete", bytes(1, 2, 3)] }),
  encoded("binary event with an empty attachment", { type: EVENT, nsp: "/", data: ["a", Buffer.alloc(0)] }),
  encoded("binary event, deep", { type: EVENT, nsp: "/", data: ["a", { b: [{ c: bytes(1) }, bytes(2)], d: "x" }, bytes(3)] }),
  encoded("binary event with ten attachments", { type: EVENT, nsp: "/", data: ["a", ...Array.from({ length: 10 }, (_, i) => bytes(i))] }),
  encoded("binary ack", { type: ACK, nsp: "/", id: 15, data: ["bar", bytes(1, 2, 3, 4)] }),
  encoded("binary ack in a namespace", { type: ACK, nsp: "/admin", id: 456, data: [bytes(3, 2, 1)] }),
  encoded("event with a false placeholder", { type: EVENT, nsp: "/", data: ["a", { _placeholder: true, num: 0 }] }),
];

// mulberry32, so that the vectors are the same in every run.
function generator(seed) {
  return () => {
    seed = (seed + 0x6d2b79f5) | 0;
    let t = Math.imul(seed ^ (seed >>> 15), 1 | seed);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

function randomPackets(seed, count) {
  const next = generator(seed);
  const below = (n) => Math.floor(next() * n);
  const pick = (list) => list[below(list.length)];
  const string = () => Array.from({ length: below(12) }, () => pick([..."abc019 /,-[]{}\"\\?é日😀\n\u0001\u2028"])).join("");
  const value = (depth, binary) => {
    switch (below(depth > 0 ? 9 : 6)) {
      case 0: return null;
      case 1: return next() < 0.5;
      case 2: return below(1e6) - 5e5;
      case 3: return (next() - 0.5) * 10 ** (below(40) - 20);
      case 4: return string();
      case 5: return binary() ?? string();
      case 6: return Array.from({ length: below(4) }, () => value(depth - 1, binary));
      default: return Object.fromEntries(Array.from({ length: below(4) }, () => [string(), value(depth - 1, binary)]));
    }
  };
  return Array.from({ length: count }, (_, index) => {
    let left = below(3) === 0 ? below(10) + 1 : 0;
    const binary = () => (left-- > 0 ? Buffer.from(Array.from({ length: below(6) }, () => below(256))) : undefined);
    const type = pick([EVENT, EVENT, ACK]);
    const nsp = pick(["/", "/", "/admin", "/a-b/7", "/é"]);
    const id = type === ACK || below(2) === 0 ? below(1e9) : undefined;
    const args = Array.from({ length: below(4) }, () => value(4, binary));
    return encoded(`random ${index}`, { type, nsp, id, data: type === ACK ? args : ["e" + string(), ...args] });
  });
}

// What the decoder makes of messages; a Buffer is a binary message.
function judged(name, ...messages) {
  const decoder = new parser.Decoder();
  let packets = 0;
  decoder.on("decoded", () => (packets += 1));
  let verdict;
  try {
    for (const message of messages) decoder.add(message);
    verdict = packets > 0 ? "accepts" : "waits";
  } catch {
    verdict = "refuses";
  }
  return {
    name,
    messages: messages.map((message) => (typeof message === "string" ? { text: message } : { binary: hex(message) })),
    verdict,
  };
}

const placeholder = (num) => `{"_placeholder":true,"num":${num}}`;

const judgements = [
  judged("empty", ""),
  judged("unknown type 7", "7"),
  judged("unknown type letter", "abc"),
  judged("unknown type space", ' 2["a"]'),
  judged("event without payload", "2"),
  judged("event with an object", "2{}"),
  judged("event with text", '2"a"'),
  judged("event with an empty array", "2[]"),
  judged("event with null as name", "2[null]"),
  judged("event with an object as name", "2[{}]"),
  judged("event with an array as name", '2[["a"]]'),
  judged("event with a boolean as name", "2[true]"),
  judged("event with a number as name", "2[1]"),
  judged("event cut short", '2["a"'),
  judged("event with more behind it", '2["a"]x'),
  judged("event with white space behind it", '2["a"] \n'),
  judged("event with white space in it", '2[ "a" , 1 ]'),
  judged("event with white space before it", '2 ["a"]'),
  judged("event with a trailing comma", '2["a",]'),
  judged("event with bad escape", '2["\\x"]'),
  judged("event with a bare control character", '2["\u0001"]'),
  judged("event with a leading zero", '2["a",01]'),
  judged("event with NaN", '2["a",NaN]'),
  judged("event named connect", '2["connect"]'),
  judged("event named disconnecting", '2["disconnecting"]'),
  judged("event named disconnecting by escape", '2["disconn\\u0065cting"]'),
  judged("event named disconnected", '2["disconnected"]'),
  judged("id letters", '2abc["a"]'),
  judged("id negative", '2-1["a"]'),
  judged("id with sign", '2+1["a"]'),
  judged("id with point", '21.5["a"]'),
  judged("id with exponent", '21e3["a"]'),
  judged("id with leading zeros", '2007["a"]'),
  judged("id of 16 digits", '29999999999999999["a"]'),
  judged("id of 17 digits", '299999999999999999["a"]'),
  judged("id of 400 digits", "2" + "9".repeat(400) + '["a"]'),
  judged("namespace without comma", '2/admin["a"]'),
  judged("namespace without slash", '2admin,["a"]'),
  judged("namespace that is the main one", '2/,["a"]'),
  judged("connect without comma", "0/admin"),
  judged("connect with comma", "0/admin,"),
  judged("connect with an array", "0[]"),
  judged("connect with null", "0null"),
  judged("connect with text", '0"a"'),
  judged("connect with a number", "01"),
  judged("connect with bad JSON", '0{"a":'),
  judged("disconnect with a payload", "1{}"),
  judged("disconnect with text", '1"a"'),
  judged("disconnect without comma", "1/admin"),
  judged("ack without id", "3[]"),
  judged("ack without payload", "312"),
  judged("ack with an object", "312{}"),
  judged("ack with text", '312"a"'),
  judged("connect error without payload", "4"),
  judged("connect error with an array", "4[]"),
  judged("connect error with null", "4null"),
  judged("binary event without count", '5["a"]'),
  judged("binary event with no digits", '5-["a"]'),
  judged("binary event without dash", "51"),
  judged("binary event with count zero", '50-["a"]'),
  judged("binary event with negative count", '5-1-["a"]'),
  judged("binary event with fractional count", '51.5-["a"]', bytes(1), bytes(2)),
  judged("binary event with exponent", '51e0-["a"]', bytes(1)),
  judged("binary event with letters for count", '5x-["a"]'),
  judged("binary event with space before count", '5 1-["a"]', bytes(1)),
  judged("binary event without payload", "51-", bytes(1)),
  judged("binary event awaiting", `51-["a",${placeholder(0)}]`),
  judged("binary event complete", `51-["a",${placeholder(0)}]`, bytes(1)),
  judged("binary event without placeholder", '51-["a"]', bytes(1)),
  judged("binary event with eleven attachments", '511-["a"]', ...Array.from({ length: 11 }, () => bytes(1))),
  judged("binary event with a hundred attachments", '5100-["a"]', ...Array.from({ length: 100 }, () => bytes(1))),
  judged("text instead of the attachment", `51-["a",${placeholder(0)}]`, '2["b"]'),
  judged("binary unannounced", bytes(1)),
  judged("one binary too many", `51-["a",${placeholder(0)}]`, bytes(1), bytes(2)),
  judged("placeholder out of range", `51-["a",${placeholder(1)}]`, bytes(1)),
  judged("placeholder negative", `51-["a",${placeholder(-1)}]`, bytes(1)),
  judged("placeholder of text", `51-["a",${placeholder('"0"')}]`, bytes(1)),
  judged("placeholder splice", `51-["a",${placeholder('"splice"')}]`, bytes(1)),
  judged("placeholder without number", '51-["a",{"_placeholder":true}]', bytes(1)),
  judged("placeholder of a fraction", `52-["a",${placeholder("0.5")}]`, bytes(1), bytes(2)),
  judged("placeholder with exponent", `52-["a",${placeholder("1e0")}]`, bytes(1), bytes(2)),
  judged("placeholder twice", `52-["a",${placeholder(0)},${placeholder(0)}]`, bytes(1), bytes(2)),
  judged("placeholder backwards", `52-["a",${placeholder(1)},${placeholder(0)}]`, bytes(1), bytes(2)),
  judged("placeholder false", '51-["a",{"_placeholder":false,"num":7}]', bytes(1)),
  judged("placeholder 1", '51-["a",{"_placeholder":1,"num":7}]', bytes(1)),
  judged("placeholder by escapes", '51-["a",{"\\u005fplaceholder":true,"n\\u0075m":7}]', bytes(1)),
  judged("placeholder taken back", '51-["a",{"_placeholder":true,"num":7,"_placeholder":false}]', bytes(1)),
  judged("placeholder corrected", '51-["a",{"_placeholder":true,"num":7,"num":0}]', bytes(1)),
  judged("placeholder with more members", '51-["a",{"x":[{}],"num":0,"y":"}","_placeholder":true}]', bytes(1)),
  judged("binary ack awaiting", `61-3[${placeholder(0)}]`),
  judged("binary ack complete", `61-3[${placeholder(0)}]`, bytes(1)),
  judged("binary ack without id", `61-[${placeholder(0)}]`, bytes(1)),
];

fs.mkdirSync(directory, { recursive: true });
write("encoded.json", chosen);
write("random.json", randomPackets(20_240_601, 240));
write("judged.json", judgements);
