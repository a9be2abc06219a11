import type { Command, Commands, Run } from "./command.ts";
import { EXIT } from "./exit.ts";

const USAGE = `Usage: canary-router completion bash|zsh|fish

  bash   source <(canary-router completion bash)
  zsh    source <(canary-router completion zsh)
  fish   canary-router completion fish | source`;

/** Prints a script; the shell runs it at its start. */
export function completionOf(commands: Commands): Run {
  return async ([shell, ...more]) => {
    if (shell === "--help" || shell === "-h") {
      console.log(USAGE);
      return EXIT.done;
    }
    const script = shell !== undefined && Object.hasOwn(SCRIPTS, shell) ? SCRIPTS[shell] : undefined;
    if (script === undefined || more.length > 0) {
      console.error(`canary-router: name one shell\n${USAGE}`);
      return EXIT.usage;
    }
    console.log(script(Object.entries(commands)));
    return EXIT.done;
  };
}

function flagsOf({ usage }: Command): string[] {
  return [...(usage.match(/--[a-z][a-z-]*/g) ?? []), "--help"];
}

const SCRIPTS: Readonly<Record<string, (commands: [string, Command][]) => string>> = {
  bash: (commands) => `_canary_router() {
  local word=\${COMP_WORDS[COMP_CWORD]} words=
  if [ "$COMP_CWORD" -eq 1 ]; then
    words="${[...commands.map(([name]) => name), "--help", "--version"].join(" ")}"
  else
    case "\${COMP_WORDS[1]}" in
${commands.map(([name, command]) => `      ${name}) words="${flagsOf(command).join(" ")}" ;;`).join("\n")}
    esac
    case "$word" in -*) ;; *) words= ;; esac
    [ "\${COMP_WORDS[1]}" = completion ] && words="bash zsh fish"
  fi
  COMPREPLY=($(compgen -W "$words" -- "$word"))
}
complete -o default -F _canary_router canary-router`,

  zsh: (commands) => `#compdef canary-router
_canary_router() {
  local -a commands
  commands=(
${commands.map(([name, { about }]) => `    '${name}:${about.replaceAll("'", "'\\''")}'`).join("\n")}
  )
  if (( CURRENT == 2 )); then
    _describe command commands
    return
  fi
  case "$words[2]" in
${commands
  .map(([name, command]) => `    ${name}) [[ $PREFIX == -* ]] && compadd -- ${flagsOf(command).join(" ")} || _files ;;`)
  .join("\n")}
  esac
}
compdef _canary_router canary-router`,

  fish: (commands) =>
    commands
      .flatMap(([name, command]) => [
        `complete -c canary-router -n __fish_use_subcommand -f -a ${name} -d '${command.about.replaceAll("'", "\\'")}'`,
        ...flagsOf(command).map(
          (flag) => `complete -c canary-router -n '__fish_seen_subcommand_from ${name}' -l ${flag.slice(2)}`,
        ),
      ])
      .join("\n"),
};
