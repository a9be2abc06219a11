import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import type { ApprovalNow, ApprovalText } from "../api/answers.ts";
import { call, callForText } from "../api/call.ts";
import { Failed, Loading } from "../parts/states.tsx";
import { Differences } from "../rules/differences.tsx";
import { Raises } from "./raises.tsx";

type Texts =
  | { readonly kind: "loading" }
  | { readonly kind: "failed"; readonly message: string }
  | { readonly kind: "texts"; readonly before: string; readonly after: string };

/** What somebody asks for: beyond the limit, and all of it. */
export function Asked({ approval }: { readonly approval: ApprovalNow }) {
  const { by, message, raises, base } = approval;
  return (
    <>
      <p>
        {by} says why: {message}
      </p>
      <p>It takes a second person because of this:</p>
      <Raises raises={raises} />
      {base !== undefined && <AllOfIt id={approval.id} base={base} />}
    </>
  );
}

function AllOfIt({ id, base }: { readonly id: string; readonly base: number }) {
  const texts = useSignal<Texts>({ kind: "loading" });
  const load = async (): Promise<void> => {
    const [asked, inForce] = await Promise.all([call<ApprovalText>(`/api/approvals/${id}`), callForText("/api/rules")]);
    const refused = [asked, inForce].find((one) => one.kind !== "done");
    if (asked.kind === "done" && inForce.kind === "done") {
      texts.value = { kind: "texts", before: inForce.value, after: asked.value.text ?? "" };
    } else {
      const message = refused?.kind === "refused" ? refused.message : "The router cannot be reached.";
      texts.value = { kind: "failed", message };
    }
  };
  useEffect(() => void load(), [id]);
  const now = texts.value;
  if (now.kind === "loading") return <Loading what="what it changes" />;
  if (now.kind === "failed") return <Failed message={now.message} again={() => void load()} />;
  return <Differences since={base} before={now.before} after={now.after} />;
}
