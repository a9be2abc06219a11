import { Logo } from "../parts/logo.tsx";

/** Where nobody is logged in. */
export function LoginPage() {
  return (
    <main id="page">
      <Logo />
      <h1>Log in</h1>
    </main>
  );
}
