//go:build !xla

package simd_test

import _ "github.com/gomlx/gomlx/backends/simplego" // registers "go"

// Operations run one after the other, so that a panic comes where it can be recovered from; and products go the
// simple way, since the blocked one of v0.26.0 runs over its arrays on some shapes.
const oracleConfig = "go:ops_sequential,dotgeneral_small"

// oracleIsXLA reports whether the oracle defines the corner cases too: simplego lets Go decide on NaN, overflow
// and bounds, and truncates to bfloat16.
const oracleIsXLA = false
