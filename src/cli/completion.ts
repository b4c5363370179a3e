/** Completion for bash, from the verbs' own descriptions. */
import { COMMON, type OptionSpec, type VerbSpec } from "./verb.ts";

export function bashCompletion(all: readonly VerbSpec[]): string {
  const names = all.map(({ name }) => name).join(" ");
  return `# bash completion for gatepost, made by \`gatepost manual bash\`
_gatepost() {
  local cur=\${COMP_WORDS[COMP_CWORD]} prev=\${COMP_WORDS[COMP_CWORD-1]} verb=\${COMP_WORDS[1]}
  COMPREPLY=()
  if [ "$COMP_CWORD" -eq 1 ]; then
    mapfile -t COMPREPLY < <(compgen -W "${names} help --help --version" -- "$cur")
    return
  fi
  case "$verb $prev" in
${all.flatMap(valueCases).join("\n")}
  esac
  case "$verb" in
${all.map(verbCase).join("\n")}
    help) mapfile -t COMPREPLY < <(compgen -W "${names}" -- "$cur") ;;
  esac
}
complete -o default -F _gatepost gatepost
`;
}

const flags = ({ options }: VerbSpec): string => [...options, ...COMMON].map(({ name }) => `--${name}`).join(" ");

function verbCase(verb: VerbSpec): string {
  // `journal show|export|verify`: the first word of the usage that names a choice.
  const choice = /^\S+ ([a-z]+(?:\|[a-z]+)+)/.exec(verb.usage)?.[1]?.replaceAll("|", " ") ?? "";
  const words = choice === "" ? flags(verb) : `${choice} ${flags(verb)}`;
  return `    ${verb.name})
      case "$cur" in
        -*${choice === "" ? "" : " | *"}) mapfile -t COMPREPLY < <(compgen -W "${words}" -- "$cur") ;;
      esac
      ;;`;
}

/** After an option with a fixed choice the choice is offered, after one that names a file the shell's own. */
function valueCases(verb: VerbSpec): readonly string[] {
  return [...verb.options, ...COMMON].flatMap((option: OptionSpec) => {
    const { name, short, among, value } = option;
    const keys = [`"${verb.name} --${name}"`, ...(short === undefined ? [] : [`"${verb.name} -${short}"`])].join(" | ");
    if (among !== undefined)
      return [`    ${keys}) mapfile -t COMPREPLY < <(compgen -W "${among.join(" ")}" -- "$cur"); return ;;`];
    return value === undefined ? [] : [`    ${keys}) return ;;`];
  });
}
