/** A mistake that somebody may make, and the document that has it. */
export interface Refusal {
  readonly title: string;
  readonly text: string;
}

const STABLE = "{ version: a, endpoints: [http://a:1] }";
const CANDIDATE = "{ version: b, endpoints: [http://b:1] }";
const MATCH = "[{ path: /v1/chat }]";
const CUSTOMERS = "{ id: header:x-id, type: header:x-type }";

interface Parts {
  readonly customers?: string;
  readonly match?: string;
  readonly stable?: string;
  readonly candidate?: string;
  /** Lines of the route. */
  readonly route?: readonly string[];
  /** Flow maps. */
  readonly rules?: readonly string[];
}

/** A right document, but for the parts that are given. */
export function documentWith(parts: Parts): string {
  const lines = [
    "version: 1",
    `customers: ${parts.customers ?? CUSTOMERS}`,
    "routes:",
    "  - name: chat",
    `    match: ${parts.match ?? MATCH}`,
    `    stable: ${parts.stable ?? STABLE}`,
    `    candidate: ${parts.candidate ?? CANDIDATE}`,
    ...(parts.route ?? []).map((line) => `    ${line}`),
  ];
  if (parts.rules !== undefined) lines.push("    rules:", ...parts.rules.map((rule) => `      - ${rule}`));
  return `${lines.join("\n")}\n`;
}

/** A route without candidates, to stand after the first. */
function another(name: string, match: string): string {
  return `  - { name: ${name}, match: ${match}, stable: ${STABLE} }\n`;
}

function refusal(title: string, text: string): Refusal {
  return { title, text };
}

function sharesOf(...shares: readonly string[]): readonly Refusal[] {
  return shares.map((share) =>
    refusal(`share ${share}`, documentWith({ rules: [`{ name: everyone, candidate: ${share} }`] })),
  );
}

function customers(...written: readonly string[]): readonly Refusal[] {
  return written.map((customers) => refusal(`customers ${customers}`, documentWith({ customers })));
}

function jwts(...written: readonly string[]): readonly Refusal[] {
  return written.map((jwt) =>
    refusal(`jwt ${jwt}`, documentWith({ customers: `{ id: jwt:sub, type: header:x-type, jwt: ${jwt} }` })),
  );
}

function endpoints(...urls: readonly string[]): readonly Refusal[] {
  return urls.map((url) =>
    refusal(`endpoint ${url}`, documentWith({ stable: `{ version: a, endpoints: [${JSON.stringify(url)}] }` })),
  );
}

function extras(...written: readonly string[]): readonly Refusal[] {
  return written.map((extra) =>
    refusal(`version with ${extra}`, documentWith({ stable: STABLE.replace(" }", `, ${extra} }`) })),
  );
}

function secure(...written: readonly string[]): readonly Refusal[] {
  return written.map((tls) =>
    refusal(`tls ${tls}`, documentWith({ stable: `{ version: a, endpoints: [https://a], tls: { ${tls} } }` })),
  );
}

function paths(...written: readonly string[]): readonly Refusal[] {
  return written.map((path) => refusal(`path ${path}`, documentWith({ match: `[{ path: ${JSON.stringify(path)} }]` })));
}

function whens(...conditions: readonly string[]): readonly Refusal[] {
  return conditions.map((when) =>
    refusal(`when ${when}`, documentWith({ rules: [`{ name: some, when: ${when}, candidate: 5% }`] })),
  );
}

function windows(...written: readonly string[]): readonly Refusal[] {
  return written.map((between) =>
    refusal(`between ${between}`, documentWith({ rules: [`{ name: some, between: ${between}, candidate: 5% }`] })),
  );
}

function routeLines(...lines: readonly string[]): readonly Refusal[] {
  return lines.map((line) => refusal(line, documentWith({ route: [line] })));
}

/** Each test against rules for staff, a season, a type that waits, and everyone. */
function tests(...written: readonly string[]): readonly Refusal[] {
  const rules = documentWith({
    match: "[{ path: /v1/chat, method: POST }]",
    route: ["stickyBy: customer"],
    rules: [
      "{ name: staff, when: { customerType: internal }, candidate: 100% }",
      "{ name: wait, when: { customerType: beta }, candidate: 0% }",
      "{ name: season, when: { customerType: seasonal }, between: [2026-12-24T00:00Z, 2026-12-27T00:00Z], candidate: 100% }",
      "{ name: everyone, candidate: 5% }",
    ],
  });
  return written.map((test) => refusal(`test ${test}`, `${rules}tests:\n  - ${test}\n`));
}

