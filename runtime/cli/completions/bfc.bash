# bash completion for bfc
# shellcheck disable=SC2207 # words of our own lists hold no spaces

_bfc() {
    local word=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD - 1]}
    local command=${COMP_WORDS[1]} options=
    local common="--color --help --version"
    local server="--target --user --password-file --journal-database $common"

    if ((COMP_CWORD == 1)); then
        COMPREPLY=($(compgen -W "check fmt compile plan apply status abort inspect explain engine --help --version" -- "$word"))
        return
    fi
    # For fmt it takes no file: what follows is one to look at.
    [[ $command == fmt && $previous == --check ]] && previous=
    case $previous in
    --format)
        [[ $command == check ]] && COMPREPLY=($(compgen -W "text json sarif" -- "$word")) && return
        COMPREPLY=($(compgen -W "text json" -- "$word"))
        return
        ;;
    --log)
        COMPREPLY=($(compgen -W "json" -- "$word"))
        return
        ;;
    --color)
        COMPREPLY=($(compgen -W "auto always never" -- "$word"))
        return
        ;;
    --emit)
        COMPREPLY=($(compgen -W "sql json dot mermaid markdown html" -- "$word"))
        return
        ;;
    -o | --output | --check | --password-file)
        COMPREPLY=($(compgen -f -- "$word"))
        return
        ;;
    --data)
        COMPREPLY=($(compgen -d -- "$word"))
        return
        ;;
    --target)
        COMPREPLY=($(compgen -W "http:// https:// embedded:" -- "$word"))
        return
        ;;
    esac
    # --in-doubt 3=absent,5=loaded: readline's words end at each `=`, behind which one of the two comes.
    if [[ $command == abort && $COMP_LINE =~ --in-doubt[\ =][^\ ]*$ ]]; then
        COMPREPLY=($(compgen -W "loaded absent" -- "${word##*=}"))
        return
    fi
    case $command in
    check) options="--format -W $common" ;;
    fmt) options="--check --diff $common" ;;
    compile) options="--emit -o --output --check -W $common" ;;
    plan) options="--param --format -W $server" ;;
    apply) options="--yes --param --confirm --workers --patience --log --format -W $server" ;;
    status) options="--format --watch $server" ;;
    abort) options="--yes --in-doubt $server" ;;
    inspect) options="-o --output --library $server" ;;
    explain) options="$common" ;;
    engine) options="--data --port --password-file $common" ;;
    esac
    if [[ $word == -* ]]; then
        COMPREPLY=($(compgen -W "$options" -- "$word"))
    elif [[ $command == check || $command == fmt || $command == compile ]]; then
        COMPREPLY=($(compgen -f -X '!*.bf' -- "$word") $(compgen -d -- "$word"))
    elif [[ $command == apply || $command == plan ]]; then
        COMPREPLY=($(compgen -f -X '!*.@(bf|json)' -- "$word") $(compgen -d -- "$word"))
    fi
}
complete -o filenames -F _bfc bfc
