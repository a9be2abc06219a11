import { AskedDialog } from "./cut/asked-dialog.tsx";
import { LoginPage } from "./login/login-page.tsx";
import { askSession } from "./login/who-is-here.ts";
import { ConnectionBanner } from "./parts/connection-banner.tsx";
import { PageFrame } from "./parts/page-frame.tsx";
import { Failed, Loading } from "./parts/states.tsx";
import { Toasts } from "./parts/toast.tsx";
import { TopBar } from "./parts/top-bar.tsx";
import { session } from "./session.ts";

/** The whole console. */
export function App() {
  const { kind } = session.value;
  if (kind === "unknown") return <Loading what="the console" />;
  if (kind === "unreachable") return <Failed message="The router does not answer." again={askSession} />;
  if (kind === "out") return <LoginPage />;
  return (
    <>
      <a class="skip" href="#page">
        Skip to the page
      </a>
      <TopBar />
      <ConnectionBanner />
      <PageFrame />
      <AskedDialog />
      <Toasts />
    </>
  );
}
