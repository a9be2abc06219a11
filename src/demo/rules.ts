export const STABLE = "2026-10";
export const CANDIDATE = "2026-11";

/** The rules that the demo starts with; the URLs are those of its two model servers. */
export function demoRules(stableUrl: string, candidateUrl: string): string {
  return `version: 1
customers:
  id: [header:x-customer-id]
  type: [header:x-customer-type]
  defaultType: standard
routes:
  - name: chat
    match:
      - path: /v1/chat/completions
      - path: /v1/completions
      - path: /v1/models
    stable:
      version: "${STABLE}"
      endpoints: [${stableUrl}]
    candidate:
      version: "${CANDIDATE}"
      endpoints: [${candidateUrl}]
    stickyBy: [header:x-session-id, customer]
    rules:                      # the first that holds decides
      - name: staff first
        when: { customerType: internal }
        candidate: 100%
      - name: premium
        when: { customerType: premium }
        candidate: 1%
      - name: everyone
        candidate: 10%
  - name: embeddings
    match:
      - path: /v1/embeddings
    stable:
      version: "${STABLE}"
      endpoints: [${stableUrl}]
    candidate:
      version: "${CANDIDATE}"
      endpoints: [${candidateUrl}]
    stickyBy: [customer]        # vectors of two versions must not be mixed for one customer
    rules:
      - name: everyone
        candidate: 5%
`;
}
