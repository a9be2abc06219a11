/** As large as the router is promised to take and the console to show: 200 routes of 50 rules, with comments and conditions. */
export function manyRules(endpoint = "http://127.0.0.1:9"): string {
  const route = (i: number): string => `  - name: route-${i}
    match:
      - path: /v1/r${i}/chat/completions
    stable:
      version: "2026-10"
      endpoints: [${endpoint}]
    candidate:
      version: "2026-11"
      endpoints: [${endpoint}]
    stickyBy: [header:x-session-id, customer]
    rules:
${Array.from({ length: 49 }, (_, rule) => ruleOf(rule)).join("")}      - name: everyone else # what is left
        candidate: 1%
`;
  const ruleOf = (i: number): string => `      - name: rule ${i}
        when: { customerType: [premium, enterprise], customer: customer-${i} }
        candidate: 5%
`;
  return `version: 1
customers:
  id: [header:x-customer-id]
  type: [header:x-customer-type]
routes:
${Array.from({ length: 200 }, (_, i) => route(i)).join("")}`;
}