function allRules(title: string, ...rules: readonly string[]): Refusal {
  return refusal(title, documentWith({ rules }));
}

const TWO = `[${CANDIDATE}, { version: c, endpoints: [http://c:1] }]`;

function split(title: string, rule: string): Refusal {
  const text = documentWith({ rules: [rule] }).replace(`candidate: ${CANDIDATE}`, `candidates: ${TWO}`);
  return refusal(title, text);
}

export const REFUSALS: readonly Refusal[] = [
  refusal("nothing", ""),
  refusal("only a comment", "# soon\n"),
  refusal("a list instead of a document", "- version: 1\n"),
  refusal("a text instead of a document", "hello\n"),
  refusal("no routes", "version: 1\n"),
  refusal("an empty list of routes", "version: 1\nroutes: []\n"),
  refusal("routes as a map", "version: 1\nroutes: { chat: {} }\n"),
  refusal("a version of the language that is not known", documentWith({}).replace("version: 1", "version: 2")),
  refusal("no version of the language", documentWith({}).replace("version: 1\n", "")),
  ...tests(
    "{}",
    "hello",
    "{ given: { customer: a } }",
    "{ route: chat, given: [a], expect: stable }",
    "{ route: chat, given: { header: { x-a: 1 }, customerTyp: a, weather: fine }, expect: stable }",
    "{ route: chat, given: { path: v1, method: post, headers: { 'x a': 1, x-a: [a] }, modality: '*' }, expect: stable }",
    "{ route: chat, given: { customer: '', model: [a], stream: yes, at: today, bucket: 10000 }, expect: stable }",
    "{ route: chat, given: { path: /v1/* }, expect: stable }",
    "{ route: chat, given: { key: a, bucket: 5 }, expect: stable }",
    "{ route: chta, expect: stable }",
    "{ route: chat, expect: candidates }",
    "{ route: chat, expect: stable, rule: staf }",
    "{ route: chat, given: { customerType: internal }, expect: stable }",
    "{ route: chat, given: { customerType: internal }, expect: a }",
    "{ route: chat, given: { customerType: beta }, expect: candidate }",
    "{ route: chat, given: { customerType: beta }, expect: stable, rule: everyone }",
    "{ route: chat, expect: candidate }",
    "{ route: chat, given: { bucket: 500 }, expect: candidate }",
    "{ route: chat, given: { bucket: 499 }, expect: stable }",
    "{ route: chat, given: { headers: { x-id: acme } }, expect: b }",
    "{ route: chat, given: { key: acme }, expect: b }",
    "{ route: chat, given: { customerType: seasonal, key: acme }, expect: candidate }",
    "{ route: chat, given: { customerType: seasonal, at: 2026-12-25T00:00Z }, expect: stable }",
    "{ route: chat, given: { stateful: true, bucket: 0 }, expect: candidate }",
    "{ route: chat, given: { path: /v1/other }, expect: stable }",
    "{ route: chat, given: { path: /v1/chat, method: GET }, expect: stable }",
    "{ route: chat, given: { bucket: 5000, headers: { x-canary: always } }, expect: candidate }",
  ),
  refusal("a misspelled key of the document", documentWith({}).replace("customers:", "custmers:")),
  refusal("keys that objects have anyway", `${documentWith({})}__proto__: 1\nconstructor: 1\ntoString: 1\n`),

  refusal("a key twice", `${documentWith({})}version: 1\n`),
  refusal("a broken bracket", "version: 1\nroutes: [\n"),
  refusal("a bracket in a bracket that is broken", "routes: {{{{\n"),
  refusal("a colon too many", "version: 1: 2\n"),
  refusal("a tab as indentation", "version: 1\nroutes:\n\t- name: chat\n"),
  refusal("a tag of one's own", documentWith({}).replace("name: chat", "name: !secret chat")),
  refusal("a second document", `${documentWith({})}---\nversion: 1\n`),
  refusal("a merge key", `${documentWith({})}<<: {}\n`),
  refusal("an alias without an anchor", documentWith({ match: "*paths" })),
  refusal("an alias of what it stands in", documentWith({ match: "&paths [*paths]" })),
  refusal("a list as a key", `${documentWith({})}? [a]\n: b\n`),

  refusal("customers as a list", documentWith({ customers: "[header:x-id]" })),
  refusal("claims of tokens that nobody verifies", documentWith({ customers: "{ id: [jwt:sub, apiKey] }" })),
  refusal("a directory without anybody's id", documentWith({ customers: "{ type: directory }" })),
  ...customers(
    "{ id: directory, type: [customer, session] }",
    "{ id: [customer, session] }",
    "{ id: apikey, type: direktory }",
    "{ id: [header, jwt, body] }",
    "{ id: [headr:x-id, 'jwt:', 'jwt:a b', body:user.id, body:/a~2, 'body:'] }",
    "{ types: [] }",
    "{ types: [premium, 'größe'] }",
  ),
  ...jwts(
    "{}",
    "RS256",
    "{ algorithms: [RS256] }",
    "{ algorithms: [none, HS512, RS25, hologram], jwks: keys.json }",
    "{ algorithms: HS256 }",
    "{ algorithms: HS256, secret: hunter2 }",
    "{ algorithms: HS256, secret: 'prefix-$' }",
    "{ algorithms: HS256, jwks: https://a/keys }",
    "{ algorithms: [HS256, ES256], secret: '$" + "{S}', jwks: keys.json }",
    "{ algorithms: [RS256], jwks: ftp://a/keys }",
    "{ algorithms: [RS256], jwks: https://user:secret@a/keys }",
    "{ algorithms: [RS256], jwks: 'http://' }",
    "{ algorithms: [RS256], jwks: keys.json, issuer: '', audience: [a] }",
  ),
  refusal(
    "a token that nobody asks for",
    documentWith({ customers: "{ id: header:x-id, jwt: { algorithms: [RS256], jwks: keys.json } }" }),
  ),
  refusal("a source that is none", documentWith({ customers: "{ id: cookie:id }" })),
  refusal("a header that cannot be", documentWith({ customers: "{ id: 'header:x id' }" })),
  refusal("a header without a name", documentWith({ customers: "{ id: 'header:' }" })),
  refusal("a header of the router's own", documentWith({ customers: "{ id: header:X-Canary-Track }" })),
  refusal("no source in the list", documentWith({ customers: "{ id: [] }" })),
  refusal("a default type that is no name", documentWith({ customers: "{ defaultType: größe }" })),

  refusal("no match", documentWith({}).replace(/ {4}match:.*\n/, "")),
  refusal("an empty match", documentWith({ match: "[]" })),
  refusal("match as a map", documentWith({ match: "{ path: /v1/chat }" })),
  refusal("an entry without a condition", documentWith({ match: "[{}]" })),
  refusal("an empty entry", documentWith({ match: "[~]" })),
  refusal("an entry that is a text", documentWith({ match: "[/v1/chat]" })),
  refusal("an entry with several paths", documentWith({ match: "[{ path: [/a, /b] }]" })),
  refusal("an entry that asks for no model", documentWith({ match: "[{ path: /a, model: '' }]" })),
  refusal("an entry that asks for a stream", documentWith({ match: "[{ path: /a, stream: true }]" })),
  refusal("an entry that asks for a type", documentWith({ match: "[{ path: /a, customerType: internal }]" })),
  refusal("a method in small letters", documentWith({ match: "[{ path: /a, method: post }]" })),
  refusal("a header without a value", documentWith({ match: "[{ header: { x-model: '' } }]" })),
  refusal("headers as a text", documentWith({ match: "[{ header: x-model }]" })),
  ...paths("v1/chat", "*", "/v1/*/chat", "/v1/ch*", "/v1/*/*", "/v1?stream=1", "/v1 chat", "", "/v1/#top"),

  refusal("no stable version", documentWith({}).replace(/ {4}stable:.*\n/, "")),
  refusal("a stable version that is a name", documentWith({ stable: "a" })),
  refusal("a version without endpoints", documentWith({ stable: "{ version: a }" })),
  refusal("a version with an empty list", documentWith({ stable: "{ version: a, endpoints: [] }" })),
  refusal("a version with an empty endpoint", documentWith({ stable: "{ version: a, endpoints: [~] }" })),
  ...extras(
    "model: ''",
    "model: 'llama*'",
    "model: [a, b]",
    "path: /v1",
    "path: { prefix: /v1 }",
    "path: { prefix: v1, to: /v1/* }",
    "path: { prefix: /größe, to: '/a b' }",
    "path: { prefix: /v1, to: /v1/ }",
    "headers: [x-a]",
    `headers: { x-a: "Bearer \${CANARY_ADMIN_TOKEN}" }`,
    "headers: {}",
    "headers: { 'x a': 1, X-Canary-Track: a, x-canary: always, Content-Length: 5, host: a }",
    "headers: { x-a: 1, X-A: 2 }",
    'headers: { x-a: "a\\nb", x-b: "", x-c: größe, x-d: [a] }',
    "headers: { x-a: '$" + "{NAME', x-b: '$" + "{}', x-c: 'a $" + "{A B}' }",
    "headers: { authorization: Bearer hunter2, X-API-Key: hunter2 }",
    "tls: true",
    "tls: {}",
    "tls: { ca: /a.pem }",
  ),
  ...secure(
    "ca: https://a/ca.pem",
    "ca: '-----BEGIN CERTIFICATE-----'",
    "ca: ''",
    "servername: 10.0.0.1",
    "servername: https://a",
    "insecure: true",
  ),
  refusal(
    "a rewrite of paths that the route does not take",
    documentWith({ candidate: CANDIDATE.replace(" }", ", path: { prefix: /v2, to: /v1 } }") }),
  ),
  refusal("a version without a name", documentWith({ stable: "{ endpoints: http://a:1 }" })),
  refusal("a version named as the other one", documentWith({ candidate: STABLE })),
  refusal("a name that is too long", documentWith({ stable: `{ version: ${"a".repeat(65)}, endpoints: http://a:1 }` })),
  refusal("a name with a line end in it", documentWith({ stable: '{ version: "a\\nb", endpoints: http://a:1 }' })),
  refusal("a name that is not there", documentWith({ stable: '{ version: "", endpoints: http://a:1 }' })),
  ...endpoints(
    "10.0.0.11:8000",
    "localhost:8000",
    "ftp://a",
    "http://user:secret@a",
    "http://a?x=1",
    "http://a/#x",
    "http://",
    "http://a:99999",
    "http:\\\\a",
    "http://a b",
    "",
  ),

  ...routeLines(
    "stickyBy: []",
    "stickyBy: custmer",
    "stickyBy: cookie:session",
    "stickyBy: [jwt:sub]",
    "stickyBy: [directory]",
    "stickyBy: [sesion]",
    "modality: images",
    "modality: [image, text]",
    "modality: '*'",
    "modality: header:x modality",
    "override: yes",
    "override: {}",
    "override: []",
    "override: { customerTypes: internal }",
    "salt: ''",
    "autoCut: on",
    "autoCut:",
    "autoCut: { failures: 0.9 }",
    "autoCut: { failures: 120% }",
    "autoCut: { failure: 1.5, overload: none }",
    "autoCut: { inARow: 1, minRequests: off }",
    "autoCut: { floor: 0.005, confidence: 100% }",
    "autoCut: { observeOnly: 1 }",
    "maxBody: 20",
    "maxBody: 0MiB",
    "maxBody: -1MiB",
    "maxBody: 20Mi",
    "maxBody: unlimited",
    "rules: []",
    "rules: { name: everyone, candidate: 5% }",
    "weight: 5",
    `candidates: [${CANDIDATE}]`,
    `sandbox: [${CANDIDATE}]`,
    "sandbox: { version: c, endpoints: [http://c:1] }",
    "shadow: { version: a, share: 10% }",
    "shadow: { version: c, share: 10% }",
    "shadow: { version: b, share: 0.1 }",
    "shadow: { version: b }",
    "shadow: 10%",
    "shadow: { version: b, share: 10%, credentials: yes, withClients: true }",
    "capture: 5%",
    "capture: { fields: [request] }",
    "capture: { share: 5%, fields: [requests, answer], sink: files }",
    "capture: { share: 5%, limit: 1MiB }",
    "capture: { share: 5%, redact: { pointers: [user], detect: [emails] } }",
    "compare: similar",
    "compare: hook",
    "compare: { as: json, similarity: 80%, ignore: [id] }",
    "compare: { as: text, similarity: 0.8, least: 101%, keep: 5000 }",
    "compare: { as: tensors, tolerance: 5% }",
    "compare: { as: hook, url: ftp://a }",
    "compare: { tolerance: 0.1 }",
  ),
  refusal(
    "a rule with a shadow that is not there",
    documentWith({ rules: ["{ name: all, shadow: { version: c, share: 1% } }"] }),
  ),
  refusal(
    "sticky by customers nobody knows",
    documentWith({ customers: "{ type: header:x-type }", route: ["stickyBy: customer"] }),
  ),
  refusal("a name of a route twice", documentWith({}) + another("chat", "[{ path: /v1/other }]")),

  ...sharesOf(
    "5",
    "0.05",
    "1",
    "5.123%",
    "101%",
    "100.01%",
    "-5%",
    "+5%",
    "5 %",
    "half",
    "'%'",
    ".5%",
    "1e1%",
    "5%%",
    "[5%]",
    "~",
    "''",
  ),
  allRules("a rule without a name", "{ candidate: 5% }"),
  allRules("a rule without a share", "{ name: everyone }"),
  allRules("a rule that is a share", "5%"),
  allRules("a rule named none", "{ name: none, candidate: 5% }"),
  ...windows(
    "2026-12-01T08:00Z",
    "[]",
    "['2026-12-01T08:00Z']",
    "['2026-12-01T08:00Z', ~]",
    "[2026-12-01, 2026-12-02T08:00]",
    "[2026-02-30T08:00Z, 2026-13-01T08:00Z]",
    "[2026-12-02T08:00Z, 2026-12-02T10:00+02:00]",
    "[2026-12-02T08:00Z, 2026-12-03T08:00Z, 2026-12-04T08:00Z]",
    "{ from: 2026-12-01T08:00Z }",
  ),
  allRules(
    "a rule in the time of another one",
    "{ name: a, between: [2026-12-01T00:00Z, 2027-01-01T00:00Z], candidate: 5% }",
    "{ name: b, between: [2026-12-24T00:00Z, 2026-12-25T00:00Z], candidate: 0% }",
  ),
  allRules(
    "a rule for stateful requests after another one",
    "{ name: a, when: { stateful: true }, candidate: 5% }",
    "{ name: b, when: { stateful: true, method: POST }, candidate: 1% }",
    "{ name: c, candidate: 1% }",
    "{ name: d, when: { stateful: false }, candidate: 1% }",
  ),
  allRules("a rule with both kinds of share", "{ name: everyone, candidate: 5%, split: { b: 5% } }"),
  allRules("a name of a rule twice", "{ name: a, when: { customer: x }, candidate: 5% }", "{ name: a, candidate: 1% }"),
  allRules("a misspelled key of a rule", "{ name: a, wehn: { customer: x }, candidate: 5% }"),
  allRules("a split with the stable version", "{ name: a, split: { a: 5% } }"),
  allRules("a split with an unknown version", "{ name: a, split: { nobody: 5% } }"),
  allRules("an empty split", "{ name: a, split: {} }"),
  allRules("a split that is a share", "{ name: a, split: 5% }"),
  allRules("a ramp beside a share", "{ name: a, candidate: 5%, ramp: [{ to: 1%, for: 10m }, { to: 5% }] }"),
  allRules("a ramp that is a share", "{ name: a, ramp: 5% }"),
  allRules("an empty ramp", "{ name: a, ramp: [] }"),
  allRules("a ramp that falls", "{ name: a, ramp: [{ to: 10%, for: 10m }, { to: 5%, for: 10m }, { to: 5% }] }"),
  allRules("a ramp over 100 %", "{ name: a, ramp: [{ to: 10%, for: 10m }, { to: 101% }] }"),
  allRules("a step without a share, and one without a %", "{ name: a, ramp: [{ for: 10m }, { to: 5 }] }"),
  allRules("a step that is over at once", "{ name: a, ramp: [{ to: 1% }, { to: 5% }] }"),
  allRules("a last step that ends", "{ name: a, ramp: [{ to: 1%, for: 10m }, { to: 5%, until: good }] }"),
  allRules("a step that waits for something unknown", "{ name: a, ramp: [{ to: 1%, until: tuesday }, { to: 5% }] }"),
  allRules(
    "a step with times that are none",
    "{ name: a, ramp: [{ to: 1%, for: 10 }, { to: 2%, for: 10min }, { to: 3%, for: 0s }, { to: 4%, for: 400d }, { to: 5% }] }",
  ),
  allRules("a verdict on nobody", "{ name: a, ramp: [{ to: 0%, until: good }, { to: 5% }] }"),
  allRules("a step with an unknown key", "{ name: a, ramp: [{ to: 1%, fro: 10m }, { to: 5% }] }"),
  split("a ramp for two candidates", "{ name: a, ramp: [{ to: 1%, for: 10m }, { to: 5% }] }"),
  split("one share for two candidates", "{ name: a, candidate: 5% }"),
  allRules("a version with a line end in its name", '{ name: a, split: { "a\\nb": ~ } }'),
  split("a split over 100 %", "{ name: a, split: { b: 60%, c: 40.01% } }"),
  split("a split with a mistyped version", "{ name: a, split: { b: 60%, cc: 1 } }"),
  refusal(
    "a share for no candidate",
    documentWith({ rules: ["{ name: a, candidate: 5% }"] }).replace(/ {4}candidate:.*\n/, ""),
  ),

  ...whens(
    "{}",
    "~",
    "internal",
    "[]",
    "{ customerTypes: internal }",
    "{ customerType: [] }",
    "{ customerType: { is: internal } }",
    "{ customerType: '' }",
    "{ modality: [image, vidoe, hologram] }",
    "{ modality: 'x*' }",
    "{ model: [] }",
    "{ model: { name: llama } }",
    "{ stream: yes }",
    "{ stream: [true, maybe] }",
    "{ stateful: sometimes }",
    "{ method: get }",
    "{ path: v1 }",
    "{ header: {} }",
    "{ header: [x-a] }",
    "{ header: { 'x a': 1 } }",
    "{ header: { x-canary-track: stable } }",
    "{ header: { x-a: [] } }",
  ),
  refusal(
    "customers that nobody can know",
    documentWith({
      customers: "{ defaultType: standard }",
      rules: [
        "{ name: a, when: { customer: acme }, candidate: 5% }",
        "{ name: b, when: { customerType: internal }, candidate: 5% }",
        "{ name: c, when: { customerType: stand* }, candidate: 5% }",
      ],
      route: ["override: { customerType: internal }"],
    }),
  ),

  allRules(
    "a rule after one for everybody",
    "{ name: a, candidate: 5% }",
    "{ name: b, when: { customer: x }, candidate: 1% }",
  ),
  allRules(
    "a rule after a wider one",
    "{ name: a, when: { customerType: [internal, beta] }, candidate: 5% }",
    "{ name: b, when: { customerType: internal, method: GET }, candidate: 1% }",
  ),
  allRules(
    "a rule after a wider glob",
    "{ name: a, when: { header: { x-tier: 'gold*' } }, candidate: 5% }",
    "{ name: b, when: { header: { X-Tier: [gold, 'gold-*'] } }, candidate: 1% }",
  ),
  allRules(
    "a rule after one that everything matches",
    "{ name: a, when: { path: '*' }, candidate: 5% }",
    "{ name: b, candidate: 1% }",
  ),
  refusal("an entry twice", documentWith({ match: "[{ path: /v1/chat }, { path: /v1/chat }]" })),
  refusal(
    "a route after one with a wider path",
    documentWith({ match: "[{ path: /v1/* }]" }) + another("rest", "[{ path: /v1/a/*, method: GET }]"),
  ),
  refusal(
    "a route after one for every path",
    documentWith({ match: "[{ path: /* }]" }) + another("rest", "[{ path: /a }, { path: /b/* }]"),
  ),
  refusal(
    "a route after one with the same header",
    documentWith({ match: "[{ header: { x-model: [a, b] } }]" }) +
      another("rest", "[{ path: /a, header: { x-model: b } }]"),
  ),

  refusal(
    "several mistakes at once",
    documentWith({
      stable: "{ version: a, endpoints: [ftp://a] }",
      route: ["stickyBy: jwt:sub", "modallity: image"],
      rules: ["{ name: a, candidate: 5 }", "{ name: a, when: { modality: image, stream: 1 }, split: { d: 200% } }"],
    }),
  ),
];
