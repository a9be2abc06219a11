import { Button } from "../parts/button.tsx";
import { Empty } from "../parts/states.tsx";
import { setText } from "./editing.ts";

/** Something to begin with. */
const FIRST = `version: 1
routes:
  - name: chat
    match:
      - path: /v1/chat/completions
    stable:
      version: "1"
      endpoints: [http://127.0.0.1:9001]
    candidate:
      version: "2"
      endpoints: [http://127.0.0.1:9002]
    rules:
      - name: everyone
        candidate: 0%
`;

/** Before the first rules. */
export function NoRules() {
  return (
    <Empty title="There are no rules yet">
      <p>Rules say which requests go to which version of a model. Until there are some, nothing is forwarded.</p>
      <Button look="primary" onClick={() => void setText(FIRST)}>
        Begin with an example
      </Button>
    </Empty>
  );
}
