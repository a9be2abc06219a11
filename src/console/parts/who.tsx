import { session } from "../session.ts";

/** Who is here, and what they may do. */
export function Who() {
  const now = session.value;
  if (now.kind !== "in") return null;
  return (
    <span class="who">
      {now.name} <span class="role">{now.role}</span>
    </span>
  );
}
