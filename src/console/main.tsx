import { render } from "preact";
import { App } from "./app.tsx";
import { startEvents } from "./live/connection.ts";
import { startSession } from "./login/who-is-here.ts";
import { followAddressBar } from "./navigation.ts";
import { applyTheme } from "./theme.ts";
import "./styles/tokens.css";
import "./styles/base.css";

applyTheme();
followAddressBar();
const place = document.getElementById("app");
if (place !== null) render(<App />, place);
void startSession();
startEvents();
