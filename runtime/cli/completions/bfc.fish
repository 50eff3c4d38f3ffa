# fish completion for bfc
set -l commands check fmt compile plan apply status abort inspect explain engine
set -l on_server '__fish_seen_subcommand_from plan apply status abort inspect'

# Behind a chunk's number, 3=, it is that chunk's.
function __bfc_in_doubt
    set -l begun (string match -r '^.*=' -- (commandline -ct | string replace -r '^--in-doubt=' ''))
    printf '%s\n' $begun{loaded,absent}
end

complete -c bfc -f
complete -c bfc -n "not __fish_seen_subcommand_from $commands" -a check -d 'Print diagnostics'
complete -c bfc -n "not __fish_seen_subcommand_from $commands" -a compile -d 'Print the plan'
complete -c bfc -n "not __fish_seen_subcommand_from $commands" -a fmt -d 'Bring files into the canonical layout'
complete -c bfc -n "not __fish_seen_subcommand_from $commands" -a plan -d 'What apply would do now'
complete -c bfc -n "not __fish_seen_subcommand_from $commands" -a apply -d 'Run the plan'
complete -c bfc -n "not __fish_seen_subcommand_from $commands" -a status -d 'What the journal on the server knows'
complete -c bfc -n "not __fish_seen_subcommand_from $commands" -a abort -d 'Drop what was staged and free the lock'
complete -c bfc -n "not __fish_seen_subcommand_from $commands" -a inspect -d 'Write declarations of what a server has'
complete -c bfc -n "not __fish_seen_subcommand_from $commands" -a explain -d 'What a diagnostic means'
complete -c bfc -n "not __fish_seen_subcommand_from $commands" -a engine -d 'A ClickHouse server in one process'

complete -c bfc -n '__fish_seen_subcommand_from check fmt compile' -a '(__fish_complete_suffix .bf)'
complete -c bfc -n '__fish_seen_subcommand_from plan apply' -a '(__fish_complete_suffix .bf) (__fish_complete_suffix .json)'
complete -c bfc -n '__fish_seen_subcommand_from check compile plan apply' -s W -x -d 'Warning: NAME, no-NAME or error'

complete -c bfc -n '__fish_seen_subcommand_from fmt' -l check -d 'List what would change'
complete -c bfc -n '__fish_seen_subcommand_from fmt' -l diff -d 'Show what would change'
complete -c bfc -n '__fish_seen_subcommand_from compile' -l emit -x -a 'sql json dot mermaid markdown html' -d 'Format'
complete -c bfc -n '__fish_seen_subcommand_from compile' -s o -l output -r -F -d 'Write to'
complete -c bfc -n '__fish_seen_subcommand_from compile' -l check -r -F -d 'Compare with'

complete -c bfc -n "$on_server" -l target -x -a 'http:// https:// embedded:' -d 'The server'
complete -c bfc -n "$on_server" -l user -x -d 'User on the server'
complete -c bfc -n "$on_server" -l journal-database -x -d 'Database of the journal'
complete -c bfc -n "$on_server" -l password-file -r -F -d 'First line is the password'
complete -c bfc -n '__fish_seen_subcommand_from inspect' -s o -l output -r -F -d 'Write to'
complete -c bfc -n '__fish_seen_subcommand_from inspect' -l library -d 'For a migration to use'
complete -c bfc -n '__fish_seen_subcommand_from plan apply' -l param -x -d 'NAME=VALUE'
complete -c bfc -n '__fish_seen_subcommand_from apply' -l workers -x -d 'Chunks at once'
complete -c bfc -n '__fish_seen_subcommand_from apply' -l yes -d 'Do not ask'
complete -c bfc -n '__fish_seen_subcommand_from apply' -l confirm -x -d 'What this gate waits for is done'
complete -c bfc -n '__fish_seen_subcommand_from abort' -s y -l yes -d 'Run the command that resumes ingest without asking'
complete -c bfc -n '__fish_seen_subcommand_from apply' -l patience -x -d 'Seconds to go on trying'
complete -c bfc -n '__fish_seen_subcommand_from apply' -l log -x -a json -d 'On standard error'
complete -c bfc -n '__fish_seen_subcommand_from check' -l format -x -a 'text json sarif' -d 'Format'
complete -c bfc -n '__fish_seen_subcommand_from plan apply status' -l format -x -a 'text json' -d 'Format'
complete -c bfc -n '__fish_seen_subcommand_from status' -l watch -d 'Until the run ends'
complete -c bfc -l color -x -a 'auto always never' -d 'Colours'
complete -c bfc -s h -l help -d 'Show help'
complete -c bfc -l version -d 'Show the version'

complete -c bfc -n '__fish_seen_subcommand_from engine' -l data -r -a '(__fish_complete_directories)' -d 'Where the data is'
complete -c bfc -n '__fish_seen_subcommand_from engine' -l port -x -d 'HTTP port'
complete -c bfc -n '__fish_seen_subcommand_from engine' -l password-file -r -F -d 'First line is the password'
complete -c bfc -n '__fish_seen_subcommand_from abort' -l in-doubt -x -a '(__bfc_in_doubt)' -d 'What is there of chunks that were broken off, or 3=absent,5=loaded'
