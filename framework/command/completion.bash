# Completion of linseed for bash, and for zsh after `autoload -U bashcompinit; bashcompinit`: the
# program itself says what may stand where.
_linseed() {
  local IFS=$'\n'
  COMPREPLY=($("${COMP_WORDS[0]}" --complete "${COMP_WORDS[@]:1:$COMP_CWORD}" 2>/dev/null))
}
complete -o bashdefault -o default -F _linseed linseed
