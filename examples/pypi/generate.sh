#!/bin/bash
# Writes the example's Parquet files through a running ClickHouse engine: deterministic, spread
# over 2024-12-17. Files that are there already with the same rows and seed are kept.
#
#   generate.sh FOLDER [ROWS [FILES [SEED]]]
#
# The server writes the files, so FOLDER has to be one that it may write to. CLICKHOUSE_URL,
# CLICKHOUSE_USER and CLICKHOUSE_PASSWORD say which server, as for bfc.
set -eu -o pipefail
here=$(cd "$(dirname "$0")" && pwd)

if [ $# -lt 1 ]; then
    sed -n '5p' "$0" >&2
    exit 2
fi
folder=$1
rows=${2:-2000000}
files=${3:-100}
seed=${4:-1}
mkdir -p "$folder"

# For a value between double quotes in curl's configuration.
quoted() {
    printf '%s' "$1" | sed 's/["\\]/\\&/g'
}

stamp="rows=$rows files=$files seed=$seed"
if [ "$(cat "$folder/.generated" 2>/dev/null)" = "$stamp" ]; then
    echo "$rows rows in $files files are there already: $folder"
    exit 0
fi
rm -f "$folder/.generated" "$folder"/1734393600-*.parquet

first=0
for ((file = 0; file < files; file++)); do
    # The remainder goes to the first files, one row each.
    count=$((rows / files + (file < rows % files ? 1 : 0)))
    path=$(printf '%s/1734393600-%012d.parquet' "$folder" "$file")
    # The password goes in by standard input: arguments can be seen in the process list.
    if ! answer=$(curl -sS --fail-with-body --config - "${CLICKHOUSE_URL:-http://127.0.0.1:8123/}" \
        -F "query=<$here/generate.sql" -F "param_path=$path" -F "param_rows=$count" \
        -F "param_first=$first" -F "param_seed=$seed" <<END
header = "X-ClickHouse-User: $(quoted "${CLICKHOUSE_USER:-default}")"
header = "X-ClickHouse-Key: $(quoted "${CLICKHOUSE_PASSWORD:-}")"
END
    ); then
        printf '%s\ngenerate.sh: the server did not write %s\n' "$answer" "$path" >&2
        exit 1
    fi
    first=$((first + count))
    if [ -t 1 ]; then
        printf '\r%d of %d files' $((file + 1)) "$files"
    fi
done
if [ -t 1 ]; then
    printf '\r'
fi
echo "$stamp" >"$folder/.generated"
echo "$rows rows in $files files: $folder"
