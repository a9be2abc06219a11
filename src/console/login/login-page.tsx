import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { place } from "../navigation.ts";
import { Button } from "../parts/button.tsx";
import { Field } from "../parts/field.tsx";
import { Logo } from "../parts/logo.tsx";
import { session } from "../session.ts";
import { askSession, logIn } from "./who-is-here.ts";
import "./login-page.css";

/** Why somebody comes back from the identity provider without being logged in. */
const REFUSED: ReadonlyMap<string, string> = new Map([
  [
    "login_refused",
    "You were not let in: you have no role here, or the provider said no. The router’s log says which.",
  ],
  ["login_not_begun", "This took more than ten minutes, or began in another browser: log in anew."],
  ["provider_unavailable", "The identity provider cannot be reached by the router at the moment."],
]);

/** Where nobody is logged in. */
export function LoginPage() {
  const token = useSignal("");
  const mistake = useSignal<string | undefined>(undefined);
  const busy = useSignal(false);
  const now = session.value;
  // Where a session ended meanwhile, the ways to log in are to be asked for.
  useEffect(() => void askSession(), []);
  if (now.kind !== "out") return null;
  const refused = REFUSED.get(place.value.query.get("login") ?? "");
  const send = async (event: Event): Promise<void> => {
    event.preventDefault();
    if (token.value === "") {
      mistake.value = "Paste your token.";
      return;
    }
    busy.value = true;
    const answer = await logIn(token.value);
    busy.value = false;
    if (answer.kind === "refused") mistake.value = answer.message;
    if (answer.kind === "unreachable") mistake.value = "The router does not answer.";
  };
  return (
    <main class="login" id="page">
      <div class="login-card">
        <h1>
          <Logo /> canary-router
        </h1>
        {refused !== undefined && (
          <p class="mistake" role="alert">
            {refused}
          </p>
        )}
        {now.login.oidc !== undefined && (
          <a class="button primary" href={now.login.oidc}>
            Log in with your account
          </a>
        )}
        {now.login.token && (
          <form onSubmit={send}>
            <Field
              label="Token"
              hint="Whoever runs the router gives you one. It tells who you are in the history, and what you may do."
              mistake={mistake.value}
            >
              {(ids) => (
                <input
                  {...ids}
                  type="password"
                  autocomplete="current-password"
                  autofocus
                  value={token.value}
                  onInput={(event) => {
                    token.value = event.currentTarget.value.trim();
                    mistake.value = undefined;
                  }}
                />
              )}
            </Field>
            <Button type="submit" look={now.login.oidc === undefined ? "primary" : "plain"} busy={busy.value}>
              Log in
            </Button>
          </form>
        )}
      </div>
    </main>
  );
}
