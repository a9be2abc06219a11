import { logOut } from "../login/who-is-here.ts";
import { session } from "../session.ts";
import { Button } from "./button.tsx";

/** Who is here, what they may do, and the way out. */
export function Who() {
  const now = session.value;
  if (now.kind !== "in") return null;
  const { name, role, by } = now.who;
  return (
    <>
      <span class="who">
        {by === "local" ? "This machine" : name} <span class="role">{role}</span>
      </span>
      {by === "session" && (
        <Button look="quiet" onClick={logOut}>
          Log out
        </Button>
      )}
    </>
  );
}
