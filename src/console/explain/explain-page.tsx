import { useSignal } from "@preact/signals";
import { call } from "../api/call.ts";
import type { ExplainAnswer } from "../api/editor-answers.ts";
import { Button } from "../parts/button.tsx";
import { Card } from "../parts/card.tsx";
import { Field } from "../parts/field.tsx";
import { PageHead } from "../parts/page-head.tsx";
import { Failed } from "../parts/states.tsx";
import { exampleRequest } from "./example.ts";
import { Explanation } from "./explanation.tsx";
import { pastedRequest } from "./pasted-request.ts";
import "./explain-page.css";

type Told =
  | { readonly kind: "nothing" }
  | { readonly kind: "asking" }
  | { readonly kind: "unclear"; readonly why: string }
  | { readonly kind: "failed"; readonly message: string }
  | { readonly kind: "told"; readonly answer: ExplainAnswer; readonly asked: string };

/** Where a request would go, and why. */
export function ExplainPage() {
  const written = useSignal(sessionStorage.getItem("canary-explain") ?? "");
  const told = useSignal<Told>({ kind: "nothing" });
  const explain = async (): Promise<void> => {
    sessionStorage.setItem("canary-explain", withoutSecrets(written.value));
    const pasted = pastedRequest(written.value);
    if (pasted.kind === "unclear") {
      told.value = pasted;
      return;
    }
    told.value = { kind: "asking" };
    const { method, path, headers, body } = pasted.request;
    const json = { method, path, headers, ...(body === undefined ? {} : { body }) };
    const answer = await call<ExplainAnswer>("/api/explain", { method: "POST", json });
    if (answer.kind === "done") told.value = { kind: "told", answer: answer.value, asked: `${method} ${path}` };
    else if (answer.kind === "refused") told.value = { kind: "failed", message: answer.message };
    else told.value = { kind: "failed", message: "The router cannot be reached." };
  };
  const example = async (): Promise<void> => {
    const found = await exampleRequest();
    if (found === undefined) return;
    written.value = found;
    await explain();
  };
  const now = told.value;
  return (
    <>
      <PageHead title="Explain" about="Where a request would go, and why. Nothing is sent to any model." />
      <div class="explain">
        <Card label="The request">
          <form
            class="explain-form"
            onSubmit={(event) => {
              event.preventDefault();
              void explain();
            }}
          >
            <Field
              label="A request, or a line of curl"
              hint="Customers are believed to be who the headers say. Ctrl+Enter explains."
              mistake={now.kind === "unclear" ? now.why : undefined}
            >
              {(ids) => (
                <textarea
                  {...ids}
                  rows={12}
                  spellcheck={false}
                  placeholder={
                    "curl https://models.example.com/v1/chat/completions \\\n  -H 'x-customer-type: premium' \\\n  --json '{\"model\": \"llama-3-70b\"}'"
                  }
                  value={written.value}
                  onInput={(event) => (written.value = event.currentTarget.value)}
                  onKeyDown={(event) => {
                    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) void explain();
                  }}
                />
              )}
            </Field>
            <div class="explain-actions">
              <Button type="submit" look="primary" busy={now.kind === "asking"}>
                Explain
              </Button>
              <Button look="quiet" onClick={() => void example()}>
                Try an example
              </Button>
            </div>
          </form>
        </Card>
        <Card label="The explanation">
          {now.kind === "told" ? (
            <Explanation answer={now.answer} asked={now.asked} />
          ) : now.kind === "failed" ? (
            <Failed message={now.message} again={() => void explain()} />
          ) : (
            <p class="state">The way of the request through the rules will stand here, step by step.</p>
          )}
        </Card>
      </div>
    </>
  );
}

/** Tokens and keys are sent to be looked up, and kept nowhere. */
function withoutSecrets(text: string): string {
  return /authorization|api-?key|token|secret|cookie|(^|\s)(-u|--user|--oauth2-bearer|-b)\s/i.test(text) ? "" : text;
}
