#!/usr/bin/env bash
# One fuzz target for some seconds: run.sh BUILD TARGET SECONDS. `make fuzz` calls it, from the project's folder.
set -euo pipefail

build=$1 target=$2 seconds=$3
corpus=$build/corpus-$target
dictionary=tests/fuzz/bf.dict

case $target in
fuzz_plan) seeds=$(find tests/golden tests/fuzz/plans -name '*.json') dictionary=tests/fuzz/plan.dict ;;
fuzz_reply) seeds=$(find tests/fuzz/replies -type f) dictionary=tests/fuzz/reply.dict ;;
*) seeds=$(find tests examples stdlib -name '*.bf') ;;
esac

mkdir -p "$corpus"
for seed in $seeds; do
	cp "$seed" "$corpus/${seed//\//_}"
done
echo "fuzz: $target, $seconds s"
"$build/$target" -dict="$dictionary" -max_total_time="$seconds" -timeout=1 -report_slow_units=1 -rss_limit_mb=2048 \
	-print_final_stats=1 -artifact_prefix="$build/" "$corpus"
