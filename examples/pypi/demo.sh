#!/bin/bash
# The demonstration behind `make demo`: a ClickHouse engine of its own, a live table with views,
# rows that keep coming in, and a hundred Parquet files of history for `bfc apply`.
#
#   demo.sh             the whole of it
#   demo.sh --kill      the same; bfc is killed with -9 three times on the way
#   demo.sh --prepare   stops where the backfill would begin, for trying things by hand
#
# DEMO_ROWS (2000000) is how many rows the files have; DEMO_DIR (build/demo) where all of it goes.
# Each run starts from an empty engine; the Parquet files are kept.
set -eu -o pipefail
cd "$(dirname "$0")/../.."
here=examples/pypi
bfc=${BFC:-build/bfc}
bfc=${bfc#"$PWD"/}
work=${DEMO_DIR:-build/demo}
rows=${DEMO_ROWS:-2000000}
mode=${1:-}

say() {
    printf '\n\033[1m%s\033[0m\n' "$*"
}
[ -t 1 ] || say() {
    printf '\n%s\n' "$*"
}
fail() {
    printf 'demo: %s\n' "$*" >&2
    exit 1
}
# 1234567 as 1,234,567
grouped() {
    sed -e ':a' -e 's/\B[0-9]\{3\}\>/,&/' -e 'ta' <<<"$1"
}

case $mode in
'' | --kill | --prepare) ;;
*)
    sed -n '5,7p' "$0" >&2
    exit 2
    ;;
esac
[ -x "$bfc" ] || fail "$bfc is not built yet: run 'make' first"

mkdir -p "$work/parquet"
work=$(cd "$work" && pwd)
folder=$work/parquet
engine_pid=
stream_pid=
watch_pid=

# Everything that was started here ends here, also after Ctrl-C. The engine gets time to write.
ended=
clean_up() {
    local status=$?
    [ -z "$ended" ] || return
    ended=yes
    trap '' INT TERM
    rm -f "$work/streaming"
    for pid in $watch_pid $stream_pid $engine_pid; do
        kill "$pid" 2>/dev/null || true
        wait "$pid" 2>/dev/null || true
    done
    exit "$status"
}
trap clean_up EXIT
trap 'exit 130' INT TERM

# --- an engine of our own --------------------------------------------------------------------
say "1. A ClickHouse engine, empty, on loopback"
if [ -f "$work/engine.pid" ] && kill -0 "$(cat "$work/engine.pid")" 2>/dev/null; then
    fail "another demo uses $work (process $(cat "$work/engine.pid"))"
fi
rm -rf "$work/engine" "$work"/streamed "$work"/engine.log
port=18230
while (: <"/dev/tcp/127.0.0.1/$port") 2>/dev/null; do
    port=$((port + 1))
done
(umask 077 && head -c 16 /dev/urandom | od -An -tx1 | tr -d ' \n' >"$work/password")
# A session of its own: Ctrl-C is for bfc, which still needs the engine to stop cleanly.
setsid "$bfc" engine --data "$work/engine" --port "$port" --password-file "$work/password" \
    >"$work/engine.log" 2>&1 &
engine_pid=$!
echo "$engine_pid" >"$work/engine.pid"

export CLICKHOUSE_URL=http://127.0.0.1:$port/ CLICKHOUSE_USER=bfc
CLICKHOUSE_PASSWORD=$(cat "$work/password")
export CLICKHOUSE_PASSWORD

# query [curl arguments]: the password goes in by standard input, not as an argument.
query() {
    curl -sS --fail-with-body --config - "$CLICKHOUSE_URL?async_insert=0&wait_end_of_query=1" "$@" <<END
header = "X-ClickHouse-User: $CLICKHOUSE_USER"
header = "X-ClickHouse-Key: $CLICKHOUSE_PASSWORD"
END
}
ask() {
    query --form-string "query=$1" || fail "the engine did not answer: $1"
}

