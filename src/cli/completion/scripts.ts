/** The scripts that connect shells to `os __complete`: small, static, and silent where it fails. */

export const shells = ['bash', 'zsh', 'fish'] as const;
export type CompletedShell = (typeof shells)[number];

// The words are taken from the line itself, as bash breaks them at colons and keeps their quotes. Bash replaces only what follows an
// open quote, or else the last colon or = outside of quotes: what stands before that is cut from the answers.
const bash = String.raw`# Completion of os for bash. Load it with: source <(os completion bash)
_os_complete() {
  local line="\${COMP_LINE:0:COMP_POINT}" breaks="$COMP_WORDBREAKS" current="" quote="" char next answer flag=""
  local -i i cut=0 opened=0 begun=0
  local -a words=() paths=()
  for ((i = 0; i < \${#line}; i++)); do
    char="\${line:i:1}" next="\${line:i+1:1}"
    case "$quote$char" in
      "''" | '""') quote="" ;;
      "'"?) current+="$char" ;;
      \"\\) case "$next" in [\"\\\$]) current+="$next"; i+=1 ;; *) current+="$char" ;; esac ;;
      '"'?) current+="$char" ;;
      "'" | '"') quote="$char" opened=\${#current} begun=1 ;;
      \\) current+="$next" begun=1; i+=1 ;;
      [[:space:]]) if ((begun)); then words+=("$current"); fi; current="" cut=0 begun=0 ;;
      : | =) current+="$char" begun=1
        if [[ "$breaks" == *"$char"* ]]; then cut=\${#current}; fi ;;
      *) current+="$char" begun=1 ;;
    esac
  done
  if [[ -n "$quote" ]]; then cut=opened; fi
  if [[ "$current" == --*=* ]]; then flag="\${current%%=*}="; fi
  COMPREPLY=()
  while IFS= read -r answer; do
    case "$answer" in
      :files) while IFS= read -r answer; do paths+=("$flag$answer"); done < <(compgen -f -- "\${current#"$flag"}") ;;
      :directories) while IFS= read -r answer; do paths+=("$flag$answer"); done < <(compgen -d -- "\${current#"$flag"}") ;;
      *) COMPREPLY+=("\${answer%%$'\t'*}") ;;
    esac
  done < <(command os __complete "\${words[@]:1}" "$current" 2>/dev/null)
  # It also makes bash put a backslash before the colon of a device.
  if ((\${#paths[@]})); then compopt -o filenames 2>/dev/null; COMPREPLY+=("\${paths[@]}"); fi
  for i in "\${!COMPREPLY[@]}"; do COMPREPLY[i]="\${COMPREPLY[i]:cut}"; done
  if [[ \${#COMPREPLY[@]} -eq 1 && "\${COMPREPLY[0]}" == *[:/] ]]; then compopt -o nospace 2>/dev/null; fi
}
complete -F _os_complete os
`;

// A word that ends with : or / goes on, so no space follows it.
const zsh = String.raw`#compdef os
# Completion of os for zsh. Load it with: source <(os completion zsh); or save it as _os in a directory of $fpath.
_os() {
  local line word paths=
  local -a asked names texts open_names open_texts
  asked=("\${(@Q)words[2,CURRENT-1]}" "\${(Q)PREFIX}")
  for line in "\${(@f)$(command os __complete "\${(@)asked}" 2>/dev/null)}"; do
    word="\${line%%$'\t'*}"
    case "$line" in
      '') ;;
      :files) paths=_files ;;
      :directories) paths='_files -/' ;;
      *[:/]) open_names+=("$word") open_texts+=("$word") ;;
      *) names+=("$word") texts+=("\${line/$'\t'/  -- }") ;;
    esac
  done
  (( \${#names} )) && compadd -l -d texts -a names
  (( \${#open_names} )) && compadd -S '' -l -d open_texts -a open_names
  if [[ -n "$paths" ]]; then
    [[ "$PREFIX" == --*=* ]] && compset -P 1 '*='
    \${=paths}
  fi
}
if [[ "\${zsh_eval_context[-1]}" == loadautofunc ]]; then
  _os "$@"
else
  (( $+functions[compdef] )) || { autoload -Uz compinit && compinit }
  compdef _os os
fi
`;

// The word at the cursor may have a quote that is not closed, which "string unescape" refuses. fish asks for words and for files
// apart, and the answers are kept, so that the helper runs once.
const fish = String.raw`# Completion of os for fish. Load it with: os completion fish | source
function __os_ask
    set -l token (commandline -ct)
    set -l bare (string replace -r '^["\']' '' -- $token | string replace -ra '\\\\(.)' '$1')
    set -l words (commandline -opc) "$bare"
    test "$__os_asked" = "$words"; and return
    set -g __os_asked "$words"
    set -g __os_answers (command os __complete $words[2..-1] 2>/dev/null)
end
function __os_complete
    __os_ask
    for answer in $__os_answers
        switch $answer
            case ':files'
            case ':directories'
                __fish_complete_directories (commandline -ct)
            case '*'
                echo $answer
        end
    end
end
function __os_wants_files
    __os_ask
    contains -- :files $__os_answers
end
complete -c os -f -a '(__os_complete)'
complete -c os -n __os_wants_files -F
`;

// Within String.raw a backslash keeps template marks apart and is itself kept.
const script = (text: string): string => text.replaceAll('\\${', '${');

export const completionScripts: Readonly<Record<CompletedShell, string>> = {
  bash: script(bash),
  zsh: script(zsh),
  fish: script(fish),
};
