#!/bin/sh
# Compiles the core module to the file that is given: `sh build.sh core.wasm`.
set -eu
python3 -m ziglang build-exe plugin.zig -target wasm32-freestanding -mcpu=baseline+simd128+bulk_memory \
    -O ReleaseSafe -fstrip -fno-entry -rdynamic -femit-bin="$1"