for ((i = 0; ; i++)); do
    kill -0 "$engine_pid" 2>/dev/null || fail "the engine did not start: $(tail -n 3 "$work/engine.log")"
    query --form-string 'query=SELECT 1' >/dev/null 2>&1 && break
    [ $i -lt 300 ] || fail "the engine does not answer: see $work/engine.log"
    sleep 0.1
done
echo "ClickHouse $(ask 'SELECT version()') at $CLICKHOUSE_URL, data in ${work#"$PWD"/}/engine"

# --- history and the live side ---------------------------------------------------------------
say "2. History: $(grouped "$rows") downloads of one day as Parquet"
"$here/generate.sh" "$folder" "$rows"

say "3. The live table and its views, with the day from 09:00 already in"
while IFS= read -r -d ';' statement; do
    query --form-string "query=$statement" -F "param_folder=$folder" ||
        fail "live.sql failed at: $statement"
done <"$here/live.sql"
counts='SELECT (SELECT count() FROM pypi.pypi), (SELECT sum(count) FROM pypi.pypi_downloads),
    (SELECT sum(count) FROM pypi.pypi_downloads_per_hour), (SELECT countMerge(downloads) FROM pypi.pypi_versions)'
read -r -a before <<<"$(ask "$counts")"
echo "$(grouped "${before[0]}") rows, oldest $(ask 'SELECT min(timestamp) FROM pypi.pypi')"

apply=("$bfc" apply "$here/pypi.bf" --yes --param "folder=$folder")
embedded="$bfc apply $here/pypi.bf --yes --param folder=$folder --target embedded:${work#"$PWD"/}/engine"
if [ "$mode" = --prepare ]; then
    say "Ready. The engine stops now; this starts it, runs the backfill, and stops it again:"
    echo "  $embedded"
    exit 0
fi

# --- new rows, all the while -----------------------------------------------------------------
# Rows of the next day, 25 at a time; `streamed` counts what the engine has acknowledged.
stream() {
    local n=0
    trap - EXIT
    trap '' INT
    while [ -e "$work/streaming" ]; do
        query --form-string "query=INSERT INTO pypi.pypi
            SELECT toDateTime('2024-12-18 00:00:00') + number, 'DE', concat('stream-', toString(number % 10)),
                   'sdist', 'pip', '3.12', 'Linux', '1.0.0' FROM numbers($n, 25)" || exit 1
        n=$((n + 25))
        echo "$n" >"$work/streamed.new"
        mv "$work/streamed.new" "$work/streamed"
        sleep 0.1
    done
}
# The highest memory of the bfc process, as the kernel counts it.
watch_memory() {
    local pid peak highest=0
    trap - EXIT
    while sleep 0.05; do
        pid=$(cat "$work/bfc.pid" 2>/dev/null) || continue
        peak=$(awk '/^VmHWM/ { print $2 }' "/proc/$pid/status" 2>/dev/null) || continue
        if [ "${peak:-0}" -gt "$highest" ]; then
            highest=$peak
            echo "$highest" >"$work/bfc.peak"
        fi
    done
}
rm -f "$work/bfc.pid" "$work/bfc.peak"
touch "$work/streaming"
stream 2>"$work/stream.log" &
stream_pid=$!
watch_memory &
watch_pid=$!

# --- the backfill ----------------------------------------------------------------------------
# exec keeps the process id that watch_memory looks at.
run() {
    # shellcheck disable=SC2016 # $$ and $@ are the inner shell's
    bash -c 'echo $$ >"$0"; exec "$@"' "$work/bfc.pid" "$@"
}
began=$(date +%s%N)
if [ "$mode" = --kill ]; then
    for seconds in 0.5 1 2; do
        say "4. bfc apply, killed with -9 after $seconds s"
        run timeout --foreground -s KILL "$seconds" "${apply[@]}" || true
    done
fi
say "4. bfc apply, while new rows keep coming in"
echo "\$ bfc apply $here/pypi.bf --param folder=$folder"
status=0
run "${apply[@]}" || status=$?
ended_at=$(date +%s%N)
[ $status -ne 130 ] || exit 130
[ $status -eq 0 ] || fail "bfc apply ended with exit code $status"

