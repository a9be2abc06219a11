import { isMap, isScalar, LineCounter, parseDocument, type YAMLMap } from "yaml";
import { suggest } from "./suggest.ts";

/** Sections that environment and flags do not name. */
const UNSAID = ["store", "process"];

/** The names of one setting. Environment and flags follow from the key. */
export interface SettingName {
  readonly section: string;
  readonly name: string;
  /** `proxy.connectTimeout` */
  readonly key: string;
  /** `CANARY_PROXY_CONNECT_TIMEOUT` */
  readonly env: string;
  /** `proxy-connect-timeout` */
  readonly flag: string;
}

/** A value somebody wrote for a setting, not yet looked at. */
export interface Written {
  readonly setting: SettingName;
  readonly value: unknown;
  /** `config/router.yaml:3: proxy.port`, `CANARY_PROXY_PORT` or `--proxy-port` */
  readonly where: string;
}

export interface SettingsFile {
  readonly path: string;
  readonly text: string;
}

export function settingName(section: string, name: string): SettingName {
  const words = [...(UNSAID.includes(section) ? [] : [section]), ...name.split(/(?=[A-Z])/)].map((word) =>
    word.toLowerCase(),
  );
  return {
    section,
    name,
    key: `${section}.${name}`,
    env: `CANARY_${words.join("_").toUpperCase()}`,
    flag: words.join("-"),
  };
}

export function writtenInFile(file: SettingsFile, known: readonly SettingName[], errors: string[]): Written[] {
  const lines = new LineCounter();
  const document = parseDocument(file.text, { lineCounter: lines, prettyErrors: false });
  const at = (offset: number) => `${file.path}:${lines.linePos(offset).line}`;
  for (const { pos, message } of document.errors) errors.push(`${at(pos[0])}: ${message}`);
  if (document.errors.length > 0 || document.contents === null) return [];

  const entries = (map: YAMLMap) =>
    map.items.map((item) => {
      const key = isScalar(item.key) ? item.key : undefined;
      return { name: String(key?.value), value: item.value, where: at(key?.range?.[0] ?? 0) };
    });
  if (!isMap(document.contents)) {
    errors.push(`${file.path}: write sections such as "proxy:", with settings below them`);
    return [];
  }
  const written: Written[] = [];
  for (const section of entries(document.contents)) {
    const settings = known.filter((setting) => setting.section === section.name);
    if (settings.length === 0) {
      const sections = [...new Set(known.map((setting) => setting.section))];
      errors.push(`${section.where}: ${section.name} is not a section; ${suggest(section.name, sections)}`);
    } else if (isMap(section.value)) {
      for (const { name, value, where } of entries(section.value)) {
        const setting = settings.find((candidate) => candidate.name === name);
        const key = `${section.name}.${name}`;
        if (setting !== undefined) {
          written.push({ setting, value: document.createNode(value).toJS(document), where: `${where}: ${key}` });
        } else {
          errors.push(
            `${where}: ${key} is not a setting; ${suggest(
              key,
              settings.map((s) => s.key),
            )}`,
          );
        }
      }
    } else if (!isScalar(section.value) || section.value.value !== null) {
      errors.push(`${section.where}: ${section.name} is a section: write its settings below it, indented`);
    }
  }
  return written;
}

export type Environment = Readonly<Record<string, string | undefined>>;

/** Which router the other commands ask, and as whom. */
const OF_THE_CLI = new Set(["CANARY_URL", "CANARY_TOKEN"]);

/** What Kubernetes tells every container about a Service whose name begins with `canary-`. */
const SERVICE_LINK = /_SERVICE_(HOST|PORT(_\w+)?)$|_PORT(_\d+_(TCP|UDP|SCTP)(_(PROTO|PORT|ADDR))?)?$/;

export function writtenInEnvironment(env: Environment, known: readonly SettingName[], errors: string[]): Written[] {
  const written: Written[] = [];
  for (const [name, value] of Object.entries(env)) {
    if (!name.startsWith("CANARY_") || value === undefined) continue;
    const setting = known.find((candidate) => candidate.env === name);
    if (setting !== undefined) written.push({ setting, value, where: name });
    else if (!OF_THE_CLI.has(name) && !SERVICE_LINK.test(name)) {
      errors.push(
        `${name} is not a setting; ${suggest(
          name,
          known.map((s) => s.env),
        )}`,
      );
    }
  }
  return written;
}

/**
 * Where traces go, as programs with OpenTelemetry's SDK are told in one way. Certificates, compression and further headers the
 * exporter reads from the environment by itself.
 * @see https://opentelemetry.io/docs/specs/otel/protocol/exporter/
 */
export function writtenForOpenTelemetry(env: Environment, known: readonly SettingName[]): Written[] {
  const set = (name: string) => (env[name] === "" ? undefined : env[name]);
  if (set("OTEL_SDK_DISABLED")?.toLowerCase() === "true" || set("OTEL_TRACES_EXPORTER") === "none") return [];
  const traces = set("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT");
  const all = set("OTEL_EXPORTER_OTLP_ENDPOINT")?.replace(/\/$/, "");
  const written = traces ?? (all && `${all}/v1/traces`);
  const where = traces === undefined ? "OTEL_EXPORTER_OTLP_ENDPOINT" : "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT";
  const found = known.filter(({ key }) => written !== undefined && key === "tracing.endpoint");
  return found.map((setting) => ({ setting, value: written, where }));
}

export function writtenInFlags(flags: Environment, known: readonly SettingName[]): Written[] {
  return known.map((setting) => ({ setting, value: flags[setting.flag], where: `--${setting.flag}` }));
}
