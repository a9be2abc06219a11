import { connection } from "../live/connection.ts";
import "./connection-banner.css";

/** Says that what is shown may be old. */
export function ConnectionBanner() {
  const lost = connection.value === "lost";
  return (
    <div role="status" class="connection-banner" data-lost={lost}>
      {lost && "Connection lost, trying again. What you see is the last that was heard."}
    </div>
  );
}