rm -f "$work/streaming"
wait "$stream_pid" || fail "the stream of new rows failed: $(tail -n 3 "$work/stream.log")"
stream_pid=
kill "$watch_pid" 2>/dev/null || true
watch_pid=

# --- what came of it -------------------------------------------------------------------------
read -r -a after <<<"$(ask "$counts")"
streamed=$(cat "$work/streamed")
found_streamed=$(ask "SELECT count() FROM pypi.pypi WHERE startsWith(project, 'stream-')")
ask 'SYSTEM FLUSH LOGS query_log' >/dev/null
server_peak=$(ask "SELECT intDiv(max(memory_usage), 1048576) FROM system.query_log
    WHERE startsWith(query_id, 'bfc-') AND type = 'QueryFinish'")
left=$(ask "SELECT count() FROM system.tables WHERE database = 'pypi' AND startsWith(name, 'bfc_')")
loaded=$((after[0] - before[0] - found_streamed))
milliseconds=$(((ended_at - began) / 1000000))

say "5. What came of it"
line() {
    printf '  %-24s %14s %14s %14s %14s\n' "$@"
}
line '' rows downloads 'by hour' versions
line 'before' "$(grouped "${before[0]}")" "$(grouped "${before[1]}")" "$(grouped "${before[2]}")" "$(grouped "${before[3]}")"
line '+ history loaded' "$(grouped $loaded)" "$(grouped $((after[1] - before[1] - found_streamed)))" \
    "$(grouped $((after[2] - before[2] - found_streamed)))" "$(grouped $((after[3] - before[3] - found_streamed)))"
line '+ came in meanwhile' "$(grouped "$streamed")" "$(grouped "$streamed")" "$(grouped "$streamed")" "$(grouped "$streamed")"
line '= after' "$(grouped "${after[0]}")" "$(grouped "${after[1]}")" "$(grouped "${after[2]}")" "$(grouped "${after[3]}")"

say "6. Compared with a plain query over the Parquet files (rows or groups, and a checksum)"
different=
while IFS=$'\t' read -r table expected found _ checksum verdict; do
    printf '  %-24s %14s %14s   %s   %s\n' "$table" "$(grouped "$expected")" "$(grouped "$found")" "$checksum" "$verdict"
    [ "$verdict" = equal ] || different="$different $table"
done < <(query -F "query=<$here/verify.sql" -F "param_folder=$folder" || echo $'verify.sql\t0\t0\t\tfailed\tFAILED')
printf '  %-24s %14s %14s\n' 'streamed in meanwhile' "$(grouped "$streamed")" "$(grouped "$found_streamed")"
[ "$streamed" = "$found_streamed" ] || different="$different streamed-rows"
[ "$left" = 0 ] || different="$different $left-staged-tables-left"

say "7. What it took"
printf '  %d.%03d s, %s rows/s; peak memory: %s MiB for the largest statement on the server, %d.%d MiB for bfc\n' \
    $((milliseconds / 1000)) $((milliseconds % 1000)) "$(grouped $((loaded * 1000 / milliseconds)))" "$server_peak" \
    $(($(cat "$work/bfc.peak" 2>/dev/null || echo 0) / 1024)) $(($(cat "$work/bfc.peak" 2>/dev/null || echo 0) % 1024 * 10 / 1024))
[ -z "$different" ] || fail "NOT EQUAL:$different"

cat <<END

Everything is as it should be. What to try next:

  $here/demo.sh --kill                       # the same, with bfc killed three times on the way
  $bfc compile $here/pypi.bf | less      # the SQL that it ran, with a reason for each step

or by hand: back to where the backfill begins, kill bfc and its engine in the middle, look, run it again
(and once more: there is nothing left to do):

  $here/demo.sh --prepare
  timeout -s KILL 1 $embedded
  $bfc status --target embedded:${work#"$PWD"/}/engine
  $embedded
END
