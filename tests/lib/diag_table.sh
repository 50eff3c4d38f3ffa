#!/bin/sh
# Writes the table of diagnostics into grammar/README.md, out of compiler/diagnostics*.def.
# tests/unit/test_explain fails when it is stale; here the same test writes it.
set -eu
cd "$(dirname "$0")/../.."
make -s "${BUILD:=build}/tests/unit/test_explain" BUILD="$BUILD"
BFC_UPDATE=1 "$BUILD/tests/unit/test_explain"
